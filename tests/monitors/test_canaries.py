"""Nothing that monitors are, say, note or enter for somebody lies in the clear: not in the database, its log, or ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from storage import sealed
from storage.tables import metadata
from tests.commission.office import says
from tests.commission.test_canaries import _files
from tests.fakes import nets
from tests.fakes.city import open_city
from tests.faults.test_attack import ACCOUNTS, REPORTS
from tests.faults.thief import dump_of, dumped_places, found_in
from tests.monitors.net import helped, manned, slip, tip

CANARY = "金丝雀在唱"


async def test_nothing_of_a_net_lies_in_the_clear(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_city(database_url) as city:
        await manned(city, "T-3")
        await tip(city, "N-3", f"侯长明{CANARY}", item="")
        await says(city, "N-3", "日记", "写一条", f"看了{CANARY}", "0")
        link = (await says(city, "N-3", "日记", "导出")).text.rpartition("/")[2]
        entry, code = await slip(city, 20_261_124)
        unused, other = await slip(city, 20_261_125)
        await helped(city, "N-4", entry, f"屋后{CANARY}")
        await says(city, "T-3", "网格", "0")
        vault = city.service.turns.vault
        proof = await city.service.database.read(lambda rows: sealed.prove(rows, vault, set(metadata.tables)))
        assert proof.closed == {} and proof.index, "a restored backup would open"
        words = [CANARY, link, entry, code, unused, other, *nets.NAMES.values(), "户代表会推选"]
        assert found_in(dumped_places(await dump_of(database_url)), words) == []
        if database_url.startswith("sqlite"):
            assert found_in(_files(tmp_path), words) == []
    told = capsys.readouterr()
    assert not re.search("|".join(words), told.out + told.err)


async def test_a_tip_and_a_helped_report_share_no_value_with_whoever_made_them(database_url: str) -> None:
    async with open_city(database_url) as city:
        await manned(city)
        await tip(city, "N-3", "沟子垮了")
        await says(city, "N-3", "日记", "导出")
        entry, _ = await slip(city, 7)
        await slip(city, 8)
        await helped(city, "N-4", entry, "屋后的坎垮了")
        await says(city, "N-3", "查")
        dump = await dump_of(database_url)
        sides = []
        for tables in (ACCOUNTS, REPORTS | {"slips"}):
            rows = [row for table in tables for row in dump[table][1]]
            sides.append({cell for row in rows for cell in row if isinstance(cell, str | bytes) and cell})
        assert len(sides[0]) > 20 and len(sides[1]) > 10
        assert not sides[0] & sides[1]
