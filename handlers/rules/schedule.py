"""When the clock strikes for what, and when nobody is to be woken. Pure: a moment in, periods and moments out.

A period is named after what it is about: a day 2026-11-24, a week 2026-W47, a month 2026-11, a quarter 2026-Q3. Of one
job the names sort as the periods do. The digest of a week strikes in the week after.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from handlers.dates import CHINA_OFFSET_MS, DAY_MS, day_from_iso, day_of, iso_day
from handlers.model import Millis
from handlers.rules.workdays import MONDAY

MINUTE_MS = 60_000
_EPOCH = date(1970, 1, 1)


class Job(StrEnum):
    """What the clock does. Each job has its own periods."""

    REMINDERS = "reminders"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


MADE_UP_MAX = {Job.REMINDERS: 31, Job.WEEKLY: 8, Job.MONTHLY: 12, Job.QUARTERLY: 4}
"""So many missed periods are made up at most: a clock that was set ten years ahead must not send ten years of digests."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Times of the city's day in minutes after midnight; all are settings. `weekly_weekday` is 1 for Monday."""

    reminder_minute: int = 8 * 60 + 30
    weekly_weekday: int = 1
    weekly_minute: int = 8 * 60 + 40
    monthly_day: int = 1
    quarterly_day: int = 5
    monthly_minute: int = 8 * 60 + 50
    quiet_from_minute: int = 21 * 60
    quiet_until_minute: int = 8 * 60

    def struck(self, job: Job, now: Millis) -> int:
        """The last period of a job whose moment has come, as a number that counts periods."""
        n = _number(job, day_of(now))
        while self.moment(job, n) > now:
            n -= 1
        return n

    def moment(self, job: Job, n: int) -> Millis:
        """When period `n` is done."""
        match job:
            case Job.REMINDERS:
                return _at(n, self.reminder_minute)
            case Job.WEEKLY:
                return _at(first_day(job, n + 1) + self.weekly_weekday - 1, self.weekly_minute)
            case Job.MONTHLY:
                return _at(first_day(job, n + 1) + self.monthly_day - 1, self.monthly_minute)
            case Job.QUARTERLY:
                return _at(first_day(job, n + 1) + self.quarterly_day - 1, self.monthly_minute)

    def missing(self, job: Job, last: str | None, now: Millis) -> Iterator[int]:
        """The periods to do now, in order, after the last that was done; none on the very first start (`last` None)."""
        struck = self.struck(job, now)
        if last is not None:
            yield from range(max(number_of(job, last), struck - MADE_UP_MAX[job]) + 1, struck + 1)

    def loud_at(self, now: Millis) -> Millis:
        """Now, or in quiet hours the moment at which these end."""
        minute = (now + CHINA_OFFSET_MS) % DAY_MS // MINUTE_MS
        start, end = self.quiet_from_minute, self.quiet_until_minute
        if start <= end:
            return _at(day_of(now), end) if start <= minute < end else now
        if minute >= start:
            return _at(day_of(now) + 1, end)
        return _at(day_of(now), end) if minute < end else now


def _at(day: int, minute: int) -> Millis:
    return Millis(day * DAY_MS - CHINA_OFFSET_MS + minute * MINUTE_MS)


def _number(job: Job, day: int) -> int:
    """The period that a day lies in."""
    on = _EPOCH + timedelta(days=day)
    match job:
        case Job.REMINDERS:
            return day
        case Job.WEEKLY:
            return (day - MONDAY) // 7
        case Job.MONTHLY:
            return on.year * 12 + on.month - 1
        case Job.QUARTERLY:
            return on.year * 4 + (on.month - 1) // 3


def first_day(job: Job, n: int) -> int:
    """The first day of a period, in days since 1970."""
    match job:
        case Job.REMINDERS:
            return n
        case Job.WEEKLY:
            return n * 7 + MONDAY
        case Job.MONTHLY:
            return (date(n // 12, n % 12 + 1, 1) - _EPOCH).days
        case Job.QUARTERLY:
            return (date(n // 4, n % 4 * 3 + 1, 1) - _EPOCH).days


def last_day(job: Job, n: int) -> int:
    return first_day(job, n + 1) - 1


def name_of(job: Job, n: int) -> str:
    on = _EPOCH + timedelta(days=first_day(job, n))
    match job:
        case Job.REMINDERS:
            return on.isoformat()
        case Job.WEEKLY:
            year, week, _ = on.isocalendar()
            return f"{year}-W{week:02}"
        case Job.MONTHLY:
            return iso_day(first_day(job, n))[:7]
        case Job.QUARTERLY:
            return f"{n // 4}-Q{n % 4 + 1}"


def number_of(job: Job, name: str) -> int:
    """ValueError for what is no period of this job."""
    match job:
        case Job.REMINDERS:
            n = day_from_iso(name)
        case Job.WEEKLY:
            n = _number(job, (date.fromisocalendar(int(name[:4]), int(name[6:]), 1) - _EPOCH).days)
        case Job.MONTHLY:
            n = _number(job, day_from_iso(f"{name}-01"))
        case Job.QUARTERLY:
            n = int(name[:4]) * 4 + int(name[6:]) - 1
    if name_of(job, n) != name:
        raise ValueError(name)
    return n


def year_before(job: Job, n: int) -> int:
    """The same period of the year before, for 同比; of a week the one 52 weeks before."""
    return n - {Job.REMINDERS: 365, Job.WEEKLY: 52, Job.MONTHLY: 12, Job.QUARTERLY: 4}[job]


def minute_of(text: str) -> int:
    """8:30 or 08:30 as minutes. ValueError for anything else."""
    hour, colon, minute = text.partition(":")
    if not (
        colon and hour.isdecimal() and minute.isdecimal() and len(minute) == 2 and int(hour) < 24 and int(minute) < 60
    ):
        raise ValueError("应该是 08:30 这样的时间")
    return int(hour) * 60 + int(minute)
