"""Which clock runs, when it ends, and who is reminded when: across New Year, the Spring Festival and worked Saturdays."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.workdays import load_workdays
from handlers.dates import day_from_iso, iso_day
from handlers.rules.deadlines import Clocks, Rung, Since, climbed, due, rung_day
from handlers.rules.statuses import STAGES, Status

WORKDAYS = load_workdays(Path(__file__).parents[2] / "config/sample/workdays.csv")
CLOCKS = Clocks()


@pytest.mark.parametrize(
    ("status", "received", "began", "ends"),
    [
        (Status.FILED, "2024-02-08", "2024-02-08", "2024-02-19"),  # the Spring Festival, then a worked Sunday
        (Status.FILED, "2024-12-31", "2024-12-31", "2025-01-06"),  # New Year
        (Status.FILED, "2026-09-30", "2026-09-30", "2026-10-10"),  # National Day, then a worked Saturday
        (Status.REGISTERED, "2025-01-24", "2025-01-27", "2025-02-20"),
        (Status.REGISTERED, "2026-02-02", "2026-02-03", "2026-02-28"),
        (Status.HANDLING, "2025-11-03", "2025-11-15", "2026-02-24"),  # 15 February is in the Spring Festival
        (Status.CLUE, "2025-11-03", "2025-12-05", "2026-01-05"),
        (Status.CLUE, "2024-01-01", "2024-01-31", "2024-02-29"),  # February has no 31st
        (Status.CONCLUDED, "2026-08-03", "2026-09-16", "2026-10-13"),
    ],
)
def test_a_status_ends_its_clock(status: Status, received: str, began: str, ends: str) -> None:
    found = due(status, Since(day_from_iso(received), day_from_iso(began)), CLOCKS, WORKDAYS)
    assert found is not None and (iso_day(found.day), found.estimated) == (ends, False)


def test_what_is_closed_has_no_clock_and_all_else_has_one() -> None:
    day = day_from_iso("2026-03-02")
    for status in Status:
        found = due(status, Since(day, day), CLOCKS, WORKDAYS)
        assert (found is None) == (STAGES.get(status) == 2), status


def test_while_the_reporter_is_asked_the_clock_stands_still() -> None:
    day = day_from_iso("2026-02-02")
    running = due(Status.REGISTERED, Since(day, day), CLOCKS, WORKDAYS)
    paused = due(Status.REGISTERED, Since(day, day, paused_workdays=4), CLOCKS, WORKDAYS)
    assert running and paused and WORKDAYS.between(running.day, paused.day) == 4


def test_whoever_has_asked_has_looked() -> None:
    day = day_from_iso("2026-02-02")
    asked = due(Status.FILED, Since(day, day, asked=True), CLOCKS, WORKDAYS)
    assert asked == due(Status.REGISTERED, Since(day, day), CLOCKS, WORKDAYS)


def test_an_extension_moves_the_end_and_never_forward() -> None:
    day = day_from_iso("2026-03-02")
    late, early = day_from_iso("2026-07-01"), day_from_iso("2026-03-10")
    longer = due(Status.HANDLING, Since(day, day, extended_to=late), CLOCKS, WORKDAYS)
    same = due(Status.HANDLING, Since(day, day, extended_to=early), CLOCKS, WORKDAYS)
    assert longer and longer.day == late
    assert same == due(Status.HANDLING, Since(day, day), CLOCKS, WORKDAYS)


@pytest.mark.parametrize(
    ("rung", "ends", "on"),
    [
        (Rung.BEFORE, "2026-03-05", "2026-03-02"),
        (Rung.BEFORE, "2026-02-25", "2026-02-14"),  # three days before is in the festival; Saturday the 14th is worked
        (Rung.DAY, "2026-03-05", "2026-03-05"),
        (Rung.COMMANDER, "2026-02-13", "2026-02-25"),
        (Rung.ABOVE, "2026-09-29", "2026-10-19"),
    ],
)
def test_rungs_are_climbed_on_working_days(rung: Rung, ends: str, on: str) -> None:
    assert iso_day(rung_day(rung, day_from_iso(ends), CLOCKS, WORKDAYS)) == on


@given(st.integers(20000, 20500), st.sampled_from(Rung))
def test_what_is_climbed_on_a_day_is_exactly_what_has_that_rung_then(due_day: int, rung: Rung) -> None:
    day = rung_day(rung, due_day, CLOCKS, WORKDAYS)
    assert WORKDAYS.is_one(day)
    assert (rung, due_day) in set(climbed(day, CLOCKS, WORKDAYS))
    assert (rung, due_day) not in set(climbed(day + 1, CLOCKS, WORKDAYS))
