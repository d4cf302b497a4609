"""Finding a village by its name: time of a question of each kind, against scanning all names with RapidFuzz's WRatio."""

from __future__ import annotations

import csv
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable

from rapidfuzz import fuzz, process

from config import SAMPLE
from config.organisation import load_organisation
from handlers.rules.finding import Finder
from tests.bench.row import Row
from tests.finding.misspellings import PAGE

ROUNDS = 5
KINDS = {
    "名字不错": "exact",
    "同音字": "homophones",
    "拼音": "pinyin",
    "错一个字": "one character wrong",
    "拼音打错": "pinyin mistyped",
}
TURN_MS_MAX, FASTER_MIN = 5.0, 5.0
MEMORY = (
    "import sys, tracemalloc; from config import SAMPLE; from config.organisation import load_organisation as load; "
    "o = load(SAMPLE / 'organisation'); tracemalloc.start(); import handlers.rules.finding as f; "
    "finder = f.Finder(o); finder.find('岩门'); print(tracemalloc.get_traced_memory()[0])"
)


def run(rounds: int = ROUNDS) -> list[Row]:
    organisation = load_organisation(SAMPLE / "organisation")
    names = [village.name for village in organisation.villages.values()]
    built = statistics.median(_seconds(lambda: Finder(organisation)) for _ in range(rounds))
    finder = Finder(organisation)
    finding: dict[str, list[float]] = defaultdict(list)
    scanning: dict[str, list[float]] = defaultdict(list)
    with PAGE.open(encoding="utf-8") as file:
        asked = [(row["kind"], row["written"]) for row in csv.DictReader(file)]
    for kind, written in asked[:: 3 if rounds >= ROUNDS else 40]:
        times = [_both(finder, names, written) for _ in range(rounds)]
        finding[kind].append(min(found for found, _ in times))
        scanning[kind].append(min(scanned for _, scanned in times))
    rows = [Row("finding", "index built", built * 1000, "ms"), Row("finding", "memory of it", _memory_mb(), "MB")]
    for kind, told in KINDS.items():
        ratio = sum(finding[kind]) / sum(scanning[kind])
        rows.append(Row("finding", told, statistics.mean(finding[kind]) * 1000, "ms", "WRatio over all names", ratio))
    every = sum(map(sum, finding.values())) / sum(map(sum, scanning.values()))
    worst = max(map(max, finding.values())) * 1000
    mean = sum(map(sum, finding.values())) / sum(map(len, finding.values())) * 1000
    rows.append(Row("finding", "all misspellings", mean, "ms", "WRatio over all names", every))
    rows.append(Row("finding", "the slowest of them", worst, "ms", "5 ms", worst / TURN_MS_MAX))
    if rounds >= ROUNDS:
        assert every * FASTER_MIN <= 1 and worst <= TURN_MS_MAX
    return rows


def _both(finder: Finder, names: list[str], written: str) -> tuple[float, float]:
    found = _seconds(lambda: finder.find(written))
    return found, _seconds(lambda: process.extract(written, names, scorer=fuzz.WRatio, limit=4))


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _memory_mb() -> float:
    done = subprocess.run([sys.executable, "-c", MEMORY], check=True, capture_output=True, text=True)
    return int(done.stdout) / 1e6
