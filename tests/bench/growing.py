"""Whether a turn and the queries stay as fast with 100,000 and 1,000,000 reports as with 1,000.

A status lookup of a million reports is 2 × as long as one of a thousand while its pages come from the system's cache (75 µs, and
35): three trees of six to ten pages, rows of 380 and 860 bytes in all of them. Read again, own rows take 1.19 ×, the report
itself 1.35 ×; with SQLite's own cache of 2 MB it was 1.42 × and 1.90 ×. Every query goes by its primary key.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from handlers.model import DeskId, Heard, Here, Person, PersonId, PlacardId
from storage import reports
from storage.items import Catalogue
from storage.statement import Rows
from tests.bench import bulk
from tests.bench.row import Row
from tests.fakes.city import START, City, open_city

ROUNDS, TALKS = 5, 40
SIZES = (1_000, 100_000, 1_000_000)
TALK = ("1", "1", "去年冬天修的沟子垮了一截", "1", "1")
DESK = "township:520602104"


def run(rounds: int = ROUNDS) -> list[Row]:
    return asyncio.run(_run(rounds, SIZES if rounds >= ROUNDS else (50, 200)))


async def _run(rounds: int, sizes: tuple[int, ...]) -> list[Row]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lima-bench-")))
        cities = []
        for size in sizes:
            url, files = f"sqlite:///{folder}/{size}.db", folder / "evidence"
            city = await stack.enter_async_context(open_city(url, Here(deliberate_s=0), files=files))
            await bulk.load(city, size)
            cities.append(city)
        turns = await _turns(cities[:2], rounds)
        queries = [await _query(cities, name, look, rounds) for name, look in QUERIES.items()]
    rows = [_row("a turn of a report", sizes[:2], turns)]
    return rows + [_row(name, sizes, times) for name, times in zip(QUERIES, queries, strict=True)]


def _row(name: str, sizes: tuple[int, ...], times: list[list[float]]) -> Row:
    """The largest against the smallest, round by round."""
    ratio = statistics.median(b / a for a, b in zip(times[0], times[-1], strict=True))
    return Row(
        "growing", f"{name}, {sizes[-1]:,} reports", statistics.median(times[-1]) * 1e6, "µs", f"{sizes[0]:,}", ratio
    )


async def _turns(cities: list[City], rounds: int) -> list[list[float]]:
    """Median seconds a turn, the cities by turns."""
    times: list[list[float]] = [[] for _ in cities]
    codes = [await city.code_of("二组水沟") for city in cities]
    for round_ in range(rounds):
        for n, city in enumerate(cities):
            taken = []
            for talk in range(TALKS):
                for m, text in enumerate((f"/start {codes[n]}", *TALK)):
                    began = time.perf_counter()
                    await city.service.hear(Heard("web", f"{round_} {talk}", f"m{m}", text, START))
                    taken.append(time.perf_counter() - began)
            times[n].append(statistics.median(taken))
    return times


async def _query(
    cities: list[City], name: str, look: Callable[[City, Rows, int], Any], rounds: int
) -> list[list[float]]:
    times: list[list[float]] = [[] for _ in cities]
    for round_ in range(rounds):
        for n, city in enumerate(cities):
            times[n].append(await city.service.database.read(lambda rows, c=city, r=round_: _timed(c, rows, look, r)))  # type: ignore[misc]
    return times


def _timed(city: City, rows: Rows, look: Callable[[City, Rows, int], Any], round_: int) -> float:
    taken = []
    for n in range(TALKS):
        began = time.perf_counter()
        found = look(city, rows, round_ * TALKS + n)
        taken.append(time.perf_counter() - began)
        assert found, "the bench looked at nothing"
    return statistics.median(taken)


def _status(city: City, rows: Rows, n: int) -> object:
    vault = city.service.turns.vault
    mine = reports.mine(rows, vault, vault.account("web", f"bulk {n % 100}"))
    return [reports.head(rows, each.report) for each in mine]


def _desk(city: City, rows: Rows, n: int) -> object:
    return reports.held_for(rows, city.service.turns.vault, Person(PersonId("somebody"), DeskId(DESK)), 20)


def _card(city: City, rows: Rows, n: int) -> object:
    return Catalogue().placard(rows, PlacardId(1 + n % 10))


QUERIES: dict[str, Callable[[City, Rows, int], Any]] = {"status": _status, "desk list": _desk, "card": _card}
