"""Random rosters, ties, recusals and people whom reports concern, through a real database and everything that shows
anything: inbox, counts, lists, links, pushes. Nothing of a report reaches anybody who may not see it."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from bot import desk_rows, standing
from bot.handling import Handling
from handlers.model import About, Heard, PersonId, Post, VillageCode
from handlers.rules.routing import route
from handlers.rules.visibility import may_see, scope
from storage import cases, leased, outbox, reports
from storage.cases import Case
from storage.packed import unpacked
from storage.statement import Rows
from tests.fakes import people
from tests.fakes.city import VILLAGES, City, open_city
from tests.faults.stories import everything

ROSTERS, REPORTS = 5, 40
NUMBER = re.compile(r"[0-9A-Z]{3}-[0-9A-Z]{3}|登记\d+号")


async def test_nothing_reaches_whom_it_must_not(database_url: str, long: bool) -> None:
    chance = random.Random(20261124)
    async with open_city(database_url) as city:
        await city.staff()
        for id_ in people.NAMES:
            await city.bind(id_, id_)
        seen = hidden = 0
        for round_ in range(ROSTERS * (10 if long else 1)):
            await city.staff(_some_roster(chance))
            filed = [await _file(city, chance, f"{round_}-{n}") for n in range(REPORTS)]
            for report in filed:
                await _steps_back(city, chance, report)
            whole = await _all(city)
            for id_ in people.NAMES:
                mine, others = await _look(city, id_, whole)
                seen, hidden = seen + mine, hidden + others
        assert seen > 300 and hidden > 3000


def _some_roster(chance: random.Random) -> list[tuple[people.Person, str]]:
    """The same people with other ties, and here and there another post."""
    places = [*VILLAGES, "A01", "坝黄镇人民政府", "520602105"]
    found = []
    for person, name in people.people():
        ties = frozenset(chance.sample(places, chance.choice((0, 0, 0, 1))))
        unit = person.posts[0][0]
        post = person.posts[0][1] if "Z" in unit else chance.choice((person.posts[0][1], Post.OFFICER))
        found.append((replace(person, ties=ties, posts=((unit, post),)), name))
    return found


async def _file(city: City, chance: random.Random, who: str) -> bytes:
    turns = city.service.turns

    def work(rows: Rows) -> bytes:
        village = VillageCode(chance.choice(list(VILLAGES)[:4]))
        placard = chance.choice(turns.catalogue.posted(rows, village))
        about = chance.choice(list(About))
        routing = route(village, about, turns.organisation)
        heard = Heard("web", who, "m", "", city.clock.now)
        due_day = reports.first_due(turns.when(city.clock.now))
        new = reports.NewReport(placard, 1, about, routing, (("story", "沟子"),), "", heard, due_day)
        made = reports.file(rows, turns.vault, new, turns.account("web", who), turns.chance, 48)
        at = turns.roster.at(routing.desk)
        cases.shield(rows, turns.vault, made.report, reports.facts_as_filed(new), at)
        outbox.tell_desk(rows, turns.vault, turns.chance, routing.desk, made.report, city.clock.now)
        return made.report

    return await city.service.database.turn(b"x", work)


async def _steps_back(city: City, chance: random.Random, report: bytes) -> None:
    """Now and then somebody steps back, is concerned, proposes or hands it up."""
    turns = city.service.turns

    def work(rows: Rows) -> None:
        for _ in range(chance.choice((0, 0, 1, 2))):
            case = cases.load(rows, turns.vault, report)  # type: ignore[arg-type]
            assert case is not None
            at = turns.roster.at(case.facts.desk)
            hands = Handling(turns, rows, city.clock.now, chance.choice(at))
            match chance.choice(("recuse", "concerned", "propose", "up")):
                case "recuse":
                    standing.recuse(hands, report.hex(), "kin")
                case "concerned":
                    standing.recuse(hands, report.hex(), "concerned")
                case "propose":
                    hands.propose(report.hex(), case.decided, "accept", {"category": "虚报冒领"})
                case "up":
                    standing.pass_up(hands, report.hex(), case.decided)

    await city.service.database.turn(b"x", work)


async def _all(city: City) -> list[Case]:
    vault = city.service.turns.vault

    def look(rows: Rows) -> list[Case]:
        ids = [row[0] for row in rows.all(everything("reports"))]
        return [found for id_ in ids if (found := cases.load(rows, vault, id_)) is not None]

    return await city.service.database.read(look)


async def _look(city: City, id_: str, whole: list[Case]) -> tuple[int, int]:
    """Everything that shows anything, as one person has it; how many reports are theirs to see, and how many not."""
    turns, database = city.service.turns, city.service.database
    person = turns.roster.people[PersonId(id_)]
    mine = [case for case in whole if may_see(person, case.facts)]
    assert [case for case in whole if scope(person).holds(case.facts)] == mine
    reply = await city.say("待办", id_)
    counts = re.search(r"待办 (\d+) 件", reply.text)
    assert counts is not None and int(counts[1]) == len(mine), "the count is what may be seen, no more and no less"
    shown = set()
    for _ in range(40):
        shown |= {found[0] for choice in reply.choices if (found := NUMBER.search(choice.label))}
        more = [choice.key for choice in reply.choices if choice.label == "下一页"]
        if not more:
            break
        reply = await city.say(more[0], id_)
    assert shown == {case.shown_number for case in mine}
    held = await city.service.held_for(person, 10_000)
    assert {each.report for each in held} == {case.report for case in mine}
    hidden = [case for case in whole if not may_see(person, case.facts)]

    def pushed(rows: Rows) -> set[str]:
        while desk_rows.split_due(turns, rows, city.clock.now, 1000):
            pass
        bodies = [(row, unpacked(turns.vault.unbox(row[2], outbox.PURPOSE, "outbox.body", row[0]))) for row in rows.all(everything("outbox")) if row[1] is None]  # fmt: skip
        rows_ = [outbox.Claimed(leased.Claimed(row[0], 1, []), kind, rest[0], rest[1], tuple(rest[2:])) for row, (kind, *rest) in bodies if kind == "officer" and rest[2] == id_]  # fmt: skip
        return {row.rest[1] for row in rows_ if desk_rows.still_known(turns, rows, row)}

    assert await database.turn(b"outbox", pushed) <= {case.report.hex() for case in mine}

    def opens(rows: Rows) -> list[object]:
        hands = Handling(turns, rows, city.clock.now, person)
        return [hands.case(case.report.hex()) for case in hidden]

    assert not any(await database.read(opens))
    return len(mine), len(hidden)
