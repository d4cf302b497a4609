"""What leaders' conversations ask of the outside, and how it is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot import digests, extending, pictures, reminders, zoning
from bot.handling import GONE, Handling
from bot.performs.officer import hands_of, words_of
from bot.performs.told import Told
from handlers.leader import requests
from handlers.model import Millis, ReportId
from handlers.requests import Done
from handlers.rules.ladder import desks_led, may_know
from handlers.rules.places import own_places, place
from handlers.rules.schedule import Job, name_of
from handlers.rules.statuses import ZONE
from handlers.rules.visibility import may_see
from handlers.script import Refused
from storage import cases, due
from storage.cases import Case

LATE_PAGE = 5
LATE_MAX = 100
"""So many late matters are listed and chased at once: a turn stays short, and more than a hundred is one finding."""


def late_cases(hands: Handling) -> list[Case]:
    """Due today or late where the speaker leads, the oldest first, without any that the speaker must not know of."""
    organisation, today, found = hands.all.organisation, hands.when.today, list[tuple[int, ReportId]]()
    for desk in desks_led(hands.person, organisation):
        found += [(day, report) for report, day in due.first(hands.rows, desk, today, LATE_MAX)]
    cases_ = (cases.load(hands.rows, hands.all.vault, report) for _, report in sorted(found)[:LATE_MAX])
    return [case for case in cases_ if case is not None and may_know(hands.person, case.facts, organisation)]


def late_shown(turn: Told, request: requests.LateShown) -> requests.Late:
    hands = hands_of(turn)
    if not desks_led(hands.person, turn.all.organisation):
        return requests.Late(False, (), 0, False, (), (), turn.today)
    found = late_cases(hands)
    start = request.page * LATE_PAGE
    page = found[start : start + LATE_PAGE]
    waiting = cases.to_approve(turn.rows, turn.vault, hands.person.id, LATE_MAX)
    extensions = tuple(r.hex() for r in waiting if extending.waiting_for(hands, r.hex()) is not None)
    zones = tuple(r.hex() for r in waiting if extending.waiting_for(hands, r.hex(), ZONE) is not None)
    more = len(found) > start + LATE_PAGE
    return requests.Late(
        True, tuple(each.report.hex() for each in page), len(found), more, extensions, zones, turn.today
    )


def _known(hands: Handling, report: str) -> Case | None:
    case = cases.load(hands.rows, hands.all.vault, ReportId(bytes.fromhex(report)))
    return case if case is not None and may_know(hands.person, case.facts, hands.all.organisation) else None


def late_looked(turn: Told, request: requests.LateLooked) -> requests.LateOne:
    hands = hands_of(turn)
    case = _known(hands, request.report)
    return requests.LateOne(case is not None, case is not None and may_see(hands.person, case.facts), turn.today)


def chase(turn: Told, command: requests.Chase) -> requests.Chased | Refused:
    hands = hands_of(turn)
    found = late_cases(hands)
    if command.report:
        found = [case for case in found if case.report.hex() == command.report]
        if not found:
            return GONE
    now = turn.heard.received_at
    done = [case for case in found if reminders.chase(turn.all, turn.rows, case, now)]
    for case in done:
        hands.note("chased", case)
    return requests.Chased(len(done))


def ask_extension(turn: Told, command: requests.AskExtension) -> Done | Refused:
    hands = hands_of(turn)
    outcome = extending.ask(hands, command.report, command.version, command.days, words_of(turn, command.reason))
    return outcome if isinstance(outcome, Refused) else Done()


def decide_extension(turn: Told, command: requests.DecideExtension) -> Done | Refused:
    outcome = extending.decide(hands_of(turn), command.report, command.agrees, command.days)
    return outcome if isinstance(outcome, Refused) else Done()


def zone_looked(turn: Told, request: requests.ZoneLooked) -> requests.ZoneCase:
    hands = hands_of(turn)
    found = extending.waiting_for(hands, request.report, ZONE)
    desks = tuple(zoning.desks_for(hands, found[0])) if found is not None else ()
    return requests.ZoneCase(found is not None, desks, turn.today)


def decide_zone(turn: Told, command: requests.DecideZone) -> Done | Refused:
    outcome = zoning.decide(hands_of(turn), command.report, command.desk)
    return outcome if isinstance(outcome, Refused) else Done()


def step_back_from_zone(turn: Told, command: requests.StepBackFromZone) -> Done | Refused:
    outcome = zoning.step_back(hands_of(turn), command.report)
    return outcome if isinstance(outcome, Refused) else Done()


# ---------------------------------------------------------------- digests


def digest_shown(turn: Told, request: requests.DigestShown) -> requests.DigestFound:
    hands, job = hands_of(turn), Job(request.job)
    codes = own_places(hands.person, job, turn.all.organisation)
    if request.code:
        codes = [code for code in codes if code == request.code]
    n = turn.all.schedule.struck(job, hands.now)
    mine, late = 0, [0] * len(codes)
    if len(codes) > 1:
        places = ((code, place(code, turn.all.organisation)) for code in codes)
        n_late = {c: len(digests.known_late(turn.all, turn.rows, hands.person, p, hands.now)) for c, p in places if p}
        codes = sorted(codes, key=lambda code: -n_late[code])
        late = [n_late[code] for code in codes]
    if len(codes) == 1 and (found := place(codes[0], turn.all.organisation)) is not None:
        mine = digests.gather(turn.all, turn.rows, hands.person, found, job, n, hands.now).mine
    return requests.DigestFound(tuple(codes), name_of(job, n), turn.today, mine, tuple(late))


def compared(turn: Told, request: requests.Compared) -> requests.Standing:
    hands = hands_of(turn)
    found = place(request.code, turn.all.organisation)
    late = digests.known_late(turn.all, turn.rows, hands.person, found, hands.now) if found is not None else []
    return requests.Standing(turn.today, len(late))


def chart_link(turn: Told, command: requests.ChartLink) -> requests.Linked | Refused:
    hands = hands_of(turn)
    if command.code not in own_places(hands.person, Job(command.job), turn.all.organisation):
        return GONE
    until = Millis(hands.now + int(turn.here.case_link_s * 1000))
    person = hands.person.id
    return requests.Linked(pictures.token(turn.vault, person, command.job, command.code, command.period, until))


PERFORMS: dict[type[Any], Callable[[Any, Any], Any]] = {
    requests.LateShown: late_shown,
    requests.LateLooked: late_looked,
    requests.Chase: chase,
    requests.AskExtension: ask_extension,
    requests.DecideExtension: decide_extension,
    requests.ZoneLooked: zone_looked,
    requests.DecideZone: decide_zone,
    requests.StepBackFromZone: step_back_from_zone,
    requests.DigestShown: digest_shown,
    requests.Compared: compared,
    requests.ChartLink: chart_link,
}
"""Which function performs which Look or Do of leaders."""
