"""看, 补充, 不想反映了, 有人为难我: the reporter's side of a report that is being handled (dialogues.md §8, 9)."""

from __future__ import annotations

from handlers.matters import MattersMine
from handlers.model import Here
from handlers.requests import (
    AnswersWaiting,
    MarkRead,
    Rated,
    ReportsMine,
    Supplement,
    ToldLooked,
    Trouble,
    WhereItStands,
    Withdraw,
)
from handlers.script import DONE, Ask, Choose, Collect, Do, Go, Look, Option, Refused, Say, Script, Show, Zero

LATER = Zero("先放着", "leave")
LISTED_MAX = 4


def answers(here: Here) -> Script:
    """看: the oldest message that was not read yet; if all were read, the last one again."""
    asked = yield from Look("asked", MattersMine(True))
    if asked.n:
        return Go("matter_told", (asked.ids[0],))
    found = yield from Look("waiting", AnswersWaiting())
    if not found.report:
        return Say("现在没有新的话。\n想看办到哪里，发“查”。")
    return Go("told", (found.report, "mine"))


def told(here: Here, report: str, how: str) -> Script:
    """One message that came back: a question, or an answer."""
    seen = yield from Look("seen", ToldLooked(report))
    if not seen.kind:
        return Say("还没有回话。\n想看办到哪里，发“查”。")
    yield from Do("read", MarkRead(report, seen.n + 1))
    text = Show("told", report, f"{how} {seen.n}")
    tail = f"（尾号 {Show('report', report, 'tail')}）" if how == "mine" else ""
    if seen.kind == "question":
        asked = f"办这件事的同志想请您补一点{tail}：\n“{text}”\n打字、照片都行。{Show('report', report, 'reply_until')}\n不清楚就打“不清楚”，不方便可以不说。"
        words = yield from Collect("reply", asked, "记下了。还有要补的，接着发。", here, LATER)
        done = yield from Do("send", Supplement(report, words.ref, "reply"))
        if isinstance(done, Refused):
            return Say("这件事已经办完了，补的话没有发出去。\n有新的情况，发“反映”再说。")
        return Say("好，已经转给他们了，谢谢您。\n还有要补的，发“查”，选“我要补充”。")
    options = (
        Option("ok", "知道了，看下一条" if seen.more else "知道了", ("知道了", "看下一条", "是")),
        Option("more", "我还有话要说"),
    )
    who = "立码自己说" if seen.kind == "missed" else f"{Show('report', report, 'desk')}回话"
    if (yield from Choose("then", f"{who}{tail}：\n{text}", options, LATER)) == "more":
        return Go("supplement", (report, how))
    if seen.more:
        return Go("told", (report, how))
    if how == "mine" and (yield from Look("rated", Rated(report))).open:
        return Go("rating", (report,))
    return Say("好的。想再说，发“查”。")


def supplement(here: Here, report: str, how: str) -> Script:
    """What the reporter wants to add, also one who came with the code; to what is closed nothing can be added."""
    stands = yield from Look("stands", WhereItStands(report))
    if not stands.open:
        return (yield from _closed(here, report, stands.placard))
    text = "请接着说，照片也可以发。\n不写自己名字、门牌，一看就晓得是您家的话，换个说法。"
    words = yield from Collect("more", text, "记下了。还有要补的，接着发。", here, Zero("不补了", "leave"))
    done = yield from Do("send", Supplement(report, words.ref, "supplement"))
    if isinstance(done, Refused):
        return Say("这件事已经办完了，补的话没有发出去。\n有新的情况，发“反映”再说。")
    return Say("好，补上去了。\n办的同志会看到。")


def _closed(here: Here, report: str, placard: int) -> Script:
    """What can be done when the answer is there: tell it anew, or the desk above. Words that come at once go along."""
    text = "这件事已经有了回话，不能再往里补。\n要重新反映，直接接着说就行，说一句“以前反映过”。或者："
    options = (
        Option("anew", "重新反映", ("反映", "是")),
        Option("above", "对回话不满意，找上一级"),
    )
    words = yield from Ask("closed", text, options, DONE, chars_max=here.text_chars_max)
    if words.key != "above":
        return Go("report", (placard,), carry=f"more {words.ref}")
    return Say(
        f"上一级是{Show('report', report, 'above')}。可以打 12388，报查询码。\n"
        "也可以发“反映”重新说，“牵涉谁”那一步选办这件事的那一级，就直接交上一级。"
    )


def withdraw(here: Here, report: str) -> Script:
    text = (
        f"您想把 {Show('report', report, 'day')} 反映的事停下来？\n"
        "停下后不再找您；查出有问题的，还是按规定办。\n"
        f"要是有人逼您、吓您，告诉我们，只交{Show('report', report, 'above')}。"
    )
    options = (
        Option("keep", "不停，接着办", ("是",)),
        Option("stop", "停下来", deliberate=True),
        Option("trouble", "有人为难我"),
    )
    match (yield from Choose("sure", text, options, Zero("不弄了", "leave"))):
        case "keep":
            return Say("好，接着办。")
        case "trouble":
            return Go("trouble", (report, "mine"))
    yield from Do("stop", Withdraw(report))
    return Say("停下了，不再找您。\n想再说，随时发“反映”。")


def trouble(here: Here, report: str, how: str) -> Script:
    """有人为难我: to the desk above alone; whoever holds the report learns nothing of it."""
    text = (
        "先看安不安全：有人动手、堵门，马上打 110。\n"
        f"这话只交{Show('report', report, 'above')}，{Show('report', report, 'kept_from')}。\n"
        "请说：谁、什么时候、怎么为难您的。"
    )
    words = yield from Collect("story", text, "记下了。还有要说的，接着发。", here, Zero("不说了", "leave"))
    filed = yield from Do("file", Trouble(report, words.ref))
    return (
        Say("这会儿没有发出去。急事请打 110 或 12388。")
        if isinstance(filed, Refused)
        else Go("receipt", (filed.report,))
    )


def troubled(here: Here) -> Script:
    """The same from anywhere: over which report?"""
    mine = yield from Look("mine", ReportsMine())
    if not mine.n:
        return Say(f"有人动手、堵门，马上打 110。\n别的请打 {here.hotline}，或发“反映”。")
    if mine.n == 1:
        return Go("trouble", (mine.ids[0], "mine"))
    lines = tuple(Option(report, f"{Show('report', report, 'line')}") for report in mine.ids[:LISTED_MAX])
    text = "先看安不安全：有人动手、堵门，马上打 110。\n是为了哪一件？"
    return Go("trouble", ((yield from Choose("which", text, lines, DONE)), "mine"))
