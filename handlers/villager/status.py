"""查: how far one's own report has come, in the same chat or by village and query code (dialogues.md §8)."""

from __future__ import annotations

from handlers.matters import Matters, MattersMine
from handlers.model import Here
from handlers.requests import ReportByCode, ReportsMine, ToldLooked, WhereItStands
from handlers.rules.talk import is_query_code
from handlers.script import DONE, Again, Ask, Choose, Go, Look, Option, Say, Script, Show, Zero
from handlers.villager.place import LEVEL, which_village
from handlers.words import digits

LEAVE = Zero("不查了", "leave")
LISTED_MAX = 3
NAMED_MAX = 2
"""Matters named with unit and date in one message."""
CODE_DIGITS = 12
"""Ten random digits and two that check them (dialogues.md §0, 查询码)."""


def status(here: Here) -> Script:
    """One's own, newest first; whoever has none here is asked for a code."""
    mine = yield from Look("mine", ReportsMine())
    asked = yield from Look("asked", MattersMine(False))
    if not mine.n:
        return (yield from _asked(asked)) if asked.n else Go("status_code")
    lines = tuple(Option(report, f"{Show('report', report, 'line')}") for report in mine.ids[:LISTED_MAX])
    text = f"您反映过 {mine.n} 件" + ("，最近的是：" if mine.n > LISTED_MAX else "：") + "\n发前面的数字看详细。"
    text += f"\n转给部门、还没回话的有 {asked.n} 件，发“催”。" if asked.n else ""
    chosen = yield from Choose("which", text, (*lines, Option("code", "用查询码查别的")), DONE)
    return Go("status_code") if chosen == "code" else Go("status_one", (chosen, "mine"))


def _asked(asked: Matters) -> Script:
    """Nothing was reported here, but a department was asked something."""
    lines = "\n".join(f"{Show('matter', each, 'line')}" for each in asked.ids[:NAMED_MAX])
    text = f"转给部门、还没回话的有 {asked.n} 件：\n{lines}"
    options = (Option("chase", "催一催", ("催",)), Option("code", "用查询码查反映的事"))
    return Go("chase") if (yield from Choose("do", text, options, DONE)) == "chase" else Go("status_code")


def status_one(here: Here, report: str, how: str) -> Script:
    """`how` is mine or code: whoever comes with a code sees where it stands, and no more."""
    tail = f"（尾号 {Show('report', report, 'tail')}）" if how == "mine" else ""
    told = yield from Look("told", ToldLooked(report))
    stands = yield from Look("stands", WhereItStands(report))
    text = (
        f"{Show('report', report, 'day')} 的事{tail}\n交给了{Show('report', report, 'desk')}。\n"
        f"现在：{Show('report', report, 'status')}\n{Show('report', report, 'looked')}\n"
        f"{Show('report', report, 'promise')}想问，打 {here.hotline} 报查询码，不用说名字。"
    )
    first: tuple[Option, ...] = (Option("told", "看回话", ("看",)),) if told.kind else ()
    if how == "mine" and not first:
        first = (Option("receipt", "再看一遍查询码"),)
    more = (Option("supplement", "我要补充"), Option("trouble", "有人为难我"))
    last = (Option("withdraw", "不想反映了"),) if how == "mine" and stands.open and not stands.withdrawn else ()
    chosen = yield from Choose("do", text, (*first, *more, *last), DONE)
    return Go(chosen, (report,) if chosen in ("receipt", "withdraw") else (report, how))


def status_code(here: Here) -> Script:
    """The village first: a code is looked up inside it, so that guessing is hopeless (security.md §2)."""
    lost = Option("lost", "码找不到了", ("码丢了", "没有码"))
    village = yield from which_village(here, "请先发村名，或扫一下那里的码。", (lost, LEVEL), LEAVE, check=_no_code)
    if village == "lost":
        return Go("status_lost")
    if not isinstance(village, str):
        return village
    words = yield from Ask(
        "code",
        "请发 12 位查询码，像 4827-3916-0527，横线打不打都行。",
        zero=LEAVE,
        check=_is_code,
    )
    tried = yield from Look("found", ReportByCode(village, words.ref, words.at))
    if tried.report:
        return Go("status_one", (tried.report, "code"))
    if tried.matter:
        return Go("matter_code", (tried.matter,))
    if tried.held:
        return Say(f"试错的次数多了。请过一小时再来，或打 {here.hotline}。")
    text = "没查到，请对一下：是不是少了一位、看错了 1 和 7？村名对不对？"
    again = (Option("again", "再来一遍"), Option("call", f"打电话查：{here.hotline}"))
    if (yield from Choose("bad", text, again, LEAVE)) == "call":
        return Go("human")
    return Again(("code", "found", "bad"))


def _no_code(words: str) -> str:
    return "这是查询码。请先发村名，下一步再发码。" if is_query_code(words) else ""


def _is_code(words: str) -> str:
    n = len(digits(words))
    return "" if n == CODE_DIGITS else f"查询码是 {CODE_DIGITS} 位数字，您发的有 {n} 位，请对一下。"


def status_lost(here: Here) -> Script:
    """Nobody can find it again, and that is meant to be so."""
    text = (
        "不留名，又换了手机、没有码，我们就找不回来了——这是为了保护您。\n"
        "可以重新反映一次，说一句“以前反映过”，我们会合在一起办。"
    )
    options = (Option("report", "重新反映"), Option("call", f"打电话问：{here.hotline}"))
    if (yield from Choose("do", text, options, DONE)) == "call":
        return Go("human")
    return Go("place")
