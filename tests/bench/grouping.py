"""What grouping is worth, in process at 64 people: against a statement a hop, and with a slower disk.

`one by one` is the same turn with every statement a hop of its own and a commit a message, in greenlets over
aiosqlite as SQLAlchemy does it. With 2 ms added to each COMMIT the gain of groups of mean size n is held against
(t + c + 2 ms) / (t + (c + 2 ms) / n), with turn t, commit c and n of the same run.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.util import await_only, greenlet_spawn

from handlers.model import Heard, Here
from storage import sqlite
from storage.engine import Limits
from storage.statement import Row, Statement
from tests.bench.row import Row as Figure
from tests.fakes.city import START, City, open_city

ROUNDS, PEOPLE, REPORTS, SLOWER_S = 5, 64, 6, 0.002
TALK = ("1", "1", "去年冬天修的沟子，才半年就垮了一截，说是花了十好几万", "1", "1")


@dataclass
class Spent:
    """Seconds: `turns` in the turns of a group, `commits` in BEGIN and COMMIT, `hops` between asking and running."""

    n: int = 0
    groups: int = 0
    turns: float = 0.0
    commits: float = 0.0
    hops: float = 0.0


def run(rounds: int = ROUNDS) -> list[Figure]:
    reports = REPORTS if rounds >= ROUNDS else 1
    return asyncio.run(_run(rounds, reports))


async def _run(rounds: int, reports: int) -> list[Figure]:
    fast: list[tuple[float, float]] = []
    slow: list[tuple[float, float]] = []
    spent, spent_slow = Spent(), Spent()
    for _ in range(rounds):
        fast.append((await _rate(Limits(), reports, spent), await _rate_one_by_one(reports)))
        with _slower(SLOWER_S):
            slow.append((await _rate(Limits(), reports, spent_slow), await _rate(Limits(group_max=1), 1, Spent())))
    t, c = spent_slow.turns / spent_slow.n, spent_slow.commits / spent_slow.groups
    n = spent_slow.n / spent_slow.groups
    wanted = t + c, t + c / n  # c holds the added 2 ms already
    gain = statistics.median(a / b for a, b in slow)
    outside = (spent.commits + spent.hops) / (spent.turns + spent.commits + spent.hops)
    ratio = statistics.median(a / b for a, b in fast)
    return [
        Figure("grouping", "one by one", statistics.median(b for _, b in fast), "turns/s"),
        Figure("grouping", "grouped", statistics.median(a for a, _ in fast), "turns/s", "one by one", ratio),
        Figure("grouping", "mean group", spent.n / spent.groups, "turns"),
        Figure("grouping", "commit and hop, share of a turn", outside, "", "0.2", outside / 0.2),
        Figure("grouping", "2 ms a commit: mean group", n, "turns"),
        Figure("grouping", "2 ms a commit: gain of grouping", gain, "times", "formula", gain / (wanted[0] / wanted[1])),
    ]


async def _rate(limits: Limits, reports: int, spent: Spent) -> float:
    with _measured(spent):
        async with _city(limits) as (city, code):
            return await _talk(city, code, reports)


async def _rate_one_by_one(reports: int) -> float:
    async with _city(Limits()) as (city, code):
        async with _OneByOne(city.service.database) as database:
            object.__setattr__(city.service, "database", database)
            return await _talk(city, code, max(reports // 3, 1))


@contextlib.asynccontextmanager
async def _city(limits: Limits) -> AsyncIterator[tuple[City, str]]:
    with tempfile.TemporaryDirectory(prefix="lima-bench-") as folder:
        url = f"sqlite:///{folder}/lima.db"
        async with open_city(url, Here(deliberate_s=0), limits, files=Path(folder) / "evidence") as city:
            yield city, await city.code_of("二组水沟")


async def _talk(city: City, code: str, reports: int) -> float:
    """Turns a second of 64 people who each make so many reports."""

    async def person(number: int) -> None:
        for n in range(reports):
            for m, text in enumerate((f"/start {code}", *TALK)):
                await city.service.hear(Heard("web", f"{number} {n}", f"m{m}", text, START))

    began = time.perf_counter()
    await asyncio.gather(*(person(number) for number in range(PEOPLE)))
    return PEOPLE * reports * (1 + len(TALK)) / (time.perf_counter() - began)


# ---------------------------------------------------------------- instruments


@contextlib.contextmanager
def _measured(spent: Spent) -> Iterator[None]:
    """Time what happens in the driver's thread, and what the hop there and back adds."""
    grouped, hop = sqlite._grouped, sqlite._hop

    def timed(connection: Any, *rest: Any) -> list[Any]:
        watched = _Watched(connection)
        began = time.perf_counter()
        done = grouped(watched, *rest)  # type: ignore[arg-type]
        took = time.perf_counter() - began
        spent.n += len(done)
        spent.groups += 1
        spent.commits += watched.spent
        spent.turns += took - watched.spent
        spent.hops -= took
        return done

    async def hopped(connection: Any, function: Callable[..., Any], *arguments: Any) -> Any:
        if function is not timed:
            return await hop(connection, function, *arguments)
        began = time.perf_counter()
        try:
            return await hop(connection, function, *arguments)
        finally:
            spent.hops += time.perf_counter() - began

    sqlite._grouped, sqlite._hop = timed, hopped  # type: ignore[assignment]
    try:
        yield
    finally:
        sqlite._grouped, sqlite._hop = grouped, hop


_added_s = 0.0


@contextlib.contextmanager
def _slower(seconds: float) -> Iterator[None]:
    global _added_s  # noqa: PLW0603 - one knob for the watched connection below
    _added_s = seconds
    yield
    _added_s = 0.0


class _Watched:
    """A connection whose BEGIN and COMMIT are timed, and whose COMMIT may be slower."""

    def __init__(self, connection: Any) -> None:
        self._connection, self.spent = connection, 0.0

    @property
    def in_transaction(self) -> bool:
        return bool(self._connection.in_transaction)

    @property
    def total_changes(self) -> int:
        return int(self._connection.total_changes)

    def execute(self, sql: str) -> Any:
        began = time.perf_counter()
        if sql == "COMMIT" and _added_s:
            time.sleep(_added_s)
        done = self._connection.execute(sql)
        if sql in ("COMMIT", "BEGIN IMMEDIATE"):
            self.spent += time.perf_counter() - began
        return done


class _OneByOne:
    """The peer: every statement a hop, every message a commit."""

    kind = "sqlite"

    def __init__(self, database: Any) -> None:
        self._database, self._alone = database, asyncio.Lock()

    async def __aenter__(self) -> _OneByOne:
        self._connection = await self._database.connect()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._connection.close()

    async def turn(self, lane: bytes, work: Callable[[Any], Any]) -> Any:
        async with self._alone:
            await self._connection.execute("BEGIN IMMEDIATE")
            done = await greenlet_spawn(work, _HoppingRows(self._connection))
            await self._connection.execute("COMMIT")
            return done


class _HoppingRows:
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def all(self, statement: Statement, **parameters: Any) -> list[Row]:
        return list(
            await_only(self._connection.execute_fetchall(statement.sqlite, {**statement.literals, **parameters}))
        )

    def run(self, statement: Statement, **parameters: Any) -> int:
        return int(
            await_only(self._connection.execute(statement.sqlite, {**statement.literals, **parameters})).rowcount
        )

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        await_only(self._connection.execute("SAVEPOINT command"))
        yield
        await_only(self._connection.execute("RELEASE command"))
