"""What leaders are shown of matters that are late: desk, number, sector and due date, and nothing of what they are about."""

from __future__ import annotations

from bot import digests
from bot.handling import Handling
from handlers.dates import DAY_MS, day_from_iso, said_day
from handlers.digest import compared, told
from handlers.model import Millis, Post, ReportId, ZoneCode
from handlers.rules.ladder import may_know
from handlers.rules.places import own_places, place
from handlers.rules.schedule import Job, number_of
from handlers.rules.statuses import EXTENSION, ZONE
from storage import cases
from storage.cases import Case


def shown(hands: Handling, mark: tuple[str, str, str]) -> str | None:
    """None if this person may not know even that much."""
    kind, ref, part = mark
    if kind == "lead":
        return led_name(hands)
    if kind == "picture":
        return f"{hands.all.here.base_url}/chart/{ref}"
    if kind == "place":
        found = place(ref, hands.all.organisation)
        return found.name if found is not None else None
    if kind == "digest":
        return _digest(hands, ref, part)
    case = cases.load(hands.rows, hands.all.vault, ReportId(bytes.fromhex(ref)))
    if case is None or not may_know(hands.person, case.facts, hands.all.organisation):
        return None
    part, _, today = part.partition(" ")
    if part == "handler":
        return "有人在办" if case.handler else "还没有人接"
    if part == "extension":
        waits = hands.proposal(case)
        return (
            f"{_line(hands, case, int(today))}\n{extension_told(waits[1].said)}"
            if waits and waits[1].move == EXTENSION
            else None
        )
    if part == "zone":
        waits = hands.proposal(case)
        return (
            f"{_line(hands, case, int(today))}\n为什么：{waits[1].said['why']}"
            if waits and waits[1].move == ZONE
            else None
        )
    return _line(hands, case, int(today))


def led_name(hands: Handling) -> str:
    """What somebody leads: a zone, or the whole desk."""
    organisation = hands.all.organisation
    zones = [unit for unit, post in hands.person.posts if post in (Post.LEADER, Post.COMMANDER)]
    if zones:
        return organisation.zones[ZoneCode(zones[0])].name + (f"等 {len(zones)} 个片区" if len(zones) > 1 else "")
    return organisation.desks[hands.person.desk].name


def _line(hands: Handling, case: Case, today: int) -> str:
    desk = hands.all.organisation.desks[case.facts.desk].name
    return f"{desk} {case.shown_number} {case.sector} {left(case, today) or '已经办了'}"


DAYS_LEFT_SAID_MAX = 15


def left(case: Case, today: int) -> str:
    """How long there is, at a glance; what is far off has its date. Empty for a closed one."""
    if case.due_day is None:
        return ""
    days = case.due_day - today
    if days < 0:
        return f"超期{-days}天"
    if days > DAYS_LEFT_SAID_MAX:
        return f"{said_day(case.due_day)}到期"
    return f"还剩{days}天" if days else "今天到期"


def extension_told(said: dict[str, str]) -> str:
    return f"申请延到 {said_day(day_from_iso(said['until']))}，原因：{said['reason']}"


def _digest(hands: Handling, ref: str, part: str) -> str | None:
    """A digest as its reader may see it now; None for whoever does not read that one."""
    job_, code, period = ref.split(" ")
    which, day = part.split(" ")
    job, found = Job(job_), place(code, hands.all.organisation)
    if found is None or code not in own_places(hands.person, job, hands.all.organisation):
        return None
    if which == "repeated":
        titles = digests.repeated(hands.all, hands.rows, hands.person, found)
        lines = [f"{title}：{n} 件" for title, n in titles]
        return f"{found.name} 还在办的\n" + ("\n".join(lines) or "没有同一个项目反映三次以上的。")
    at = Millis(int(day) * DAY_MS)  # eight in the morning: all that it asks of the moment is the day
    digest = digests.gather(hands.all, hands.rows, hands.person, found, job, number_of(job, period), at)
    return compared(digest) if which == "compare" else told(digest)
