"""Who stands where: stepping back, handing over, handing up, across, and the roster itself.

Whoever loses the right to see a report loses it here, in one transaction with all that was about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.handling import GONE, MOVED, NOT_YOURS, Handling, tell_desk
from bot.performs.told import Shared
from handlers import menu
from handlers.model import Accused, DeskId, Millis, Person, PersonId, ReportId
from handlers.rules.approval import approver
from handlers.rules.ladder import level_above, may_know
from handlers.rules.nets import Net
from handlers.rules.statuses import CLOSED, EXTENSION, NEW, ZONE
from handlers.rules.visibility import is_below, may_see
from handlers.script import Refused
from storage import audit, cases, conversations, figures, people, severing, turns
from storage import nets as stored_nets
from storage.cases import Case
from storage.statement import Rows

LISTED_MAX = 6


def office_subject(all_: Shared, account: bytes) -> bytes:
    """How stored replies of an officer that are about no single report are found when the office is lost."""
    return all_.vault.index("subject", account, "officer")


# ---------------------------------------------------------------- stepping back


def recuse(hands: Handling, report: str, why: str) -> str | Refused:
    """Step back from a report: gone for this person at once. Returns who has it now: a person or a desk."""
    case = hands.case(report)
    if case is None:
        return GONE
    me, all_, rows = hands.person, hands.all, hands.rows
    changed: dict[str, Any] = {"recused": sorted({*case.handling.get("recused", ()), me.id})}
    facts = replace(case.facts, recused=case.facts.recused | {me.id})
    if why == "concerned":
        own = Accused(me.id, me.desk, me.rank, me.heads)
        changed["accused"] = [*case.handling.get("accused", ()), [own.person, own.desk, own.rank, own.heads]]
        facts = replace(facts, accused=(*facts.accused, own))
    at = all_.roster.at(case.facts.desk)
    left = approver(at, me.id, facts)
    if case.handler == me.id:
        changed["handler"] = left.id if left else None
    if not cases.change(rows, all_.vault, case, hands.when, case.status, **changed):
        return MOVED
    hands.note("recused", case, why=why)
    changed_case = cases.load(rows, all_.vault, case.report)
    assert changed_case is not None
    shun(hands, changed_case)
    if left is None:
        higher = level_above(case.facts.desk, all_.organisation)
        if higher is None:
            cut_off(all_, rows, changed_case, at)
            return ""
        handed_on(hands, changed_case, higher, "handed_up")
        return higher
    cut_off(all_, rows, changed_case, at)
    _settle_proposal(all_, rows, changed_case, me.id)
    hands.tell(changed_case, "handed_over" if case.handler == me.id else "report_filed", left.id)
    return left.id


def shun(hands: Handling, case: Case) -> None:
    """Whoever has stepped back does not count the report in any figure, either."""
    vault, own = hands.all.vault, figures.shun(hands.all.vault, case.facts.desk, hands.person.id)
    for n, (day, kind, share) in enumerate(cases.counted_so_far(hands.rows, vault, case)):
        cases.share(hands.rows, vault, case, day, kind, share, f"{case.version} shun {n}", (own,))


def cut_off(all_: Shared, rows: Rows, case: Case, at: Iterable[Person]) -> None:
    """Write down who of a desk may not see a report, and cut those off from it."""
    people_at = tuple(at)
    cases.shield(rows, all_.vault, case.report, case.facts, all_.roster.at(case.facts.desk))
    for person in people_at:
        bound = all_.roster.bound(person.id)
        if bound is not None and not may_see(person, case.facts):
            cases.severed(rows, all_.vault, bound.account, case.report)


def _settle_proposal(all_: Shared, rows: Rows, case: Case, gone: PersonId) -> None:
    """What waits for approval: its proposer gone, it is void; its approver gone, the next one has it. What a leader or
    commander decides stays with them while they may know of it; else it is void, and asked anew."""
    found = cases.proposal(rows, all_.vault, case.report)
    if found is None:
        return
    key, waits = found
    at = all_.roster.at(case.facts.desk)
    proposer = next((person for person in at if person.id == waits.proposer and may_see(person, case.facts)), None)
    now_approver = approver(at, waits.proposer, case.facts)
    if proposer is None or now_approver is None or waits.proposer == gone:
        cases.drop_proposal(rows, case.report)
        return
    fit = {cases.person_key(all_.vault, person.id) for person in at if may_see(person, case.facts)}
    if waits.move in (EXTENSION, ZONE):
        over = all_.roster.at(all_.organisation.desk_of_county(case.facts.village))
        fit |= {cases.person_key(all_.vault, p.id) for p in over if may_know(p, case.facts, all_.organisation)}
        if key not in fit:
            cases.drop_proposal(rows, case.report)
    elif key not in fit:
        cases.reassign(rows, all_.vault, case.report, now_approver.id)


# ---------------------------------------------------------------- to another desk


def handed_on(hands: Handling, case: Case, desk: DeskId, what: str) -> bool:
    """To another desk; nobody of the one before keeps anything. False if somebody was quicker."""
    all_, rows, before = hands.all, hands.rows, hands.all.roster.at(case.facts.desk)
    past: set[DeskId] = set()
    if what == "handed_up":
        lower = {d for d in all_.organisation.desks if is_below(d, desk) and _over(d, case)}
        past = {case.facts.desk, *lower}
    facts = replace(case.facts, desk=desk, bypassed=case.facts.bypassed | past)
    kept = {"not_counting": all_.not_counting(facts)}
    if not cases.move(rows, all_.vault, case, hands.when, desk, past, **kept):
        return False
    hands.note(what, case, n=case.version + 1, start=case.status, end="filed", desk=desk)
    there = cases.load(rows, all_.vault, case.report)
    assert there is not None
    cut_off(all_, rows, there, (*before, *all_.roster.at(desk)))
    tell_desk(all_, rows, there, hands.now, "report_filed")
    return True


def _over(desk: DeskId, case: Case) -> bool:
    """Whether a desk is one of those over the report's village."""
    return case.facts.village.startswith(desk.partition(":")[2])


def pass_up(hands: Handling, report: str, version: int) -> str | Refused:
    """What is not ours goes to the next level, with nothing kept below [R, 检举控告规则 Art 15]."""
    case = hands.case(report)
    if case is None:
        return GONE
    higher = level_above(case.facts.desk, hands.all.organisation)
    if higher is None:
        return Refused("outside")
    if case.decided != version or case.stage == CLOSED or not handed_on(hands, case, higher, "handed_up"):
        return MOVED
    return higher


def assignable(hands: Handling, case: Case) -> list[DeskId]:
    """Townships of the county that could handle what their neighbour may not see: with two people who may see it."""
    if not case.facts.desk.startswith("county:") or case.stage != NEW or case.about_report:
        return []
    organisation, own = hands.all.organisation, case.facts.village
    county = case.facts.desk.partition(":")[2]
    zone = organisation.township_of(own).zone
    found = []
    for township in organisation.townships.values():
        desk = DeskId(f"township:{township.code}")
        if township.county != county or own.startswith(township.code) or desk in case.facts.bypassed:
            continue
        facts = replace(case.facts, desk=desk)
        if sum(may_see(person, facts) for person in hands.all.roster.at(desk)) > 1:
            found.append((township.zone != zone, desk))
    return [desk for _, desk in sorted(found)[:LISTED_MAX]]


def assign(hands: Handling, report: str, version: int, desk: DeskId) -> str | Refused:
    """The county gives it to another township."""
    case = hands.case(report)
    if case is None:
        return GONE
    if desk not in assignable(hands, case):
        return NOT_YOURS
    if case.decided != version or not handed_on(hands, case, desk, "assigned"):
        return MOVED
    return desk


def colleagues(hands: Handling, case: Case) -> list[PersonId]:
    """To whom it can be handed over: of the same desk, and they may see it."""
    at = hands.all.roster.at(case.facts.desk)
    return [p.id for p in at if p.id not in (case.handler, hands.person.id) and may_see(p, case.facts)][:LISTED_MAX]


def may_hand_over(hands: Handling, case: Case) -> bool:
    """The handler, or whoever ranks above the handler."""
    handler = hands.all.roster.people.get(PersonId(case.handler))
    return bool(case.handler) and (
        case.handler == hands.person.id or handler is None or handler.rank < hands.person.rank
    )


def hand_over(hands: Handling, report: str, version: int, to: PersonId) -> str | Refused:
    case = hands.case(report)
    if case is None:
        return GONE
    if to not in colleagues(hands, case) or not may_hand_over(hands, case):
        return NOT_YOURS
    if case.decided != version or not cases.change(
        hands.rows, hands.all.vault, case, hands.when, case.status, handler=to
    ):
        return MOVED
    changed = cases.load(hands.rows, hands.all.vault, case.report)
    assert changed is not None
    _settle_proposal(hands.all, hands.rows, changed, PersonId(case.handler))
    hands.note("handed_over", case, n=case.version + 1, start=case.status, end=case.status, to=to)
    hands.tell(case, "handed_over", to)
    return to


# ---------------------------------------------------------------- the roster


class StillHandling(Exception):
    """People who would be removed have reports in hand; the text names them."""


Nets = Iterable[tuple[Net, Mapping[PersonId, str]]]
"""The nets of an import, with what their people are called."""


def import_people(
    all_: Shared, rows: Rows, wanted: Sequence[tuple[Person, str]], now: Millis, nets: Nets | None = None
) -> int:
    """The roster anew, in one transaction: whoever is not in it has no access any more. Returns how many are gone.

    The nets as well, if there are any; else they stay as they are. StillHandling if one of those has reports in hand:
    they hand over first.
    """
    roster = all_.roster
    all_.refresh_people(rows)
    before = dict(roster.people)
    after = {person.id: person for person, _ in wanted}
    gone = [person for id_, person in before.items() if id_ not in after or after[id_].desk != person.desk]
    busy = {person.id: n for person in gone if (n := cases.handled_by(rows, all_.vault, person.id))}
    if busy:
        lines = (
            f"{roster.names[id_]}（{id_}）手里还有 {n} 件没办完，先交给别人：待办里打开，选“交给别人办”"
            for id_, n in busy.items()
        )
        raise StillHandling("\n".join(lines))
    for person in gone:
        if (bound := roster.bound(person.id)) is not None:
            _lose_office(all_, rows, bound, cases.opened_by(rows, all_.vault, person.id))
    members = all_.nets.ids() if nets is None else stored_nets.replace_all(rows, all_.vault, nets)
    people.replace_all(rows, all_.vault, wanted, tuple(members))
    bound_before = {id_: roster.bound(id_) for id_ in before}
    all_.refresh_people(rows)
    changed = {person.desk for person in gone}
    changed |= {person.desk for id_, person in after.items() if before.get(id_) != person}
    for desk in sorted(changed):
        for case in cases.open_at(rows, all_.vault, desk):
            cut_off(all_, rows, case, roster.at(desk))
            _settle_proposal(all_, rows, case, PersonId(""))
    for person in gone:
        if person.id in after and (bound := bound_before[person.id]) is not None:
            for report in cases.opened_by(rows, all_.vault, person.id):
                cases.severed(rows, all_.vault, bound.account, report)
    audit.add(
        rows, all_.vault, all_.chance, audit.Fact(now, "", "people_imported", "", {"n": len(after), "gone": len(gone)})
    )
    return len(gone)


def unbind(all_: Shared, rows: Rows, person: PersonId, now: Millis) -> bool:
    """A phone was lost: whoever holds it sees nothing any more. The person and what they handle stay; what somebody of a
    net reported is found by its code alone. False if there is no account."""
    all_.refresh_people(rows)
    if (bound := all_.roster.bound(person)) is not None:
        _lose_office(all_, rows, bound, cases.opened_by(rows, all_.vault, person))
        people.unbind(rows, all_.vault, bound)
    elif (member := people.bound(rows, all_.vault, person)) is not None:  # what a monitor told is theirs as a villager
        severing.sever(rows, all_.vault, member.channel, member.address, now)
    else:
        return False
    all_.refresh_people(rows)
    audit.add(rows, all_.vault, all_.chance, audit.Fact(now, "", "unbound", "", {"person": person}))
    return True


def _lose_office(all_: Shared, rows: Rows, bound: people.Bound, opened: Iterable[ReportId]) -> None:
    """Conversations, replies and links of somebody who leaves the roster or the desk."""
    for report in opened:
        cases.severed(rows, all_.vault, bound.account, report)
    for draft in conversations.every(rows, all_.vault, bound.account):
        if menu.CONVERSATIONS[draft.script].officer:
            conversations.bury(rows, draft)
    turns.forget_about(rows, office_subject(all_, bound.account))
