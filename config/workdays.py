"""Working days: the published notices as the `holidays` library has them, and a table of ours that overrides it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import holidays

from config.faults import Fault, Faults
from config.tables import read_bytes, read_table
from handlers.dates import day_from_iso
from handlers.rules.workdays import Workdays

YEAR_FIRST = 2020
"""Nothing of ours is older."""
YEARS_AHEAD = 2
"""Beyond the last known notice the library still knows the festivals; such days are marked as estimated."""
COLUMNS = ("date", "kind", "source", "year")
KINDS = {"放假": "off", "上班": "on"}


def load_workdays(path: Path) -> Workdays:
    """The library's days, then the rows of `path` (date, 放假 or 上班, where it was published, for which year).

    A year is known if the library knows a day that is worked instead, or if the table names it. Raises Faults.
    """
    faults: list[Fault] = []
    own: dict[int, str] = {}
    years: set[int] = set()
    raw = read_bytes(path, faults)
    for line in (read_table(path.name, raw, COLUMNS, faults) or ()) if raw is not None else ():
        try:
            day, year = day_from_iso(line["date"]), int(line["year"])
        except ValueError:
            faults.append(line.fault("date", f"“{line['date']}”和年份“{line['year']}”要写成 2027-01-01 和 2027"))
            continue
        if line["kind"] not in KINDS:
            faults.append(line.fault("kind", f"“{line['kind']}”不行，只能写“放假”或“上班”"))
        elif not line["source"]:
            faults.append(line.fault("source", "要写出自哪个通知"))
        elif day in own:
            faults.append(line.fault("date", f"{line['date']} 写了两次"))
        else:
            own[day] = KINDS[line["kind"]]
            years.add(year)
    if faults:
        raise Faults(faults)
    return _merged(own, years)


def _merged(own: dict[int, str], years: set[int]) -> Workdays:
    published = holidays.country_holidays("CN")
    worked = sorted(published.weekend_workdays)
    known = max([worked[-1].year, *years]) if worked else max(years)
    span = range(YEAR_FIRST, known + YEARS_AHEAD + 1)
    published = holidays.country_holidays("CN", years=span)
    on = {_day(each) for each in published.weekend_workdays if each.year in span}
    off = {_day(each) for each in published} - on
    on = (on - {day for day, kind in own.items() if kind == "off"}) | {d for d, kind in own.items() if kind == "on"}
    off = (off - {day for day, kind in own.items() if kind == "on"}) | {d for d, kind in own.items() if kind == "off"}
    return Workdays(frozenset(off), frozenset(on), _day(date(known, 12, 31)))


def _day(on: date) -> int:
    return (on - date(1970, 1, 1)) // timedelta(days=1)
