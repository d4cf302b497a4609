"""报批: acceptance, refusal, transfer, the ways of a clue, conclusion; and the approver's yes or no (dialogues.md §16)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from handlers.model import Here
from handlers.officer.case import ELSE, done, refused
from handlers.officer.requests import CaseLooked, CaseShown, Decide, InboxShown, Propose
from handlers.rules.statuses import CATEGORIES, DISPOSALS, GROUNDS, NO_REPLY, RESULTS, TRANSFERS
from handlers.rules.wording import ANSWER_CHARS_MAX, answer_fault
from handlers.script import BACK, Again, Ask, Choose, Do, Go, Look, Option, Refused, Say, Script, Show, Step, Zero

NOT_YET = Zero("先不报", "answer")
EVIDENCE_CHARS_MAX = 100


def _options(names: tuple[str, ...]) -> tuple[Option, ...]:
    return tuple(Option(name, name) for name in names)


def _seen(report: str, key: str) -> Generator[Step, Any, CaseShown | None]:
    """The case as it stands, if this may be done with it."""
    seen = yield from Look("seen", CaseLooked(report))
    return seen if key in seen.can else None


def _proposed(
    report: str, seen: CaseShown, move: str, said: tuple[str, ...], words: tuple[str, str] = ("", "")
) -> Script:
    outcome = yield from Do("propose", Propose(report, seen.version, move, said, *words))
    if isinstance(outcome, Refused):
        return refused(outcome)
    text = f"{Show('case', report, 'numbers')}报上去了，等{Show('case', report, 'approver')}批。批了会告诉您。"
    return (yield from done(text))


def accept(here: Here, report: str) -> Script:
    seen = yield from _seen(report, "accept")
    if seen is None:
        return Say(ELSE["moved"])
    name = yield from Choose(
        "category", f"报批受理 {Show('case', report, 'number')}。\n属于哪一种？", _options(CATEGORIES), BACK
    )
    text = f"报批受理 {Show('case', report, 'number')}（{name}）。\n批了就告诉反映人：已经接下来办，哪天前告诉他办到哪一步。"
    match (yield from Choose("sure", text, (Option("yes", "报批", ("是",)), Option("change", "换一种")), NOT_YET)):
        case "change":
            return Again(("category", "sure"))
        case "0":
            return Go("case_menu", (report,))
    return (yield from _proposed(report, seen, "accept", ("category", name)))


def refuse(here: Here, report: str) -> Script:
    seen = yield from _seen(report, "refuse")
    if seen is None:
        return Say(ELSE["moved"])
    grounds_now = tuple(each for each in GROUNDS if each != NO_REPLY or "no_reply" in seen.can)
    options = (*_options(grounds_now), Option("ask", "先请反映人补充具体的事（不转，追问）"))
    grounds = yield from Choose(
        "grounds", "不受理或转出去，请选依据（要告诉反映人）：", options, Zero("回去", "answer")
    )
    if grounds == "0":
        return Go("case_menu", (report,))
    if grounds == "ask":
        return Go("ask", (report,))
    text = f"依据：{grounds}。\n反映人该去找谁？他的话不转出去，只告诉他去哪里问。"
    to = yield from Choose("to", text, (*_options(TRANSFERS), Option("none", "不转，只是不受理")), BACK)
    what = "不受理" if to == "none" else f"转办，请他找{to}"
    sure = (Option("yes", "报批", ("是",)), Option("change", "重新选"))
    text = f"报批 {Show('case', report, 'number')}：{what}。\n依据：{grounds}。"
    chosen = yield from Choose("sure", text, sure, NOT_YET)
    if chosen == "change":
        return Again(("grounds", "to", "sure"))
    if chosen == "0":
        return Go("case_menu", (report,))
    if to == "none":
        return (yield from _proposed(report, seen, "refuse", ("grounds", grounds)))
    said = ("grounds", grounds, "to", to)
    return (yield from _proposed(report, seen, "transfer", said))


def clue(here: Here, report: str) -> Script:
    """The four ways to dispose of a clue."""
    seen = yield from _seen(report, "clue")
    if seen is None:
        return Say(ELSE["moved"])
    text = f"{Show('case', report, 'number')} 作为线索，怎么处置？（要报批）"
    way = yield from Choose("way", text, _options(DISPOSALS), Zero("回去", "answer"))
    if way == "0":
        return Go("case_menu", (report,))
    return (yield from _proposed(report, seen, "clue", ("disposal", way)))


def case_filed(here: Here, report: str) -> Script:
    return (yield from _plain(report, "case", "立案"))


def sanction(here: Here, report: str) -> Script:
    return (yield from _plain(report, "sanction", "处分"))


def _plain(report: str, move: str, name: str) -> Script:
    seen = yield from _seen(report, move)
    if seen is None:
        return Say(ELSE["moved"])
    text = f"报批 {Show('case', report, 'number')} {name}。材料请按规定另走程序，这里只记一步。"
    if (yield from Choose("sure", text, (Option("yes", "报批", ("是",)),), NOT_YET)) == "0":
        return Go("case_menu", (report,))
    return (yield from _proposed(report, seen, move, ()))


def conclude(here: Here, report: str) -> Script:
    """办结: the result, the evidence, and an answer in plain words."""
    seen = yield from _seen(report, "conclude")
    if seen is None:
        return Say(ELSE["moved"])
    result = RESULTS.index((yield from Choose("result", "结果怎么样？", _options(RESULTS), BACK)))
    evidence = yield from Ask(
        "evidence",
        "凭什么这样定？写一两句：看了哪些账、合同，到没到现场。不写人名、电话。（只留在卷里，不发给反映人）",
        zero=BACK,
        check=_is_evidence,
        chars_max=EVIDENCE_CHARS_MAX,
    )
    template = Option("template", "用范文", ("范文",))
    words = yield from Ask(
        "answer",
        f"请写给反映人的回话（{ANSWER_CHARS_MAX} 字内），说人话，三样都要有：\n① 查了什么 ② 结果怎样 ③ 钱、工程现在怎么办了\n"
        "不写被反映人的处分细节，不写其他反映人。",
        (template,),
        BACK,
        check=answer_fault,
        chars_max=ANSWER_CHARS_MAX,
    )
    shown = here.templates[result] if words.key else Show("words", "answer")
    text = f"报批办结 {Show('case', report, 'number')}，批了就发给反映人：\n“{shown}”"
    sure = (Option("yes", "报批", ("是",), deliberate=True), Option("change", "改一改", ("改",)))
    chosen = yield from Choose("sure", text, sure, Zero("先不发", "answer"))
    if chosen == "change":
        return Again(("answer", "sure"))
    if chosen == "0":
        return Go("case_menu", (report,))
    said = ("result", RESULTS[result], *(("answer", here.templates[result]) if words.key else ()))
    return (yield from _proposed(report, seen, "conclude", said, (words.ref, evidence.ref)))


EVIDENCE_CHARS_MIN = 4


def _is_evidence(words: str) -> str:
    return "" if len(words) >= EVIDENCE_CHARS_MIN else "太短了，写一两句：看了什么、问了谁。"


# ---------------------------------------------------------------- approving


def approve(here: Here, report: str) -> Script:
    """等您批: what is proposed and why, and yes or no; never for the one who proposed it."""
    seen = yield from _seen(report, "approve")
    if seen is None:
        return Say(ELSE["moved"])
    text = (
        f"等您批：{Show('case', report, 'number')} {Show('case', report, 'sector')}\n{Show('case', report, 'proposal')}"
    )
    options = (
        Option("page", "打开网页看原件"),
        Option("yes", "同意", deliberate=True),
        Option("no", "退回，说一句原因", ("退回",)),
        Option("recuse", "我要回避"),
    )
    match (yield from Choose("do", text, options, Zero("等会儿", "answer"))):
        case "0":
            return Go("inbox", ("all", 0))
        case "page":
            return Go("case_link", (report,))
        case "recuse":
            return Go("recuse", (report,))
        case "yes":
            outcome = yield from Do("decide", Decide(report, seen.version, True))
            if isinstance(outcome, Refused):
                return refused(outcome)
            return (yield from _next(f"{Show('case', report, 'number')} 批了，已经告诉报批的同志。"))
    reason = yield from Ask("reason", "退回的原因，写一句：", zero=BACK, chars_max=EVIDENCE_CHARS_MAX)
    outcome = yield from Do("decide", Decide(report, seen.version, False, reason.ref))
    if isinstance(outcome, Refused):
        return refused(outcome)
    return (yield from _next(f"{Show('case', report, 'number')} 退回了，原因留在网页里。"))


def _next(text: str) -> Script:
    """What else waits for the speaker's approval is one step away."""
    rest = yield from Look("rest", InboxShown("approving", 0))
    if not rest.ids:
        return (yield from done(text))
    text += f"\n还有 {rest.approving} 件等您批。"
    options = (Option("next", "看下一件"), Option("inbox", "回收件箱"))
    chosen = yield from Choose("then", text, options, Zero("完了", "leave"))
    return Go("case", (rest.ids[0],)) if chosen == "next" else Go("inbox", ("all", 0))
