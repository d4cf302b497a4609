"""Drafts: one conversation an account is in, and at most five that were parked. All of it sealed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from handlers.model import AccountId
from storage.statement import Rows, first, statement
from storage.tables import conversations as table
from storage.tables import draft_words as words_table
from storage.vault import DataKey, Vault

PURPOSE = "draft"
PARKED_MAX = 5
KEPT_DAYS = 30
"""没写完的话存 30 天 (dialogues.md §0.11)."""
Chance = Callable[[int], bytes]


@dataclass(slots=True)
class Draft:
    """`answers` by step name; `asked` = [step, ms] of a deliberate question; `misses` at the step in a row."""

    id: bytes
    key: DataKey
    key_wrapped: bytes
    place: int
    subject: bytes | None
    script: str
    args: tuple[Any, ...]
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[Any] | None = None
    misses: int = 0
    heard_at: int = 0
    n_words: int = 0
    stored: bool = True

    def state(self) -> bytes:
        whole = [self.script, self.args, self.answers, self.asked, self.misses, self.heard_at, self.n_words]
        return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


_CURRENT = statement(
    select(table.c.id, table.c.key_wrapped, table.c.state, table.c.place, table.c.subject).where(
        table.c.owner == bindparam("owner"), table.c.place == 0
    )
)
_PARKED = statement(
    select(table.c.id, table.c.key_wrapped, table.c.state, table.c.place, table.c.subject)
    .where(table.c.owner == bindparam("owner"), table.c.place > 0)
    .order_by(table.c.place.desc())
)
_BY_ID = statement(
    select(table.c.id, table.c.key_wrapped, table.c.state, table.c.place, table.c.subject).where(
        table.c.id == bindparam("id_")
    )
)
_START = statement(insert(table), "id", "owner", "place", "subject", "key_wrapped", "state", "expires_day")
_SAVE = statement(
    update(table)
    .where(table.c.id == bindparam("id_"))
    .values(state=bindparam("state_"), expires_day=bindparam("expires_day_"))
)
_MOVE = statement(update(table).where(table.c.id == bindparam("id_")).values(place=bindparam("place_")))
_DROP = statement(delete(table).where(table.c.id == bindparam("id_")))
_DROP_ABOUT = statement(delete(table).where(table.c.subject == bindparam("subject_")))
_KEEP_WORDS = statement(insert(words_table), "id", "conversation", "sealed")
_WORDS = statement(
    select(words_table.c.id, words_table.c.sealed).where(words_table.c.conversation == bindparam("conversation"))
)
_DROP_WORDS = statement(delete(words_table).where(words_table.c.id == bindparam("id_")))


def current(rows: Rows, vault: Vault, account: AccountId) -> Draft | None:
    row = first(rows.all(_CURRENT, owner=_owner(vault, account)))
    return _opened(vault, row) if row else None


def parked(rows: Rows, vault: Vault, account: AccountId) -> list[Draft]:
    """The last parked first."""
    return [_opened(vault, row) for row in rows.all(_PARKED, owner=_owner(vault, account))]


def by_id(rows: Rows, vault: Vault, id_: bytes) -> Draft | None:
    row = first(rows.all(_BY_ID, id_=id_))
    return _opened(vault, row) if row else None


def start(vault: Vault, chance: Chance, draft: tuple[str, tuple[Any, ...]], subject: bytes | None) -> Draft:
    """A fresh current conversation; it is a row only once it is saved."""
    id_ = chance(16)
    key, wrapped = vault.new_key(PURPOSE, "conversations.key_wrapped", id_)
    return Draft(id_, key, wrapped, 0, subject, *draft, stored=False)


def save(rows: Rows, vault: Vault, account: AccountId, draft: Draft, today: int) -> None:
    """Keep the answers; a fresh draft becomes a row, and there must be no other current one."""
    sealed = draft.key.seal(draft.state(), "conversations.state", draft.id)
    if draft.stored:
        rows.run(_SAVE, id_=draft.id, state_=sealed, expires_day_=today + KEPT_DAYS)
        return
    draft.stored = True
    rows.run(
        _START,
        id=draft.id,
        owner=_owner(vault, account),
        place=draft.place,
        subject=draft.subject,
        key_wrapped=draft.key_wrapped,
        state=sealed,
        expires_day=today + KEPT_DAYS,
    )


def park(rows: Rows, vault: Vault, account: AccountId, draft: Draft) -> None:
    """Put the current one away, above those parked before; the lowest beyond five is dropped."""
    before = parked(rows, vault, account)
    for old in before[PARKED_MAX - 1 :]:
        drop(rows, old)
    draft.place = before[0].place + 1 if before else 1
    rows.run(_MOVE, id_=draft.id, place_=draft.place)


def unpark(rows: Rows, draft: Draft) -> None:
    """Make a parked one current; there must be no other."""
    draft.place = 0
    rows.run(_MOVE, id_=draft.id, place_=0)


def drop(rows: Rows, draft: Draft) -> None:
    """Its words go with it; its key, which was only here, too."""
    if draft.stored:
        rows.run(_DROP, id_=draft.id)


def drop_about(rows: Rows, subject: bytes) -> None:
    """Every conversation of one account about one report (its keyed subject)."""
    rows.run(_DROP_ABOUT, subject_=subject)


def keep_words(rows: Rows, draft: Draft, chance: Chance, step: str, text: str) -> None:
    id_ = chance(16)
    draft.n_words += 1
    plain = json.dumps([step, draft.n_words, text], ensure_ascii=False).encode()
    rows.run(_KEEP_WORDS, id=id_, conversation=draft.id, sealed=draft.key.seal(plain, "draft_words.sealed", id_))


def words(rows: Rows, draft: Draft, step: str) -> list[str]:
    """What was said at one step, in the order said."""
    return [text for _, text in sorted((at, text) for _, name, at, text in _all_words(rows, draft) if name == step)]


def drop_words(rows: Rows, draft: Draft, step: str) -> None:
    for id_, name, _, _ in _all_words(rows, draft):
        if name == step:
            rows.run(_DROP_WORDS, id_=id_)


def _all_words(rows: Rows, draft: Draft) -> list[tuple[bytes, str, int, str]]:
    if not draft.n_words:
        return []
    found = []
    for id_, sealed in rows.all(_WORDS, conversation=draft.id):
        step, at, text = json.loads(draft.key.open(sealed, "draft_words.sealed", id_))
        found.append((id_, step, at, text))
    return found


def _owner(vault: Vault, account: AccountId) -> bytes:
    return vault.index("conversations.owner", account)


def _opened(vault: Vault, row: tuple[Any, ...]) -> Draft:
    id_, wrapped, sealed, place, subject = row
    key = vault.key(wrapped, PURPOSE, "conversations.key_wrapped", id_)
    script, args, *rest = json.loads(key.open(sealed, "conversations.state", id_))
    return Draft(id_, key, wrapped, place, subject, script, tuple(args), *rest)
