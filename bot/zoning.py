"""片区协作: a township asks, the zone's commander authorises each case by itself and says who handles it (一案一授权).

Until then nobody but the township sees the case, the commander neither: number, sector, date and which of the four kinds
it is. Authorised, it goes to another township of the zone or to the county, as everything goes from one desk to another:
one desk has it, and nothing is kept at the one before.
"""

from __future__ import annotations

from dataclasses import replace

from bot.extending import waiting_for
from bot.handling import GONE, LACKS, MOVED, NOBODY, NOT_YOURS, WAITING, Handling
from bot.standing import handed_on, shun
from handlers.model import DeskId, Person
from handlers.rules.deadlines import Rung
from handlers.rules.ladder import level_above, reminded, zone_of
from handlers.rules.statuses import CLOSED, ZONE, ZONE_GROUNDS, Status
from handlers.rules.visibility import may_see
from handlers.script import Refused
from storage import cases
from storage.cases import Case, Proposal

HANDLERS_MIN = 2
"""Whoever handles it proposes, and somebody else approves: at a desk with fewer it would stand still."""


def commander_of(hands: Handling, case: Case) -> Person | None:
    """The zone's commander; concerned, tied or stepped back → the next of the county's leadership."""
    return next(iter(reminded(Rung.COMMANDER, case.facts, "", hands.all.roster.at, hands.all.organisation)), None)


def may_ask(hands: Handling, case: Case) -> bool:
    """The handler, or while there is none anybody of the township."""
    mine = case.handler in ("", hands.person.id)
    return mine and case.facts.desk.startswith("township:") and case.stage != CLOSED and case.status != Status.CONCLUDED


def ask(hands: Handling, report: str, version: int, why: str) -> bool | Refused:
    case = hands.case(report)
    if case is None:
        return GONE
    if case.decided != version:
        return MOVED
    if not may_ask(hands, case):
        return NOT_YOURS
    if why not in ZONE_GROUNDS:
        return LACKS
    if (above := commander_of(hands, case)) is None:
        return NOBODY
    waits = Proposal(hands.person.id, ZONE, {"why": why}, case.decided)
    if not cases.propose(hands.rows, hands.all.vault, case.report, waits, above.id):
        return WAITING
    hands.note("zone_asked", case, why=why, approver=above.id)
    hands.tell_person(case, "zone_asked", above)
    return True


def desks_for(hands: Handling, case: Case) -> list[DeskId]:
    """Who could handle it: the zone's other townships, then the county; never one that was passed over or that has not
    two people whom nothing keeps from it."""
    organisation, zone = hands.all.organisation, zone_of(case.facts, hands.all.organisation)
    townships = (DeskId(f"township:{t.code}") for t in organisation.townships.values() if t.zone == zone)
    above = level_above(case.facts.desk, organisation)
    others = [*sorted(townships), *([above] if above else [])]
    return [desk for desk in others if desk != case.facts.desk and _can(hands, case, desk)]


def _can(hands: Handling, case: Case, desk: DeskId) -> bool:
    facts = replace(case.facts, desk=desk)
    return sum(may_see(person, facts) for person in hands.all.roster.at(desk)) >= HANDLERS_MIN


def decide(hands: Handling, report: str, desk: str) -> bool | Refused:
    """Authorised, `desk` handles it; empty: it is returned to whoever asked."""
    found = waiting_for(hands, report, ZONE)
    if found is None:
        return MOVED
    case, proposal = found
    if desk and DeskId(desk) not in desks_for(hands, case):
        return NOT_YOURS
    if not cases.drop_proposal(hands.rows, case.report):
        return MOVED
    if desk:
        return True if handed_on(hands, case, DeskId(desk), "zone_given") else MOVED
    if not cases.add(hands.rows, hands.all.vault, case, hands.when, returned=ZONE):
        return MOVED
    hands.note("zone_refused", case, proposer=proposal.proposer)
    hands.tell(case, "decided", proposal.proposer)
    return True


def step_back(hands: Handling, report: str) -> bool | Refused:
    """The commander steps back: the next one has it; with nobody left it is returned."""
    found = waiting_for(hands, report, ZONE)
    if found is None:
        return MOVED
    case, proposal = found
    recused = sorted({*case.handling.get("recused", ()), hands.person.id})
    if not cases.add(hands.rows, hands.all.vault, case, hands.when, recused=recused):
        return MOVED
    hands.note("recused", case)
    after = cases.load(hands.rows, hands.all.vault, case.report)
    assert after is not None
    shun(hands, after)
    if (above := commander_of(hands, after)) is not None:
        cases.reassign(hands.rows, hands.all.vault, case.report, above.id)
        hands.tell_person(after, "zone_asked", above)
        return True
    cases.drop_proposal(hands.rows, case.report)
    hands.tell(after, "decided", proposal.proposer)
    return True
