"""The pages of tests/dialogues together: enough of them, and no two through the same sequence of steps."""

from __future__ import annotations

from pathlib import Path

PAGES = sorted((Path(__file__).parent / "dialogues").glob("*.txt"))
PAGES_MIN = 25


def test_there_are_enough_pages() -> None:
    assert len(PAGES) >= PAGES_MIN


def test_no_two_pages_go_through_the_same_steps() -> None:
    seen: dict[tuple[str, ...], str] = {}
    for page in PAGES:
        lines = page.read_text(encoding="utf-8").splitlines()
        steps = tuple(line for line in lines if line.startswith("立码"))
        assert steps not in seen, f"{page.stem} and {seen[steps]}"
        seen[steps] = page.stem
