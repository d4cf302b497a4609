"""Nobody is reminded, or hears that something is late, whom it passed over, who stepped back, is tied, or is concerned."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from handlers.model import About, Accused, DeskId, Person, PersonId, Post, ReportFacts, VillageCode
from handlers.rules.deadlines import Rung
from handlers.rules.ladder import desk_above, desks_led, may_know, reminded
from handlers.rules.routing import route
from handlers.rules.visibility import may_see
from tests.fakes import people
from tests.fakes.city import VILLAGES, organisation

CITY = organisation()
PEOPLE = [person for person, _ in people.people()]


def at(desk: DeskId) -> list[Person]:
    return [person for person in PEOPLE if person.desk == desk]


@st.composite
def facts(draw: st.DrawFn) -> ReportFacts:
    village, about = VillageCode(draw(st.sampled_from(sorted(VILLAGES)))), draw(st.sampled_from(About))
    routing = route(village, about, CITY)
    recused = draw(st.frozensets(st.sampled_from(PEOPLE), max_size=3))
    accused = draw(st.lists(st.sampled_from(PEOPLE), max_size=2))
    only = draw(st.sampled_from((None, None, None, Post.SUPERVISION)))
    return ReportFacts(
        village, about, routing.desk, routing.bypassed, recused=frozenset(person.id for person in recused),
        accused=tuple(Accused(p.id, p.desk, p.rank, p.heads) for p in accused), only=only,
    )  # fmt: skip


@given(facts(), st.sampled_from(Rung), st.sampled_from(["", *(person.id for person in PEOPLE)]))
def test_no_rung_reaches_whom_it_must_not(report: ReportFacts, rung: Rung, handler: str) -> None:
    for person in reminded(rung, report, handler, at, CITY):
        assert may_know(person, report, CITY)
        assert person.desk not in report.bypassed and person.id not in report.recused
        assert person.id not in {accused.person for accused in report.accused}
        assert not person.ties & {report.village, report.village[:9], report.village[:6]}
        if rung == Rung.BEFORE:
            assert may_see(person, report)


@given(facts(), st.sampled_from(PEOPLE))
def test_whoever_may_know_sees_it_leads_it_or_sits_above(report: ReportFacts, person: Person) -> None:
    if may_know(person, report, CITY) and not may_see(person, report):
        assert person.desk == desk_above(report, CITY) or report.desk in desks_led(person, CITY)


@given(facts())
def test_the_desk_above_is_never_one_that_was_passed_over(report: ReportFacts) -> None:
    assert desk_above(report, CITY) not in report.bypassed


def test_the_ladder_of_a_township() -> None:
    report = ReportFacts(VillageCode("520602104201"), About.VILLAGE, DeskId("township:520602104"))
    found = {rung: [person.id for person in reminded(rung, report, "T-3", at, CITY)] for rung in Rung}
    assert found == {
        Rung.BEFORE: ["T-3"],
        Rung.DAY: ["T-3", "X-3"],
        Rung.MISSED: ["X-5"],
        Rung.COMMANDER: ["X-2"],
        Rung.ABOVE: ["X-5"],
    }


def test_a_concerned_commander_is_passed_by_for_the_next_of_the_leadership() -> None:
    own = people.person("X-2")
    accused = (Accused(PersonId("X-2"), own.desk, own.rank, False),)
    report = ReportFacts(VillageCode("520602104201"), About.VILLAGE, DeskId("township:520602104"), accused=accused)
    assert [person.id for person in reminded(Rung.COMMANDER, report, "", at, CITY)] == ["X-1"]


def test_what_the_county_holds_past_the_township_is_late_before_the_city() -> None:
    routing = route(VillageCode("520602104201"), About.TOWNSHIP, CITY)
    report = ReportFacts(VillageCode("520602104201"), About.TOWNSHIP, routing.desk, routing.bypassed)
    assert [person.id for person in reminded(Rung.ABOVE, report, "", at, CITY)] == ["C-3"]
