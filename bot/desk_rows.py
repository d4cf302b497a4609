"""What waits for a desk becomes one message for each of its people whom visibility allows, and asks again at each
(design.md §2.4)."""

from __future__ import annotations

from collections.abc import Iterator

from bot.performs.told import Shared
from handlers.model import Millis, PersonId, ReportId
from handlers.rules.visibility import may_see
from storage import cases, outbox
from storage.outbox import Claimed, DeskRow
from storage.statement import Rows

NOBODY_WAIT_MS = 300_000
"""A desk where nobody may see it or nobody has bound an account is looked at again after five minutes."""


def split_due(all_: Shared, rows: Rows, now: Millis, limit: int) -> int:
    """Split desk rows that are due; how many. One for which nobody is there waits, and no attempt is counted."""
    if not len(all_.roster):
        return 0
    done = 0
    for row in outbox.claim_desk_rows(rows, all_.vault, now, limit):
        case = cases.load(rows, all_.vault, row.report)
        if case is None or case.facts.desk != row.desk:  # gone to another desk, which has a row of its own
            outbox.split(rows, all_.vault, row, (), now)
            continue
        to = list(_recipients(all_, row, case))
        if to:
            done += outbox.split(rows, all_.vault, row, to, now)
        else:
            outbox.wait(rows, row, Millis(now + NOBODY_WAIT_MS))
    return done


def _recipients(all_: Shared, row: DeskRow, case: cases.Case) -> Iterator[tuple[str, str, str]]:
    for person in all_.roster.at(row.desk):
        bound = all_.roster.bound(person.id)
        if bound is not None and row.to in ("", person.id) and may_see(person, case.facts):
            yield person.id, bound.channel, bound.address


def may_still_know(all_: Shared, rows: Rows, row: Claimed) -> bool:
    """At its own claim: still this person's account, and still theirs to see."""
    id_, report, _ = row.rest
    person, bound = all_.roster.people.get(PersonId(id_)), all_.roster.bound(PersonId(id_))
    case = cases.load(rows, all_.vault, ReportId(bytes.fromhex(report)))
    at_home = bound is not None and (bound.channel, bound.address) == (row.channel, row.address)
    return person is not None and at_home and case is not None and may_see(person, case.facts)
