"""Whole report conversations over HTTP at 1, 16 and 64 people, against the limit, in interleaved rounds."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.bench.row import Row

ROUNDS, PEOPLE, SECONDS = 5, (1, 16, 64), 3.0


def run(rounds: int = ROUNDS) -> list[Row]:
    seconds, people = (SECONDS, PEOPLE) if rounds >= ROUNDS else (0.5, (4,))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lima-bench-")))
        ours, limit = (stack.enter_context(serving(which, folder / which)) for which in ("lima", "limit"))
        return [row for n in people for row in _compared(ours, limit, n, rounds, seconds)]


def _compared(ours: list[str], limit: list[str], people: int, rounds: int, seconds: float) -> list[Row]:
    for server in (ours, limit):
        loaded(server, people, min(seconds, 1.0))
    pairs = [(loaded(ours, people, seconds), loaded(limit, people, seconds)) for _ in range(rounds)]
    ratio = statistics.median(_rate(a) / _rate(b) for a, b in pairs)
    mine = [a for a, _ in pairs]
    name = f"{people} people"
    return [
        Row("http", f"limit, {name}", statistics.median(_rate(b) for _, b in pairs), "turns/s"),
        Row("http", f"reports, {name}", statistics.median(map(_rate, mine)), "turns/s", "limit", ratio),
        Row("http", f"reports, {name}, median", statistics.median(a["median_ms"] for a in mine), "ms"),
        Row("http", f"reports, {name}, 99th percentile", statistics.median(a["p99_ms"] for a in mine), "ms"),
        Row("http", f"load process, {name}", statistics.median(a["cpu_share"] for a in mine), "of a CPU"),
    ]


def _rate(measured: dict[str, float]) -> float:
    return measured["turns"] / measured["seconds"]


@contextmanager
def serving(which: str, folder: Path) -> Iterator[list[str]]:
    """A server in a process of its own; its port and a placard's code."""
    command = [sys.executable, "-m", "tests.bench.servers", which, str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()
    finally:
        process.kill()
        process.wait()


def loaded(server: list[str], people: int, seconds: float) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.load", *server, str(people), str(seconds)]
    measured: dict[str, float] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return measured
