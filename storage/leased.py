"""Rows of work that one process at a time has for a while: claimed by lease, done and removed, or tried again later.

Both the outbox and the photos that are still to be cleaned are such tables. A killed worker's rows come back by
themselves, when their lease runs out; how often, when next and why not yet stands on the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, delete, func, insert, null, select, true, update

from handlers.dates import day_start
from handlers.model import Millis
from storage.packed import padded, unpacked
from storage.statement import Row, Rows, statement
from storage.vault import Vault

NEVER = 2**62
"""When a row is tried that is not tried any more."""
HAND_OVER_MS = 30_000
"""A row that is handed over as it is written is claimed until the end of the next half minute, so for 30 to 60 s: long
enough for one call to a platform, and its end does not tell the moment."""


QUIET = "quiet"
"""Stands as the last error of a row that waits for the end of quiet hours: until then the queue does not see it."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One row that is ours for the lease. `attempts` counts this one; only it may still put the row off."""

    id: bytes
    attempts: int
    body: list[Any]
    owner: bytes | None = None


class Leased:
    """The work in one table. `box` is the sealed column; `which` the rows that are work, if not all are.

    queued        rows have `owner` and `n`: of one owner's rows only the first is due, the next when that is gone
    attempts_max  a row that failed so often is not tried any more, and holds up nobody
    """

    def __init__(
        self,
        table: Table,
        box: str,
        purpose: str,
        *,
        which: ColumnElement[bool] | None = None,
        queued: bool = False,
        attempts_max: int = NEVER,
    ) -> None:
        self._purpose, self._where, self._attempts_max, self._queued = (
            purpose,
            f"{table.name}.{box}",
            attempts_max,
            queued,
        )
        c, which = table.c, true() if which is None else which
        columns = (c.id, c[box], c.attempts, c.owner if queued else null())
        free = (which, c.next_try_at <= bindparam("now"), c.claimed_until <= bindparam("now_too"))
        self._due = statement(
            select(*columns)
            .where(*free, *_first_of_owner(table, queued))
            .order_by(c.next_try_at)
            .limit(bindparam("limit_"))
        )
        self._add = statement(insert(table), *(column.name for column in c))
        self._claim = statement(
            update(table)
            .where(c.id == bindparam("id_"), c.claimed_until <= bindparam("now"))
            .values(claimed_until=bindparam("until_"), attempts=c.attempts + 1)
        )
        later = {"claimed_until": 0, "next_try_at": bindparam("at_"), "last_error": bindparam("error_")}
        ours = (c.id == bindparam("id_"), c.attempts == bindparam("mine"))
        self._later = statement(update(table).where(*ours).values(later))
        self._untried = statement(update(table).where(*ours).values(later | {"attempts": c.attempts - 1}))
        self._done = statement(delete(table).where(c.id == bindparam("id_")))
        self._release = statement(update(table).where(c.claimed_until > 0).values(claimed_until=0))
        if queued:
            mine = (c.owner == bindparam("owner_"), c.next_try_at < NEVER)
            seen = (c.last_error != QUIET) | (c.next_try_at <= bindparam("now_"))
            self._last = statement(select(func.count().filter(seen), func.coalesce(func.max(c.n), 0)).where(*mine))
            self._drop = statement(delete(table).where(c.owner == bindparam("owner_")))
            self._next = statement(
                select(*columns, c.next_try_at, c.claimed_until)
                .where(*mine, seen)
                .order_by(c.n, c.id)
                .limit(bindparam("limit_"))
            )

    def add(self, rows: Rows, vault: Vault, id_: bytes, body: list[Any], due: Millis, **more: Any) -> None:
        """One more row. Where the moment would tell which rows of other tables are of one turn, `due` is the day's start."""
        boxed = vault.box(padded(body), self._purpose, self._where, id_)
        values = {"attempts": 0, "next_try_at": due, "claimed_until": 0, "last_error": "", **more}
        rows.run(self._add, id=id_, **{self._where.partition(".")[2]: boxed}, **values)

    def queue(
        self,
        rows: Rows,
        vault: Vault,
        id_: bytes,
        body: list[Any],
        now: Millis,
        owner: bytes,
        *,
        hand_over: bool,
        due: Millis | None = None,
        **more: Any,
    ) -> bool:
        """Behind what waits for `owner`. True if the row is claimed for the caller, who asked for that with
        `hand_over`: nothing else waits. The owner's lane must be held.

        `due` later than now is the end of quiet hours: until then the row holds up nobody.
        """
        n_waiting, last = rows.all(self._last, owner_=owner, now_=now)[0]
        ours = hand_over and not n_waiting
        quiet = due is not None and due > now
        until = (now // HAND_OVER_MS + 2) * HAND_OVER_MS if ours else 0
        self.add(
            rows,
            vault,
            id_,
            body,
            due if due is not None and quiet else day_start(now),
            owner=owner,
            n=last + 1,
            attempts=int(ours),
            claimed_until=until,
            last_error=QUIET if quiet else "",
            **more,
        )
        return ours

    def claim(self, rows: Rows, vault: Vault, now: Millis, lease_ms: int, limit: int) -> list[Claimed]:
        """At most `limit` rows that are due, for `lease_ms` ours alone; an empty list means idle."""
        again = {"now_again": now} if self._queued else {}
        found = rows.all(self._due, now=now, now_too=now, limit_=limit, **again)
        return [row for each in found if (row := self._ours(rows, vault, each, now, lease_ms)) is not None]

    def claim_next(self, rows: Rows, vault: Vault, owner: bytes, now: Millis, lease_ms: int) -> Claimed | None:
        """The first of an owner's rows, if it is due and free."""
        for *row, at, until in rows.all(self._next, owner_=owner, now_=now, limit_=1):
            if at <= now and until <= now:
                return self._ours(rows, vault, tuple(row), now, lease_ms)
        return None

    def try_later(self, rows: Rows, row: Claimed, at: Millis, error: str, *, tried: bool = True) -> None:
        """Not before `at`; after too many attempts not until somebody requeues it. Not `tried`: it counts for none."""
        at = at if row.attempts < self._attempts_max or not tried else Millis(NEVER)
        rows.run(self._later if tried else self._untried, id_=row.id, mine=row.attempts, at_=at, error_=error)

    def finish(self, rows: Rows, id_: bytes) -> bool:
        """Remove a row that is done; False if somebody else did."""
        return rows.run(self._done, id_=id_) > 0

    def drop_owner(self, rows: Rows, owner: bytes) -> int:
        """Remove all that waits for somebody; how many."""
        return rows.run(self._drop, owner_=owner)

    def release_all(self, rows: Rows) -> int:
        """End every lease: for the one process that serves a database, before it begins. How many."""
        return rows.run(self._release)

    def _ours(self, rows: Rows, vault: Vault, row: Row, now: Millis, lease_ms: int) -> Claimed | None:
        id_, boxed, attempts, owner = row
        if not rows.run(self._claim, id_=id_, now=now, until_=now + lease_ms):
            return None
        return Claimed(id_, attempts + 1, unpacked(vault.unbox(boxed, self._purpose, self._where, id_)), owner)


def _first_of_owner(table: Table, queued: bool) -> tuple[ColumnElement[bool], ...]:
    """No row of the same owner came before and still waits."""
    if not queued:
        return ()
    mine, earlier = table.c, table.alias("earlier").c
    before = (earlier.n < mine.n) | ((earlier.n == mine.n) & (earlier.id < mine.id))
    seen = (earlier.next_try_at < NEVER) & (
        (earlier.last_error != QUIET) | (earlier.next_try_at <= bindparam("now_again"))
    )
    return (~select(earlier.id).where(earlier.owner == mine.owner, before, seen).exists(),)
