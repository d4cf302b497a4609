"""Places that digests are about, and who reads one: a zone, a county, the city (domain.md §7). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from handlers.model import CountyCode, DeskId, Person, PersonId, Post, ReportFacts, ZoneCode
from handlers.organisation import Organisation
from handlers.rules.schedule import Job
from handlers.rules.visibility import may_see, untouched

WHOLE = (Post.SECRETARY, Post.LEADERSHIP, Post.SUPERVISION)
"""Who reads the digest of a whole county or the city: its leadership, and 案管, who keep the ledger."""


@dataclass(frozen=True, slots=True)
class Place:
    """`desks` are all whose matters it counts; `parts` its (name, desks): townships of a zone or county, counties of the
    city. `rated` are those whose ratings the reader may see: never the reader's own desk (dialogues.md §10)."""

    code: str
    name: str
    level: str
    desks: tuple[DeskId, ...]
    parts: tuple[tuple[str, tuple[DeskId, ...]], ...]
    rated: tuple[DeskId, ...]


def place(code: str, organisation: Organisation) -> Place | None:
    """A zone, county or city code; None for any other."""
    if (zone := organisation.zones.get(ZoneCode(code))) is not None:
        parts = _townships([t.code for t in organisation.townships.values() if t.zone == zone.code], organisation)
        return Place(code, zone.name, "zone", _all(parts), parts, _all(parts))
    if (county := organisation.counties.get(CountyCode(code))) is not None:
        own = DeskId(f"county:{code}")
        parts = _townships([t.code for t in organisation.townships.values() if t.county == code], organisation)
        return Place(code, county.name, "county", (*_all(parts), own), parts, _all(parts))
    if code != organisation.city_code:
        return None
    counties = []
    for each in organisation.counties.values():
        desks = [d.id for d in organisation.desks.values() if d.level != "city" and d.place.startswith(each.code)]
        counties.append((each.name, tuple(desks)))
    below = _all(counties)
    return Place(code, organisation.city_name, "city", (*below, organisation.desk_of_city()), tuple(counties), below)


def _townships(codes: Iterable[str], organisation: Organisation) -> tuple[tuple[str, tuple[DeskId, ...]], ...]:
    names = {township.code: township.name for township in organisation.townships.values()}
    return tuple((names[code], (DeskId(f"township:{code}"),)) for code in codes)  # type: ignore[index]


def _all(parts: Iterable[tuple[str, tuple[DeskId, ...]]]) -> tuple[DeskId, ...]:
    return tuple(desk for _, desks in parts for desk in desks)


def places_for(job: Job, organisation: Organisation) -> list[str]:
    """The codes that a job writes digests about."""
    zones = [str(code) for code in organisation.zones]
    whole = [*(str(code) for code in organisation.counties), organisation.city_code]
    return zones if job == Job.WEEKLY else [*zones, *whole]


def why_reads(person: Person, job: Job, place_: Place) -> str:
    """In which post somebody reads a digest; empty if not. Weekly: leaders. Monthly: commanders, county, city.
    Quarterly: all of them."""
    zone_posts = {Job.WEEKLY: (Post.LEADER,), Job.MONTHLY: (Post.COMMANDER,)}.get(job, (Post.LEADER, Post.COMMANDER))
    if place_.level == "zone":
        return next((str(post) for unit, post in person.posts if unit == place_.code and post in zone_posts), "")
    if person.desk != f"{place_.level}:{place_.code}" or job == Job.WEEKLY:
        return ""
    return next((str(post) for _, post in person.posts if post in WHOLE), "")


def not_counting(
    facts: ReportFacts, at: Callable[[DeskId], Iterable[Person]], organisation: Organisation
) -> tuple[PersonId, ...]:
    """Who reads figures in which a report stands, and may not know of it: they do not count it."""
    desks = {organisation.desk_of_county(facts.village), organisation.desk_of_city()} - facts.bypassed
    return tuple(
        sorted(
            person.id
            for desk in desks
            for person in at(desk)
            if any(post in (*WHOLE, Post.LEADER, Post.COMMANDER) for _, post in person.posts)
            and not (may_see(person, facts) or untouched(person, facts))
        )
    )


def desk_of_readers(place_: Place, organisation: Organisation) -> DeskId:
    if place_.level == "zone":
        return DeskId(f"county:{organisation.zones[ZoneCode(place_.code)].county}")
    return DeskId(f"{place_.level}:{place_.code}")


def own_places(person: Person, job: Job, organisation: Organisation) -> list[str]:
    """Of which places somebody reads the digests of a job."""
    codes = [*(unit for unit, _ in person.posts), person.desk.partition(":")[2]]
    found = ((code, place(code, organisation)) for code in dict.fromkeys(codes))
    return [code for code, each in found if each is not None and why_reads(person, job, each)]
