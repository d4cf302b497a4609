"""A warm parent that forks the whole Telegram channel, polling, for each job that it reads, and a child that dies.

It dies by its own hand before the n-th message is sent, or after the service has it and before its row is settled, or
before the n-th COMMIT; or its parent is told to kill it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from bot.app import _release_all
from bot.channels.telegram.polling import Poller
from handlers.model import Here, Millis
from storage.engine import Limits
from tests.fakes.city import START, Clock, open_city
from tests.fakes.telegrammed import channel_of

ROOT = Path(__file__).parents[2]


@dataclass
class Job:
    """`point`: before_send, after_send, commit, or empty: it lives until it is killed."""

    url: str
    fake: str
    seed: int
    files: str
    began: float
    point: str = ""
    at: int = 0


@dataclass
class Running(Clock):
    """The city's time, running."""

    began: float = 0.0

    def __getattribute__(self, name: str) -> Any:
        if name == "now":
            return Millis(START + int((time.time() - object.__getattribute__(self, "began")) * 1000))
        return object.__getattribute__(self, name)


class Forks:
    """The warm parent, seen from a test."""

    def __enter__(self) -> Forks:
        command = [sys.executable, "-m", "tests.telegram.killed"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate(timeout=30)

    def start(self, job: Job) -> int:
        """The child's process id."""
        return int(self._asked(json.dumps(asdict(job))))

    def ended(self, child: int, *, kill: bool) -> bool:
        """Whether the child is dead by signal 9 now."""
        return self._asked(json.dumps({"child": child, "kill": kill})) == "killed"

    def _asked(self, line: str) -> str:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


def main() -> None:
    alive: set[int] = set()
    for line in sys.stdin:
        asked = json.loads(line)
        if "child" in asked:
            if asked["kill"]:
                os.kill(asked["child"], signal.SIGKILL)
            child, status = os.waitpid(asked["child"], 0 if asked["kill"] else os.WNOHANG)
            alive.discard(child)
            killed = child and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
            print("killed" if killed else f"ended {status}" if child else "lives", flush=True)
            continue
        child = os.fork()
        if child == 0:
            _child(Job(**asked))
        alive.add(child)
        print(child, flush=True)
    for child in alive:
        os.kill(child, signal.SIGKILL)


def _child(job: Job) -> None:
    """Never returns."""
    try:
        asyncio.run(_serve(job))
    finally:
        os._exit(1)


async def _serve(job: Job) -> None:
    opened = open_city(
        job.url,
        Here(deliberate_s=0),
        Limits(lanes=2),
        items=None,
        seed=job.seed,
        files=Path(job.files),
        clock=Running(began=job.began),
    )
    async with opened as city:
        await city.service.database.turn(b"start", _release_all)
        channel, delivery = channel_of(city, job.fake)
        counted = 0

        def tick(statement: str = "COMMIT") -> None:
            nonlocal counted
            counted += statement == "COMMIT"
            if counted == job.at:
                os.kill(os.getpid(), signal.SIGKILL)

        if job.point == "commit":
            database: Any = city.service.database
            await database._writer.set_trace_callback(tick)
        send = channel.api.say

        async def sending(*arguments: Any, **named: Any) -> Any:
            if job.point == "before_send":
                tick()
            sent = await send(*arguments, **named)
            if job.point == "after_send":
                tick()
            return sent

        object.__setattr__(channel.api, "say", sending)
        poller = Poller(channel.api, channel.arrived, channel.take, channel.hold)
        await asyncio.gather(delivery.work_for_ever(), poller.for_ever())


if __name__ == "__main__":
    main()
