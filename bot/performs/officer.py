"""What officers' conversations ask of the outside, and how it is done: bot/handling.py and bot/standing.py do it."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bot import extending, standing, zoning
from bot.handling import GONE, Handling
from bot.performs.told import Told
from handlers.dates import day_of, hour_of
from handlers.digest import WORDS
from handlers.model import DeskId, Millis, PersonId
from handlers.officer import requests
from handlers.requests import Done
from handlers.rules.ladder import desks_led, level_above
from handlers.rules.places import own_places
from handlers.rules.statuses import CLOSED, MOVES, NEW, NO_REPLY, OPEN, Move, Status
from handlers.rules.visibility import may_see, near
from handlers.script import Refused
from storage import audit, cases, conversations, inbox, links, people, reports, tries
from storage.cases import Case
from storage.links import Link

INBOX_PAGE = 6
INVITE_TRIES_H = 5
"""Wrong codes an hour by one account."""


def hands_of(turn: Told) -> Handling:
    """The speaker's hands. Officers' conversations are opened to people of the roster alone (bot/turn.py)."""
    assert turn.person is not None
    return Handling(turn.all, turn.rows, turn.heard.received_at, turn.person)


def eyes_of(turn: Told) -> Handling:
    """The same for a Look: what this turn has opened is not opened again."""
    return replace(hands_of(turn), opened=turn.opened)


def words_of(turn: Told, ref: str) -> str:
    assert turn.draft is not None
    return "\n".join(conversations.words(turn.rows, turn.draft, ref)[-1:]) if ref else ""


# ---------------------------------------------------------------- binding


def invited_as(turn: Told, request: requests.InvitedAs) -> requests.Invited:
    hour = hour_of(turn.heard.received_at)
    if tries.count(turn.rows, turn.vault, "invite", turn.account, hour) >= INVITE_TRIES_H:
        return requests.Invited("", False, held=True)
    person = people.invited(turn.rows, turn.vault, bytes.fromhex(request.code), turn.today)
    if person and (member := turn.all.nets.member(person)) is not None:
        return requests.Invited(person, False, held=False, into="net" if member.reports else "menu")
    found = turn.all.roster.people.get(person) if person else None
    if found is None:
        tries.add(turn.rows, turn.vault, "invite", turn.account, hour, turn.today)
        return requests.Invited("", False, held=False)
    return requests.Invited(found.id, bool(found.ties), held=False)


def bind(turn: Told, command: requests.Bind) -> Done | Refused:
    key = bytes.fromhex(command.code)
    person = people.invited(turn.rows, turn.vault, key, turn.today)
    known = person is not None and (person in turn.all.roster.people or turn.all.nets.member(person) is not None)
    if person is None or not known:
        return Refused("used")
    bound = people.Bound(person, turn.account, turn.heard.channel, turn.heard.address)
    if not people.bind(turn.rows, turn.vault, key, bound, turn.today):
        return Refused("used")
    fact = audit.Fact(turn.heard.received_at, person, "bound", "", {"ties_confirmed": True})
    audit.add(turn.rows, turn.vault, turn.all.chance, fact)
    turn.all.refresh_people(turn.rows)
    return Done()


def my_ties(turn: Told, request: requests.MyTies) -> requests.Ties:
    return requests.Ties(bool(hands_of(turn).person.ties))


def answer_ties(turn: Told, command: requests.AnswerTies) -> Done | Refused:
    person = hands_of(turn).person.id
    if command.right and (bound := turn.all.roster.bound(person)) is not None:
        people.confirm(turn.rows, turn.vault, bound, turn.today)
    what = "ties_confirmed" if command.right else "ties_changed"
    audit.add(turn.rows, turn.vault, turn.all.chance, audit.Fact(turn.heard.received_at, person, what, "", {}))
    turn.all.refresh_people(turn.rows)
    return Done()


# ---------------------------------------------------------------- looking


def inbox_shown(turn: Told, request: requests.InboxShown) -> requests.Inbox:
    rows, vault, person, today = turn.rows, turn.vault, hands_of(turn).person, turn.today
    soon = today + turn.when.clocks.before_days
    n = inbox.counted(rows, vault, person, today, soon)
    start, room = request.page * INBOX_PAGE, INBOX_PAGE + 1
    found: list[inbox.Waiting] = []
    if request.view in ("all", "approving") and start < n.approving:
        found = inbox.approving(rows, vault, person, room, start)
    room, offset = room - len(found), max(0, start - (n.approving if request.view == "all" else 0))
    days = {"all": (0, cases.FAR), "new": (0, cases.FAR), "overdue": (0, today - 1), "soon": (today, soon)}
    if request.view == "done":
        found = inbox.closed(rows, vault, person, room, start)
    elif request.view in days and room > 0:
        stage, with_own = NEW if request.view == "new" else OPEN, request.view in ("overdue", "soon")
        found += inbox.listed(rows, vault, person, days[request.view], room, offset, stage_max=stage, with_own=with_own)
    for case, waits in found:
        turn.opened.keep(case, waits)
    ids = [case.report.hex() for case, _ in found if may_see(person, case.facts)]
    more = len(found) > INBOX_PAGE
    return requests.Inbox(n.approving, n.new, n.open, n.overdue, n.soon, tuple(ids[:INBOX_PAGE]), more, today)


def what_i_do(turn: Told, request: requests.WhatIDo) -> requests.Office:
    person, organisation = hands_of(turn).person, turn.all.organisation
    digests = tuple(job.value for job in WORDS if own_places(person, job, organisation))
    return requests.Office(person.desk in organisation.departments, bool(desks_led(person, organisation)), digests)


def case_looked(turn: Told, request: requests.CaseLooked) -> requests.CaseShown:
    hands = eyes_of(turn)
    case = hands.case(request.report)
    if case is None:
        return requests.CaseShown(False, 0, False, ())
    asks = near(hands.person, case.facts) and not cases.opened(turn.rows, turn.vault, hands.person.id, case.report)
    return requests.CaseShown(True, case.decided, asks, tuple(allowed(hands, case)))


def allowed(hands: Handling, case: Case) -> list[str]:
    """What this person may do with a case now; the commands check it again."""
    waits = hands.proposal(case)
    can = ["page"]
    if case.stage != CLOSED and waits is not None:
        can += ["approve"] if waits[0] and waits[1].proposer != hands.person.id else []
        can += ["take_back"] if waits[1].proposer == hands.person.id else []
    elif case.stage != CLOSED:
        can += [move.key for move in MOVES if _may_start(hands, case, move)]
        can += _may_speak(hands, case)
        higher = level_above(case.facts.desk, hands.all.organisation)
        can += ["pass_up"] if higher is not None and case.status != Status.CONCLUDED else []
        can += ["assign"] if standing.assignable(hands, case) else []
        can += ["extend"] if extending.may_ask(hands, case) else []
        can += ["zone"] if zoning.may_ask(hands, case) else []
    if standing.may_hand_over(hands, case) and case.stage != CLOSED and standing.colleagues(hands, case):
        can.append("hand_over")
    can += ["recuse", *(["no_reply"] if NO_REPLY in hands.grounds(case) else [])]
    can = [key for key in can if key not in ("register", "begin", "transfer")]
    return sorted(set(can), key=can.index)


def _may_start(hands: Handling, case: Case, move: Move) -> bool:
    if move.by == "handler" and case.handler != hands.person.id:
        return False
    stands = {Status(case.status)}
    stands |= {step.ends for step in MOVES if step.key in ("register", "begin") and case.status in step.starts}
    return bool(stands & set(move.starts))


def _may_speak(hands: Handling, case: Case) -> list[str]:
    if case.handler == hands.person.id:
        return ["answer"] if case.status == Status.CONCLUDED else ["ask", "answer"]
    return [] if case.handler else ["ask"]


def others_for(turn: Told, request: requests.OthersFor) -> requests.Others:
    hands = eyes_of(turn)
    case = hands.case(request.report)
    if case is None:
        return requests.Others((), "")
    higher = level_above(case.facts.desk, turn.all.organisation) or ""
    found = standing.assignable(hands, case) if request.what == "assign" else standing.colleagues(hands, case)
    return requests.Others(tuple(found), higher)


def page_link(turn: Told, command: requests.PageLink) -> requests.Linked | Refused:
    hands = hands_of(turn)
    case = hands.case(command.report)
    if case is None:
        return GONE
    token = urlsafe_b64encode(turn.all.chance(33)).decode()
    key, until = links.token_hash(turn.vault, token), Millis(hands.now + int(turn.here.case_link_s * 1000))
    link = Link(key, None, hands.person.id, case.report, turn.heard.channel, turn.heard.address, until, "")
    subject = reports.subject_of(turn.vault, turn.account, case.report)
    links.add(turn.rows, turn.vault, link, subject, day_of(until) + 1)
    return requests.Linked(token)


# ---------------------------------------------------------------- doing


def _done(outcome: object) -> Done | Refused:
    return outcome if isinstance(outcome, Refused) else Done()


def opened(turn: Told, command: requests.Opened) -> Done | Refused:
    """A first opening changes nothing of the report: what was opened for it serves the rest of the turn."""
    return _done(eyes_of(turn).open(command.report))


def propose(turn: Told, command: requests.Propose) -> Done | Refused:
    said = dict(zip(command.said[::2], command.said[1::2], strict=True))
    for name, ref in (("answer", command.answer), ("evidence", command.evidence)):
        if ref:
            said[name] = words_of(turn, ref)
    return _done(hands_of(turn).propose(command.report, command.version, command.move, said))


def decide(turn: Told, command: requests.Decide) -> Done | Refused:
    reason = words_of(turn, command.reason)
    return _done(hands_of(turn).decide(command.report, command.version, agrees=command.agrees, reason=reason))


def take_back(turn: Told, command: requests.TakeBack) -> Done | Refused:
    return _done(hands_of(turn).take_back(command.report))


def speak(turn: Told, command: requests.Speak) -> Done | Refused:
    hands, text = hands_of(turn), words_of(turn, command.words)
    say = hands.ask if command.kind == "question" else hands.answer
    return _done(say(command.report, command.version, text))


def feed_back(turn: Told, command: requests.FeedBack) -> Done | Refused:
    return _done(hands_of(turn).feedback(command.report, command.version))


def recuse(turn: Told, command: requests.Recuse) -> requests.Whoever | Refused:
    has_it = standing.recuse(hands_of(turn), command.report, command.why)
    if isinstance(has_it, Refused):
        return has_it
    is_desk = has_it in turn.all.organisation.desks
    return requests.Whoever("", has_it) if is_desk else requests.Whoever(has_it, "")


def pass_up(turn: Told, command: requests.PassUp) -> requests.Whoever | Refused:
    return _at_desk(standing.pass_up(hands_of(turn), command.report, command.version))


def assign(turn: Told, command: requests.Assign) -> requests.Whoever | Refused:
    return _at_desk(standing.assign(hands_of(turn), command.report, command.version, DeskId(command.desk)))


def _at_desk(outcome: str | Refused) -> requests.Whoever | Refused:
    return outcome if isinstance(outcome, Refused) else requests.Whoever("", outcome)


def ask_zone(turn: Told, command: requests.AskZone) -> Done | Refused:
    return _done(zoning.ask(hands_of(turn), command.report, command.version, command.why))


def hand_over(turn: Told, command: requests.HandOver) -> requests.Whoever | Refused:
    to = standing.hand_over(hands_of(turn), command.report, command.version, PersonId(command.to))
    return to if isinstance(to, Refused) else requests.Whoever(to, "")


PERFORMS: dict[type[Any], Callable[[Any, Any], Any]] = {
    requests.InvitedAs: invited_as,
    requests.Bind: bind,
    requests.MyTies: my_ties,
    requests.AnswerTies: answer_ties,
    requests.InboxShown: inbox_shown,
    requests.WhatIDo: what_i_do,
    requests.CaseLooked: case_looked,
    requests.OthersFor: others_for,
    requests.PageLink: page_link,
    requests.Opened: opened,
    requests.Propose: propose,
    requests.Decide: decide,
    requests.TakeBack: take_back,
    requests.Speak: speak,
    requests.FeedBack: feed_back,
    requests.Recuse: recuse,
    requests.PassUp: pass_up,
    requests.Assign: assign,
    requests.HandOver: hand_over,
    requests.AskZone: ask_zone,
}
"""Which function performs which Look or Do of officers."""
