"""Loading the organisation against importing the application: issue 2 wants the first below the second."""

from __future__ import annotations

import statistics
import subprocess
import sys

from tests.bench.row import Row

ROUNDS = 7
IMPORT = "import time; t = time.perf_counter(); import bot.app; print(time.perf_counter() - t)"
LOAD = (
    "import time; import bot.app; from config import SAMPLE; from config.organisation import load_organisation as load; from handlers.rules.finding import Finder; "
    "folder = SAMPLE / 'organisation'; t = time.perf_counter(); "
    "o = load(folder); Finder(o).find('岩门'); o.villages_in('5206'); print(time.perf_counter() - t)"
)


def run(rounds: int = ROUNDS) -> list[Row]:
    pairs = [(_seconds(IMPORT), _seconds(LOAD)) for _ in range(rounds)]
    importing, loading = (statistics.median(each) for each in zip(*pairs, strict=True))
    ratio = statistics.median(load / import_ for import_, load in pairs)
    return [
        Row("loading", "import of the application", importing * 1000, "ms"),
        Row("loading", "organisation with its indexes", loading * 1000, "ms", "import of the application", ratio),
    ]


def _seconds(code: str) -> float:
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
