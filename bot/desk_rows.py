"""What waits for a desk becomes one message for each of its people whom visibility allows, and asks again at each
(design.md §2.4)."""

from __future__ import annotations

from collections.abc import Iterator

from bot import matters, reminders
from bot.performs.told import Shared
from handlers.model import Millis, Person, PersonId, ReportId
from handlers.notices import URGENT
from handlers.rules.visibility import may_see
from storage import cases, outbox
from storage.outbox import Claimed, DeskRow
from storage.statement import Rows

NOBODY_WAIT_MS = 300_000
"""A desk where nobody may see it or nobody has bound an account is looked at again after five minutes."""

NO_MORE = frozenset({"extension_asked", "zone_asked"})
"""Kinds that may go to a leader who must not see the report: they say no more than that something waits."""


def split_due(all_: Shared, rows: Rows, now: Millis, limit: int) -> int:
    """Split desk rows that are due; how many. One for which nobody is there waits, and no attempt is counted."""
    if not len(all_.roster):
        return 0
    done = 0
    for row in outbox.claim_desk_rows(rows, all_.vault, now, limit):
        if matters.is_row(row.kind):
            done += _split_matter(all_, rows, row, now)
            continue
        case = cases.load(rows, all_.vault, row.report)
        if case is None or not _stands(row, case):
            outbox.split(rows, all_.vault, row, (), now)
            continue
        to = list(_recipients(all_, row, case))
        if to:
            due = now if row.kind in URGENT else all_.schedule.loud_at(now)
            done += outbox.split(rows, all_.vault, row, to, now, due)
        else:
            outbox.wait(rows, row, Millis(now + NOBODY_WAIT_MS))
    return done


def _split_matter(all_: Shared, rows: Rows, row: DeskRow, now: Millis) -> int:
    matter = matters.still_to_say(all_, rows, row.report, row.kind)
    to = list(matters.recipients(all_, row, matter)) if matter is not None else []
    if matter is not None and not to:
        outbox.wait(rows, row, Millis(now + NOBODY_WAIT_MS))
        return 0
    return int(outbox.split(rows, all_.vault, row, to, now, all_.schedule.loud_at(now)))


def _stands(row: DeskRow, case: cases.Case) -> bool:
    """Gone to another desk, it has a row of its own there; done, a reminder of it is silent."""
    return (
        reminders.stands(case, row.kind)
        if reminders.is_reminder(row.kind)
        else (row.kind in NO_MORE or case.facts.desk == row.desk)
    )


def _may_know(all_: Shared, person: Person, case: cases.Case, kind: str) -> bool:
    return (
        reminders.knows(all_, person, case)
        if reminders.is_reminder(kind) or kind in NO_MORE
        else may_see(person, case.facts)
    )


def _recipients(all_: Shared, row: DeskRow, case: cases.Case) -> Iterator[tuple[str, str, str]]:
    for person in all_.roster.at(row.desk):
        bound = all_.roster.bound(person.id)
        if bound is not None and row.to in ("", person.id) and _may_know(all_, person, case, row.kind):
            yield person.id, bound.channel, bound.address


def may_still_hear(all_: Shared, rows: Rows, row: Claimed) -> bool:
    """The same of a row about a matter."""
    id_, ref, kind = row.rest
    person, bound = all_.roster.people.get(PersonId(id_)), all_.roster.bound(PersonId(id_))
    at_home = bound is not None and (bound.channel, bound.address) == (row.channel, row.address)
    matter = matters.still_to_say(all_, rows, bytes.fromhex(ref), kind)
    return (
        at_home
        and person is not None
        and matter is not None
        and matters.sees(all_, person, matter, matters.VIEWS[kind][0])
    )


def still_known(all_: Shared, rows: Rows, row: Claimed) -> cases.Case | None:
    """At its own claim: the case, if this is still that person's account, and the case still theirs to know of."""
    id_, report, kind = row.rest
    person, bound = all_.roster.people.get(PersonId(id_)), all_.roster.bound(PersonId(id_))
    case = cases.load(rows, all_.vault, ReportId(bytes.fromhex(report)))
    at_home = bound is not None and (bound.channel, bound.address) == (row.channel, row.address)
    if person is None or not at_home or case is None or not _may_know(all_, person, case, kind):
        return None
    return None if reminders.is_reminder(kind) and not reminders.stands(case, kind) else case
