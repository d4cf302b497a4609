"""How many query codes a year strangers would hit by luck at the total limit (security.md §2: below 0.01)."""

from __future__ import annotations

from handlers.model import Here
from tests.bench.row import Row

CODES = 10**10
"""Ten random digits; two more only check them."""
HOURS_A_YEAR = 24 * 365
REPORTS_A_VILLAGE = 20
"""Reports that can be found by code in one village at a time: far above the city's 420 a year in 2947 villages [A]."""


def run(rounds: int = 1) -> list[Row]:
    here = Here()
    hits = here.receipt_tries_total_h * HOURS_A_YEAR * REPORTS_A_VILLAGE / CODES
    return [Row("guessing", "lucky hits a year at the total limit", hits, "hits", "0.01", hits / 0.01)]
