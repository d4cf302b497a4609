"""Working days against the published notices, typed by hand (tests/clock/notices.csv), and deadlines across them."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.faults import Faults
from config.workdays import load_workdays
from handlers.dates import day_from_iso, iso_day, months_after
from handlers.rules.workdays import Workdays

HERE = Path(__file__).parent
SAMPLE = Path(__file__).parents[2] / "config/sample/workdays.csv"
WORKDAYS = load_workdays(SAMPLE)


def test_every_day_of_three_years_is_as_the_notices_have_it() -> None:
    said: dict[date, str] = {}
    with (HERE / "notices.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            day = date.fromisoformat(row["from"])
            while day <= date.fromisoformat(row["to"]):
                said[day] = row["kind"]
                day += timedelta(days=1)
    day, wrong = date(2024, 1, 1), []
    while day <= date(2026, 12, 31):
        expected = said[day] == "上班" if day in said else day.weekday() < 5
        if WORKDAYS.is_one(day_from_iso(day.isoformat())) != expected:
            wrong.append((day, expected))
        day += timedelta(days=1)
    assert not wrong


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
        ("2023-12-29", 1, "2024-01-02"),  # New Year's Day is a Monday
        ("2024-02-02", 3, "2024-02-06"),  # Sunday the 4th is worked
        ("2024-02-08", 3, "2024-02-19"),  # the Spring Festival, then Sunday the 18th worked
        ("2024-04-26", 5, "2024-05-07"),  # Sunday the 28th worked, five days off
        ("2024-09-30", 5, "2024-10-12"),  # National Day, then Saturday the 12th worked
        ("2025-01-24", 15, "2025-02-20"),  # 26 January and 8 February worked
        ("2025-01-27", 1, "2025-02-05"),
        ("2025-09-30", 3, "2025-10-11"),
        ("2025-12-31", 1, "2026-01-04"),  # a Sunday that is worked
        ("2026-02-13", 2, "2026-02-24"),  # Saturday the 14th worked, nine days off
        ("2026-02-14", 5, "2026-02-28"),
        ("2026-09-18", 3, "2026-09-22"),  # Sunday the 20th worked
        ("2026-09-30", 3, "2026-10-10"),
        ("2026-11-24", 15, "2026-12-15"),
    ],
)
def test_the_nth_working_day_after(start: str, n: int, due: str) -> None:
    found = WORKDAYS.after(day_from_iso(start), n)
    assert (iso_day(found.day), found.estimated) == (due, False)


def test_beyond_the_last_notice_a_day_is_an_estimate() -> None:
    found = WORKDAYS.after(day_from_iso("2026-12-24"), 15)
    assert found.estimated and iso_day(found.day) == "2027-01-15"  # New Year's Day is known to be off


@pytest.mark.parametrize(
    ("start", "months", "due"),
    [("2026-01-31", 1, "2026-02-28"), ("2026-11-24", 3, "2027-02-24"), ("2023-11-30", 3, "2024-02-29"), ("2025-12-05", 1, "2026-01-05")],
)  # fmt: skip
def test_months_keep_the_day_or_end_with_the_month(start: str, months: int, due: str) -> None:
    assert iso_day(months_after(day_from_iso(start), months)) == due


def test_a_span_of_months_that_ends_on_a_day_off_ends_on_the_next_working_day() -> None:
    assert iso_day(WORKDAYS.on_or_after(day_from_iso("2026-02-21")).day) == "2026-02-24"
    assert iso_day(WORKDAYS.on_or_after(day_from_iso("2026-02-28")).day) == "2026-02-28"


@given(st.integers(19700, 20700), st.integers(1, 60))
def test_after_before_and_between_agree(day: int, n: int) -> None:
    due = WORKDAYS.after(day, n).day
    assert WORKDAYS.is_one(due) and WORKDAYS.between(day, due) == n
    assert WORKDAYS.before(due + 1, n).day > day


def test_our_own_table_wins_and_makes_a_year_known(tmp_path: Path) -> None:
    table = tmp_path / "workdays.csv"
    table.write_text(
        "date,kind,source,year\n2027-01-04,放假,国办发明电〔2026〕9号,2027\n2027-01-09,上班,国办发明电〔2026〕9号,2027\n",
        encoding="utf-8",
    )
    workdays = load_workdays(table)
    assert not workdays.is_one(day_from_iso("2027-01-04")) and workdays.is_one(day_from_iso("2027-01-09"))
    assert workdays.after(day_from_iso("2026-12-31"), 1).estimated is False
    assert isinstance(workdays, Workdays)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("2027-02-30,放假,通知,2027", "第2行 date"),
        ("2027-01-04,休息,通知,2027", "第2行 kind：“休息”不行"),
        ("2027-01-04,放假,,2027", "第2行 source：要写出自哪个通知"),
        ("2027-01-04,放假,通知,2027\n2027-01-04,上班,通知,2027", "第3行 date：2027-01-04 写了两次"),
    ],
)
def test_what_is_wrong_in_the_table_is_named(tmp_path: Path, row: str, says: str) -> None:
    table = tmp_path / "workdays.csv"
    table.write_text(f"date,kind,source,year\n{row}\n", encoding="utf-8")
    with pytest.raises(Faults, match=says):
        load_workdays(table)
