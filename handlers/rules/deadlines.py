"""Until when what must be done, and who is reminded when (domain.md §7). Pure: days are days since 1970.

Every clock is a setting with its source in config/sample/lima.toml. A report has one clock at a time, which its status
starts; while its reporter is asked, that clock stands still where the rules say so (`ask_pauses`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from handlers.dates import day_of, months_after
from handlers.model import Millis
from handlers.rules.statuses import Status
from handlers.rules.workdays import Due, Workdays


@dataclass(frozen=True, slots=True)
class Clocks:
    """Workdays unless the name says otherwise. R: 检举控告规则, 监督执纪规则; the others are our choice."""

    look_workdays: int = 3
    """Our own first look."""
    accept_workdays: int = 15
    """Told of acceptance [R]; counted from the day it came."""
    handle_months: int = 3
    """Until it is concluded; what a superior assigns has three months [R, 监督执纪规则 Art 21], and so has all else."""
    clue_months: int = 1
    """An opinion on how to dispose of a clue [R, 监督执纪规则 Art 21]."""
    feedback_workdays: int = 15
    """The result told to a reporter who gave a name [R]; counted from the conclusion."""
    ask_workdays: int = 10
    """A reporter who was asked has so long to answer."""
    ask_pauses: bool = False
    """Whether the clock stands still meanwhile, until the answer. It runs on (期限内办理时间照走, dialogues.md §16): the date
    that the reporter was told stays. Some rules let it stand still."""
    question_workdays: int = 10
    """A department answers a question or a proposal."""
    concern_workdays: int = 3
    """A department has somebody look after a concern."""
    before_days: int = 3
    """The handler is reminded so many days before."""
    commander_workdays: int = 3
    above_workdays: int = 10
    """So much later the commander, and the desk above, are told."""


_CLOCKS = {
    Status.FILED: "look",
    Status.REGISTERED: "accept",
    Status.ACCEPTED: "handle",
    Status.HANDLING: "handle",
    Status.CLUE: "clue",
    Status.CASED: "handle",
    Status.SANCTIONED: "handle",
    Status.CONCLUDED: "feedback",
}
"""Which clock runs in which status; a closed report has none."""


@dataclass(frozen=True, slots=True)
class Since:
    """Where a report's clock began: when it came, when its status began, what was added to the clock since.

    paused_workdays  while the reporter was asked
    extended_to      a granted extension, 0 if there is none
    asked            the reporter was asked in this status
    """

    received_day: int
    status_day: int
    paused_workdays: int = 0
    extended_to: int = 0
    asked: bool = False


def due(status: Status, since: Since, clocks: Clocks, workdays: Workdays) -> Due | None:
    """The day by which the status must have ended; None if no clock runs."""
    match _CLOCKS.get(status):
        case "look" if since.asked:  # whoever has asked has looked
            found = workdays.after(since.received_day, clocks.accept_workdays)
        case "look":
            found = workdays.after(since.status_day, clocks.look_workdays)
        case "accept":
            found = workdays.after(since.received_day, clocks.accept_workdays)
        case "handle":
            found = workdays.on_or_after(months_after(since.status_day, clocks.handle_months))
        case "clue":
            found = workdays.on_or_after(months_after(since.status_day, clocks.clue_months))
        case "feedback":
            found = workdays.after(since.status_day, clocks.feedback_workdays)
        case _:
            return None
    if since.paused_workdays:
        found = workdays.after(found.day, since.paused_workdays)
    if since.extended_to > found.day:
        found = Due(since.extended_to, since.extended_to > workdays.known_until)
    return found


@dataclass(frozen=True, slots=True)
class When:
    """The moment of a change, and what its clocks need."""

    now: Millis
    clocks: Clocks
    workdays: Workdays

    @property
    def today(self) -> int:
        return day_of(self.now)

    def due_day(self, status: Status, since: Since) -> int | None:
        found = due(status, since, self.clocks, self.workdays)
        return found.day if found else None


class Rung(StrEnum):
    """The ladder (dialogues.md §18)."""

    BEFORE = "before"
    DAY = "day"
    MISSED = "missed"
    COMMANDER = "commander"
    ABOVE = "above"


def rung_day(rung: Rung, due_day: int, clocks: Clocks, workdays: Workdays) -> int:
    """The day on which a rung is climbed: always a working day, so that nobody is reminded on a day off."""
    match rung:
        case Rung.BEFORE:
            early = due_day - clocks.before_days
            return early if workdays.is_one(early) else workdays.before(early, 1).day
        case Rung.DAY:
            return due_day if workdays.is_one(due_day) else workdays.before(due_day, 1).day
        case Rung.MISSED:
            return workdays.after(due_day, 1).day
        case Rung.COMMANDER:
            return workdays.after(due_day, clocks.commander_workdays).day
        case Rung.ABOVE:
            return workdays.after(due_day, clocks.above_workdays).day


def climbed(day: int, clocks: Clocks, workdays: Workdays) -> Iterator[tuple[Rung, int]]:
    """Every (rung, due day) whose rung is climbed on `day`."""
    if not workdays.is_one(day):
        return
    reach = 7 * (clocks.above_workdays + clocks.before_days) + 21  # no holiday is longer than three weeks
    for due_day in range(day - reach, day + reach):
        for rung in Rung:
            if rung_day(rung, due_day, clocks, workdays) == day:
                yield rung, due_day
