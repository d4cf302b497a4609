"""A month (`--long`: a year) of the whole sample city: restarts, outages of three days, clocks that are set, 1 and 4
processes. Every digest and reminder comes exactly once, none after its matter is done, none in quiet hours; the figures
are what a recount from the raw events gives."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import pytest

from handlers.dates import DAY_MS, day_from_iso, day_of
from handlers.model import Millis, PersonId
from handlers.rules.deadlines import Rung, rung_day
from handlers.rules.ladder import reminded
from handlers.rules.places import own_places
from handlers.rules.schedule import Job
from storage import cases
from tests.clock.world import World, minute_of, open_world

START = Millis(day_from_iso("2026-01-20") * DAY_MS - 8 * 3_600_000 + 10 * 3_600_000)
"""Ten in the morning: the month has the Spring Festival in it, with worked Saturdays on both sides."""
HOURS = (3, 9, 22)
REPORTS_A_DAY, STEPS_A_DAY = 4, 6
LONG_S = 570
"""So long one year may take, of twenty minutes for both; then what was lived so far is checked."""


@pytest.mark.parametrize("processes", [1, 4])
async def test_everything_exactly_once(postgresql_url: str, long: bool, processes: int) -> None:
    days, seed, began = 365 if long else 32, 20260120 + processes, time.monotonic()
    async with open_world(postgresql_url, START, seed) as world:
        await world.start(processes)
        await _strike(world)
        outage_until = 0
        for day in range(days):
            if time.monotonic() - began > LONG_S:
                break
            for hour in HOURS:
                world.time.now = Millis(START + day * DAY_MS + (hour - 10) * 3_600_000)
                if world.time.now < START:
                    continue
                await _live(world)
                if world.chance.random() < 0.02:
                    outage_until = world.time.now + 3 * DAY_MS
                if world.time.now < outage_until:
                    continue
                if world.chance.random() < 0.05:
                    await world.start(processes)
                _set_a_clock(world, hour)
                if world.chance.random() < 0.05:
                    await _killed(world)
                    await world.start(processes)
                await _strike(world)
                await world.deliver()
        print(f"{processes} processes, seed {seed}: {day + 1} of {days} days, {len(world.sent)} messages")
        world.time.now = Millis(world.time.now + 14 * 3_600_000)
        world.skews = [0] * processes
        await _strike(world)
        await world.deliver()
        _check_times(world)
        _check_digests(world)
        await _check_reminders(world)
        assert await world.figures() == world.recounted()


def _set_a_clock(world: World, hour: int) -> None:
    """One of several clocks runs late by up to a day; never ahead, or what it does would rightly be early."""
    for place in range(len(world.skews)):
        world.skews[place] = -world.chance.randrange(DAY_MS) if world.chance.random() < 0.1 and hour == HOURS[-1] else 0


async def _live(world: World) -> None:
    """Reports and steps of some hours."""
    for _ in range(world.chance.randrange(2 * REPORTS_A_DAY // len(HOURS) + 1)):
        await world.file()
    for _ in range(world.chance.randrange(2 * STEPS_A_DAY // len(HOURS) + 1)):
        await world.step()


async def _strike(world: World) -> None:
    await asyncio.gather(*(process.strike() for process in world.processes))


async def _killed(world: World) -> None:
    """Every process stops in the middle of what it does."""
    striking = [asyncio.create_task(process.strike()) for process in world.processes]
    await asyncio.sleep(world.chance.random() * 0.05)
    for each in striking:
        each.cancel()
    await asyncio.gather(*striking, return_exceptions=True)


def _check_times(world: World) -> None:
    schedule = world.turns.schedule
    assert all(schedule.quiet_until_minute <= minute_of(each.at) < schedule.quiet_from_minute for each in world.sent)


def _check_digests(world: World) -> None:
    """Each reader of each place has each period that came due, once."""
    expected: Counter[tuple[str, str, str]] = Counter()
    for job in (Job.WEEKLY, Job.MONTHLY, Job.QUARTERLY):
        periods = len(world.struck(job, START))
        for person in world.turns.roster.people.values():
            for code in own_places(person, job, world.turns.organisation):
                if periods:
                    expected[(person.id, code, f"digest {job}")] = periods
    got = [each for each in world.sent if each.kind.startswith("digest")]
    assert Counter((each.person, each.report, each.kind) for each in got) == expected
    assert max(Counter((each.person, each.report, each.kind, each.text.split("\n")[0]) for each in got).values()) == 1


async def _check_reminders(world: World) -> None:
    """No reminder twice; none of what was done or had another date by then; all of what was left alone."""
    got = [each for each in world.sent if each.kind.startswith("due ")]
    times = Counter((each.person, each.report, each.kind) for each in got)
    assert got and max(times.values()) == 1
    for each in got:
        stood = [due for at, due in world.dues[each.report] if at <= each.at][-1]
        assert int(each.kind.split(" ")[2]) == stood, each
    clocks, workdays, today = world.turns.clocks, world.turns.workdays, day_of(world.time.now)
    for report in sorted(world.left_alone):
        case = await world.database.read(lambda rows, r=report: cases.load(rows, world.turns.vault, r))  # type: ignore[misc]
        assert case is not None and case.due_day is not None
        for rung in Rung:
            on = rung_day(rung, case.due_day, clocks, workdays)
            people = reminded(rung, case.facts, "", world.turns.roster.at, world.turns.organisation)
            if case.received_day < on < today:
                for person in people:
                    assert times[(person.id, report.hex(), f"due {rung} {case.due_day}")] == 1, (rung, person.id)
            assert PersonId("") not in {person.id for person in people}
