"""What a database and a service count, for whoever wants to know. Numbers only: nothing here can hold a word."""

from __future__ import annotations

from typing import Protocol


class Meter(Protocol):
    """Called from the event loop or from a database's own thread; must return at once and never raise."""

    def committed(self, turns: int, commit_s: float) -> None:
        """A group of so many turns was committed, its COMMIT taking so long."""
        ...

    def heard(self, channel: str, outcome: str, seconds: float) -> None:
        """A message was answered or not: `outcome` is taken, busy, said_differently, kept, lost or unreadable."""
        ...


class NoMeter:
    """Nobody wants to know."""

    def committed(self, turns: int, commit_s: float) -> None: ...

    def heard(self, channel: str, outcome: str, seconds: float) -> None: ...
