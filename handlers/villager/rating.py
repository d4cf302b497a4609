"""解决了没有: asked once of the reporter when the answer is there; only the desk above counts it (dialogues.md §10)."""

from __future__ import annotations

from handlers.model import Here
from handlers.requests import Rate, Rated
from handlers.script import Choose, Do, Go, Look, Option, Refused, Say, Script, Show, Zero

NOT_RATED = Zero("不评", "leave")


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
    if isinstance((yield from Do("rate", Rate(report, chosen))), Refused):
        return Say("这件事评过了。想看办到哪里，发“查”。")
    return Say("记下了，谢谢您。\n想再说，发“查”，选“我要补充”。")
