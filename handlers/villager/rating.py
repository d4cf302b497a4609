"""解决了没有: asked once of the reporter when the answer is there; only the desk above counts it (dialogues.md §10)."""

from __future__ import annotations

from handlers.model import Here
from handlers.requests import Rate, Rated
from handlers.script import Choose, Do, Go, Look, Option, Refused, Say, Script, Show, Zero

NOT_RATED = Zero("不评", "leave")
WHYS = {"unsolved": "没解决问题", "unclear": "没说清楚", "slow": "太慢了", "attitude": "态度不好"}


def rating(here: Here, report: str) -> Script:
    seen = yield from Look("rated", Rated(report))
    if not seen.open:
        return Say("这件事评过了，或者还没有办完。\n想看办到哪里，发“查”。")
    text = (
        f"这件事办完了（尾号 {Show('report', report, 'tail')}）。问题解决了没有？\n"
        f"您的评价只给{Show('report', report, 'above')}看，不给办的单位看。"
    )
    options = (
        Option("solved", "解决了", ("解决",), deliberate=True),
        Option("partly", "解决了一部分", ("一部分",), deliberate=True),
        Option("unsolved", "没解决", deliberate=True),
        Option("more", "结果和实际不一样，我要再说"),
    )
    chosen = yield from Choose("how", text, options, NOT_RATED)
    if chosen == "more":
        return Go("supplement", (report, "mine"))
    why = ""
    if chosen == "unsolved":
        said = tuple(Option(key, label) for key, label in WHYS.items())
        why = yield from Choose("why", "对不住。主要是哪里不行？", said, Zero("不说了", "answer"))
    done = yield from Do("rate", Rate(report, chosen, why))
    if isinstance(done, Refused):
        return Say("这件事评过了。想看办到哪里，发“查”。")
    if not done.report:
        return Say("记下了，谢谢您。\n想再说，发“查”，选“我要补充”。")
    again = done.report
    return Say(
        f"记下了，谢谢您。{Show('report', again, 'desk')}会再看一遍，{Show('report', again, 'first_look')}\n"
        f"这一遍另有查询码，抄在纸上：\n\n  {Show('report', again, 'code')}\n\n在这里发“查”也能看。"
    )
