"""Chinese working days: Monday to Friday, less the holidays, plus the days worked instead (调休). A value; no clock."""

from __future__ import annotations

from dataclasses import dataclass

MONDAY = 4
"""Days since 1970 of the first Monday."""


@dataclass(frozen=True, slots=True)
class Due:
    """A day, and whether it is only an estimate: the State Council had not yet published that year's days off."""

    day: int
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Workdays:
    """All days are days since 1970 in the city's time (handlers/dates.py).

    off          days off that would be Monday to Friday
    on           Saturdays and Sundays that are worked
    known_until  the last day of the last year whose notice is known
    """

    off: frozenset[int]
    on: frozenset[int]
    known_until: int

    def is_one(self, day: int) -> bool:
        weekend = (day - MONDAY) % 7 >= 5
        return day in self.on if weekend else day not in self.off

    def after(self, day: int, n: int) -> Due:
        """The n-th working day after `day`, which itself does not count (民法典 第201条: the day it begins is not counted)."""
        return self._step(day, n, 1)

    def before(self, day: int, n: int) -> Due:
        """The n-th working day before `day`."""
        return self._step(day, n, -1)

    def on_or_after(self, day: int) -> Due:
        """A span of months that ends on a day off ends on the next working day (民法典 第203条)."""
        return Due(day, day > self.known_until) if self.is_one(day) else self.after(day, 1)

    def between(self, start: int, end: int) -> int:
        """How many working days come after `start`, up to and with `end`; 0 if `end` is not later."""
        return sum(self.is_one(day) for day in range(start + 1, end + 1))

    def _step(self, day: int, n: int, way: int) -> Due:
        while n > 0:
            day += way
            n -= self.is_one(day)
        return Due(day, day > self.known_until)


EVERY_WEEKDAY = Workdays(frozenset(), frozenset(), 2**31)
"""Without a calendar: Monday to Friday."""
