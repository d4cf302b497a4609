"""Labelled sentences, and how well they are told apart.

`sentences.csv` was written before the recogniser and is split by a hash: `tuning`, and `held_out`, which nobody looked at
while tuning. One hand wrote both and the first lists of words, so both flatter it; `second.csv` was written after the
first version, which found a third of its complaints, and it was then made anew. `third.csv` was written after that and
has changed nothing. `fourth.csv` and `fifth.csv` speak of people by what they do (管公章的) or not at all; whom words may
concern (handlers/rules/recipient.py) was made on the fourth, the fifth changed nothing.

`python -m tests.asking.measured [NAME …]` prints precision and recall.
"""

from __future__ import annotations

import csv
import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path

from handlers.rules.recogniser import Kind, hear

FOLDER = Path(__file__).parent
SETS = ("tuning", "held_out", "second", "third", "fourth", "fifth")
Labelled = tuple[str, Kind]


def read(name: str) -> list[Labelled]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return [(row["text"], Kind(row["label"])) for row in csv.DictReader(lines)]


def labelled(name: str) -> list[Labelled]:
    if name not in ("tuning", "held_out"):
        return read(name)
    wanted = ("tuning", "held_out").index(name)
    return [each for each in read("sentences") if hashlib.sha256(each[0].encode()).digest()[-1] % 2 == wanted]


def precision_and_recall(of: Iterable[Labelled], kind: Kind) -> tuple[float, float]:
    found = [(hear(text).kind == kind, label == kind) for text, label in of]
    right = sum(heard and true for heard, true in found)
    return right / max(1, sum(heard for heard, _ in found)), right / max(1, sum(true for _, true in found))


if __name__ == "__main__":
    for name in sys.argv[1:] or SETS:
        of = labelled(name)
        print(f"{name}: {len(of)} sentences")
        for kind in Kind:
            if n := sum(label == kind for _, label in of):
                precision, recall = precision_and_recall(of, kind)
                print(f"  {kind:<10} precision {precision:.3f}  recall {recall:.3f}  of {n}")
