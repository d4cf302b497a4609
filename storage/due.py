"""What is due when at a desk: for the clock, for those who are reminded, and for an officer's inbox."""

from __future__ import annotations

from sqlalchemy import bindparam, func, literal_column, select

from handlers.model import DeskId, Person, ReportId
from storage.cases import COUNTED_MAX, SHIELDED, person_key
from storage.statement import Rows, statement
from storage.tables import reports as table
from storage.vault import Vault

_DUE = (
    (table.c.desk == bindparam("desk_"))
    & (table.c.due_day >= bindparam("first"))
    & (table.c.due_day <= bindparam("last"))
)
_DUE_BETWEEN = statement(select(table.c.id, table.c.due_day).where(_DUE).order_by(table.c.due_day, table.c.id))
_DUE_FIRST = statement(
    select(table.c.id, table.c.due_day)
    .where(table.c.desk == bindparam("desk_"), table.c.due_day <= bindparam("last"))
    .order_by(table.c.due_day, table.c.id)
    .limit(bindparam("limit_"))
)
_DUE_HOW_MANY = statement(
    select(func.count()).select_from(
        select(literal_column("1")).select_from(table).where(_DUE).limit(bindparam("limit_")).subquery()
    )
)
_DUE_FOR = _DUE & ~SHIELDED
_DUE_LISTED = statement(
    select(table.c.id)
    .where(_DUE_FOR)
    .order_by(table.c.due_day, table.c.id)
    .limit(bindparam("limit_"))
    .offset(bindparam("offset_"))
)
_DUE_COUNTED = statement(
    select(func.count()).select_from(
        select(literal_column("1")).select_from(table).where(_DUE_FOR).limit(bindparam("limit_")).subquery()
    )
)


def between(rows: Rows, desk: DeskId, first_day: int, last_day: int) -> list[tuple[ReportId, int]]:
    """What is due at a desk from `first_day` to `last_day`, with its due day, in that order."""
    found = rows.all(_DUE_BETWEEN, desk_=desk, first=first_day, last=last_day)
    return [(ReportId(id_), int(due_day)) for id_, due_day in found]


def listed(rows: Rows, vault: Vault, person: Person, days: tuple[int, int], limit: int, offset: int) -> list[ReportId]:
    """What is due at a person's desk from the first to the last of `days`, without what is shielded from them."""
    key, (first_day, last_day) = person_key(vault, person.id), days
    found = rows.all(
        _DUE_LISTED, desk_=person.desk, first=first_day, last=last_day, person_=key, limit_=limit, offset_=offset
    )
    return [ReportId(row[0]) for row in found]


def counted(rows: Rows, vault: Vault, person: Person, days: tuple[int, int]) -> int:
    """How many of those there are, up to COUNTED_MAX."""
    key, (first_day, last_day) = person_key(vault, person.id), days
    found = rows.all(_DUE_COUNTED, desk_=person.desk, first=first_day, last=last_day, person_=key, limit_=COUNTED_MAX)
    return int(found[0][0])


def how_many(rows: Rows, desk: DeskId, first_day: int, last_day: int) -> int:
    """How many are due at a desk from one day to another, up to COUNTED_MAX; whatever is open is due some day."""
    return int(rows.all(_DUE_HOW_MANY, desk_=desk, first=first_day, last=last_day, limit_=COUNTED_MAX)[0][0])


def first(rows: Rows, desk: DeskId, last_day: int, limit: int) -> list[tuple[ReportId, int]]:
    """What is due at a desk until `last_day`, the longest late first, with its due day."""
    return [(ReportId(id_), int(day)) for id_, day in rows.all(_DUE_FIRST, desk_=desk, last=last_day, limit_=limit)]
