"""Days as people say them. The city keeps China Standard Time, UTC+8 all year."""

from __future__ import annotations

from datetime import date, timedelta

from handlers.model import Millis

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
CHINA_OFFSET_MS = 8 * HOUR_MS
_EPOCH = date(1970, 1, 1)


def day_of(at: Millis) -> int:
    """Days since 1970 in the city's own time."""
    return (at + CHINA_OFFSET_MS) // DAY_MS


def day_start(at: Millis) -> Millis:
    """The midnight before, in the city's own time."""
    return Millis(day_of(at) * DAY_MS - CHINA_OFFSET_MS)


def hour_of(at: Millis) -> int:
    return at // HOUR_MS


def said_day(day: int) -> str:
    """11月24日."""
    on = _EPOCH + timedelta(days=day)
    return f"{on.month}月{on.day}日"


def said_date(iso: str) -> str:
    """2026-11-24 → 2026年11月24日; anything else as it stands."""
    try:
        on = date.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{on.year}年{on.month}月{on.day}日"


def iso_day(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).isoformat()


def months_after(day: int, months: int) -> int:
    """The same day of the month so many months later; the last of that month where there is none (民法典 第202条)."""
    on = _EPOCH + timedelta(days=day)
    month = on.month - 1 + months
    year, month = on.year + month // 12, month % 12 + 1
    last = ((date(year + month // 12, month % 12 + 1, 1)) - timedelta(days=1)).day
    return (date(year, month, min(on.day, last)) - _EPOCH).days


def day_from_iso(iso: str) -> int:
    """ValueError for anything but 2026-11-24."""
    return (date.fromisoformat(iso) - _EPOCH).days
