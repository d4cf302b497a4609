"""Reminders: what is due today on some rung becomes rows to people, and whoever was told a date hears that it was missed.

A reminder is a desk row for one person that names a report, a rung and a due day. It says what it says only when it is
sent: by then done, extended or out of that person's sight, and it says nothing.
"""

from __future__ import annotations

from bot.handling import SAID_BY_ITSELF, push_to_reporter
from bot.performs.told import Shared
from handlers.dates import day_of, iso_day, said_day
from handlers.model import DeskId, Millis, Person
from handlers.notices import due_told, missed_told
from handlers.rules.deadlines import Rung, climbed
from handlers.rules.ladder import above_said, may_know, own_people, reminded
from handlers.rules.statuses import CLOSED, Status
from handlers.rules.ties import asks_on
from handlers.rules.visibility import may_see
from storage import audit, cases, due, outbox, schedule
from storage.cases import Case
from storage.statement import Rows

KIND = "due"
"""How the kind of such a row begins: “due day 20790”."""
CHASED = "chased"
"""In place of a rung: the leader has asked (催一遍)."""


def kind_of(rung: str, due_day: int) -> str:
    return f"{KIND} {rung} {due_day}"


def is_reminder(kind: str) -> bool:
    return kind.startswith(f"{KIND} ")


def rungs_on(all_: Shared, day: int) -> dict[int, list[Rung]]:
    """Which due days climb which rungs on `day`; none on a day off."""
    found: dict[int, list[Rung]] = {}
    for rung, due_day in climbed(day, all_.clocks, all_.workdays):
        found.setdefault(due_day, []).append(rung)
    return found


def remind(all_: Shared, rows: Rows, desk: DeskId, rungs: dict[int, list[Rung]], now: Millis) -> int:
    """Everything of a desk that climbs one of `rungs`, as it stands now; how many rows to people."""
    if not rungs or not len(all_.roster):
        return 0
    n = 0
    for report, due_day in due.between(rows, desk, min(rungs), max(rungs)):
        for rung in rungs.get(due_day, ()):
            case = cases.load(rows, all_.vault, report)
            if case is not None and case.due_day == due_day:
                n += _remind(all_, rows, case, rung, now)
    return n


def _remind(all_: Shared, rows: Rows, case: Case, rung: Rung, now: Millis) -> int:
    assert case.due_day is not None
    if rung == Rung.MISSED and not _promise_missed(all_, rows, case, now):
        return 0
    people = _reachable(all_, reminded(rung, case.facts, case.handler, all_.roster.at, all_.organisation))
    for person in people:
        tell(all_, rows, case, rung, person, now)
    return len(people)


def _reachable(all_: Shared, people: list[Person]) -> list[Person]:
    """Whoever has no account is left out where somebody else of the desk has one; else the reminder waits for them."""
    desks = {person.desk for person in people if all_.roster.bound(person.id)}
    return [person for person in people if person.desk not in desks or all_.roster.bound(person.id)]


def tell(all_: Shared, rows: Rows, case: Case, rung: str, person: Person, now: Millis) -> None:
    """One reminder to one person."""
    assert case.due_day is not None
    kind = kind_of(rung, case.due_day)
    outbox.tell_desk(rows, all_.vault, all_.chance, person.desk, case.report, now, kind, person.id)


def chase(all_: Shared, rows: Rows, case: Case, now: Millis) -> bool:
    """Remind whoever handles it because a leader asked; False if that was done today already."""
    job = f"{CHASED}{schedule.PART}{all_.vault.index('periods.chased', case.report)[:16].hex()}"
    if not schedule.claim(rows, job, iso_day(day_of(now)), now):
        return False
    for person in _reachable(all_, own_people(case.facts, case.handler, all_.roster.at)):
        tell(all_, rows, case, CHASED, person, now)
    return True


def _promise_missed(all_: Shared, rows: Rows, case: Case, now: Millis) -> bool:
    """The reporter was told a date; now the system itself says that it was missed. After the conclusion there is none."""
    if case.status == Status.CONCLUDED or case.due_day is None:
        return False
    text = missed_told(said_day(case.due_day), above_said(case.facts, all_.organisation))
    told = int(case.handling.get("told", 0))
    when = all_.when(now)
    if not cases.add(rows, all_.vault, case, when, told=told + 1):
        return False
    cases.add_words(rows, all_.chance, case, cases.Told(SAID_BY_ITSELF, told, text, now, ""))
    push_to_reporter(all_, rows, case, now)
    fact = audit.Fact(now, "", "date_missed", case.report.hex(), {"due_day": case.due_day})
    audit.add(rows, all_.vault, all_.chance, fact)
    return True


def ask_about_ties(all_: Shared, rows: Rows, desk: DeskId, day: int, now: Millis) -> int:
    """Whoever confirmed their ties a year ago is asked to look at them again; how many."""
    n = 0
    for person in all_.roster.at(desk):
        bound = all_.roster.bound(person.id)
        if bound is not None and asks_on(day, bound.confirmed_day, all_.workdays):
            to, due = (bound.channel, bound.address), all_.schedule.loud_at(now)
            outbox.tell_notice(rows, all_.vault, all_.chance, to, ("ties_due", ""), now, due)
            n += 1
    return n


# ---------------------------------------------------------------- when it is sent


def stands(case: Case, kind: str) -> bool:
    """Whether a reminder still has something to say: not done, and still due on that day."""
    return case.stage != CLOSED and case.due_day == int(kind.split(" ")[2])


def knows(all_: Shared, person: Person, case: Case) -> bool:
    return may_know(person, case.facts, all_.organisation)


def said(all_: Shared, case: Case, kind: str, person: Person, now: Millis) -> str:
    """What a reminder says: whose matter, its number and sector, and when it is due. No place, no name, no word of it."""
    _, rung, due_day = kind.split(" ")
    day, today = int(due_day), day_of(now)
    desk, acts = all_.organisation.desks[case.facts.desk].name, may_see(person, case.facts)
    return due_told(rung, f"{desk} {case.shown_number}（{case.sector}）", said_day(day), day - today, acts)
