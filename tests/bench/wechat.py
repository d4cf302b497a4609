"""The official account's webhook in safe mode: whole report conversations at 1, 16 and 64 people, interleaved rounds.

Against WeRoBot on tornado with SQLite (a talk of five steps, nothing sealed), and against the limit; then far more
people than it can answer.
"""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.bench.row import Row

ROUNDS, PEOPLE, SECONDS, CROWD = 5, (1, 16, 64), 3.0, 1000
Measured = dict[str, float]


def run(rounds: int = ROUNDS) -> list[Row]:
    seconds, people, crowd = (SECONDS, PEOPLE, CROWD) if rounds >= ROUNDS else (0.5, (4,), 20)
    peers = ["limit", *(["werobot"] if importlib.util.find_spec("werobot") else [])]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lima-bench-")))
        servers = {name: stack.enter_context(serving(name, folder / name)) for name in ("lima", *peers)}
        rows = [row for n in people for row in _compared(servers, n, rounds, seconds)]
        return [*rows, *_beyond(servers["lima"], crowd, rounds, seconds)]


def _compared(servers: dict[str, list[str]], people: int, rounds: int, seconds: float) -> list[Row]:
    for server in servers.values():
        loaded(server, people, min(seconds, 1.0))
    found: dict[str, list[Measured]] = {name: [] for name in servers}
    for _ in range(rounds):
        for name, server in servers.items():
            found[name].append(loaded(server, people, seconds))
    name, mine = f"{people} people", found.pop("lima")
    rows = []
    for peer, theirs in found.items():
        ratio = statistics.median(_rate(a) / _rate(b) for a, b in zip(mine, theirs, strict=True))
        rows.append(Row("wechat", f"{peer}, {name}", statistics.median(map(_rate, theirs)), "turns/s"))
        rows.append(Row("wechat", f"reports, {name}", statistics.median(map(_rate, mine)), "turns/s", peer, ratio))
    lost = sum(each["lost"] for each in mine)
    return [
        *rows,
        Row("wechat", f"reports, {name}, median", statistics.median(a["median_ms"] for a in mine), "ms"),
        Row("wechat", f"reports, {name}, 99th percentile", statistics.median(a["p99_ms"] for a in mine), "ms"),
        Row("wechat", f"replies lost, {name}", lost, "replies"),
        Row("wechat", f"load process, {name}", statistics.median(a["cpu_share"] for a in mine), "of a CPU"),
    ]


def _beyond(server: list[str], crowd: int, rounds: int, seconds: float) -> list[Row]:
    """More people than can be answered: what is answered is answered soon, the rest is refused, nothing is lost."""
    found = [loaded(server, crowd, seconds) for _ in range(min(rounds, 3))]
    name = f"{crowd} people at once"
    return [
        Row("wechat", f"answered, {name}", statistics.median(map(_rate, found)), "turns/s"),
        Row("wechat", f"answered, {name}, 99th percentile", statistics.median(a["p99_ms"] for a in found), "ms"),
        Row("wechat", f"refused, {name}", statistics.median(a["refused"] / a["seconds"] for a in found), "a second"),
        Row("wechat", f"refused, {name}, 99th percentile", statistics.median(a["refused_p99_ms"] for a in found), "ms"),
        Row("wechat", f"replies lost, {name}", sum(each["lost"] for each in found), "replies"),
    ]


def _rate(measured: Measured) -> float:
    return measured["turns"] / measured["seconds"]


@contextmanager
def serving(which: str, folder: Path) -> Iterator[list[str]]:
    """A webhook in a process of its own; its port and a placard's code."""
    command = [sys.executable, "-m", "tests.bench.wechat_servers", which, str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().split()
    finally:
        process.kill()
        process.wait()


def loaded(server: list[str], people: int, seconds: float) -> Measured:
    command = [sys.executable, "-m", "tests.bench.wechat_load", *server, str(people), str(seconds)]
    measured: Measured = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return measured
