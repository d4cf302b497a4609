"""Who may see a report: one rule, said twice. Every query, count, page and push asks one of the two.

`may_see` answers for one report, `scope` gives the same rule as sets for queries; a property test holds them equal.
"""

from __future__ import annotations

from dataclasses import dataclass

from handlers.model import Accused, DeskId, Person, ReportFacts

COUNTY_DIGITS, TOWNSHIP_DIGITS = 6, 9
RANKS_ALL = range(6)


def may_see(person: Person, facts: ReportFacts) -> bool:
    """The people of the desk that holds it (domain.md §2, §5), but nobody whom routing passed over, who stepped back,
    who declared a tie, whom it concerns, or who works under somebody whom it concerns."""
    return (
        person.desk == facts.desk
        and person.desk not in facts.bypassed
        and (facts.only is None or person.holds(facts.only))
        and person.id not in facts.recused
        and not tied(person, facts)
        and not any(_is_under(person, accused) for accused in facts.accused)
    )


def untouched(person: Person, facts: ReportFacts) -> bool:
    """Not passed over, not stepped back, not tied, not concerned, nor under somebody who is; and not only for some.

    Whoever is not of the desk but has to know that a matter is late (handlers/rules/ladder.py) must be at least this.
    """
    return (
        person.desk not in facts.bypassed
        and facts.only is None
        and person.id not in facts.recused
        and not tied(person, facts)
        and not any(_is_under(person, accused) for accused in facts.accused)
    )


def tied(person: Person, facts: ReportFacts) -> bool:
    """Whether a declared tie meets the report: its village or whatever holds that, its item, the item's unit."""
    return not person.ties.isdisjoint(_touches(facts))


def near(person: Person, facts: ReportFacts) -> bool:
    """Whether there is a declared tie close by, so that the person is asked before a first opening (domain.md §5.4).

    Close by: a place in the same township for people of a township, in the same county for all others.
    """
    digits = TOWNSHIP_DIGITS if person.desk.startswith("township:") else COUNTY_DIGITS
    here = facts.village[:digits]
    return any(tie.isdigit() and tie[:digits] == here for tie in person.ties)


def _touches(facts: ReportFacts) -> frozenset[str]:
    village = facts.village
    return frozenset({village, village[:TOWNSHIP_DIGITS], village[:COUNTY_DIGITS], facts.item, facts.unit} - {""})


def _is_under(person: Person, accused: Accused) -> bool:
    """The accused, their subordinates, and if they head a unit all of it and all units below."""
    if person.id == accused.person:
        return True
    if person.desk == accused.desk:
        return accused.heads or person.rank < accused.rank
    return accused.heads and is_below(person.desk, accused.desk)


def is_below(desk: DeskId, above: DeskId) -> bool:
    """township:520602104 is below county:520602, and both are below city:5206: codes begin with those above them."""
    place, higher = desk.partition(":")[2], above.partition(":")[2]
    return len(place) > len(higher) and place.startswith(higher)


# ---------------------------------------------------------------- the same as sets


@dataclass(frozen=True, slots=True)
class Scope:
    """Reports held by one of `desks` that ask for no `posts` that the person lacks and shun none of `marks`."""

    desks: frozenset[DeskId]
    posts: frozenset[str]
    marks: frozenset[str]

    def holds(self, facts: ReportFacts) -> bool:
        asked = frozenset() if facts.only is None else frozenset({str(facts.only)})
        return facts.desk in self.desks and asked <= self.posts and self.marks.isdisjoint(shuns(facts))


def scope(person: Person) -> Scope:
    """What marks a person: who they are, where they are, how high, under whom, and what they are tied to."""
    desk = person.desk
    place = desk.partition(":")[2]
    above = frozenset(f"below {place[:digits]}" for digits in range(1, len(place)))
    marks = {
        f"person {person.id}",
        f"desk {desk}",
        f"rank {desk} {person.rank}",
        *(f"tie {tie}" for tie in person.ties),
    }
    return Scope(frozenset({desk}), frozenset(str(post) for _, post in person.posts), frozenset(marks) | above)


def shuns(facts: ReportFacts) -> frozenset[str]:
    """The marks of everybody who must not see a report."""
    marks = {f"desk {desk}" for desk in facts.bypassed}
    marks |= {f"person {person}" for person in facts.recused}
    marks |= {f"tie {tie}" for tie in _touches(facts)}
    for accused in facts.accused:
        marks.add(f"person {accused.person}")
        marks |= {f"rank {accused.desk} {rank}" for rank in RANKS_ALL if rank < accused.rank}
        if accused.heads:
            marks |= {f"desk {accused.desk}", f"below {accused.desk.partition(':')[2]}"}
    return frozenset(marks)
