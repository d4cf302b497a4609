"""What a reporter tells the desk above alone: that somebody makes trouble, that nothing was solved (domain.md §7, 8)."""

from __future__ import annotations

from dataclasses import replace

from bot.handling import TOLD
from bot.performs.told import Told
from handlers import requests
from handlers.model import DeskId, PlacardId, Post, ReportId
from handlers.organisation import Organisation
from handlers.rules.ladder import desk_above
from handlers.rules.routing import Routing
from handlers.rules.visibility import is_below
from handlers.script import Refused
from handlers.villager.rating import WHYS
from storage import cases, conversations, media, outbox, reports
from storage.cases import Case

TROUBLE, LOOKED_AT_AGAIN = "trouble", "again"
"""Sources of such reports (storage/figures.py)."""
WHY = {TROUBLE: "有人为难反映人", LOOKED_AT_AGAIN: "反映人说没解决"}
EARLIER = "earlier"
"""The step under which the words of the first report stand in the one that is looked at again."""


def trouble(turn: Told, command: requests.Trouble) -> requests.Filed | Refused:
    """A report of its own to the desk above."""
    case = cases.load(turn.rows, turn.vault, ReportId(bytes.fromhex(command.report)))
    if case is None or turn.draft is None:
        return Refused("gone")
    told = conversations.words(turn.rows, turn.draft, command.words)
    made = _file(turn, case, tuple(("story", text) for text in told), TROUBLE)
    if made is None:
        return Refused("gone")
    hand_photos(turn, made.report, made.facts.desk)
    outbox.tell_desk(
        turn.rows, turn.vault, turn.all.chance, made.facts.desk, made.report, turn.heard.received_at, "urgent_filed"
    )
    return requests.Filed(made.report.hex())


def look_again(turn: Told, case: Case, why: str) -> str:
    """What was said and answered goes, with why nothing is solved, to the desk above; the report that it looks at."""
    said = [(EARLIER, f"{_by(each.step)}：{each.text}") for each in cases.words(turn.rows, case) if each.step != "note"]
    photos = len(media.of(turn.rows, turn.vault, case.report))
    desk = turn.all.organisation.desks[case.facts.desk].name
    said.append((EARLIER, f"{desk}办的，编号 {case.shown_number}，照片 {photos} 张在那一件里"))
    made = _file(turn, case, (*said, ("story", "没解决" + (f"：{WHYS[why]}" if why in WHYS else ""))), LOOKED_AT_AGAIN)
    if made is None:
        return ""
    outbox.tell_desk(turn.rows, turn.vault, turn.all.chance, made.facts.desk, made.report, turn.heard.received_at)
    return made.report.hex()


def _by(step: str) -> str:
    return "回话" if step in TOLD else "反映人"


def _file(turn: Told, case: Case, words: tuple[tuple[str, str], ...], source: str) -> Case | None:
    """A report about another; None if its item is no more."""
    placard = turn.all.catalogue.placard(turn.rows, PlacardId(case.placard))
    if placard is None:
        return None
    routing, only = routing_above(case, turn.all.organisation, source)
    new = reports.NewReport(
        placard, placard.item.version, case.facts.about, routing, words, "", turn.heard,
        reports.first_due(turn.when), only, case.facts.accused, case.report.hex(), source,
    )  # fmt: skip
    new = replace(new, not_counting=turn.all.not_counting(reports.facts_as_filed(new)))
    made = reports.file(turn.rows, turn.vault, new, turn.account, turn.all.chance, turn.here.reports_mine_max)
    filed = cases.load(turn.rows, turn.vault, made.report)
    assert filed is not None
    cases.shield(turn.rows, turn.vault, made.report, filed.facts, turn.all.roster.at(routing.desk))
    return filed


def routing_above(case: Case, organisation: Organisation, source: str) -> tuple[Routing, str]:
    """To the desk above, past all below; where that is the same desk, to its 案管 alone."""
    held, higher = case.facts.desk, desk_above(case.facts, organisation)
    if higher == held:
        return Routing(held, case.facts.bypassed, (f"{WHY[source]}，只给案管",)), Post.SUPERVISION
    village = case.facts.village
    lower = {d for d in organisation.desks if is_below(d, higher) and village.startswith(d.partition(":")[2])}
    reason = f"{WHY[source]}，只交上一级{organisation.desks[higher].name}"
    return Routing(higher, frozenset({*lower, held, *(case.facts.bypassed - {higher})}), (reason,)), ""


def hand_photos(turn: Told, report: ReportId, desk: DeskId) -> None:
    assert turn.draft is not None
    for photo in media.of(turn.rows, turn.vault, turn.draft.id):
        media.hand_over(turn.rows, turn.vault, photo, report, f"content|{desk}")
