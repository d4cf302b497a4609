"""Who is reminded of what is due, and who hears that it is late (domain.md §7, §2; dialogues.md §18). Pure.

Whoever may see a report is reminded of it. Whoever only leads the zone, commands it, or sits at the desk above hears of
a late one its number, sector and due date, and nothing at all of one that passed them over or concerns them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from handlers.model import DeskId, Person, Post, ReportFacts, TownshipCode, ZoneCode
from handlers.organisation import COUNTY_CODE_DIGITS, Organisation
from handlers.rules.deadlines import Rung
from handlers.rules.visibility import may_see, untouched

At = Callable[[DeskId], Iterable[Person]]
"""The people of a desk."""
LEADS_RANK = 4
"""A member of the leadership, a commander, a secretary (handlers/model.py RANKS)."""


def reminded(rung: Rung, facts: ReportFacts, handler: str, at: At, organisation: Organisation) -> list[Person]:
    """Everybody whom a rung reaches, by id; an empty list only if nobody is left who may know."""
    match rung:
        case Rung.BEFORE:
            found = own_people(facts, handler, at)
        case Rung.DAY:
            leaders = [p for p in _zone_people(facts, at, organisation) if _has(p, facts, organisation, Post.LEADER)]
            found = [*own_people(facts, handler, at), *leaders]
        case Rung.COMMANDER:
            found = _commanders(facts, at, organisation)
        case Rung.MISSED | Rung.ABOVE:
            found = _above(facts, at, organisation)
    return sorted({person.id: person for person in found}.values(), key=lambda person: person.id)


def may_know(person: Person, facts: ReportFacts, organisation: Organisation) -> bool:
    """Whether somebody may learn number, sector and due date of a late report."""
    if may_see(person, facts):
        return True
    if not untouched(person, facts):
        return False
    if _has(person, facts, organisation, Post.LEADER) or _has(person, facts, organisation, Post.COMMANDER):
        return True
    return person.desk == desk_above(facts, organisation) and (
        person.holds(Post.SUPERVISION) or person.rank >= LEADS_RANK
    )


def level_above(desk: DeskId, organisation: Organisation) -> DeskId | None:
    """Where what is not this level's goes; None above the city: that is the province, outside this system."""
    level, _, place = desk.partition(":")
    if level == "township":
        return DeskId(f"county:{place[:COUNTY_CODE_DIGITS]}")
    return organisation.desk_of_city() if level == "county" else None


def desk_above(facts: ReportFacts, organisation: Organisation) -> DeskId:
    """“The county” of any clock, rating or trouble over a report: township-held → county; county-held → city, or the county's own 案管 where routing
    passed over nobody; city-held → the city's 案管 (domain.md §7). Never a desk that was passed over."""
    level, _, place = facts.desk.partition(":")
    city = organisation.desk_of_city()
    if level == "township":
        county = DeskId(f"county:{place[:COUNTY_CODE_DIGITS]}")
        return city if county in facts.bypassed else county
    if level == "county":
        return city if facts.bypassed else facts.desk
    return city


def above_said(facts: ReportFacts, organisation: Organisation) -> str:
    """The desk above, as it is named to a reporter; where it is the same desk, its 案管."""
    desk = desk_above(facts, organisation)
    return organisation.desks[desk].name + (str(Post.SUPERVISION) if desk == facts.desk else "")


def desks_led(person: Person, organisation: Organisation) -> list[DeskId]:
    """Whose late matters somebody hears of: the townships of the own zones, or all below one's county or city."""
    own = organisation.desks.get(person.desk)
    if own is None or own.level == "township":
        return []
    zones = {unit for unit, post in person.posts if post in (Post.LEADER, Post.COMMANDER)}
    whole = any(post in (Post.SECRETARY, Post.LEADERSHIP, Post.SUPERVISION) for _, post in person.posts)
    return [
        desk.id
        for desk in organisation.desks.values()
        if (whole and desk.place.startswith(own.place))
        or (desk.level == "township" and organisation.townships[TownshipCode(desk.place)].zone in zones)
    ]


def zone_of(facts: ReportFacts, organisation: Organisation) -> ZoneCode | None:
    """The zone of the township that holds it; of the place, if the county holds it. The city's have none."""
    level, _, place = facts.desk.partition(":")
    if level == "township":
        return organisation.townships[TownshipCode(place)].zone
    return organisation.township_of(facts.village).zone if level == "county" else None


def leads(person: Person, zone: ZoneCode | None, post: Post) -> bool:
    return zone is not None and (zone, post) in person.posts


def _has(person: Person, facts: ReportFacts, organisation: Organisation, post: Post) -> bool:
    return leads(person, zone_of(facts, organisation), post)


def own_people(facts: ReportFacts, handler: str, at: At) -> list[Person]:
    """The handler, or everybody of the desk if nobody handles it."""
    people = [person for person in at(facts.desk) if may_see(person, facts)]
    return [person for person in people if person.id == handler] or people


def _zone_people(facts: ReportFacts, at: At, organisation: Organisation) -> list[Person]:
    zone = zone_of(facts, organisation)
    county = organisation.zones[zone].county if zone else None
    return [p for p in at(DeskId(f"county:{county}")) if may_know(p, facts, organisation)] if county else []


def _commanders(facts: ReportFacts, at: At, organisation: Organisation) -> list[Person]:
    """The zone's commander; concerned or away for good → the next of the leadership; of the city its leadership."""
    people = _zone_people(facts, at, organisation)
    if zone_of(facts, organisation) is None:
        people = [person for person in at(facts.desk) if may_see(person, facts)]
    own = [person for person in people if _has(person, facts, organisation, Post.COMMANDER)]
    return own or _highest(people)


def _above(facts: ReportFacts, at: At, organisation: Organisation) -> list[Person]:
    """案管 of the desk above, or whoever ranks highest there."""
    people = [p for p in at(desk_above(facts, organisation)) if may_know(p, facts, organisation)]
    return [person for person in people if person.holds(Post.SUPERVISION)] or _highest(people)


def _highest(people: Iterable[Person]) -> list[Person]:
    fit = [person for person in people if person.rank >= LEADS_RANK]
    return [max(fit, key=lambda person: (person.holds(Post.LEADERSHIP), person.rank, person.id))] if fit else []
