"""What a function that performs a Look or a Do is told of the turn it is part of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from handlers import menu
from handlers.model import AccountId, Heard, Here, Millis, Person, PersonId, ReportFacts, ReportId
from handlers.organisation import Organisation
from handlers.rules.deadlines import Clocks, When
from handlers.rules.finding import Finder
from handlers.rules.nets import Member
from handlers.rules.places import not_counting
from handlers.rules.schedule import Schedule
from handlers.rules.workdays import EVERY_WEEKDAY, Workdays
from handlers.script import BROUGHT
from storage.cases import Case, Proposal
from storage.conversations import Chance, Draft
from storage.items import Catalogue, versions_now
from storage.nets import Nets
from storage.people import Roster
from storage.statement import Rows
from storage.vault import Vault


@dataclass(frozen=True)
class Shared:
    """Everything that turns share."""

    vault: Vault
    organisation: Organisation
    here: Here
    placard_keys: Mapping[int, bytes]
    catalogue: Catalogue
    chance: Chance
    roster: Roster = field(default_factory=Roster)
    clocks: Clocks = field(default_factory=Clocks)
    workdays: Workdays = EVERY_WEEKDAY
    schedule: Schedule = field(default_factory=Schedule)
    nets: Nets = field(default_factory=Nets)

    @cached_property
    def finder(self) -> Finder:
        """Villages by name: built with the first question, or before a process serves."""
        return Finder(self.organisation)

    def when(self, now: Millis) -> When:
        return When(now, self.clocks, self.workdays)

    def not_counting(self, facts: ReportFacts) -> tuple[PersonId, ...]:
        return not_counting(facts, self.roster.at, self.organisation)

    def refresh(self, rows: Rows) -> None:
        """At the start of every group: drop what an import has changed."""
        versions = versions_now(rows)
        self.catalogue.refresh(rows, versions)
        self.refresh_people(rows, versions)

    def refresh_people(self, rows: Rows, versions: Mapping[str, tuple[int, str]] | None = None) -> None:
        """The roster and the nets: they change together."""
        self.roster.refresh(rows, self.vault, versions)
        self.nets.refresh(rows, self.vault, versions)


@dataclass(frozen=True, slots=True)
class Opened:
    """Reports that one turn has opened already, and what waits for approval there. A command forgets it all: nothing
    in it is older than the turn, and whether somebody may see a report is asked every time."""

    cases: dict[str, Case | None] = field(default_factory=dict)
    waiting: dict[ReportId, tuple[bytes, Proposal] | None] = field(default_factory=dict)

    def keep(self, case: Case, waits: tuple[bytes, Proposal] | None) -> None:
        self.cases[case.report.hex()] = case
        self.waiting[case.report] = waits

    def forget(self) -> None:
        self.cases.clear()
        self.waiting.clear()


class Told(Protocol):
    """A turn under way. `delay_s` may be set: the edge then waits before it answers."""

    rows: Rows
    heard: Heard
    account: AccountId
    today: int
    vault: Vault
    here: Here
    draft: Draft | None
    delay_s: float
    opened: Opened

    @property
    def all(self) -> Shared: ...

    @property
    def when(self) -> When:
        """Now, with what clocks need."""
        ...

    @property
    def person(self) -> Person | None:
        """Who of the roster speaks; None for a villager."""
        ...

    @property
    def member(self) -> Member | None:
        """What the speaker is in a net; None for everybody else."""
        ...


def is_draft(draft: Draft) -> bool:
    """Whether it holds words that are kept for thirty days; everything else may simply be dropped."""
    kind = menu.CONVERSATIONS[draft.script]
    if kind.resumes:
        return any(draft.args[1:]) or any(step.startswith(kind.resumes) for step in draft.answers)
    return draft.n_words > 0 and (kind.kept or BROUGHT in draft.answers)
