"""When people are asked about their ties: after a year, on working days, and every month until they answer."""

from __future__ import annotations

from datetime import date

import pytest

from handlers.rules.ties import AGAIN_DAYS, YEAR_DAYS, asks_on
from tests.clock.test_workdays import WORKDAYS

EPOCH = date(1970, 1, 1)


@pytest.mark.parametrize("bound", ["2025-01-27", "2025-02-03", "2025-09-30", "2025-10-04", "2025-03-15"])
def test_once_a_year_and_then_every_month(bound: str) -> None:
    confirmed = (date.fromisoformat(bound) - EPOCH).days
    asked = [
        day
        for day in range(confirmed, confirmed + YEAR_DAYS + 4 * AGAIN_DAYS - 15)
        if asks_on(day, confirmed, WORKDAYS)
    ]
    assert len(asked) == 4, "never in the first year, then once for each month"
    assert all(WORKDAYS.is_one(day) for day in asked)
    for n, day in enumerate(asked):
        late = day - (confirmed + YEAR_DAYS + n * AGAIN_DAYS)
        assert 0 <= late <= 10, "on the first working day, also after a long holiday"
