"""Who approves what one person proposes: somebody else, high enough, who may see it (domain.md §5.5)."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.model import Person, PersonId, Post, ReportFacts
from handlers.rules.visibility import may_see

LEADERSHIP = (Post.COMMANDER, Post.LEADERSHIP)


def approver(people: Iterable[Person], proposer: PersonId, facts: ReportFacts) -> Person | None:
    """At a township the secretary; at a county or the city one of the leadership, and the secretary if there is none.

    Of those who may see it, the proposer aside, and otherwise whoever ranks highest: an accused or recused holder of a
    rung is passed by. None if nobody is left; then it cannot be decided here.
    """
    fit = [person for person in people if person.id != proposer and may_see(person, facts)]
    in_township = facts.desk.startswith("township:")

    def order(person: Person) -> tuple[bool, int, str]:
        leads = not in_township and any(person.holds(post) for post in LEADERSHIP)
        return leads, person.rank, person.id

    return max(fit, key=order, default=None)
