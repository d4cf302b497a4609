"""What is due when at a desk: for the clock, for those who are reminded, and for digests."""

from __future__ import annotations

from sqlalchemy import bindparam, func, literal_column, select

from handlers.model import DeskId, ReportId
from storage.statement import Rows, statement
from storage.tables import reports as table

COUNTED_MAX = 500
"""Of one desk so many are counted for a digest: a figure above it would be read no differently."""

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


def between(rows: Rows, desk: DeskId, first_day: int, last_day: int) -> list[tuple[ReportId, int]]:
    """What is due at a desk from `first_day` to `last_day`, with its due day, in that order."""
    found = rows.all(_DUE_BETWEEN, desk_=desk, first=first_day, last=last_day)
    return [(ReportId(id_), int(due_day)) for id_, due_day in found]


def how_many(rows: Rows, desk: DeskId, first_day: int, last_day: int) -> int:
    """How many are due at a desk from one day to another, up to COUNTED_MAX; whatever is open is due some day."""
    return int(rows.all(_DUE_HOW_MANY, desk_=desk, first=first_day, last=last_day, limit_=COUNTED_MAX)[0][0])


def first(rows: Rows, desk: DeskId, last_day: int, limit: int) -> list[tuple[ReportId, int]]:
    """What is due at a desk until `last_day`, the longest late first, with its due day."""
    return [(ReportId(id_), int(day)) for id_, day in rows.all(_DUE_FIRST, desk_=desk, last=last_day, limit_=limit)]
