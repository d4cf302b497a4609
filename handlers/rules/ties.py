"""Declared ties are confirmed when binding and every year (domain.md §5.4). Pure: days are days since 1970."""

from __future__ import annotations

from handlers.rules.workdays import Workdays

YEAR_DAYS, AGAIN_DAYS = 365, 30
"""After a year the person is asked; unanswered, every thirty days again."""


def asked_times(confirmed_day: int, day: int) -> int:
    """How often somebody should have been asked until `day`, that day included."""
    over = day - confirmed_day - YEAR_DAYS
    return over // AGAIN_DAYS + 1 if over >= 0 else 0


def asks_on(day: int, confirmed_day: int, workdays: Workdays) -> bool:
    """Whether to ask on `day`: on the first working day on which it is due, never on a day off."""
    if not workdays.is_one(day):
        return False
    return asked_times(confirmed_day, day) > asked_times(confirmed_day, workdays.before(day, 1).day)
