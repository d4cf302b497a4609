"""Whatever is typed: nothing reaches a unit outside the discipline side but what its person was shown, word for word and
with the name of that unit, in the question that they then said yes to."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from sqlalchemy import select

from handlers.code import SCAN
from handlers.model import Reply
from handlers.rules.recogniser import Kind
from storage import matters, outbox
from storage.matters import Matter
from storage.packed import unpacked
from storage.statement import Rows, statement
from storage.tables import matters as matters_table
from storage.tables import outbox as outbox_table
from tests.asking.measured import SETS, labelled
from tests.fakes.city import City, open_city
from tests.fakes.people import NAMES

SEEDS, TURNS, VILLAGERS = range(8), 70, 4
_MATTERS = statement(select(matters_table.c.id))
_ROWS = statement(select(outbox_table.c.id, outbox_table.c.desk, outbox_table.c.body))
SENTENCES = [text for name in SETS for text, _ in labelled(name)]
NAMING = ["蒋经办叫我请吃饭", "廖经办哪天在", "傅经办说要先交钱", "坝黄镇的镇长收了钱", "民政局的人要红包"]
SAID = [
    "1",
    "1",
    "1",
    "2",
    "2",
    "3",
    "3",
    "4",
    "0",
    "说完了",
    "菜单",
    "找人帮忙",
    "转",
    "改",
    "是",
    "对，转过去",
    "岩门",
    "岩门",
    "催",
    "看",
    "问一问",
]
LEADS = ("转", "对，转过去", "我没看懂", "找人帮忙", "要人帮忙", "是", "说完了")
"""Options on the way to where something is sent."""
ITEMS = ("二组水沟", "机耕道", "村级光伏")


async def _all_matters(city: City) -> list[Matter]:
    vault = city.service.turns.vault

    def read(rows: Rows) -> list[Matter]:
        found = (matters.load(rows, vault, row[0]) for row in rows.all(_MATTERS))
        return [each for each in found if each is not None]

    return await city.service.database.read(read)


async def _desk_rows(city: City) -> list[tuple[str, str, str]]:
    """Desk, kind and report or matter of every row that waits for a desk."""
    vault = city.service.turns.vault

    def read(rows: Rows) -> list[tuple[str, str, str]]:
        found = []
        for id_, desk, body in rows.all(_ROWS):
            if desk is not None:
                kind, ref, *_ = unpacked(vault.unbox(body, outbox.PURPOSE, "outbox.body", id_))
                found.append((desk, kind, ref))
        return found

    return await city.service.database.read(read)


async def _staffed(city: City) -> None:
    await city.staff()
    for person in ("G-1", "M-1", "X-5"):
        await city.bind(person, f"账号{person}")


async def _typed(city: City, chance: random.Random, before: Reply) -> str:
    """Most often what is offered, and yes where something would be sent; words of every kind; scans."""
    draw, keys = chance.random(), [choice.key for choice in before.choices]
    leads = [choice.key for choice in before.choices if choice.label.startswith(LEADS)]
    if leads and draw < 0.7:
        return chance.choice(leads)
    draw = chance.random()
    if draw < 0.1:
        return f"{SCAN} {await city.code_of(chance.choice(ITEMS))}"
    if draw < 0.16:
        return chance.choice(NAMING)
    if draw < 0.35 or keys == ["0"]:
        return "岩门" if "打村名" in before.text else chance.choice(SENTENCES)
    return chance.choice(keys) if keys and draw < 0.85 else chance.choice(SAID)


def _was_shown(matter: Matter, city: City, before: Reply) -> bool:
    """The question that was just answered had the words, to the letter, and the names of those who get to know."""
    organisation = city.service.turns.organisation
    names = [organisation.unit_name(matter.unit)]
    if matter.told:
        names.append(organisation.desks[matter.told].name)  # type: ignore[index]
    sends = any(choice.label in ("转", "对，转过去") for choice in before.choices)
    return sends and matter.words in before.text and all(name in before.text for name in names)


@pytest.mark.parametrize("seed", SEEDS)
async def test_nothing_leaves_unseen(database_url: str, seed: int) -> None:
    chance = random.Random(seed)
    n_sent = 0
    async with open_city(database_url, seed=seed) as city:
        await _staffed(city)
        last = {f"村民{n}": Reply("") for n in range(VILLAGERS)}
        known: set[bytes] = set()
        for _ in range(TURNS * VILLAGERS):
            who = chance.choice(sorted(last))
            before = last[who]
            last[who] = await city.say(await _typed(city, chance, before), who)
            found = await _all_matters(city)
            for new in (each for each in found if each.id not in known):
                assert _was_shown(new, city, before), (new, before)
                known.add(new.id)
                n_sent += 1
            about = {(str(each.unit), each.id.hex()) for each in found} | {(each.told, each.id.hex()) for each in found}
            about |= {(str(each.above), each.id.hex()) for each in found}
            for desk, kind, ref in await _desk_rows(city):
                assert kind.startswith("matter_") == ((desk, ref) in about)
                assert not desk.startswith("department:") or (desk, ref) in about
    assert n_sent >= 3, "a walk that sends nothing proves nothing"


@pytest.mark.parametrize("name", SETS)
async def test_no_complaint_goes_out_as_a_question_unasked(database_url: str, name: str) -> None:
    """Each complaint that is typed as a question is shown with the unit first; nearly all are met with a report first."""
    complaints = [text for text, label in labelled(name) if label == Kind.COMPLAINT]
    met = 0
    async with open_city(database_url) as city:
        await _staffed(city)
        for n, text in enumerate(complaints):
            who = f"村民{n}"
            await city.scan("二组水沟", who)
            await city.say("3", who)
            shown = await city.say(text, who)
            if "119" in shown.text:  # danger first, and then on
                shown = await city.say("1", who)
            assert text in shown.text and "坝黄镇人民政府" in shown.text
            met += shown.choices[0].label == "这是在反映干部，只交纪委"
        assert await _all_matters(city) == []
    assert met >= 0.93 * len(complaints), (met, len(complaints))


@pytest.mark.parametrize("who", ["G-1", "G-2"])
async def test_never_to_the_unit_of_somebody_named(database_url: str, who: str) -> None:
    async with open_city(database_url) as city:
        await _staffed(city)
        for n, before in enumerate(["", "请问", "我想问"]):
            villager = f"村民{n}"
            await city.scan("二组水沟", villager)
            await city.say("3", villager)
            shown = await city.say(f"{before}{NAMES[who]}哪天在", villager)
            assert "不转给他们" in shown.text and all(choice.label != "转" for choice in shown.choices)
            for text in ("转", "3", "4"):
                await city.say(text, villager)
        assert await _all_matters(city) == []


async def test_what_has_changed_since_is_shown_again(database_url: str) -> None:
    """Between the preview and the yes the department got another name: nothing is sent, the new preview is shown."""
    async with open_city(database_url) as city:
        await _staffed(city)
        await city.scan("二组水沟")
        for text in ("3", "水沟修到三组不"):
            shown = await city.say(text)
        assert "坝黄镇人民政府" in shown.text
        organisation = city.service.turns.organisation
        unit = next(each for each in organisation.departments.values() if each.name == "坝黄镇人民政府")
        renamed = replace(
            organisation, departments={**organisation.departments, unit.id: replace(unit, name="坝黄镇政府")}
        )
        object.__setattr__(city.service.turns, "organisation", renamed)
        again = await city.say("2")
        assert "坝黄镇政府" in again.text and "水沟修到三组不" in again.text and await _all_matters(city) == []
        await city.say("2")
        assert [each.words for each in await _all_matters(city)] == ["水沟修到三组不"]
