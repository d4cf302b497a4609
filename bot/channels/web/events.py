"""What is pushed: one open answer for each page that is looked at, fed with numbered replies as server-sent events.

A page begins after the number it showed last (it keeps that itself; a first visit asks after 0), and a browser that
lost the line goes on after `Last-Event-ID`. So nothing is lost and the server need not know what was seen.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from typing import Any

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.pages.shell import HEADERS
from handlers.model import Reply

STREAMS_MAX = 2000
"""In one process; each holds a socket. Who comes later gets 503, and what it says is answered all the same."""
STREAMS_ADDRESS_MAX = 3
RETRY_MS = 3000
START, HEARTBEAT = f"retry: {RETRY_MS}\n\n".encode(), b":\n\n"
ENOUGH = b"event: enough\ndata:\n\n"
"""Another page of the same person took the place. Without it the browser would come back, and push out the next."""
STREAM_HEADERS = HEADERS | {"Content-Type": "text/event-stream; charset=utf-8", "X-Accel-Buffering": "no"}
_NUMBER = re.compile("[0-9]{1,18}")

log = structlog.get_logger()


def after_of(request: Request) -> int | None:
    """The last number that was shown. ValueError if what is given is no number."""
    given = request.headers.get("last-event-id") or request.query_params.get("after")
    if given is None:
        return None
    if not _NUMBER.fullmatch(given):
        raise ValueError("not an event number")
    return int(given)


class Streams:
    """The open streams. Each waits for a future: the last bytes to send before it ends."""

    def __init__(self) -> None:
        self._open: OrderedDict[asyncio.Future[bytes], str] = OrderedDict()

    def enter(self, address: str) -> asyncio.Future[bytes] | None:
        """None if the process holds as many as it may. The oldest of three of the same address ends."""
        if len(self._open) >= STREAMS_MAX:
            return None
        own = [over for over, whose in self._open.items() if whose == address and not over.done()]
        if len(own) >= STREAMS_ADDRESS_MAX:
            own[0].set_result(ENOUGH)
        over = asyncio.get_running_loop().create_future()
        self._open[over] = address
        return over

    def leave(self, over: asyncio.Future[bytes]) -> None:
        self._open.pop(over, None)

    def end(self) -> None:
        """All of them, because the process ends: their browsers come back after RETRY_MS."""
        for over in self._open:
            if not over.done():
                over.set_result(b"")


class EventStream(Response):
    """Sends what `events` yields, until they end, the client goes, or `over` is set."""

    def __init__(
        self, events: AsyncIterator[tuple[int, Reply] | None], streams: Streams, over: asyncio.Future[bytes]
    ) -> None:
        super().__init__(headers=STREAM_HEADERS)
        del self.headers["content-length"]
        self._events, self._streams, self._over = events, streams, over

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        pump, gone = asyncio.ensure_future(self._pump(send)), asyncio.ensure_future(_gone(receive))
        try:
            ends: set[asyncio.Future[Any]] = {pump, gone, self._over}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._streams.leave(self._over)
            pump.cancel()
            gone.cancel()
            (failed, _) = await asyncio.gather(pump, gone, return_exceptions=True)
        if isinstance(failed, Exception) and not isinstance(failed, OSError):
            # An exception's text may quote what a person said: its type alone is told.
            log.error("events_failed", cause=type(failed).__name__)
        last = self._over.result() if self._over.done() else b""
        with suppress(OSError):
            await send({"type": "http.response.body", "body": last, "more_body": False})

    async def _pump(self, send: Send) -> None:
        try:
            await _send(send, START)
            async for event in self._events:
                await _send(send, HEARTBEAT if event is None else _told(*event))
        finally:
            if isinstance(self._events, AsyncGenerator):
                await self._events.aclose()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, part: bytes) -> None:
    await send({"type": "http.response.body", "body": part, "more_body": True})


def shape(reply: Reply) -> dict[str, object]:
    """A reply as the contract has it."""
    return {
        "text": reply.text,
        "options": [{"key": choice.key, "label": choice.label} for choice in reply.choices],
    }


def _told(number: int, reply: Reply) -> bytes:
    """JSON has no line breaks of its own, so one data line holds it."""
    return b"id: %d\nevent: reply\ndata: %b\n\n" % (number, orjson.dumps(shape(reply)))
