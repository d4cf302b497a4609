"""A line between the phone and the server that breaks where a test wants it to: after the request went on its way,
before the reply comes back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from playwright.async_api import Page

from tests.served.process import Served

GPRS = {"offline": False, "latency": 300, "downloadThroughput": 50_000 / 8, "uploadThroughput": 20_000 / 8}
"""2G: 50 kbit/s down, 20 up."""
_REQUEST = re.compile(rb"(?:GET|POST) (\S+) HTTP/1.1\r\n")


@dataclass
class Line:
    """`drops` counts down the replies to a path that are not let through; `sent` has all that went to a path."""

    server_port: int
    port: int = 0
    asked: list[str] = field(default_factory=list)
    drops: dict[str, int] = field(default_factory=dict)
    sent: dict[str, bytearray] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def carry(self, phone_in: asyncio.StreamReader, phone_out: asyncio.StreamWriter) -> None:
        server_in, server_out = await asyncio.open_connection("127.0.0.1", self.server_port)
        asked: list[str] = []
        ways = [
            asyncio.create_task(self._requests(phone_in, server_out, asked)),
            asyncio.create_task(self._replies(server_in, phone_out, asked)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for out in (server_out, phone_out):
            out.close()

    async def _requests(self, phone: asyncio.StreamReader, server: asyncio.StreamWriter, asked: list[str]) -> None:
        with suppress(ConnectionError):
            while part := await phone.read(65536):
                for found in _REQUEST.finditer(part):
                    asked.append(found[1].decode())
                    self.asked.append(asked[-1])
                self.sent.setdefault(asked[-1], bytearray()).extend(part)
                server.write(part)
                await server.drain()

    async def _replies(self, server: asyncio.StreamReader, phone: asyncio.StreamWriter, asked: list[str]) -> None:
        with suppress(ConnectionError):
            while part := await server.read(65536):
                if self.drops.get(asked[-1], 0) > 0:
                    self.drops[asked[-1]] -= 1
                    return
                phone.write(part)
                await phone.drain()


@asynccontextmanager
async def line_to(served: Served) -> AsyncIterator[Line]:
    line = Line(served.port)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()


async def slow_down(page: Page) -> None:
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")
    await session.send("Network.emulateNetworkConditions", GPRS)
