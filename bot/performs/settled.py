"""A command that is refused has written nothing: whatever it wrote before it found out is taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from handlers.script import Refused
from storage.statement import Rows

T = TypeVar("T")


class _Undone(Exception):
    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.why)
        self.refused = refused


def settled(rows: Rows, work: Callable[[], T | Refused]) -> T | Refused:
    """Run `work` in a savepoint of its own; a Refused takes the savepoint back and is returned."""
    try:
        with rows.savepoint():
            outcome = work()
            if isinstance(outcome, Refused):
                raise _Undone(outcome)
            return outcome
    except _Undone as undone:
        return undone.refused
