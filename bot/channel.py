"""What a channel is: something that hears people and can show them a reply. Channels know nothing of turns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from handlers.model import Heard, Reply

Hear = Callable[[Heard], Awaitable[Reply]]
"""What a channel is handed: one message in, after the turn's commit one reply out.

Raises Busy, SaidDifferently or NotTaken; nothing else leaves it.
"""

HearPhoto = Callable[[Heard, bytes], Awaitable[Reply]]
"""A photo: `heard.kind` is "photo", the bytes are the file as it came. Raises what Hear raises.

A reply without text means that nothing is to be shown: of several photos sent at once only the first is answered.
"""

Events = Callable[[str, int | None], AsyncIterator[tuple[int, Reply] | None]]
"""What is pushed to an address after an event number (None: from now on): numbered replies, None every 20 s of quiet."""


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


class SendFailed(Exception):
    """Not delivered; try again. `retry_after_s` is what the platform asks for, 0 if it does not say."""

    def __init__(self, cause: str, retry_after_s: float = 0.0) -> None:
        super().__init__(cause)
        self.cause, self.retry_after_s = cause, retry_after_s


class RecipientGone(Exception):
    """The person has left the channel, or it cannot be pushed to: nothing will ever arrive there."""
