"""片区协作: a township asks, the commander authorises each case by itself (一案一授权, dialogues.md §16)."""

from __future__ import annotations

from handlers.leader.late import LATER, seen_to
from handlers.leader.requests import DecideZone, StepBackFromZone, ZoneLooked
from handlers.model import Here
from handlers.officer.case import ELSE, MOVED, done, refused
from handlers.officer.requests import AskZone, CaseLooked
from handlers.rules.statuses import ZONE_GROUNDS
from handlers.script import Choose, Do, Go, Look, Option, Refused, Say, Script, Show, Zero

DESKS_MAX = 7


def ask(here: Here, report: str) -> Script:
    seen = yield from Look("seen", CaseLooked(report))
    if "zone" not in seen.can:
        return Say(ELSE["moved"])
    text = (
        f"{Show('case', report, 'number')} 为什么要请片区协作？\n"
        "一案一授权：指挥长授权以前，别人看不到。授权以后交给片区别的镇或县里办，这里就看不到了。"
    )
    options = tuple(Option(each, each) for each in ZONE_GROUNDS)
    why = yield from Choose("why", text, options, Zero("不报了", "answer"))
    if why == "0":
        return Go("case_menu", (report,))
    outcome = yield from Do("ask", AskZone(report, seen.version, why))
    if isinstance(outcome, Refused):
        return refused(outcome)
    text = f"{Show('case', report, 'number')} 报上去了，等{Show('case', report, 'approver')}授权。"
    return (yield from done(text))


def zone_case(here: Here, report: str) -> Script:
    """Whoever authorises sees number, sector, date and the ground; of the case itself nothing."""
    seen = yield from Look("seen", ZoneLooked(report))
    if not seen.there:
        return Say(MOVED)
    desks = tuple(Option(desk, f"交给{Show('office', desk)}办", deliberate=True) for desk in seen.desks[:DESKS_MAX])
    text = f"请片区协作，等您授权：\n{Show('late', report, f'zone {seen.today}')}\n"
    text += "授权给谁办？（都有两个以上没有关联的人）" if desks else "片区里和县里没有能办的单位，请退回。"
    options = (*desks, Option("no", "不授权，退回"), Option("recuse", "我要回避", deliberate=True))
    chosen = yield from Choose("do", text, options, LATER)
    if chosen == "recuse":
        outcome = yield from Do("step_back", StepBackFromZone(report))
        return Say(MOVED) if isinstance(outcome, Refused) else (yield from seen_to("已回避，您看不到这件了。"))
    outcome = yield from Do("decide", DecideZone(report, "" if chosen == "no" else chosen))
    if isinstance(outcome, Refused):
        return Say(MOVED)
    text = "退回了，已经告诉报的同志。" if chosen == "no" else f"授权了，交给{Show('office', chosen)}办。"
    return (yield from seen_to(text))
