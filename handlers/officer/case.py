"""One case: the question about ties before a first opening, then what may be done with it (dialogues.md §15, 16)."""

from __future__ import annotations

from handlers.model import Here
from handlers.officer.requests import CaseLooked, FeedBack, Opened, PageLink, TakeBack
from handlers.said import NOT_FOUND
from handlers.script import Choose, Do, Go, Look, Option, Refused, Say, Script, Show, Zero

TO_INBOX = Zero("回收件箱", "answer")
MOVED = "这件刚才已经有人办了一步，您这一步没有算。发“待办”再看一眼。"
ELSE = {
    "moved": MOVED,
    "gone": NOT_FOUND.text,
    "nobody": "这里没有别的同志能批这件。请选“往上交”。",
    "ask_first": "要先追问反映人，过了回话的日子没有回，才能用“追问也没有回话”。",
    "waiting": "这件已经有人报批，等批了再说。",
    "withdrawn": "反映人说不用再找他，不能再追问。别的照办。",
    "not_yours": "这一步要由办这件的同志来做。发“待办”再看一眼。",
    "lacks": "还差一样没有填，这一步没有算。发“待办”再来。",
    "wording": "写的话里有不能说的，没有发出去。发“待办”再来。",
    "outside": "市里的上一级是省里，不在这个系统里。请按规定送省纪委监委，或请反映人打 12388。",
}


def refused(outcome: Refused) -> Say:
    """One kind sentence for whoever came second, or may not."""
    return Say(ELSE[outcome.why])


def done(text: str) -> Script:
    """What was done, and one step on to the next: nobody has to type 待办 after every case."""
    yield from Choose("then", text, (Option("inbox", "回收件箱"),), Zero("完了", "leave"))
    return Go("inbox", ("all", 0))


OPTIONS = {
    "page": "打开网页（原话、照片）",
    "approve": "看要批的",
    "take_back": "收回报批",
    "feedback": "已经告诉反映人，结束",
    "accept": "受理（报批）",
    "refuse": "不受理或转出去（报批）",
    "ask": "追问反映人",
    "answer": "给反映人回话",
    "clue": "作为线索处置（报批）",
    "case": "立案（报批）",
    "sanction": "处分（报批）",
    "conclude": "办结（报批）",
    "slow": "办不完（延期、请片区协作）",
    "extend": "申请延期",
    "assign": "派给外镇办",
    "hand_over": "交给别人办",
    "recuse": "我要回避",
    "pass_up": "不归本级管，往上交",
    "zone": "请片区协作",
}
"""In the order in which they are offered; at most nine fit, and no state allows more."""


SLOW = frozenset(("extend", "zone"))
"""Both together are one line of the menu, and a question of their own."""


def slow(here: Here, report: str) -> Script:
    options = (Option("extend", OPTIONS["extend"]), Option("zone", OPTIONS["zone"]))
    text = f"{Show('case', report, 'number')} 一时办不完，您想："
    chosen = yield from Choose("how", text, options, Zero("回去", "answer"))
    return Go("case_menu" if chosen == "0" else chosen, (report,))


def minutes(here: Here) -> int:
    """How long a link to a page lives, as people say it."""
    return int(here.case_link_s // 60)


def case(here: Here, report: str) -> Script:
    seen = yield from Look("seen", CaseLooked(report))
    if not seen.there:
        return Say(ELSE["gone"])
    if seen.near:
        text = f"打开前问一句：您或家里人在不在{Show('case', report, 'near')}，或这个项目里？"
        options = (Option("tied", "有或说不准，我回避"), Option("none", "没有，打开"))
        match (yield from Choose("tie", text, options, Zero("不看", "answer"))):
            case "0":
                return Go("inbox", ("all", 0))
            case "tied":
                return Go("recuse", (report,))
    if isinstance((yield from Do("open", Opened(report))), Refused):
        return Say(ELSE["gone"])
    return Go("approve" if "approve" in seen.can else "case_menu", (report,))


def case_menu(here: Here, report: str) -> Script:
    seen = yield from Look("seen", CaseLooked(report))
    if not seen.there:
        return Say(ELSE["gone"])
    text = (
        f"{Show('case', report, 'head')}\n{Show('case', report, 'state')}\n"
        f"原话、照片、写回话都在网页里（{minutes(here)} 分钟有效，看一次记一次）。"
    )
    can = (*(key for key in seen.can if key not in SLOW), "slow") if {*seen.can} >= SLOW else seen.can
    options = tuple(Option(key, OPTIONS[key]) for key in OPTIONS if key in can)
    chosen = yield from Choose("do", text, options, TO_INBOX)
    match chosen:
        case "0":
            return Go("inbox", ("all", 0))
        case "page":
            return Go("case_link", (report,))
        case "take_back":
            outcome = yield from Do("take_back", TakeBack(report))
            if isinstance(outcome, Refused):
                return refused(outcome)
            return (yield from done(f"收回了，{Show('case', report, 'number')} 没有往下走。"))
        case "feedback":
            outcome = yield from Do("feedback", FeedBack(report, seen.version))
            if isinstance(outcome, Refused):
                return refused(outcome)
            return (yield from done(f"{Show('case', report, 'number')} 已反馈，这件结束了。辛苦了。"))
        case _:
            return Go("case_filed" if chosen == "case" else chosen, (report,))


def case_link(here: Here, report: str) -> Script:
    """A link made for one person and one report, good for ten minutes."""
    seen = yield from Look("seen", CaseLooked(report))
    if not seen.there:
        return Say(ELSE["gone"])
    made = yield from Do("link", PageLink(report))
    if isinstance(made, Refused):
        return Say(ELSE["gone"])
    text = f"点开看（只能您打开，{minutes(here)} 分钟有效）：\n{Show('link', report, made.token)}"
    then = yield from Choose("then", text, (Option("menu", "看完了，回这一件"),), TO_INBOX)
    return Go("case_menu", (report,)) if then == "menu" else Go("inbox", ("all", 0))
