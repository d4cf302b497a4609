"""What a channel is: something that hears people and can show them a reply. Channels know nothing of turns."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from handlers.model import Heard, Reply

Hear = Callable[[Heard], Awaitable[Reply]]
"""What a channel is handed: one message in, after the turn's commit one reply out.

Raises Busy, SaidDifferently or NotTaken; nothing else leaves it.
"""


class Busy(Exception):
    """The queue is full; nothing was stored. Try again after `retry_after_s` seconds."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__("queue full")
        self.retry_after_s = retry_after_s


class SaidDifferently(Exception):
    """The same message id came before with other content; nothing was stored."""


class NotTaken(Exception):
    """The turn failed. `reply` is what the person is told: `err.down` if the words are kept, else `err.notkept`."""

    def __init__(self, reply: Reply, kept: bool) -> None:
        super().__init__("the turn failed")
        self.reply, self.kept = reply, kept
