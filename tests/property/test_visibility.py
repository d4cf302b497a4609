"""Nothing of a report reaches whom it concerns, their unit if they head it, their subordinates, a bypassed township, or
anybody tied or recused: 10,000 random people and reports through the pure pair."""

from __future__ import annotations

import random
from dataclasses import replace

from handlers.model import About, Accused, DeskId, Person, PersonId, Post, ReportFacts, VillageCode
from handlers.rules.approval import LEADERSHIP, approver
from handlers.rules.routing import route
from handlers.rules.visibility import is_below, may_see, near, scope, tied
from tests.fakes.city import organisation

SEED, ROUNDS = 20261124, 10_000
ORGANISATION = organisation()
DESKS = list(ORGANISATION.desks)
VILLAGES = list(ORGANISATION.villages)
UNITS = ["坝黄镇人民政府", "碧江区农业农村局", ""]


def some_person(chance: random.Random, n: int) -> Person:
    ties = frozenset(
        chance.sample([*VILLAGES, *UNITS[:2], "A01", "520602104", "520621"], chance.choice((0, 0, 0, 1, 2)))
    )
    desk = chance.choice(DESKS)
    posts = ((desk.partition(":")[2], chance.choice(list(Post))),)
    return Person(PersonId(f"P{n}"), desk, posts, ties)


def some_facts(chance: random.Random, people: list[Person]) -> ReportFacts:
    village, about = chance.choice(VILLAGES), chance.choice(list(About))
    routing = route(village, about, ORGANISATION)
    concerned = tuple(
        Accused(each.id, each.desk, each.rank, each.heads)
        for each in chance.sample(people, chance.choice((0, 0, 1, 2)))
    )
    recused = frozenset(each.id for each in chance.sample(people, chance.choice((0, 0, 1))))
    only = Post.SUPERVISION if chance.random() < 0.1 else None
    item, unit = chance.choice(("A01", "A02")), chance.choice(UNITS)
    bypassed = routing.bypassed if chance.random() < 0.8 else frozenset(chance.sample(DESKS, 2))
    return ReportFacts(village, about, routing.desk, bypassed, item, unit, recused, concerned, only)


def test_the_pair_is_one_rule_and_shields_everybody_it_must(long: bool) -> None:
    chance = random.Random(SEED)
    seen = hidden = 0
    for round_ in range(ROUNDS * (10 if long else 1)):
        people = [some_person(chance, n) for n in range(6)]
        facts = some_facts(chance, people)
        for person in people:
            sees = may_see(person, facts)
            assert sees == scope(person).holds(facts), round_
            if not sees:
                hidden += 1
                continue
            seen += 1
            assert person.desk == facts.desk and person.desk not in facts.bypassed
            assert person.id not in facts.recused and not tied(person, facts)
            for accused in facts.accused:
                assert person.id != accused.person
                assert not (accused.heads and person.desk == accused.desk), "the unit that an accused heads"
                assert not (accused.heads and is_below(person.desk, accused.desk)), "a unit below it"
                assert not (person.desk == accused.desk and person.rank < accused.rank), "a subordinate"
        proposer = chance.choice(people)
        above = approver(people, proposer.id, facts)
        if above is not None:
            assert above.id != proposer.id and may_see(above, facts)
            others = [p for p in people if p.id != proposer.id and may_see(p, facts)]
            leads = not facts.desk.startswith("township:") and any(above.holds(post) for post in LEADERSHIP)
            assert leads or all(p.rank <= above.rank for p in others)
    assert seen > 1_000 and hidden > 1_000


def test_a_declared_tie_is_not_offered_and_one_close_by_is_asked_about() -> None:
    facts = ReportFacts(
        VillageCode("520602104201"), About.VILLAGE, DeskId("township:520602104"), item="A01", unit="水利站"
    )
    officer = Person(PersonId("P"), DeskId("township:520602104"))
    for tie in ("520602104201", "520602104", "A01", "水利站"):
        assert tied(replace(officer, ties=frozenset({tie})), facts)
    assert near(replace(officer, ties=frozenset({"520602104202"})), facts), "another village of the township"
    assert not near(replace(officer, ties=frozenset({"520602105201"})), facts)
    at_county = Person(PersonId("Q"), DeskId("county:520602"), ties=frozenset({"520602105201"}))
    assert near(at_county, replace(facts, desk=DeskId("county:520602"))), "the county asks about the whole county"
