"""一案一授权: nobody sees a case before it is authorised, the commander never; only those may get it who may handle it."""

from __future__ import annotations

from bot import zoning
from bot.handling import Handling
from handlers.model import DeskId, PersonId
from handlers.rules.statuses import ZONE
from handlers.script import Refused
from storage import cases
from storage.statement import Rows
from tests.commission.office import accepted, case, chosen, does, filed, first, staffed
from tests.fakes import people
from tests.fakes.city import City, open_city

OTHER, COUNTY = DeskId("township:520602105"), DeskId("county:520602")


async def _asked(city: City) -> bytes:
    await staffed(city, "T-1", "T-3", "X-2", "U-3")
    report = await filed(city, story="沟子垮了一截，陈会计签的字")
    await accepted(city)
    reply = await does(city, "T-3", first(await city.say("待办", "T-3")), "办不完", "请片区协作", "问题多")
    assert "等黄指挥授权" in reply.text
    return report


async def _offered(city: City, report: bytes) -> list[DeskId]:
    def work(rows: Rows) -> list[DeskId]:
        hands = Handling(city.service.turns, rows, city.clock.now, people.person("X-2"))
        found = cases.load(rows, city.service.turns.vault, report)  # type: ignore[arg-type]
        assert found is not None
        return zoning.desks_for(hands, found)

    return await city.service.database.read(work)


async def test_before_and_after_it_is_authorised(database_url: str) -> None:
    async with open_city(database_url) as city:
        report = await _asked(city)
        assert "0 件" in (await city.say("待办", "U-3")).text
        asked = await chosen(city, "X-2", await city.say("授权", "X-2"), "授权片区协作")
        assert "问题多" in asked.text and "岩门" not in asked.as_lines() and "陈会计" not in asked.as_lines()
        assert (await case(city, report)).facts.desk == "township:520602104"
        assert "授权了" in (await chosen(city, "X-2", asked, "交给云场坪镇纪委办")).text
        assert (await case(city, report)).facts.desk == OTHER
        assert "0 件" in (await city.say("待办", "T-3")).text and "1 件" in (await city.say("待办", "U-3")).text
        again = await city.say("授权", "X-2")
        assert "授权片区协作" not in again.as_lines()


async def test_only_a_desk_with_two_who_may_handle_it(database_url: str) -> None:
    """罗副书记 is tied to the village, so that without 麻同志 the other township has one person left."""
    async with open_city(database_url) as city:
        report = await _asked(city)
        assert await _offered(city, report) == [OTHER, COUNTY]
        await city.staff(people.people("U-3"))
        assert await _offered(city, report) == [COUNTY]
        turns = city.service.turns

        def gives(rows: Rows) -> bool | Refused:
            hands = Handling(turns, rows, city.clock.now, turns.roster.people[PersonId("X-2")])
            return zoning.decide(hands, report.hex(), OTHER)

        assert isinstance(await city.service.database.turn(b"x", gives), Refused), (
            "what was offered before is asked again"
        )
        assert (await case(city, report)).facts.desk == "township:520602104"


async def test_a_roster_that_changes_below_leaves_it_with_the_commander(database_url: str) -> None:
    """And never gives it to the township's own secretary; without the commander the one who asked has it back."""
    async with open_city(database_url) as city:
        report = await _asked(city)
        vault = city.service.turns.vault

        async def waits() -> tuple[bool, str] | None:
            found = await city.service.database.read(lambda rows: cases.proposal(rows, vault, report))  # type: ignore[arg-type]
            return (found[0] == cases.person_key(vault, PersonId("X-2")), found[1].move) if found else None

        assert await waits() == (True, ZONE)
        await city.staff(people.people("T-4"))
        assert await waits() == (True, ZONE)
        assert "没有" not in (await city.say("授权", "X-2")).choices[0].label
