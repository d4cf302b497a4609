"""Digests: gathered from figures and from what is due now, as one reader may see it; written for everybody who reads one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot import extending, nets
from bot.handling import Handling
from bot.paper.chart import Chart
from bot.performs.told import Shared
from handlers.dates import day_of, said_day
from handlers.digest import WORDS, Digest, Part, Stuck, bars, told
from handlers.model import DeskId, Millis, Person, PersonId
from handlers.rules.ladder import may_know
from handlers.rules.places import Place, desk_of_readers, own_places, place, places_for, why_reads
from handlers.rules.schedule import Job, first_day, last_day, name_of, number_of, year_before
from handlers.rules.statuses import EXTENSION, ZONE
from handlers.rules.suppress import suppress
from storage import cases, due, figures, outbox
from storage.people import Bound
from storage.statement import Rows

LATE_MAX = 100
"""So many late matters of a place are looked at one by one, whether the reader may know of them."""
REPEATED_OPENED_MAX, REPEATED_MIN, REPEATED_SHOWN = 60, 3, 6
"""Of the oldest open reports so many are opened; an item with fewer than three is not named (domain.md §8)."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads the digest of a place, and in which post. `bound` is None while there is no account."""

    person: Person
    place: Place
    why: str
    bound: Bound | None


def readers(all_: Shared, job: Job, codes: Sequence[str] | None = None) -> Iterator[Reader]:
    """Everybody who reads a digest of a job; `codes` narrows the places."""
    for code in places_for(job, all_.organisation) if codes is None else codes:
        found = place(code, all_.organisation)
        if found is None:
            continue
        for person in all_.roster.at(desk_of_readers(found, all_.organisation)):
            if why := why_reads(person, job, found):
                yield Reader(person, found, why, all_.roster.bound(person.id))


def write(all_: Shared, rows: Rows, job: Job, code: str, n: int, now: Millis) -> int:
    """One place's digest of one period to everybody who reads it; how many."""
    written = 0
    for reader in readers(all_, job, (code,)):
        if reader.bound is not None:
            digest = gather(all_, rows, reader.person, reader.place, job, n, now)
            to = (reader.bound.channel, reader.bound.address)
            row = (reader.person.id, job.value, code, told(digest), chart_of(digest).as_json())
            outbox.tell_digest(rows, all_.vault, all_.chance, to, row, now, all_.schedule.loud_at(now))
            written += 1
    return written


def pushed(all_: Shared, row: outbox.Claimed) -> str:
    """What is sent of a digest; empty if its reader has another post or account by now."""
    id_, job, code, text, _ = row.rest
    person, bound = all_.roster.people.get(PersonId(id_)), all_.roster.bound(PersonId(id_))
    if person is None or bound is None or (bound.channel, bound.address) != (row.channel, row.address):
        return ""
    return with_word(Job(job), text) if code in own_places(person, Job(job), all_.organisation) else ""


def with_word(job: Job, text: str) -> str:
    return f"{text}\n想看、想办，发“{WORDS[job]}”。"


def current(all_: Shared, job: Job, now: Millis) -> str:
    """The name of the last period whose digest is due."""
    return name_of(job, all_.schedule.struck(job, now))


# ---------------------------------------------------------------- gathering


def gather(all_: Shared, rows: Rows, person: Person, place_: Place, job: Job, n: int, now: Millis) -> Digest:
    """What a person may see of a place: figures of period `n` of a job, and what stands there at `now`."""
    late = known_late(all_, rows, person, place_, now)
    today = day_of(now)
    open_ = {desk: due.how_many(rows, desk, 0, cases.FAR) for desk in place_.desks}
    parts = tuple(_part(open_, late, name, desks, today) for name, desks in place_.parts)
    overdue = [case for case in late if case.due_day is not None and case.due_day < today]
    soon = [due.how_many(rows, desk, today + 1, today + all_.clocks.before_days) for desk in place_.desks]
    rows_waiting = outbox.waiting_at(rows, now)
    undelivered = sum(rows_waiting.get(desk, 0) for desk in place_.desks) + _failing(all_, rows, place_)
    stuck = Stuck(len(overdue), sum(not case.handler for case in late), undelivered, len(unstaffed(all_, place_.desks)))
    hands = Handling(all_, rows, now, person)
    waiting = cases.to_approve(rows, all_.vault, person.id, LATE_MAX)
    asked = sum(
        extending.waiting_for(hands, report.hex(), move) is not None for report in waiting for move in (EXTENSION, ZONE)
    )
    period, until = period_said(job, n), said_day(last_day(job, n))
    spans = [_figures(all_, rows, person, place_, job, each) for each in (n, n - 1, year_before(job, n))]
    now_, before, year_ago = spans
    mine = len(late) + asked
    villages, set_up = nets.counted(all_, townships_of(place_))
    return Digest(
        job,
        place_.name,
        period,
        until,
        mine,
        stuck,
        sum(soon),
        sum(open_.values()),
        now_,
        before,
        year_ago,
        parts,
        villages_in(place_, all_),
        (set_up, len(villages)),
        figures.nets_at(rows, place_.desks, spans_of(job, n - 1)[1]) if villages else 0,
    )


def townships_of(place_: Place) -> list[str]:
    return [desk.partition(":")[2] for desk in place_.desks if desk.startswith("township:")]


def villages_in(place_: Place, all_: Shared) -> int:
    """How many villages the desks of a place have before their door: those of its townships."""
    townships = set(townships_of(place_))
    return sum(village.township in townships for village in all_.organisation.villages.values())


def known_late(all_: Shared, rows: Rows, person: Person, place_: Place, now: Millis) -> list[cases.Case]:
    """What is due today or late in a place, of which the person may know."""
    found = [each for desk in place_.desks for each in due.first(rows, desk, day_of(now), LATE_MAX)]
    oldest = sorted(found, key=lambda each: (each[1], each[0]))[:LATE_MAX]
    loaded = (cases.load(rows, all_.vault, report) for report, _ in oldest)
    return [case for case in loaded if case is not None and may_know(person, case.facts, all_.organisation)]


def _part(open_: dict[DeskId, int], late: list[cases.Case], name: str, desks: tuple[DeskId, ...], today: int) -> Part:
    overdue = sum(case.facts.desk in desks and case.due_day is not None and case.due_day < today for case in late)
    return Part(name, sum(open_[desk] for desk in desks), overdue)


def _figures(all_: Shared, rows: Rows, person: Person, place_: Place, job: Job, n: int) -> dict[str, int]:
    """Sums by kind of all desks, but of ratings only where the reader's own desk is not rated."""
    first, last = spans_of(job, n)
    found = figures.seen_by(rows, all_.vault, person.id, place_.desks, first, last)
    hidden = [desk for desk in place_.desks if desk not in place_.rated]
    own = figures.seen_by(rows, all_.vault, person.id, hidden, first, last) if hidden else {}
    return {kind: n_ - (own.get(kind, 0) if kind in RATINGS else 0) for kind, n_ in found.items()}


RATINGS = ("solved", "partly", "unsolved")


def spans_of(job: Job, n: int) -> tuple[str, str]:
    """The figures' spans of a period: the days of a week, the months of all else."""
    first, last = first_day(job, n), last_day(job, n)
    if job in (Job.MONTHLY, Job.QUARTERLY):
        return figures.month_span(first), figures.month_span(last)
    return figures.day_span(first), figures.day_span(last)


def unstaffed(all_: Shared, desks: Sequence[DeskId]) -> list[DeskId]:
    """Desks at which nobody can be reached."""
    return [desk for desk in desks if not any(all_.roster.bound(p.id) for p in all_.roster.at(desk))]


def _failing(all_: Shared, rows: Rows, place_: Place) -> int:
    bound = (all_.roster.bound(person.id) for desk in place_.desks for person in all_.roster.at(desk))
    return sum(outbox.failing_for(rows, all_.vault, each.channel, each.address) for each in bound if each is not None)


def period_said(job: Job, n: int) -> str:
    """2026-W47 → 第47周, 2026-11 → 11月, 2026-Q3 → 2026年3季度."""
    name = name_of(job, n)
    match job:
        case Job.WEEKLY:
            return f"第{int(name[6:])}周"
        case Job.MONTHLY:
            return f"{int(name[5:])}月"
        case Job.QUARTERLY:
            return f"{name[:4]}年{name[6:]}季度"
    return said_day(number_of(job, name))


def chart_of(digest: Digest) -> Chart:
    names, shown = bars(digest)
    late = suppress([part.overdue for part in digest.parts]).cells
    return Chart(f"{digest.name} 在办", f"{digest.period}，截至{digest.until}", tuple(names), shown.cells, late)


# ---------------------------------------------------------------- told of more than once


def repeated(all_: Shared, rows: Rows, person: Person, place_: Place) -> list[tuple[str, int]]:
    """(title, how many) of items about which several open reports stand, where the reader may know of them."""
    found = [each for desk in place_.desks for each in due.first(rows, desk, cases.FAR, REPEATED_OPENED_MAX)]
    n: dict[int, int] = {}
    for report, _ in sorted(found, key=lambda each: (each[1], each[0]))[:REPEATED_OPENED_MAX]:
        case = cases.load(rows, all_.vault, report)
        if case is not None and case.placard > 0 and may_know(person, case.facts, all_.organisation):
            n[case.placard] = n.get(case.placard, 0) + 1
    placards = ((all_.catalogue.placard(rows, id_), times) for id_, times in n.items() if times >= REPEATED_MIN)  # type: ignore[arg-type]
    titles = [(each.item.facts.title, times) for each, times in placards if each is not None]
    return sorted(titles, key=lambda each: (-each[1], each[0]))[:REPEATED_SHOWN]
