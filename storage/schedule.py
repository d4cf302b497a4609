"""Which periods of which jobs are done: whoever writes the row does the work, in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from handlers.model import Millis
from storage.statement import Rows, statement
from storage.tables import periods as table

KEPT_MS = 400 * 24 * 3_600_000
"""More than the longest period that is made up. Only the parts of periods are removed: a period that was done stays done."""
PART = "/"
"""Between a job and the part of it that one transaction does: reminders/520602."""

_CLAIM = statement(insert(table).on_conflict_do_nothing(), "job", "period", "done_at")
_LAST = statement(
    select(func.max(table.c.period)).where(table.c.job == bindparam("job_"), table.c.period <= bindparam("until"))
)
_LISTED = statement(
    select(table.c.job, table.c.period, table.c.done_at)
    .where(table.c.job.not_like(f"%{PART}%"))
    .order_by(table.c.done_at.desc(), table.c.job)
    .limit(bindparam("limit_"))
)
_PURGE = statement(delete(table).where(table.c.done_at < bindparam("before"), table.c.job.like(f"%{PART}%")))


@dataclass(frozen=True, slots=True)
class Ran:
    """One period that is done. `done_at` is the clock's own time then."""

    job: str
    period: str
    done_at: Millis


def claim(rows: Rows, job: str, period: str, now: Millis) -> bool:
    """True for exactly one caller, ever, whatever the clocks say; the others wait for its commit and hear False."""
    return rows.run(_CLAIM, job=job, period=period, done_at=now) > 0


def last(rows: Rows, job: str, until: str) -> str | None:
    """The last period done that is not later than `until`: a clock that once ran ahead does not silence the job."""
    found: str | None = rows.all(_LAST, job_=job, until=until)[0][0]
    return found


def listed(rows: Rows, limit: int) -> list[Ran]:
    """What ran, the last first."""
    return [Ran(*row) for row in rows.all(_LISTED, limit_=limit)]


def purge(rows: Rows, now: Millis) -> int:
    return rows.run(_PURGE, before=now - KEPT_MS)
