"""Drafts: one conversation an account is in, and those that were parked. All of it sealed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from handlers.model import AccountId
from storage import media
from storage.packed import packed, unpacked
from storage.statement import Rows, first, statement
from storage.tables import conversations as table
from storage.tables import draft_words as words_table
from storage.tables import media as media_table
from storage.vault import DataKey, Vault

PURPOSE = "draft"
PARKED_MAX = 5
KEPT_DAYS = 30
"""没写完的话存 30 天 (dialogues.md §0.11)."""
Chance = Callable[[int], bytes]


@dataclass(slots=True)
class Draft:
    """`answers` by step name; `asked` = [step, ms] of a deliberate question; `misses` at the step in a row."""

    owner: bytes
    id: bytes
    key: DataKey
    key_wrapped: bytes
    place: int
    subject: bytes | None
    expires_day: int
    script: str
    args: tuple[Any, ...]
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[Any] | None = None
    misses: int = 0
    heard_at: int = 0
    n_words: int = 0
    stored: bool = True

    def state(self) -> bytes:
        return packed([self.script, self.args, self.answers, self.asked, self.misses, self.heard_at, self.n_words])


_COLUMNS = (table.c.owner, table.c.place, table.c.id, table.c.subject, table.c.key_wrapped, table.c.state)
_OWNED = table.c.owner == bindparam("owner_")
_AT = _OWNED & (table.c.place == bindparam("place_"))
_CURRENT = statement(select(*_COLUMNS, table.c.expires_day).where(_OWNED, table.c.place == 0))
_ALL = statement(select(*_COLUMNS, table.c.expires_day).where(_OWNED).order_by(table.c.place.desc()))
_START = statement(insert(table), "owner", "place", "id", "subject", "key_wrapped", "state", "expires_day")
_SAVE = statement(update(table).where(_AT).values(state=bindparam("state_")))
_KEEP_LONGER = statement(update(table).where(_AT).values(expires_day=bindparam("expires_day_")))
_MOVE = statement(update(table).where(_AT).values(place=bindparam("to_")))
_DROP = statement(delete(table).where(_AT))
_ABOUT = select(table.c.id).where(table.c.subject == bindparam("subject_"))
_DROP_WORDS_ABOUT = statement(delete(words_table).where(words_table.c.conversation.in_(_ABOUT)))
_DROP_PHOTOS_ABOUT = statement(delete(media_table).where(media_table.c.holder.in_(_ABOUT)))
_DROP_ABOUT = statement(delete(table).where(table.c.subject == bindparam("subject_")))
_KEEP_WORDS = statement(insert(words_table), "conversation", "id", "sealed")
_WORDS = statement(
    select(words_table.c.id, words_table.c.sealed).where(words_table.c.conversation == bindparam("conversation_"))
)
_DROP_ALL_WORDS = statement(delete(words_table).where(words_table.c.conversation == bindparam("conversation_")))
_DROP_WORDS = statement(
    delete(words_table).where(
        words_table.c.conversation == bindparam("conversation_"), words_table.c.id == bindparam("id_")
    )
)


def current(rows: Rows, vault: Vault, account: AccountId) -> Draft | None:
    row = first(rows.all(_CURRENT, owner_=_owner(vault, account)))
    return _opened(vault, row) if row else None


def parked(rows: Rows, vault: Vault, account: AccountId) -> list[Draft]:
    """The last parked first."""
    return [draft for draft in every(rows, vault, account) if draft.place]


def every(rows: Rows, vault: Vault, account: AccountId) -> list[Draft]:
    """All of an account's conversations: the last parked first, the current one last."""
    return [_opened(vault, row) for row in rows.all(_ALL, owner_=_owner(vault, account))]


def bury(rows: Rows, draft: Draft) -> None:
    """Nothing of a conversation is left but the fact that there was one: whoever speaks next hears “not found”."""
    rows.run(_DROP_ALL_WORDS, conversation_=draft.id)
    media.drop_all(rows, draft.id)
    draft.script, draft.args, draft.answers = "gone", (), {}
    draft.asked, draft.misses, draft.n_words = None, 0, 0
    sealed = draft.key.seal(draft.state(), "conversations.state", draft.id)
    rows.run(_SAVE, owner_=draft.owner, place_=draft.place, state_=sealed)


def by_id(rows: Rows, vault: Vault, account: AccountId, id_: bytes) -> Draft | None:
    """One of an account's conversations, wherever it stands now."""
    return next((draft for draft in every(rows, vault, account) if draft.id == id_), None)


def start(
    vault: Vault, account: AccountId, chance: Chance, draft: tuple[str, tuple[Any, ...]], subject: bytes | None
) -> Draft:
    """A fresh current conversation; it is a row only once it is saved."""
    id_ = chance(16)
    key, wrapped = vault.new_key(PURPOSE, "conversations.key_wrapped", id_)
    return Draft(_owner(vault, account), id_, key, wrapped, 0, subject, 0, *draft, stored=False)


def save(rows: Rows, draft: Draft, until: int) -> None:
    """Keep the answers, until that day; a fresh draft becomes a row, and there must be no other current one."""
    sealed = draft.key.seal(draft.state(), "conversations.state", draft.id)
    if not draft.stored:
        rows.run(
            _START,
            owner=draft.owner,
            place=draft.place,
            id=draft.id,
            subject=draft.subject,
            key_wrapped=draft.key_wrapped,
            state=sealed,
            expires_day=until,
        )
        draft.stored, draft.expires_day = True, until
        return
    rows.run(_SAVE, owner_=draft.owner, place_=draft.place, state_=sealed)
    if draft.expires_day != until:
        rows.run(_KEEP_LONGER, owner_=draft.owner, place_=draft.place, expires_day_=until)


def park(rows: Rows, draft: Draft, before: list[Draft]) -> None:
    """Put the current one away, above those parked before it."""
    _move(rows, draft, before[0].place + 1 if before else 1)


def unpark(rows: Rows, draft: Draft) -> None:
    """Make a parked one current; there must be no other."""
    _move(rows, draft, 0)


def _move(rows: Rows, draft: Draft, place: int) -> None:
    rows.run(_MOVE, owner_=draft.owner, place_=draft.place, to_=place)
    draft.place = place


def drop(rows: Rows, draft: Draft) -> None:
    """Its words go with it; its key, which was only here, too."""
    if draft.n_words:
        rows.run(_DROP_ALL_WORDS, conversation_=draft.id)
        media.drop_all(rows, draft.id)
    if draft.stored:
        rows.run(_DROP, owner_=draft.owner, place_=draft.place)


def drop_about(rows: Rows, subject: bytes) -> None:
    """Every conversation of one account about one report (its keyed subject), with the words in it."""
    rows.run(_DROP_WORDS_ABOUT, subject_=subject)
    rows.run(_DROP_PHOTOS_ABOUT, subject_=subject)
    rows.run(_DROP_ABOUT, subject_=subject)


def keep_words(rows: Rows, draft: Draft, chance: Chance, step: str, text: str) -> None:
    id_ = chance(16)
    sealed = draft.key.seal(packed([step, count_one(draft), text]), "draft_words.sealed", id_)
    rows.run(_KEEP_WORDS, conversation=draft.id, id=id_, sealed=sealed)


def words(rows: Rows, draft: Draft, step: str) -> list[str]:
    """What was said at one step, in the order said."""
    return [text for _, text in sorted((at, text) for _, name, at, text in _all_words(rows, draft) if name == step)]


def drop_words(rows: Rows, draft: Draft, step: str) -> None:
    for id_, name, _, _ in _all_words(rows, draft):
        if name == step:
            rows.run(_DROP_WORDS, conversation_=draft.id, id_=id_)


def count_one(draft: Draft) -> int:
    """The position of the next words or photo: they share one count, which keeps their order."""
    draft.n_words += 1
    return draft.n_words


def _all_words(rows: Rows, draft: Draft) -> list[tuple[bytes, str, int, str]]:
    if not draft.n_words:
        return []
    found = []
    for id_, sealed in rows.all(_WORDS, conversation_=draft.id):
        step, at, text = unpacked(draft.key.open(sealed, "draft_words.sealed", id_))
        found.append((id_, step, at, text))
    return found


def _owner(vault: Vault, account: AccountId) -> bytes:
    return vault.index("conversations.owner", account)


def _opened(vault: Vault, row: tuple[Any, ...]) -> Draft:
    owner, place, id_, subject, wrapped, sealed, expires_day = row
    key = vault.key(wrapped, PURPOSE, "conversations.key_wrapped", id_)
    script, args, *rest = unpacked(key.open(sealed, "conversations.state", id_))
    return Draft(owner, id_, key, wrapped, place, subject, expires_day, script, tuple(args), *rest)
