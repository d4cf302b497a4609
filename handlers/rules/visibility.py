"""Who may see a report: one rule, said twice. Every query, count, page and push asks one of the two.

`may_see` answers for one report, `scope` gives the same rule as a set for queries; a property test holds them equal.
"""

from __future__ import annotations

from dataclasses import dataclass

from handlers.model import DeskId, Person, ReportFacts


@dataclass(frozen=True, slots=True)
class Scope:
    """Reports held by one of `desks`, except those that passed over one of `excluded`."""

    desks: frozenset[DeskId]
    excluded: frozenset[DeskId]

    def holds(self, facts: ReportFacts) -> bool:
        return facts.desk in self.desks and not (self.excluded & facts.bypassed)


def may_see(person: Person, facts: ReportFacts) -> bool:
    """The people of the desk that holds it, and nobody whom routing passed over (domain.md §2, §5)."""
    return person.desk == facts.desk and person.desk not in facts.bypassed


def scope(person: Person) -> Scope:
    return Scope(desks=frozenset({person.desk}), excluded=frozenset({person.desk}))
