"""What a channel is: something that hears people and can show them a reply. Channels know nothing of turns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.routing import BaseRoute

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


@dataclass(frozen=True, slots=True)
class Push:
    """One message to somebody who is not waiting in a call.

    `id` is the outbox row's: the same push may come twice, when nobody knows whether it arrived. `notice` is its key
    in handlers/notices.py, empty for the reply to a turn. `picture` is a PNG that goes with the words, such as a chart.
    `protect` asks the platform not to let the message be passed on: for what officers get.
    """

    id: bytes
    address: str
    reply: Reply
    notice: str = ""
    picture: bytes = b""
    protect: bool = False


class Channel(Protocol):
    """What delivery and the composition root know of a channel; whatever it hears, it hands to a Hear."""

    name: str

    def routes(self) -> Sequence[BaseRoute]: ...

    async def send(self, push: Push) -> None:
        """Show a message to somebody.

        Raises SendFailed, SendRefused, WindowClosed, RecipientGone or RecipientMoved, and nothing else.
        """
        ...

    async def work_for_ever(self) -> None:
        """Whatever the channel does by itself while the server runs, such as polling; it may return at once."""
        ...


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
    """Not delivered, or nobody knows; try again. `retry_after_s` is what the platform asks for, 0 if it does not say.

    `tried` is false if nothing was sent at all: that counts for no attempt.
    """

    def __init__(self, cause: str, retry_after_s: float = 0.0, *, tried: bool = True) -> None:
        super().__init__(cause)
        self.cause, self.retry_after_s, self.tried = cause, retry_after_s, tried


class SendRefused(Exception):
    """The platform will never take this message as it is; an operator has to look."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class RecipientGone(Exception):
    """The person has left the channel, or it cannot be pushed to: nothing will ever arrive there."""


class RecipientMoved(Exception):
    """The person, or the group, has another address now."""

    def __init__(self, address: str) -> None:
        super().__init__("moved")
        self.address = address


class WindowClosed(Exception):
    """The platform lets nothing more be pushed to this person now; the message waits until they fetch it with “看”."""
