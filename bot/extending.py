"""Extensions: the handler asks with a reason, whoever leads the zone decides, or whoever approves at the desk.

What a county assigned to another township is so decided by the county office that leads its zone [R, 监督执纪规则 Art 21:
by whoever assigned it]. A leader who may not see the case sees its number, the date and the reason, and nothing else.
"""

from __future__ import annotations

from bot.handling import GONE, LACKS, MOVED, NOBODY, NOT_YOURS, WAITING, Handling
from handlers.dates import day_from_iso, iso_day
from handlers.model import Person, Post, ReportId
from handlers.rules.ladder import leads, may_know, zone_of
from handlers.rules.statuses import EXTENDS, EXTENSION, Status
from handlers.script import Refused
from storage import cases
from storage.cases import Case, Proposal


def approver_of(hands: Handling, case: Case) -> Person | None:
    """The zone leader who may know of it, else whoever approves at the desk."""
    organisation = hands.all.organisation
    zone = zone_of(case.facts, organisation)
    if zone is not None and case.facts.desk.startswith("township:"):
        county = organisation.desk_of_county(case.facts.village)
        for person in hands.all.roster.at(county):
            if leads(person, zone, Post.LEADER) and may_know(person, case.facts, organisation):
                return person
    return hands.approver_of(case)


def may_ask(hands: Handling, case: Case) -> bool:
    return case.handler == hands.person.id and Status(case.status) in EXTENDS and case.due_day is not None


def ask(hands: Handling, report: str, version: int, days: int, reason: str) -> bool | Refused:
    case = hands.case(report)
    if case is None:
        return GONE
    if case.decided != version:
        return MOVED
    if not may_ask(hands, case) or case.due_day is None:
        return NOT_YOURS
    if not reason.strip():
        return LACKS
    above = approver_of(hands, case)
    if above is None:
        return NOBODY
    until = hands.all.workdays.on_or_after(case.due_day + days).day
    said = {"until": iso_day(until), "reason": reason.strip()}
    waits = Proposal(hands.person.id, EXTENSION, said, case.decided)
    if not cases.propose(hands.rows, hands.all.vault, case.report, waits, above.id):
        return WAITING
    hands.note("extension_asked", case, until=said["until"], approver=above.id)
    hands.tell_person(case, "extension_asked", above)
    return True


def waiting_for(hands: Handling, report: str, move: str = EXTENSION) -> tuple[Case, Proposal] | None:
    """An extension (or a zone case) that waits for this person, who may at least know of the matter."""
    case = cases.load(hands.rows, hands.all.vault, ReportId(bytes.fromhex(report)))
    if case is None or not may_know(hands.person, case.facts, hands.all.organisation):
        return None
    found = hands.proposal(case)
    if found is None or not found[0] or found[1].move != move or found[1].proposer == hands.person.id:
        return None
    return case, found[1]


def decide(hands: Handling, report: str, agrees: bool, days: int) -> bool | Refused:
    """`days` other than 0 is what is granted instead."""
    found = waiting_for(hands, report)
    if found is None or not cases.drop_proposal(hands.rows, found[0].report):
        return MOVED
    case, proposal = found
    until = day_from_iso(proposal.said["until"])
    if days and case.due_day is not None:
        until = hands.all.workdays.on_or_after(case.due_day + days).day
    return hands.extend(case, proposal, until if agrees else 0)
