"""Questions, proposals and concerns: what a person let out of the discipline side, to whom, and what came back.

The words in here were shown to the person together with whoever would read them (docs/decisions/0016). What the account
keeps of its own is a row of its own under a keyed hash, as with reports; whose a matter is stands in `link` alone, and
goes thirty days after the end.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from sqlalchemy import bindparam, delete, func, null, select, update
from sqlalchemy.dialects.postgresql import insert

from handlers.code import query_code
from handlers.dates import day_of
from handlers.model import AccountId, DeskId, Heard, Millis
from storage.conversations import Chance
from storage.packed import padded, unpacked
from storage.statement import Row, Rows, Statement, first, statement
from storage.tables import asked as asked_table
from storage.tables import faq as faq_table
from storage.tables import matters as table
from storage.vault import Vault

PURPOSE, LINK, ASKED = "matter", "matter_link", "asked"
WAITING, ANSWERED, DONE = range(3)
LINK_KEPT_DAYS = 30
"""As with reports: later nobody can be told anything more (domain.md §8)."""
LISTED_MAX = 100
CODE_TRIES = 20

_COLUMNS = ("id", "unit", "told", "above", "stage", "version", "received_day", "due_day", "box")
_ADD = statement(insert(table).on_conflict_do_nothing(), *_COLUMNS, "code", "link")
_BY_CODE = statement(select(table.c.id).where(table.c.code == bindparam("code_")))
_ALL = [table.c[name] for name in _COLUMNS]
_LOAD = statement(select(*_ALL).where(table.c.id == bindparam("id_")))
_CHANGE = statement(
    update(table)
    .where(table.c.id == bindparam("id_"), table.c.version == bindparam("version_"))
    .values(stage=bindparam("stage_"), version=bindparam("next_"), due_day=bindparam("due_day_"), box=bindparam("box_"))
)
_LINKED = statement(select(table.c.link).where(table.c.id == bindparam("id_")))
_UNLINK = statement(update(table).where(table.c.id == bindparam("id_")).values(link=null()))
_OLD = (table.c.stage == DONE) & (table.c.due_day < bindparam("before")) & table.c.link.is_not(None)
_OLD_LINKS = statement(
    update(table).where(table.c.id.in_(select(table.c.id).where(_OLD).limit(bindparam("limit_")))).values(link=null())
)


_COUNT_OLD_LINKS = statement(select(func.count()).select_from(table).where(_OLD))


def _listing(column: str) -> Statement:
    where = (table.c[column] == bindparam("at_")) & (table.c.stage == bindparam("stage_"))
    return statement(select(*_ALL).where(where).order_by(table.c.received_day, table.c.id).limit(bindparam("limit_")))


_LISTED = {column: _listing(column) for column in ("unit", "told", "above")}
_SLOT = statement(select(asked_table.c.box).where(asked_table.c.key == bindparam("key_")))
_ADD_SLOT = statement(insert(asked_table).on_conflict_do_nothing(), "key", "box")
_SET_SLOT = statement(update(asked_table).where(asked_table.c.key == bindparam("key_")).values(box=bindparam("box_")))
_DROP_SLOT = statement(delete(asked_table).where(asked_table.c.key == bindparam("key_")))
_PUBLISH = statement(insert(faq_table).on_conflict_do_nothing(), "id", "item", "day", "told")
_FAQ = statement(
    select(faq_table.c.told)
    .where(faq_table.c.item == bindparam("item_"))
    .order_by(faq_table.c.day.desc(), faq_table.c.id)
    .limit(bindparam("limit_"))
)
FAQ_MAX = 20


@dataclass(frozen=True, slots=True)
class Matter:
    """`kind` is question, suggestion or concern; `how` it ended: answered, or not_ours.

    told     the desk that knows of a concern, without its words; empty for the others
    above    the county's desk (the city's, where the county is concerned): says yes to public answers, hears of delays
    due_day  by when an answer was promised; once it is done, the day of that
    """

    id: bytes
    unit: DeskId
    told: str
    above: DeskId
    stage: int
    version: int
    received_day: int
    due_day: int | None
    kind: str
    village: str
    words: str
    placard: int = 0
    item: str = ""
    help: str = ""
    answer: str = ""
    answered_by: str = ""
    how: str = ""
    published: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One of an account's own matters; `read` once its answer was. `code` finds it from another phone."""

    matter: bytes
    at: Millis
    read: bool
    code: str


_SEALED = ("kind", "village", "words", "placard", "item", "help", "answer", "answered_by", "how", "published", "note")


def send(
    rows: Rows, vault: Vault, matter: Matter, account: AccountId, heard: Heard, chance: Chance, mine_max: int
) -> None:
    """Store it with its link and the account's own row. RuntimeError if no free query code is found."""
    link = padded([heard.channel, heard.address])
    for _ in range(CODE_TRIES):
        code = query_code(int.from_bytes(chance(8), "big") % 10**10)
        if rows.run(
            _ADD,
            code=_code_index(vault, matter.village, code),
            link=vault.box(link, LINK, "matters.link", matter.id),
            box=_boxed(vault, matter),
            **{name: getattr(matter, name) for name in _COLUMNS if name != "box"},
        ):
            _add_asked(rows, vault, account, Asked(matter.id, heard.received_at, False, code), mine_max)
            return
    raise RuntimeError(f"no free query code in {CODE_TRIES} tries")


def by_code(rows: Rows, vault: Vault, village: str, code: str) -> bytes | None:
    """Looked up inside its village only, as reports are."""
    row = first(rows.all(_BY_CODE, code_=_code_index(vault, village, code)))
    return row[0] if row else None


def _code_index(vault: Vault, village: str, code: str) -> bytes:
    return vault.index("matters.code", village, code)


def load(rows: Rows, vault: Vault, id_: bytes) -> Matter | None:
    row = first(rows.all(_LOAD, id_=id_))
    return _opened(vault, row) if row else None


def change(rows: Rows, vault: Vault, matter: Matter, **changed: Any) -> bool:
    """Change what was loaded; False if somebody was quicker."""
    new = replace(matter, version=matter.version + 1, **changed)
    return (
        rows.run(
            _CHANGE,
            id_=matter.id,
            version_=matter.version,
            stage_=new.stage,
            next_=new.version,
            due_day_=new.due_day,
            box_=_boxed(vault, new),
        )
        > 0
    )


def listed(rows: Rows, vault: Vault, column: str, at: str, stage: int) -> list[Matter]:
    """Those of a `unit`, or that are `told` to or `above` a desk, at a stage; the oldest first."""
    found = rows.all(_LISTED[column], at_=at, stage_=stage, limit_=LISTED_MAX)
    return [_opened(vault, row) for row in found]


def asker_of(rows: Rows, vault: Vault, id_: bytes) -> tuple[str, str] | None:
    """Channel and address, for delivery alone; None once nobody knows any more."""
    row = first(rows.all(_LINKED, id_=id_))
    if row is None or row[0] is None:
        return None
    channel, address = unpacked(vault.unbox(row[0], LINK, "matters.link", id_))
    return channel, address


def old_links(rows: Rows, today: int) -> int:
    """Of how many it is time to forget whose they were."""
    return int(rows.all(_COUNT_OLD_LINKS, before=today - LINK_KEPT_DAYS)[0][0])


def forget_old_links(rows: Rows, today: int, limit: int) -> int:
    """Whose they were goes, of at most `limit` that ended long enough ago."""
    return rows.run(_OLD_LINKS, before=today - LINK_KEPT_DAYS, limit_=limit)


def _boxed(vault: Vault, matter: Matter) -> bytes:
    whole = asdict(matter)
    return vault.box(padded([whole[name] for name in _SEALED]), PURPOSE, "matters.box", matter.id)


def _opened(vault: Vault, row: Row) -> Matter:
    *clear, box = row
    told = unpacked(vault.unbox(box, PURPOSE, "matters.box", row[0]))
    return Matter(*clear, **dict(zip(_SEALED, told, strict=True)))


# ---------------------------------------------------------------- the account's own


def mine(rows: Rows, vault: Vault, account: AccountId) -> list[Asked]:
    """An account's own, the newest first."""
    return sorted((each for _, each in _slots(rows, vault, account)), key=lambda each: each.at, reverse=True)


def mine_about(rows: Rows, vault: Vault, account: AccountId, id_: bytes) -> Asked | None:
    return next((each for _, each in _slots(rows, vault, account) if each.matter == id_), None)


def mark_read(rows: Rows, vault: Vault, account: AccountId, id_: bytes) -> None:
    for key, each in _slots(rows, vault, account):
        if each.matter == id_ and not each.read:
            rows.run(_SET_SLOT, key_=key, box_=_boxed_slot(vault, key, replace(each, read=True)))


def sever_all(rows: Rows, vault: Vault, account: AccountId) -> None:
    """Nobody finds out any more whose they are; what was asked stays with whoever was asked."""
    for key, each in _slots(rows, vault, account):
        rows.run(_UNLINK, id_=each.matter)
        rows.run(_DROP_SLOT, key_=key)


def _slots(rows: Rows, vault: Vault, account: AccountId) -> list[tuple[bytes, Asked]]:
    """Slot after slot until one is free."""
    found: list[tuple[bytes, Asked]] = []
    while True:
        key = _slot(vault, account, len(found))
        row = first(rows.all(_SLOT, key_=key))
        if row is None:
            return found
        matter, at, read, code = unpacked(vault.unbox(row[0], ASKED, "asked.box", key))
        found.append((key, Asked(bytes.fromhex(matter), Millis(at), bool(read), code)))


def _add_asked(rows: Rows, vault: Vault, account: AccountId, new: Asked, most: int) -> None:
    """Into the next slot; if there are too many, into that of the oldest."""
    slots = _slots(rows, vault, account)
    if len(slots) >= most:
        key = min(slots, key=lambda slot: slot[1].at)[0]
        rows.run(_SET_SLOT, key_=key, box_=_boxed_slot(vault, key, new))
    else:
        key = _slot(vault, account, len(slots))
        rows.run(_ADD_SLOT, key=key, box=_boxed_slot(vault, key, new))


def _slot(vault: Vault, account: AccountId, n: int) -> bytes:
    return vault.index("asked.key", account, n)


def _boxed_slot(vault: Vault, key: bytes, each: Asked) -> bytes:
    return vault.box(padded([each.matter.hex(), each.at, each.read, each.code]), ASKED, "asked.box", key)


# ---------------------------------------------------------------- what everybody may read


@dataclass(frozen=True, slots=True)
class Answer:
    """大家问过的."""

    question: str
    unit: str
    answer: str


def publish(rows: Rows, chance: Chance, item: str, told: Answer, now: Millis) -> None:
    """Under an id of its own: nothing public names a matter."""
    rows.run(_PUBLISH, id=chance(16), item=item, day=day_of(now), told=json.dumps(asdict(told), ensure_ascii=False))


def answers_about(rows: Rows, item: str) -> list[Answer]:
    """What was asked about an item and answered, the latest first."""
    return [Answer(**json.loads(told)) for (told,) in rows.all(_FAQ, item_=item, limit_=FAQ_MAX)]
