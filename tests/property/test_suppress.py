"""No number under three can be worked out from what is shown, by somebody who knows the rule as well."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.rules.suppress import SHOWN_MIN, few, suppress


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_of_all_tables_that_show_the_same_a_small_cell_has_two_values_or_more(n: int) -> None:
    same: dict[object, list[tuple[int, ...]]] = {}
    for cells in itertools.product(range(10), repeat=n):
        same.setdefault(suppress(cells), []).append(cells)
    for cells in itertools.product(range(6), repeat=n):
        tables = same[suppress(cells)]
        for place, cell in enumerate(cells):
            if cell < SHOWN_MIN:
                assert len({table[place] for table in tables}) > 1, (cells, suppress(cells))


@given(st.lists(st.integers(0, 50), max_size=12))
def test_nothing_shown_is_wrong_or_small(cells: list[int]) -> None:
    shown = suppress(cells)
    assert all(
        seen is None or (seen == cell and seen >= SHOWN_MIN) for seen, cell in zip(shown.cells, cells, strict=True)
    )
    assert shown.total is None or shown.total == sum(cells)
    assert [few(cell) for cell in cells if cell < SHOWN_MIN] == ["少"] * sum(cell < SHOWN_MIN for cell in cells)
