"""Small numbers are not shown: under three a cell reads 少, and so does whatever would let it be worked out. Pure.

Nought reads 少 as well: that a first report has come must not show by a nought that turned into something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN_MIN = 3
"""domain.md §8."""
FEW = "少"


@dataclass(frozen=True, slots=True)
class Shown:
    """Cells and their total as anybody may see them; None reads 少."""

    cells: tuple[int | None, ...]
    total: int | None


def suppress(cells: Sequence[int]) -> Shown:
    """Hide every cell under three, then the smallest others while the sum of the hidden ones would tell them; the total as well, if it is under three or one cell's alone. Every cell under three so keeps two values or more that would show the same
    (tests/property/test_suppress.py tries them all)."""
    hidden = {n for n, cell in enumerate(cells) if cell < SHOWN_MIN}
    if not hidden:
        return Shown(tuple(cells), sum(cells))
    rest = sorted(set(range(len(cells))) - hidden, key=lambda n: (cells[n], n))
    while rest and _told_by_their_sum([cells[n] for n in hidden]):
        least = cells[rest[0]]
        hidden |= {n for n in rest if cells[n] == least}  # which of two equal ones went would tell, too
        rest = [n for n in rest if cells[n] != least]
    lone = len(hidden) < 2 or (not rest and sum(cells) < SHOWN_MIN)
    kept = tuple(None if n in hidden else cell for n, cell in enumerate(cells))
    return Shown(kept, None if lone else sum(cells))


def _told_by_their_sum(hidden: Sequence[int]) -> bool:
    """One alone; all nought; all as many as a small cell can hold."""
    return len(hidden) < 2 or sum(hidden) in (0, (SHOWN_MIN - 1) * len(hidden))


def few(n: int | None) -> str:
    """One number by itself."""
    return FEW if n is None or n < SHOWN_MIN else str(n)
