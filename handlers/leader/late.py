"""超期: what is late, chased with one word; extensions asked and decided (dialogues.md §18)."""

from __future__ import annotations

from handlers.leader.requests import AskExtension, Chase, DecideExtension, LateLooked, LateShown
from handlers.model import Here
from handlers.officer.case import ELSE, MOVED, done, refused
from handlers.officer.requests import CaseLooked
from handlers.said import NOT_FOUND
from handlers.script import BACK, Ask, Choose, Do, Go, Look, Option, Refused, Say, Script, Show, Zero

LATER = Zero("等会儿", "leave")
REASON_CHARS_MAX = 60
SPANS = {"15": "再延半个月", "30": "再延一个月", "90": "再延三个月"}
"""Days; 3 + 3 + N months are what 监督执纪规则 Art 21 knows, the shorter ones are our choice."""
_SPANS = tuple(Option(days, label) for days, label in SPANS.items())


def seen_to(text: str) -> Script:
    """What was decided, and one step back to what else there is."""
    yield from Choose("then", text, (Option("late", "接着看别的"),), Zero("完了", "leave"))
    return Go("late", (0,))


def late(here: Here, page: int) -> Script:
    """Of the townships that one leads; whoever leads nothing sees what is late in the own inbox."""
    found = yield from Look("late", LateShown(page))
    if not found.leads:
        return Go("inbox", ("overdue", 0))
    if not (found.n or found.extensions or found.zones):
        return Say(f"{Show('lead', '', 'name')}：没有今天到期的，也没有超期的。")
    lines = tuple(Option(report, f"{Show('late', report, f'line {found.today}')}") for report in found.ids)
    chase = (Option("chase", "全部催一遍", ("催", "催一遍", "全部催")),) if found.n else ()
    more = (Option("more", "下一页"),) if found.more else ()
    asked = (Option("extensions", f"批延期（{len(found.extensions)} 件待批）"),) if found.extensions else ()
    authorise = (Option("zones", f"授权片区协作（{len(found.zones)} 件等您）"),) if found.zones else ()
    late_n = f"今天到期、超期 {found.n} 件。\n发序号看一件。" if found.n else "：没有今天到期的，也没有超期的。"
    text = f"{Show('lead', '', 'name')}{late_n}"
    chosen = yield from Choose("which", text, (*chase, *lines, *more, *asked, *authorise), Zero("知道了", "leave"))
    match chosen:
        case "chase":
            return (yield from _chased(""))
        case "more":
            return Go("late", (page + 1,))
        case "extensions":
            return Go("extension", (found.extensions[0],))
        case "zones":
            return Go("zone_case", (found.zones[0],))
    return Go("late_one", (chosen,))


def _chased(report: str) -> Script:
    done = yield from Do("chase", Chase(report))
    if isinstance(done, Refused):
        return Say(NOT_FOUND.text)
    return Say(f"催了 {done.n} 件，办的同志马上会收到。" if done.n else "今天已经催过了，不重复催。")


def late_one(here: Here, report: str) -> Script:
    seen = yield from Look("seen", LateLooked(report))
    if not seen.there:
        return Say(NOT_FOUND.text)
    opens = (Option("open", "打开这件"),) if seen.opens else ()
    text = f"{Show('late', report, f'line {seen.today}')}\n办的同志：{Show('late', report, 'handler')}"
    if not seen.opens:
        text += "\n只看得到编号、领域、期限；内容要授权才能看。"
    options = (Option("chase", "催一催", ("催",)), *opens)
    match (yield from Choose("do", text, options, Zero("回去", "answer"))):
        case "chase":
            return (yield from _chased(report))
        case "open":
            return Go("case", (report,))
    return Go("late", (0,))


# ---------------------------------------------------------------- extensions


def extend(here: Here, report: str) -> Script:
    """The handler asks; whoever leads the zone decides, or whoever approves at the desk."""
    seen = yield from Look("seen", CaseLooked(report))
    if "extend" not in seen.can:
        return Say(ELSE["moved"])
    text = f"{Show('case', report, 'number')} 现在最晚 {Show('case', report, 'due')}。要延多久？"
    days = yield from Choose("days", text, _SPANS, Zero("不延了", "answer"))
    if days == "0":
        return Go("case_menu", (report,))
    asked = f"为什么要延？写一句（{REASON_CHARS_MAX} 字内），不写人名。批的人看得到。"
    reason = yield from Ask("reason", asked, zero=BACK, chars_max=REASON_CHARS_MAX)
    outcome = yield from Do("ask", AskExtension(report, seen.version, int(days), reason.ref))
    if isinstance(outcome, Refused):
        return refused(outcome)
    text = f"{Show('case', report, 'number')} 的延期申请报上去了，等{Show('case', report, 'approver')}批。"
    return (yield from done(text))


def extension(here: Here, report: str) -> Script:
    seen = yield from Look("seen", LateLooked(report))
    if not seen.there:
        return Say(MOVED)
    text = f"{Show('late', report, f'extension {seen.today}')}"
    options = (
        Option("yes", "同意", ("是",), deliberate=True),
        Option("no", "不同意"),
        Option("other", "改个日期"),
    )
    chosen = yield from Choose("do", text, options, LATER)
    days = 0
    if chosen == "other":
        days = int((yield from Choose("days", "从原来的期限算，延多久？", _SPANS, BACK)))
    done = yield from Do("decide", DecideExtension(report, chosen != "no", days))
    if isinstance(done, Refused):
        return Say(MOVED)
    return (yield from seen_to(REFUSED if chosen == "no" else GRANTED))


REFUSED, GRANTED = "没有同意，已经告诉申请的同志。", "同意了，已经告诉申请的同志和反映人。"
