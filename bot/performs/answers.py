"""What a reporter's conversations about a report that is being handled ask of the outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.handling import TOLD, tell_desk
from bot.performs import above
from bot.performs.told import Told
from handlers import requests
from handlers.model import ReportId
from handlers.rules.statuses import CLOSED, Status
from handlers.script import Refused
from storage import audit, cases, conversations, reports
from storage.cases import Case

TRIES_MAX = 3
"""A change of a report that an officer changes at the same moment is tried anew; twice in a row is not seen in practice."""


def case_of(turn: Told, report: str) -> Case:
    """The report of a conversation: bot/turn.py has asked whether the speaker may speak of it."""
    found = cases.load(turn.rows, turn.vault, ReportId(bytes.fromhex(report)))
    assert found is not None
    return found


def told_of(turn: Told, case: Case) -> list[cases.Told]:
    """What was said to the reporter, in order."""
    return [each for each in cases.words(turn.rows, case) if each.step in TOLD]


def answers_waiting(turn: Told, request: requests.AnswersWaiting) -> requests.Waiting:
    last = ""
    for mine in reports.mine(turn.rows, turn.vault, turn.account):
        n = int(case_of(turn, mine.report.hex()).handling.get("told", 0))
        if n > mine.read:
            return requests.Waiting(mine.report.hex())
        last = last or (mine.report.hex() if n else "")
    return requests.Waiting(last)


def told_looked(turn: Told, request: requests.ToldLooked) -> requests.ToldSeen:
    case = case_of(turn, request.report)
    found = told_of(turn, case)
    if not found:
        return requests.ToldSeen(0, "", False)
    mine = reports.mine_about(turn.rows, turn.vault, turn.account, case.report)
    n = min(mine.read if mine else len(found) - 1, len(found) - 1)
    return requests.ToldSeen(n, found[n].step, n + 1 < len(found))


def mark_read(turn: Told, command: requests.MarkRead) -> requests.Done:
    reports.mark_read(turn.rows, turn.vault, turn.account, ReportId(bytes.fromhex(command.report)), command.n)
    return requests.Done()


def supplement(turn: Told, command: requests.Supplement) -> requests.Done | Refused:
    """Words and photos go to the report; the desk that holds it is told that there is more."""
    case = case_of(turn, command.report)
    if case.stage == CLOSED or turn.draft is None:
        return Refused("closed")
    words = conversations.words(turn.rows, turn.draft, command.words)
    for position, text in enumerate(words):
        told = cases.Told(command.step, position, text, turn.heard.received_at, "")
        cases.add_words(turn.rows, turn.all.chance, case, told)
    above.hand_photos(turn, case.report, case.facts.desk)
    _go_on(turn, case)
    tell_desk(turn.all, turn.rows, case, turn.heard.received_at, "supplement", case.handler)
    return requests.Done()


def _go_on(turn: Told, case: Case) -> None:
    """There is something new to read; and if the clock stood still while the reporter was asked, it goes on."""
    for _ in range(TRIES_MAX):
        changed: dict[str, Any] = {"fresh": True}
        if (asked := case.handling.get("asked_day")) is not None:
            clocks = turn.when.clocks
            stood = min(turn.when.workdays.between(asked, turn.today), clocks.ask_workdays) if clocks.ask_pauses else 0
            changed |= {"paused": int(case.handling.get("paused", 0)) + stood, "asked_day": None, "asked": True}
        if cases.add(turn.rows, turn.vault, case, turn.when, **changed):
            return
        case = case_of(turn, case.report.hex())


def where_it_stands(turn: Told, request: requests.WhereItStands) -> requests.Standing:
    case = case_of(turn, request.report)
    return requests.Standing(case.stage != CLOSED, bool(case.handling.get("withdrawn")), case.placard)


def rated(turn: Told, request: requests.Rated) -> requests.Ratable:
    case = case_of(turn, request.report)
    mine = reports.mine_about(turn.rows, turn.vault, turn.account, case.report)
    return requests.Ratable(mine is not None and not mine.rated and case.status in RATABLE)


RATABLE = (Status.CONCLUDED, Status.ANSWERED)


def rate(turn: Told, command: requests.Rate) -> requests.Filed | Refused:
    """Into the figures alone: that it was rated stands in the reporter's own row, how it was rated nowhere else. What was
    not solved the desk above looks at again, once."""
    case = case_of(turn, command.report)
    if case.status not in RATABLE or not reports.mark_rated(turn.rows, turn.vault, turn.account, case.report):
        return Refused("rated")
    cases.share(turn.rows, turn.vault, case, turn.today, command.how, 1, "rated")
    again = command.how == "unsolved" and case.source != above.LOOKED_AT_AGAIN
    return requests.Filed(above.look_again(turn, case, command.why) if again else "")


def withdraw(turn: Told, command: requests.Withdraw) -> requests.Done | Refused:
    for _ in range(TRIES_MAX):
        case = case_of(turn, command.report)
        if case.handling.get("withdrawn"):
            return requests.Done()
        if cases.change(turn.rows, turn.vault, case, turn.when, case.status, withdrawn=True):
            fact = audit.Fact(turn.heard.received_at, "", "withdrawn", case.report.hex(), {})
            audit.add(turn.rows, turn.vault, turn.all.chance, fact)
            tell_desk(turn.all, turn.rows, case, turn.heard.received_at, "withdrawn", case.handler)
            return requests.Done()
    return Refused("moved")


PERFORMS: dict[type[Any], Callable[[Any, Any], Any]] = {
    requests.AnswersWaiting: answers_waiting,
    requests.ToldLooked: told_looked,
    requests.MarkRead: mark_read,
    requests.Supplement: supplement,
    requests.Withdraw: withdraw,
    requests.WhereItStands: where_it_stands,
    requests.Trouble: above.trouble,
    requests.Rated: rated,
    requests.Rate: rate,
}
"""Which function performs which Look or Do of a reporter."""
