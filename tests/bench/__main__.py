"""`python -m tests.bench [CASE…] [--json FILE] [--rounds N]`."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from tests.bench import clock, finding, grouping, growing, guessing, http, loading, memory, officer, telegram, wechat

CASES = {
    "loading": loading.run,
    "guessing": guessing.run,
    "http": http.run,
    "grouping": grouping.run,
    "growing": growing.run,
    "memory": memory.run,
    "wechat": wechat.run,
    "officer": officer.run,
    "telegram": telegram.run,
    "clock": clock.run,
    "finding": finding.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], metavar="CASE", help=f"of {', '.join(CASES)}")
    parser.add_argument("--json", type=Path, help="write the rows there as well")
    parser.add_argument("--long", action="store_true", help="the officers' bench with a million reports")
    parser.add_argument("--rounds", type=int, help="interleaved rounds; fewer than five prove only that it starts")
    given = parser.parse_args()
    rows = []
    for name in given.cases or CASES:
        how = {"rounds": given.rounds} if given.rounds else {}
        how |= {"long": True} if given.long and name == "officer" else {}
        for row in CASES[name](**how):
            print(row, flush=True)
            rows.append(asdict(row))
    if given.json:
        given.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")


main()
