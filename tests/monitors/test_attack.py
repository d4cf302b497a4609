"""The attacker of tests/faults/test_attack.py against a net: whoever has a whole dump and no keys cannot tell which monitor
made which tip, nor who entered which report for somebody."""

from __future__ import annotations

import asyncio
import random
import statistics

import pytest

from handlers.code import entry_number, query_code
from handlers.model import PersonId
from handlers.rules.nets import Group, Member, Net, NetPost
from storage import reports
from storage.statement import Rows as Stored
from tests.fakes.city import START, City, open_city
from tests.fakes.nets import VILLAGE
from tests.faults.stories import Line, reports_of, spoken
from tests.faults.test_attack import (
    FALSE_ALARM,
    SEED,
    Town,
    _attempts,
    _by_person,
    _leanings,
    _same_cells_nowhere,
    _say,
)
from tests.faults.thief import dump_of

MONITORS = 90
"""As many as three a group of thirty groups: enough for correlations to mean something."""


def _net() -> list[tuple[Net, dict[PersonId, str]]]:
    ids = [PersonId(f"M-{n}") for n in range(MONITORS)]
    members = tuple(
        Member(id_, VILLAGE, NetPost.MONITOR, f"{n // 3}组", "推选", "2026-03-01", "2029-02-28")
        for n, id_ in enumerate(ids)
    )
    groups = tuple(Group(f"{n}组", 80) for n in range(MONITORS // 3))
    return [(Net(VILLAGE, groups, members), {id_: f"某{n}" for n, id_ in enumerate(ids)})]


async def _town(city: City, chance: random.Random, *, helping: bool) -> Town:
    await city.staff(nets=_net())
    people = [f"监督员-{n}" for n in range(MONITORS)]
    for n in chance.sample(range(MONITORS), MONITORS):
        await city.bind(f"M-{n}", people[n], id_=f"bind-{n}")
    codes = [query_code(n) for n in chance.sample(range(10**10), MONITORS)]
    entries = [entry_number(n) for n in chance.sample(range(10**8), MONITORS)]
    for n in chance.sample(range(MONITORS), MONITORS):
        await city.slip(entries[n], codes[n])
    talks: dict[str, list[Line]] = {}
    for n, who in enumerate(people):
        begins = ["代填", entries[n]] if helping else ["报", "1"]
        story = ["沟" * chance.randint(2, 400) for _ in range(chance.randint(1, 4))]
        ends = ["1"] * len(story) + ["1"] if helping else [str(chance.randint(1, 4)), "1"]
        texts = [*begins, "不在公示里，直接说", str(chance.choice((1, 1, 4))), *story, "1", *ends]
        for _ in range(chance.randint(0, 2)):
            texts += ["日记", "写一条", "记" * chance.randint(2, 90)]
        talks[who] = spoken(who, texts, START + chance.randrange(3_600_000))
    waiting = {who: list(lines) for who, lines in talks.items()}
    while waiting:
        speaking = chance.sample(sorted(waiting), min(len(waiting), chance.randint(1, 40)))
        await asyncio.gather(*(_say(city, waiting[who].pop(0), set()) for who in speaking))
        waiting = {who: lines for who, lines in waiting.items() if lines}
    found = await (_helped(city, people, codes) if helping else _told(city, people))
    bound = {who: [f"bind-{n}-a", f"bind-{n}-b"] for n, who in enumerate(people)}
    return Town(city, {who: bound[who] + [line.id for line in lines] for who, lines in talks.items()}, found)


async def _told(city: City, people: list[str]) -> dict[str, bytes]:
    return {who: (await reports_of(city, who))[0].report for who in people}


async def _helped(city: City, people: list[str], codes: list[str]) -> dict[str, bytes]:
    vault = city.service.turns.vault

    def look(rows: Stored) -> dict[str, bytes]:
        found = [reports.by_code(rows, vault, VILLAGE, code) for code in codes]
        return {who: report for who, report in zip(people, found, strict=True) if report is not None}

    return await city.service.database.read(look)


@pytest.mark.parametrize("helping", [False, True], ids=["tips", "helping"])
async def test_no_column_of_a_dump_connects_a_monitor_with_a_report(database_url: str, helping: bool) -> None:
    chance = random.Random(SEED)
    async with open_city(database_url) as city:
        town = await _town(city, chance, helping=helping)
        assert len(town.reported) == MONITORS, "everybody's was sent"
        sides = _by_person(town, await dump_of(database_url))
        _same_cells_nowhere(*sides)
        tried = list(_attempts(*sides))
        best = min(tried, key=lambda each: each.luck)
        print(f"{len(tried)} attempts; the best: {best.how}, {best.right:.1f} right, {best.chance:.1f} by chance")
        assert len(tried) > 300
        assert [each for each in tried if each.luck < FALSE_ALARM / len(tried)] == []
        leanings = dict(_leanings(*sides, chance))
        bound = statistics.NormalDist().inv_cdf(1 - FALSE_ALARM / len(leanings) / 2)
        assert {name: lean for name, lean in leanings.items() if abs(lean) > bound} == {}
