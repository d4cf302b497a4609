"""追问 and 回话: never who they are, never what others said (dialogues.md §16)."""

from __future__ import annotations

from handlers.model import Here
from handlers.officer.case import ELSE, done, refused
from handlers.officer.requests import CaseLooked, Speak
from handlers.rules.wording import ANSWER_CHARS_MAX, QUESTION_CHARS_MAX, answer_fault, question_fault
from handlers.script import Again, Ask, Choose, Do, Go, Look, Option, Refused, Say, Script, Show, Zero

NOT_SENT = Zero("不发", "answer")


def ask(here: Here, report: str) -> Script:
    text = f"请写要问的话（不超过 {QUESTION_CHARS_MAX} 字）。\n提醒：不要问对方是谁，不要提到其他人怎么说。"
    return (yield from _spoken(report, "question", text, Zero("不问了", "answer")))


def answer(here: Here, report: str) -> Script:
    text = f"请写给反映人的回话（{ANSWER_CHARS_MAX} 字内），说人话：查了什么、结果怎样、现在怎么办。"
    text += f"{Show('case', report, 'hears')}"
    return (yield from _spoken(report, "answer", text, Zero("不写了", "answer")))


def _spoken(report: str, kind: str, text: str, zero: Zero) -> Script:
    is_question = kind == "question"
    seen = yield from Look("seen", CaseLooked(report))
    if ("ask" if is_question else "answer") not in seen.can:
        return Say(ELSE["moved"])
    check, most = (question_fault, QUESTION_CHARS_MAX) if is_question else (answer_fault, ANSWER_CHARS_MAX)
    words = yield from Ask("words", text, zero=zero, check=check, chars_max=most)
    if words.key == "0":
        return Go("case_menu", (report,))
    options = (Option("send", "发", ("是",), deliberate=True), Option("change", "改", ("改一改",)))
    shown = f"将发给反映人：\n“{Show('words', 'words')}”" + (
        f"\n{Show('case', report, 'asking')}" if is_question else ""
    )
    match (yield from Choose("sure", shown, options, NOT_SENT)):
        case "change":
            return Again(("words", "sure"))
        case "0":
            return Go("case_menu", (report,))
    outcome = yield from Do("speak", Speak(report, seen.version, kind, words.ref))
    if isinstance(outcome, Refused):
        return refused(outcome)
    return (yield from done(f"发了。{Show('case', report, 'number')} 有回音会告诉您。"))
