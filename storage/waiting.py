"""A work that waits for its group, and what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Failed:
    """The outcome of a work that raised."""

    error: BaseException


@dataclass(slots=True)
class Waiting:
    """`lane` orders works: those of one lane never run side by side."""

    lane: bytes
    work: Callable[[Any], Any]
    done: asyncio.Future[Any]

    def resolve(self, outcome: Any) -> None:
        if self.done.done():  # its caller was cancelled; the turn counts all the same
            return
        if isinstance(outcome, Failed):
            self.done.set_exception(outcome.error)
        else:
            self.done.set_result(outcome)
