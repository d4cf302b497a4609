"""Who approves what one person proposes: somebody else, and the highest who may see it (domain.md §5.5)."""

from __future__ import annotations

from collections.abc import Iterable

from handlers.model import Person, PersonId, ReportFacts
from handlers.rules.visibility import may_see


def approver(people: Iterable[Person], proposer: PersonId, facts: ReportFacts) -> Person | None:
    """Whoever ranks highest of those who may see it, the proposer aside; None if nobody is left, and then it cannot be
    decided here. Skipping is by visibility alone: an accused or recused holder of a rung is passed by."""
    fit = [person for person in people if person.id != proposer and may_see(person, facts)]
    return max(fit, key=lambda person: (person.rank, person.id), default=None)
