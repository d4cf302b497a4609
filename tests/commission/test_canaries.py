"""Whatever officers and reporters say while a report is handled lies nowhere in the clear: not in the database, its log, or
ours."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from handlers.model import Person
from storage import sealed
from storage.tables import metadata
from tests.commission.office import accepted, does, filed, first, says, staffed
from tests.fakes import people
from tests.fakes.city import open_city
from tests.faults.test_attack import ACCOUNTS, REPORTS
from tests.faults.thief import dump_of, dumped_places, found_in

CANARY, NAME = "金丝雀在唱", "欧阳某某"


async def test_nothing_that_was_said_lies_in_the_clear(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_city(database_url) as city:
        await staffed(city, "T-1", "T-3", "X-3")
        named: list[tuple[Person, str]] = [(p, NAME if p.id == "T-3" else name) for p, name in people.people()]
        await city.staff(named)
        await filed(city, story=f"沟子{CANARY}")
        await accepted(city)
        assert NAME in (await city.say("待办", "T-3")).text
        await does(city, "T-3", first(await city.say("待办", "T-3")), "追问反映人", f":{CANARY}是哪一段？", "发")
        assert CANARY in (await city.say("看")).text or CANARY in (await city.say("看下一条")).text
        await says(city, "村民", "看", f"就是{CANARY}那一段", "1", "有人为难我", f"他们说{CANARY}", "1")
        await does(
            city,
            "T-3",
            first(await city.say("待办", "T-3")),
            "给反映人回话",
            f":我们看了{CANARY}，下周返工修好。",
            "发",
        )
        done = await does(
            city, "T-3", first(await city.say("待办", "T-3")), "办结", "属实", f":看了{CANARY}的账",
            f":我们查了{CANARY}的账，已经返工修好。", "报批",
        )  # fmt: skip
        assert "报上去了" in done.text
        await does(city, "T-1", first(await city.say("待办", "T-1")), "退回", f":再看看{CANARY}")
        shown = await does(city, "T-3", first(await city.say("待办", "T-3")), "打开网页")
        token = shown.text.rpartition("/")[2]
        view = await city.service.case_page(token, "c" * 43, {"reason": "办这件事"})
        assert view is not None and sum(CANARY in each.text for each in view.words) >= 4
        assert f"再看看{CANARY}" in {each.text for each in view.words}
        vault = city.service.turns.vault
        proof = await city.service.database.read(lambda rows: sealed.prove(rows, vault, set(metadata.tables)))
        assert proof.closed == {} and proof.index and proof.tried > 40, "a restored backup would open"
        words = [CANARY, NAME, token]
        assert found_in(dumped_places(await dump_of(database_url)), words) == []
        if database_url.startswith("sqlite"):
            assert found_in(_files(tmp_path), words) == []
    told = capsys.readouterr()
    assert not re.search(f"{CANARY}|{NAME}|{token}", told.out + told.err)


def _files(folder: Path) -> list[tuple[str, bytes]]:
    found = [(path.name, path.read_bytes()) for path in folder.rglob("*") if path.is_file()]
    assert found
    return found


async def test_a_handled_report_shares_no_value_with_the_accounts_that_speak_of_it(database_url: str) -> None:
    """Reporter, officer and approver have all spoken of it, and opened it: no cell of theirs stands in a report's rows."""
    async with open_city(database_url) as city:
        await staffed(city, "T-1", "T-3")
        await filed(city)
        await accepted(city)
        await does(city, "T-3", first(await city.say("待办", "T-3")), "追问反映人", ":是哪一段？", "发")
        await says(city, "村民", "看", "是黄家门口那一段", "1", "看")
        shown = await does(city, "T-3", first(await city.say("待办", "T-3")), "打开网页")
        await city.service.case_page(shown.text.rpartition("/")[2], "c" * 43, {"reason": "办这件事"})
        await city.say("待办", "T-1")
        dump = await dump_of(database_url)
        sides = []
        for tables in (ACCOUNTS, REPORTS):
            rows = [row for table in tables for row in dump[table][1]]
            rows += [row for row in dump["outbox"][1] if (row[1] is None) == (tables is ACCOUNTS)]
            sides.append({cell for row in rows for cell in row if isinstance(cell, str | bytes) and cell})
        assert len(sides[0]) > 20 and len(sides[1]) > 20
        assert not sides[0] & sides[1]
