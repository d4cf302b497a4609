"""Periods and their moments; quiet hours; a claim is one caller's; what was missed is made up in order, once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import Clock
from handlers.dates import DAY_MS, day_from_iso
from handlers.model import Millis
from handlers.rules.schedule import MADE_UP_MAX, Job, Schedule, first_day, last_day, minute_of, name_of, number_of
from storage import schedule as store
from tests.fakes.city import City, open_city

SCHEDULE = Schedule()


def at(iso: str, time: str = "10:00") -> Millis:
    return Millis(day_from_iso(iso) * DAY_MS - 8 * 3_600_000 + minute_of(time) * 60_000)


@pytest.mark.parametrize(
    ("job", "period", "moment"),
    [
        (Job.REMINDERS, "2026-11-24", at("2026-11-24", "08:30")),
        (Job.WEEKLY, "2026-W47", at("2026-11-23", "08:40")),
        (Job.WEEKLY, "2026-W53", at("2027-01-04", "08:40")),
        (Job.MONTHLY, "2026-12", at("2027-01-01", "08:50")),
        (Job.QUARTERLY, "2026-Q4", at("2027-01-05", "08:50")),
    ],
)
def test_each_period_has_its_moment(job: Job, period: str, moment: Millis) -> None:
    n = number_of(job, period)
    assert SCHEDULE.moment(job, n) == moment
    assert SCHEDULE.struck(job, moment) == n and SCHEDULE.struck(job, Millis(moment - 1)) == n - 1


@given(st.sampled_from(Job), st.integers(20000, 24000))
def test_periods_follow_one_another_and_their_names_sort_as_they_do(job: Job, day: int) -> None:
    n = SCHEDULE.struck(job, Millis(day * DAY_MS))
    assert number_of(job, name_of(job, n)) == n
    assert last_day(job, n) + 1 == first_day(job, n + 1)
    assert name_of(job, n) < name_of(job, n + 1)


@pytest.mark.parametrize("wrong", ["2026-W60", "2026-1", "2026-Q5", "2026-11-31", "x"])
def test_what_is_no_period_is_refused(wrong: str) -> None:
    for job in Job:
        with pytest.raises(ValueError, match=r".*"):
            number_of(job, wrong)


def test_quiet_hours_end_in_the_morning_and_may_be_none() -> None:
    assert SCHEDULE.loud_at(at("2026-11-24", "20:59")) == at("2026-11-24", "20:59")
    assert SCHEDULE.loud_at(at("2026-11-24", "21:00")) == at("2026-11-25", "08:00")
    assert SCHEDULE.loud_at(at("2026-11-25", "07:59")) == at("2026-11-25", "08:00")
    assert SCHEDULE.loud_at(at("2026-11-25", "08:00")) == at("2026-11-25", "08:00")
    noon = Schedule(quiet_from_minute=12 * 60, quiet_until_minute=14 * 60)
    assert noon.loud_at(at("2026-11-25", "13:00")) == at("2026-11-25", "14:00")
    always = Schedule(quiet_from_minute=0, quiet_until_minute=0)
    assert always.loud_at(at("2026-11-25", "00:00")) == at("2026-11-25", "00:00")


def test_a_clock_set_ten_years_ahead_makes_up_no_ten_years() -> None:
    found = list(SCHEDULE.missing(Job.REMINDERS, "2026-11-24", at("2036-11-24")))
    assert len(found) == MADE_UP_MAX[Job.REMINDERS] and name_of(Job.REMINDERS, found[-1]) == "2036-11-24"


# ---------------------------------------------------------------- on a database


async def _ran(city: City) -> list[tuple[str, str]]:
    found = await city.service.database.read(lambda rows: store.listed(rows, 1000))
    return sorted((each.job, each.period) for each in found if each.job == Job.REMINDERS)


async def test_first_marks_then_makes_up_in_order_and_a_step_back_does_nothing(database_url: str) -> None:
    async with open_city(database_url) as city:
        clock = Clock(city.service.database, city.service.turns, lambda: city.clock.now)
        await clock.strike()
        assert await _ran(city) == [("reminders", "2026-11-24")]
        city.clock.step(3 * 86400)
        await clock.strike()
        days = [("reminders", f"2026-11-{day}") for day in (24, 25, 26, 27)]
        assert await _ran(city) == days
        city.clock.step(-2 * 86400)
        await clock.strike()
        city.clock.step(2 * 86400)
        await clock.strike()
        assert await _ran(city) == days


async def test_a_clock_that_ran_ahead_does_not_silence_the_job(tmp_path: Path) -> None:
    async with open_city(f"sqlite:///{tmp_path}/lima.db") as city:
        clock = Clock(city.service.database, city.service.turns, lambda: city.clock.now)
        await clock.strike()
        city.clock.step(3650 * 86400)
        await clock.strike()
        city.clock.step(-3649 * 86400)
        await clock.strike()
        assert ("reminders", "2026-11-25") in await _ran(city)


async def test_of_many_claims_one_is_granted(database_url: str) -> None:
    async with open_city(database_url) as city:
        database, now = city.service.database, city.clock.now
        claims = [
            database.turn(b"%d" % n, lambda rows: store.claim(rows, "weekly", "2026-W47", now)) for n in range(16)
        ]
        assert sorted(await asyncio.gather(*claims)) == [False] * 15 + [True]
