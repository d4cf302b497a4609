"""How fast one may speak."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.pace import MINUTE_MS, Pace
from handlers.model import Millis


@given(st.integers(1, 200), st.lists(st.integers(0, 20_000), max_size=120))
def test_no_minute_holds_more_than_twice_the_pace(per_minute: int, gaps: list[int]) -> None:
    """A full burst, and what is allowed while it is worked off; never more, and a refusal says when it is over."""
    pace, at, taken = Pace(per_minute), 0, []
    for gap in gaps:
        at += gap
        if pace.wait_s("a", Millis(at)) == 0:
            taken.append(at)
    for start in taken:
        assert sum(start <= each < start + MINUTE_MS for each in taken) <= 2 * per_minute


@given(st.integers(1, 200))
def test_waiting_as_told_is_enough(per_minute: int) -> None:
    pace = Pace(per_minute)
    assert [pace.wait_s("a", Millis(5)) for _ in range(per_minute)] == [0] * per_minute
    wait_s = pace.wait_s("a", Millis(5))
    assert wait_s > 0
    assert pace.wait_s("a", Millis(5 + int(wait_s * 1000) + 1)) == 0


def test_senders_do_not_wait_for_each_other() -> None:
    pace = Pace(1)
    assert pace.wait_s("a", Millis(0)) == 0
    assert pace.wait_s("b", Millis(0)) == 0
    assert pace.wait_s("a", Millis(0)) == 60


def test_a_clock_set_back_locks_nobody_out() -> None:
    pace = Pace(2)
    pace.wait_s("a", Millis(10**12))
    assert pace.wait_s("a", Millis(0)) <= 60


def test_the_longest_silent_sender_is_forgotten_first() -> None:
    pace = Pace(1, senders_max=2)
    for sender in ("a", "b", "c"):
        pace.wait_s(sender, Millis(0))
    assert pace.wait_s("c", Millis(0)) > 0
    assert pace.wait_s("a", Millis(0)) == 0
