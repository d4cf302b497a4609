"""A warm parent: it has imported everything and opened nothing, and forks a process for each job that it reads.

The child holds conversations on a real database and tells of each reply, once it has it. It is killed with signal 9:
by its own hand at a certain statement, or by its parent shortly after a certain reply. Forking a process that has no
thread and no loop is safe, and costs five milliseconds instead of half a second.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from bot.channel import Busy
from storage.postgresql import PostgresqlRows
from storage.statement import Row, Statement
from tests.fakes.city import City
from tests.faults.stories import Line, reopened

ROOT = Path(__file__).parents[2]
BUSY_TRIES = 50


@dataclass
class Job:
    """`talks`: what each person says, in order; the people speak at the same time.

    kill_at_line, kill_at_statement   the child kills itself before this statement of the turn that answers this line
    kill_after_replies, kill_wait_s   its parent kills it this long after so many replies
    """

    url: str
    seed: int
    talks: list[list[dict[str, Any]]]
    kill_at_line: str = ""
    kill_at_statement: int = 0
    kill_after_replies: int = 0
    kill_wait_s: float = 0.0
    later_s: float = 0.0


@dataclass
class Outcome:
    """`replies` by line; `statements` of the turn that `kill_at_line` names, if it came to its end."""

    replies: dict[str, str] = field(default_factory=dict)
    statements: int = 0
    killed: bool = False
    trouble: str = ""


class Warm:
    """The warm parent, seen from a test."""

    def __enter__(self) -> Warm:
        command = [sys.executable, "-m", "tests.faults.warm"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.communicate(timeout=30)

    def start(self, job: Job) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asdict(job)) + "\n")
        self._process.stdin.flush()

    def outcome(self) -> Outcome:
        assert self._process.stdout is not None
        return Outcome(**json.loads(self._process.stdout.readline()))

    def run(self, job: Job) -> Outcome:
        self.start(job)
        return self.outcome()


# ---------------------------------------------------------------- the warm parent


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(asdict(_forked(Job(**json.loads(line))))), flush=True)


def _forked(job: Job) -> Outcome:
    told, tells = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(told)
        _child(job, tells)
    os.close(tells)
    outcome = Outcome()
    with os.fdopen(told, encoding="utf-8") as lines:
        for line in lines:
            name, value = json.loads(line)
            if name == "reply":
                outcome.replies[value[0]] = value[1]
                if job.kill_after_replies == len(outcome.replies):
                    time.sleep(job.kill_wait_s)
                    os.kill(child, signal.SIGKILL)
            else:
                setattr(outcome, name, value)
    _, status = os.waitpid(child, 0)
    outcome.killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return outcome


def _child(job: Job, tells: int) -> None:
    """Never returns."""

    def tell(name: str, value: object) -> None:
        os.write(tells, json.dumps([name, value], ensure_ascii=False).encode() + b"\n")

    try:
        asyncio.run(_talks(job, tell))
    except BaseException as error:  # noqa: BLE001 - told to the test, which fails
        tell("trouble", repr(error))
    os._exit(0)


async def _talks(job: Job, tell: Callable[[str, object], None]) -> None:
    async with reopened(job.url, job.seed) as city:
        counted = _Counted(job.kill_at_statement)
        if job.kill_at_line:
            await counted.watch(city)

        async def talk(lines: list[dict[str, Any]]) -> None:
            for each in lines:
                line = Line(**each)
                counted.armed = line.id == job.kill_at_line
                reply = await _heard(city, line, job.later_s)
                counted.tick()  # committed, and nobody has been told
                counted.armed = False
                tell("reply", [line.id, reply])

        await asyncio.gather(*(talk(lines) for lines in job.talks))
        tell("statements", counted.n)
        if job.kill_after_replies:
            await asyncio.Event().wait()


async def _heard(city: City, line: Line, later_s: float) -> str:
    """A channel's patience: what is busy is tried again."""
    for _ in range(BUSY_TRIES):
        try:
            return (await city.service.hear(line.heard(later_s))).as_lines()
        except Busy:
            await asyncio.sleep(0.05)
    raise AssertionError("busy for ever")


class _Counted:
    """Counts statements while it is armed, BEGIN, SAVEPOINT and COMMIT too, and ends the process before one of them."""

    def __init__(self, kill_at: int) -> None:
        self.kill_at, self.n, self.armed = kill_at, 0, False

    def tick(self, *_: object) -> None:
        if self.armed:
            self.n += 1
            if self.n == self.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    async def watch(self, city: City) -> None:
        database: Any = city.service.database
        if database.kind == "sqlite":
            await database._writer.set_trace_callback(self.tick)
            return
        tick = self.tick

        class Ticking(PostgresqlRows):
            def all(self, statement: Statement, **parameters: Any) -> list[Row]:
                tick()
                return super().all(statement, **parameters)

            def run(self, statement: Statement, **parameters: Any) -> int:
                tick()
                return super().run(statement, **parameters)

            def command(self, sql: str, *values: Any) -> None:
                tick()
                super().command(sql, *values)

        database.rows_class = Ticking


if __name__ == "__main__":
    main()
