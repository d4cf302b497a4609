"""Whatever the organisation, a report has exactly one desk, and whoever is passed over learns nothing of it."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from handlers.code import SCAN
from handlers.model import (
    About,
    CountyCode,
    DeskId,
    ItemId,
    Person,
    PersonId,
    ReportFacts,
    TownshipCode,
    VillageCode,
    ZoneCode,
)
from handlers.organisation import County, Desk, Organisation, Township, Village, Zone
from handlers.rules.routing import route
from handlers.rules.visibility import may_see, scope
from storage import outbox
from storage.items import import_steps
from tests.fakes.city import ITEMS, City, open_city
from tests.faults.stories import everything, reports_of, spoken

SEED = 20261124
ORGANISATIONS, ORGANISATIONS_LONG = 2_000, 100_000
CITIES, REPORTS_A_CITY = 10, 10

LEVEL = {
    About.VILLAGE: "township",
    About.TOWNSHIP: "county",
    About.UNSURE: "county",
    About.COUNTY: "city",
    About.CITY_STAFF: "city",
}
"""Who holds what (domain.md §5), written down a second time."""
PASSED_OVER = {"township": (), "county": ("township",), "city": ("township", "county")}
CALLED = {"township": "乡镇", "county": "县"}
SAID = {
    About.VILLAGE: ["1"],
    About.TOWNSHIP: ["2"],
    About.COUNTY: ["3", "1"],
    About.CITY_STAFF: ["3", "2"],
    About.UNSURE: ["4"],
}


def some_organisation(chance: random.Random, city: str = "5206") -> Organisation:
    """A small one. Names repeat, as they do in the real gazetteer."""
    counties, zones, townships, villages = {}, {}, {}, {}
    desks = [Desk(DeskId(f"city:{city}"), "city", city, "市纪委监委")]
    for c in range(chance.randint(1, 3)):
        county = CountyCode(f"{city}{c:02}")
        counties[county] = County(county, f"{chance.choice('东西南北')}县")
        desks.append(Desk(DeskId(f"county:{county}"), "county", county, f"{counties[county].name}纪委监委"))
        zone = ZoneCode(f"{county}Z01")
        zones[zone] = Zone(zone, "第一协作区", county)
        for t in range(chance.randint(1, 3)):
            township = TownshipCode(f"{county}{t:03}")
            townships[township] = Township(township, f"{chance.choice('上中下')}坝镇", county, zone)
            desks.append(Desk(DeskId(f"township:{township}"), "township", township, f"{townships[township].name}纪委"))
            for v in range(chance.randint(1, 3)):
                village = VillageCode(f"{township}{v:03}")
                villages[village] = Village(village, f"{chance.choice(('大坪', '岩门'))}村村民委员会", township)
    return Organisation(city, "某市", counties, zones, townships, villages, {desk.id: desk for desk in desks})


def test_every_report_has_one_desk_and_whoever_is_passed_over_sees_nothing(long: bool) -> None:
    chance = random.Random(SEED)
    for _ in range(ORGANISATIONS_LONG if long else ORGANISATIONS):
        organisation = some_organisation(chance)
        village, about = chance.choice(list(organisation.villages)), chance.choice(list(About))
        routing = route(village, about, organisation)

        desk = organisation.desks[routing.desk]
        assert desk.level == LEVEL[about]
        assert village.startswith(desk.place)
        bypassed = [organisation.desks[each] for each in routing.bypassed]
        assert {each.level for each in bypassed} == set(PASSED_OVER[desk.level])
        assert all(village.startswith(each.place) for each in bypassed)

        facts = ReportFacts(village, about, routing.desk, routing.bypassed)
        for person in (Person(PersonId(each), each) for each in organisation.desks):
            sees = may_see(person, facts)
            assert sees == scope(person).holds(facts)
            assert sees == (person.desk == routing.desk)
            assert not (sees and person.desk in routing.bypassed)

        where, why, to = routing.reasons
        assert organisation.place_name(village) in where
        assert desk.name in to
        assert all(CALLED[each.level] in why for each in bypassed)


def test_the_rule_as_a_set_is_the_rule(long: bool) -> None:
    """Also for facts that no routing would ever make: a query and a single look always agree."""
    chance = random.Random(SEED)
    organisation = some_organisation(chance)
    desks, villages = list(organisation.desks), list(organisation.villages)
    for _ in range(100_000 if long else 5_000):
        bypassed = frozenset(chance.sample(desks, chance.randint(0, len(desks))))
        facts = ReportFacts(chance.choice(villages), chance.choice(list(About)), chance.choice(desks), bypassed)
        person = Person(PersonId("somebody"), chance.choice(desks))
        assert may_see(person, facts) == scope(person).holds(facts)
        assert not (may_see(person, facts) and person.desk in bypassed)


def test_a_village_that_the_organisation_does_not_have_is_an_error_and_not_a_desk() -> None:
    organisation = some_organisation(random.Random(SEED))
    for about in About:
        with pytest.raises(KeyError):
            route(VillageCode("999999999999"), about, organisation)


async def test_filed_for_real_a_bypassed_desk_has_no_row_no_count_and_no_news(database_url: str) -> None:
    chance = random.Random(SEED)
    async with open_city(database_url, items=()) as base:
        organisations = [some_organisation(chance, f"52{n:02}") for n in range(CITIES)]
        cities = [
            City(replace(base.service, turns=replace(base.service.turns, organisation=organisation)), base.clock)
            for organisation in organisations
        ]
        items = [replace(ITEMS[0], id=ItemId(f"A{each.city_code}"), areas=(each.city_code,)) for each in organisations]
        places = [(item.id, v) for item, each in zip(items, organisations, strict=True) for v in each.villages]
        for _, work in import_steps(items, places):
            await base.service.database.turn(b"import", work)
        routed = [
            await _file(city, f"{organisation.city_code}的{n}", chance)
            for city, organisation in zip(cities, organisations, strict=True)
            for n in range(REPORTS_A_CITY)
        ]
        for city in cities:
            await _check(city, [each for each in routed if each[1].desk in city.service.turns.organisation.desks])
        assert {about for about, _, _ in routed} == set(About)


async def _file(city: City, who: str, chance: random.Random) -> tuple[About, ReportFacts, bytes]:
    """One report, said word for word, at a random place; what routing is expected to make of it, and its id."""
    organisation = city.service.turns.organisation
    village, about = chance.choice(list(organisation.villages)), chance.choice(list(About))
    code = await city.code_of("二组水沟", village)
    for line in spoken(who, [f"{SCAN} {code}", "2", "1", *SAID[about], "水沟垮了", "1", "1"], city.clock.now):
        reply = await city.service.hear(line.heard())
    assert "发出去了" in reply.text
    (mine,) = await reports_of(city, who)
    routing = route(village, about, organisation)
    assert organisation.desks[routing.desk].name in reply.text
    return about, ReportFacts(village, about, routing.desk, routing.bypassed), mine.report


async def _check(city: City, routed: list[tuple[About, ReportFacts, bytes]]) -> None:
    service, desks = city.service, city.service.turns.organisation.desks
    assert len(routed) == REPORTS_A_CITY
    rows = await service.database.read(lambda rows: rows.all(everything("reports")))
    in_table = Counter(cell for row in rows for cell in row if cell in desks)
    for desk in desks:
        expected = {report for _, facts, report in routed if facts.desk == desk}
        passed = {report for _, facts, report in routed if desk in facts.bypassed}
        held = await service.held_for(Person(PersonId("somebody"), desk), 100)
        news = await service.database.read(lambda rows, d=desk: outbox.for_desk(rows, service.turns.vault, d))  # type: ignore[misc]
        assert {each.report for each in held} == {bytes.fromhex(body[1]) for body in news} == expected
        assert len(held) == len(news) == in_table[desk] == len(expected)
        assert not expected & passed
        assert all(not (each.facts.bypassed & {desk}) for each in held)
