"""What waits in the outbox, for operators: where it stands and why, never what is in it or for whom."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, func, literal_column, select, update

from handlers.model import Millis
from storage.outbox import LOST_AFTER_ATTEMPTS
from storage.statement import Rows, statement
from storage.tables import media_work
from storage.tables import outbox as table

_TO_ACCOUNTS = table.c.desk.is_(None)
_ALIVE = table.c.attempts < bindparam("lost_after")
_COUNTS = statement(
    select(
        func.count().filter(_TO_ACCOUNTS, _ALIVE),
        func.count().filter(table.c.desk.is_not(None)),
        func.count().filter(_TO_ACCOUNTS, table.c.attempts >= bindparam("lost_at")),
    ).select_from(table)
)
_PHOTOS = statement(select(func.count()).select_from(media_work))
_DUE = statement(
    select(table.c.id, table.c.next_try_at)
    .where(_TO_ACCOUNTS, _ALIVE, table.c.next_try_at <= bindparam("now"))
    .order_by(table.c.next_try_at)
    .limit(bindparam("limit_"))
)
_PHOTOS_DUE = statement(
    select(media_work.c.id, media_work.c.next_try_at)
    .where(media_work.c.next_try_at <= bindparam("now"))
    .order_by(media_work.c.next_try_at)
    .limit(bindparam("limit_"))
)
DUE_MAX = 100
"""So many of the oldest rows are followed; whatever is stuck is among them."""
_LIST = statement(
    select(table.c.id, table.c.desk, table.c.attempts, table.c.next_try_at, table.c.last_error)
    .order_by(table.c.next_try_at, table.c.id)
    .limit(bindparam("limit_"))
)
_AGAIN = {"attempts": 0, "claimed_until": 0, "next_try_at": bindparam("now"), "last_error": literal_column("''")}
_REQUEUE = statement(update(table).where(_TO_ACCOUNTS, table.c.id == bindparam("id_")).values(_AGAIN))
_REQUEUE_LOST = statement(update(table).where(_TO_ACCOUNTS, table.c.attempts >= bindparam("lost_at")).values(_AGAIN))


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows that wait. `dead` ones are not tried any more. `due` and `photos_due`: [(id, due since)], oldest first.

    A row that was never tried is due since its day began, whenever it was written (SECURITY.md).
    """

    to_accounts: int
    to_desks: int
    dead: int
    photos: int
    due: list[tuple[bytes, int]]
    photos_due: list[tuple[bytes, int]]


@dataclass(frozen=True, slots=True)
class Line:
    """One waiting row. `desk` is empty if it is for an account."""

    id: bytes
    desk: str
    attempts: int
    next_try_at: Millis
    last_error: str

    @property
    def dead(self) -> bool:
        return not self.desk and self.attempts >= LOST_AFTER_ATTEMPTS


def counts(rows: Rows, now: Millis) -> Counts:
    to_accounts, to_desks, dead = rows.all(_COUNTS, lost_after=LOST_AFTER_ATTEMPTS, lost_at=LOST_AFTER_ATTEMPTS)[0]
    due = rows.all(_DUE, lost_after=LOST_AFTER_ATTEMPTS, now=now, limit_=DUE_MAX)
    photos_due = rows.all(_PHOTOS_DUE, now=now, limit_=DUE_MAX)
    photos = rows.all(_PHOTOS)[0][0]
    pairs = [(id_, at) for id_, at in due], [(id_, at) for id_, at in photos_due]
    return Counts(to_accounts, to_desks, dead, photos, *pairs)


def listed(rows: Rows, limit: int) -> list[Line]:
    """Whatever waits longest comes first."""
    return [Line(row[0], row[1] or "", *row[2:]) for row in rows.all(_LIST, limit_=limit)]


def requeue(rows: Rows, id_: bytes | None, now: Millis) -> int:
    """Try again from now on: one row, or (None) all that are dead. How many."""
    if id_ is None:
        return rows.run(_REQUEUE_LOST, lost_at=LOST_AFTER_ATTEMPTS, now=now)
    return rows.run(_REQUEUE, id_=id_, now=now)
