"""A real `lima serve` in a process of its own, and a person who talks to it over HTTP."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.served.warm import parent

START_S_MAX = 90.0
REFERENCE = "-c", "from bot.cli import main; main()"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def lima(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end, in a process of its own that need not load everything again."""
    code, out, err = parent().run(arguments, cwd, {**os.environ, **environment})
    return subprocess.CompletedProcess(["lima", *arguments], code, out, err)


@dataclass
class Served:
    """`log` collects what the process prints."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    log: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=10)

    def stop(self) -> bool:
        """Ask it to end; whether it finished what waited."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60) == 0 and "stopped" in self.log.read_text()


@asynccontextmanager
async def serving(folder: Path, **environment: str) -> AsyncIterator[Served]:
    """Start `lima serve` in a prepared folder, wait until it answers, and end it afterwards."""
    port = free_port()
    set_ = {"LIMA_SERVER__PORT": str(port), "LIMA_SERVER__BASE_URL": f"http://127.0.0.1:{port}", **environment}
    process, log = _started(folder, port, set_)
    served = Served(folder, port, process, log, set_)
    try:
        await _answering(served)
        yield served
    finally:
        if process.poll() is None:
            served.kill()


def _started(folder: Path, port: int, set_: dict[str, str]) -> tuple[subprocess.Popen[bytes], Path]:
    log = folder / f"serve-{port}.log"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), **set_}
    with log.open("wb") as out:
        command = [sys.executable, *REFERENCE, "serve"]
        return subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=out), log


async def _answering(served: Served) -> None:
    until = time.monotonic() + START_S_MAX
    async with httpx.AsyncClient() as client:
        while True:
            try:
                await client.get(served.url)
                return
            except httpx.TransportError:
                assert served.process.poll() is None and time.monotonic() < until, served.log.read_text()
                await asyncio.sleep(0.05)


@dataclass
class Visitor:
    """One browser: a cookie, and messages numbered by itself."""

    client: httpx.AsyncClient
    n: int = 0
    said: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)

    async def open(self) -> None:
        (await self.client.get("/")).raise_for_status()

    async def say(self, text: str) -> dict[str, Any]:
        """The reply to a message; raises TransportError if the line drops."""
        self.n += 1
        return await self.send(f"m{self.n}", text)

    async def send(self, id_: str, text: str) -> dict[str, Any]:
        response = await self.client.post("/chat/messages", json={"id": id_, "text": text})
        assert response.status_code == 200, response.text
        reply: dict[str, Any] = response.json()["replies"][0]
        self.said.append((id_, text, reply))
        return reply


@asynccontextmanager
async def visiting(url: str) -> AsyncIterator[Visitor]:
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        visitor = Visitor(client)
        await visitor.open()
        yield visitor
