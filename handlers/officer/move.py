"""回避, 往上交, 派给外镇, 交给别人 (dialogues.md §16): whoever gives it away sees it no more."""

from __future__ import annotations

from handlers.model import Here
from handlers.officer.case import ELSE, done, refused
from handlers.officer.requests import Assign, CaseLooked, HandOver, OthersFor, PassUp, Recuse
from handlers.script import Choose, Do, Go, Look, Option, Refused, Say, Script, Show, Zero

BACK_TO_CASE = Zero("回去", "answer")


def recuse(here: Here, report: str) -> Script:
    seen = yield from Look("seen", CaseLooked(report))
    if not seen.there:
        return Say(ELSE["gone"])
    options = (
        Option("kin", "亲属、近亲属", deliberate=True),
        Option("concerned", "牵涉到我，或有经济往来", deliberate=True),
        Option("known", "同村、老同事等可能影响公正", deliberate=True),
    )
    text = f"您和这件（{Show('case', report, 'number')}）是：\n选了以后您马上看不到这件，会交给别的同志。"
    why = yield from Choose("why", text, options, Zero("点错了", "answer"))
    if why == "0":
        return Go("inbox", ("all", 0))
    has_it = yield from Do("recuse", Recuse(report, why))
    if isinstance(has_it, Refused):
        return refused(has_it)
    if not (has_it.person or has_it.desk):
        return Say("已回避，您看不到这件了。\n这里没有别的同志能办，请按规定报省里。")
    to = Show("colleague", has_it.person) if has_it.person else Show("office", has_it.desk)
    return Say(f"已回避，这件交给了{to}，您看不到了。")


def pass_up(here: Here, report: str) -> Script:
    others = yield from Look("others", OthersFor(report, "pass_up"))
    seen = yield from Look("seen", CaseLooked(report))
    if "pass_up" not in seen.can:
        return Say(ELSE["moved"])
    text = (
        f"这件反映的人不归本级管。\n点“交上去”后：送{Show('office', others.above)}。\n"
        "这里不留底：打不开、导不出、不计数；不要抄、不要拍。"
    )
    options = (Option("look", "再看看归不归本级"), Option("up", "交上去", deliberate=True))
    if (yield from Choose("sure", text, options, BACK_TO_CASE)) != "up":
        return Go("case_menu", (report,))
    has_it = yield from Do("pass_up", PassUp(report, seen.version))
    return refused(has_it) if isinstance(has_it, Refused) else Say(f"交给{Show('office', has_it.desk)}了，这里不留底。")


def assign(here: Here, report: str) -> Script:
    """县室派单: the township concerned is not on the list, nor is any where too few may see it."""
    others = yield from Look("others", OthersFor(report, "assign"))
    seen = yield from Look("seen", CaseLooked(report))
    if "assign" not in seen.can:
        return Say(ELSE["moved"])
    options = tuple(Option(desk, f"{Show('office', desk)}") for desk in others.ids)
    text = f"{Show('case', report, 'number')}，本镇已避开。派给谁？"
    chosen = yield from Choose("to", text, (*options, Option("self", "县室自己办")), Zero("等会儿", "answer"))
    if chosen in ("0", "self"):
        return Go("case_menu", (report,))
    has_it = yield from Do("assign", Assign(report, seen.version, chosen))
    return refused(has_it) if isinstance(has_it, Refused) else Say(f"派给{Show('office', has_it.desk)}了。")


def hand_over(here: Here, report: str) -> Script:
    others = yield from Look("others", OthersFor(report, "hand_over"))
    seen = yield from Look("seen", CaseLooked(report))
    if "hand_over" not in seen.can:
        return Say(ELSE["moved"])
    options = tuple(Option(person, f"{Show('colleague', person)}") for person in others.ids)
    chosen = yield from Choose("to", f"{Show('case', report, 'number')} 交给谁办？", options, BACK_TO_CASE)
    if chosen == "0":
        return Go("case_menu", (report,))
    outcome = yield from Do("hand_over", HandOver(report, seen.version, chosen))
    if isinstance(outcome, Refused):
        return refused(outcome)
    return (yield from done(f"{Show('case', report, 'number')} 交给{Show('colleague', outcome.person)}办了。"))
