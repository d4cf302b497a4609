"""The clock of the process: whatever strikes is claimed and done in one transaction, by whichever process is first.

APScheduler only ticks (a memory store: nothing of the schedule is kept there). What was done stands in `periods`; a
stopped process, an outage or a clock that is set makes no difference to that (design.md §2.4).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import digests, matters, nets, reminders
from bot.logs import cause_of
from bot.performs.told import Shared
from handlers.dates import day_of
from handlers.model import DeskId, Millis
from handlers.organisation import COUNTY_CODE_DIGITS
from handlers.rules.places import places_for
from handlers.rules.schedule import Job, name_of
from storage import figures, schedule
from storage.engine import Database
from storage.statement import Rows

ZONE = "Asia/Shanghai"
TICK_S = 30
"""How late something may be (security.md §4); a tick that finds nothing asks a few rows."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Part:
    """What one transaction of a job's period does; `name` tells the parts of a job apart."""

    name: str
    work: Callable[[Rows, int, Millis], int]


@dataclass(frozen=True)
class Clock:
    """Does what has struck. Any number of them may run on one database."""

    database: Database
    all: Shared
    now: Callable[[], Millis]
    _busy: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    _nets: dict[DeskId, int] = field(default_factory=lambda: {DeskId(""): 0}, repr=False)
    """What was noted last by this process: at first nothing that could be so."""

    async def work_for_ever(self) -> None:
        scheduler = AsyncIOScheduler(timezone=ZONE)
        scheduler.add_job(
            self._tick, "interval", seconds=TICK_S, max_instances=1, coalesce=True, misfire_grace_time=None
        )
        scheduler.start()
        try:
            await self._tick()
            await asyncio.Event().wait()
        finally:
            scheduler.shutdown(wait=False)

    async def _tick(self) -> None:
        try:
            await self.strike()
        except Exception as error:  # noqa: BLE001 - what was not claimed strikes again at the next tick
            log.error("clock_failed", **cause_of(error))

    async def strike(self) -> int:
        """Fold the figures, then do what has struck since, period after period; how many messages were written."""
        async with self._busy:
            await self._fold()
            return sum([await self._strike(job) for job in Job])

    async def _fold(self) -> None:
        stand = await self.database.turn(b"figures", self._note_nets)
        self._nets.clear()
        self._nets.update(stand)
        while await self.database.turn(b"figures", figures.fold):
            pass

    def _note_nets(self, rows: Rows) -> dict[DeskId, int]:
        """Nets come by an import or by a setting: what stands is looked at, whichever it was."""
        self.all.refresh_people(rows)
        if (stand := nets.standing(self.all)) != self._nets:
            figures.note_nets(rows, self.all.vault, stand, day_of(self.now()))
        return stand

    async def _strike(self, job: Job) -> int:
        """The periods of a job in their order, each part of a period in a transaction of its own."""
        now, written = self.now(), 0
        until = name_of(job, self.all.schedule.struck(job, now))
        last = await self.database.turn(b"clock", lambda rows: schedule.last(rows, job, until))
        if last is None:
            await self.database.turn(b"clock", lambda rows: schedule.claim(rows, job, until, now))
            return 0
        for n in self.all.schedule.missing(job, last, now):
            for part in self.parts(job):
                written += await self._do(job, part, n, now) or 0
            period = name_of(job, n)
            await self.database.turn(b"clock", lambda rows, period=period: schedule.claim(rows, job, period, now))  # type: ignore[misc]
            log.info("struck", job=job.value, period=period)
        return written

    async def write(self, job: Job, code: str, n: int) -> int | None:
        """One place's digest of a period, now; None if it was written before."""
        await self._fold()
        return await self._do(job, self._digest(job, code), n, self.now())

    async def _do(self, job: Job, part: Part, n: int, now: Millis) -> int | None:
        """None if somebody has done it."""

        def work(rows: Rows) -> int | None:
            if not schedule.claim(rows, f"{job}{schedule.PART}{part.name}", name_of(job, n), now):
                return None
            self.all.refresh(rows)
            return part.work(rows, n, now)

        return await self.database.turn(b"clock", work)

    def parts(self, job: Job) -> Sequence[Part]:
        """A part is one transaction: the reminders of one county's desks, the digest of one place."""
        if job == Job.REMINDERS:
            found: dict[str, list[DeskId]] = {}
            for desk in self.all.organisation.desks.values():
                found.setdefault(desk.place[:COUNTY_CODE_DIGITS], []).append(desk.id)
            return [self._reminding(code, desks) for code, desks in found.items()]
        return [self._digest(job, code) for code in places_for(job, self.all.organisation)]

    def _digest(self, job: Job, code: str) -> Part:
        return Part(code, lambda rows, n, now: digests.write(self.all, rows, job, code, n, now))

    def _reminding(self, code: str, desks: Sequence[DeskId]) -> Part:
        def work(rows: Rows, day: int, now: Millis) -> int:
            rungs = reminders.rungs_on(self.all, day)
            n = sum(reminders.remind(self.all, rows, desk, rungs, now) for desk in desks)
            n += sum(reminders.ask_about_ties(self.all, rows, desk, day, now) for desk in desks)
            units = [u.id for u in self.all.organisation.departments.values() if u.place[:COUNTY_CODE_DIGITS] == code]
            return n + sum(matters.remind(self.all, rows, unit, rungs, now) for unit in units)

        return Part(code, work)
