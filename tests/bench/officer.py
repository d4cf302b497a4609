"""Whether an officer's inbox stays as fast with 100,000 reports as with 1,000 (with `--long` 1,000,000: ten minutes of
loading), and officers' turns as fast as villagers'."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from handlers.model import Here, Sector
from tests.bench import bulk
from tests.bench.row import Row
from tests.fakes.city import City, open_city

ROUNDS, TALKS = 5, 20
SIZES, SIZES_LONG = (1_000, 100_000), (1_000, 1_000_000)
OFFICER = "T-3"
VILLAGER = ("1", "1", "去年冬天修的沟子垮了一截", "1", "1")
STEPS = {"inbox": ("待办",), "open a case": ("待办", "1"), "page of the inbox": ("待办", "7")}
"""Turns of an officer; the last of each is the one that is timed."""


def run(rounds: int = ROUNDS, *, long: bool = False) -> list[Row]:
    sizes = SIZES_LONG if long else SIZES
    return asyncio.run(_run(rounds, sizes if rounds >= ROUNDS else (50, 200)))


async def _run(rounds: int, sizes: tuple[int, ...]) -> list[Row]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lima-bench-")))
        cities = []
        for size in sizes:
            url, files = f"sqlite:///{folder}/{size}.db", folder / "evidence"
            city = await stack.enter_async_context(open_city(url, Here(deliberate_s=0), files=files))
            await city.staff()
            await city.bind(OFFICER, OFFICER)
            await bulk.load(city, size)
            cities.append(city)
        times = {name: [[] for _ in cities] for name in (*STEPS, "a villager's turn")}
        for round_ in range(rounds):
            for n, city in enumerate(cities):
                for name, texts in STEPS.items():
                    times[name][n].append(await _officer(city, texts))
                times["a villager's turn"][n].append(await _villager(city, round_))
    return list(_rows(sizes, times))


async def _officer(city: City, texts: tuple[str, ...]) -> float:
    taken = []
    for _ in range(TALKS):
        for text in texts[:-1]:
            await city.say(text, OFFICER)
        began = time.perf_counter()
        reply = await city.say(texts[-1], OFFICER)
        taken.append(time.perf_counter() - began)
        assert any(sector in reply.as_lines() for sector in Sector), "the bench looked at nothing"
    return statistics.median(taken)


async def _villager(city: City, round_: int) -> float:
    """The mean of a whole report's turns, since the one that files it is a turn as well; the median of all talks."""
    taken = []
    code = await city.code_of("二组水沟")
    for talk in range(TALKS):
        began = time.perf_counter()
        for text in (f"/start {code}", *VILLAGER):
            await city.say(text, f"{round_} {talk}")
        taken.append((time.perf_counter() - began) / (1 + len(VILLAGER)))
    return statistics.median(taken)


def _rows(sizes: tuple[int, ...], times: dict[str, list[list[float]]]) -> list[Row]:
    """The largest against the smallest, and an officer's turn against a villager's in the largest, round by round."""
    rows = []
    for name, taken in times.items():
        ratio = statistics.median(b / a for a, b in zip(taken[0], taken[-1], strict=True))
        value = statistics.median(taken[-1]) * 1e6
        rows.append(Row("officer", f"{name}, {sizes[-1]:,} reports", value, "µs", f"{sizes[0]:,}", ratio))
    villagers = times["a villager's turn"][-1]
    for name in STEPS:
        ratio = statistics.median(a / b for a, b in zip(times[name][-1], villagers, strict=True))
        value = statistics.median(times[name][-1]) * 1e6
        rows.append(Row("officer", f"{name}, {sizes[-1]:,} reports", value, "µs", "a villager's turn", ratio))
    return rows
