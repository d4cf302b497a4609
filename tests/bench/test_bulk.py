"""The bulk loader stores what conversations store; and every bench starts (a tiny round, no figure is asserted)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from handlers.model import About, DeskId, Person, PersonId, VillageCode
from storage import outbox, reports
from storage.statement import Rows
from tests.bench import bulk
from tests.fakes.city import City, open_city

N = 200
_VILLAGE, _ABOUT = VillageCode("520602104201"), About.VILLAGE
CASES = ("loading", "guessing", "grouping", "growing", "http", "officer", "clock", "telegram", "wechat", "finding")
DESKS = ("township:520602104", "county:520602", "city:5206")


async def test_two_hundred_in_bulk_equal_two_hundred_by_conversation(tmp_path: Path) -> None:
    async with (
        open_city(f"sqlite:///{tmp_path}/a.db", files=tmp_path) as talked,
        open_city(f"sqlite:///{tmp_path}/b.db", files=tmp_path) as loaded,
    ):
        placard = (
            await talked.service.database.read(lambda rows: talked.service.turns.catalogue.posted(rows, _VILLAGE))
        )[0]
        code = await talked.code_of(placard.item.facts.title[:4])
        for number in range(N):
            await _talk(talked, code, f"bulk {number}")
        now = talked.clock.now

        def load(rows: Rows) -> None:
            for number in range(N):
                bulk.file(loaded, rows, number, placard, _ABOUT, now)

        await loaded.service.database.turn(b"bulk", load)
        assert await _stored(talked) == await _stored(loaded)


async def _talk(city: City, code: str, who: str) -> None:
    for text in (f"/start {code}", "1", "1", bulk.WORDS, "1", "1"):
        await city.say(text, who, after_s=3)


async def _stored(city: City) -> dict[str, Any]:
    """Everything but chance and times: what desks may see, what reporters find, what waits, sizes of sealed columns."""
    vault = city.service.turns.vault

    def look(rows: Rows) -> dict[str, Any]:
        held = {d: reports.held_for(rows, vault, Person(PersonId("p"), DeskId(d)), 2 * N) for d in DESKS}
        mine = [reports.mine(rows, vault, vault.account("web", f"bulk {n}")) for n in range(N)]
        return {
            "held": {desk: [(h.facts, h.sector, h.status, h.reasons) for h in found] for desk, found in held.items()},
            "mine": [[m.placard for m in each] for each in mine],
            "waiting": {desk: len(outbox.for_desk(rows, vault, DeskId(desk))) for desk in DESKS},
            "sizes": {
                (table, column): sorted(row[0] for row in _sizes(rows, table, column))
                for table, column in (
                    ("report_words", "sealed"),
                    ("mine", "box"),
                    ("reports", "link"),
                    ("outbox", "body"),
                )
            },
        }

    return await city.service.database.read(look)


def _sizes(rows: Any, table: str, column: str) -> list[tuple[int]]:
    found: list[tuple[int]] = rows._connection.execute(f"SELECT length({column}) FROM {table}").fetchall()
    return found


def test_every_bench_starts(tmp_path: Path) -> None:
    """All in one process: loading the peers' libraries takes longer than a tiny round. `memory` has a form of its own."""
    rows = tmp_path / "rows.json"
    command = [sys.executable, "-m", "tests.bench", *CASES, "--rounds", "1", "--json", str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {row["case"] for row in json.loads(rows.read_text())} == set(CASES)
