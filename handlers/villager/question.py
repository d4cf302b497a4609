"""问一问: a question or a proposal to whoever is responsible for an item (dialogues.md §1, item.ask).

Its words are shown with the unit before they leave, whatever they sound like; if they sound as if somebody was spoken of,
a report comes first.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from handlers.matters import (
    QUESTION_CHARS_MAX,
    MattersMine,
    Previewed,
    ReadMatter,
    SendMatter,
    Sounding,
    Sounds,
    UnitOf,
)
from handlers.model import Here
from handlers.rules.recogniser import Kind
from handlers.script import (
    BROUGHT,
    DONE,
    Again,
    Ask,
    Choose,
    Do,
    Flag,
    Go,
    Look,
    Option,
    Refused,
    Say,
    Script,
    Show,
    Step,
    Words,
    Zero,
)
from handlers.words import says_something

NOT_ASKED = Zero("不问了", "leave")
REPORT = Option("report", "这是在反映干部，只交纪委", ("反映",))
ANEW = ("question", "sounds", "preview", "do", "send")


def question(here: Here, placard: int) -> Script:
    asked = yield from Look("unit", UnitOf(placard))
    if not asked.reachable:
        return (yield from _nobody_there(placard, asked.unit))
    words = yield from _words()
    sounds = yield from Look("sounds", Sounding(words.ref, words.at))
    kind = "suggestion" if sounds.kind == Kind.SUGGESTION else "question"
    preview = yield from Look("preview", Previewed(kind, placard, "", asked.unit, words.ref, words.at))
    text, options = _preview(words.ref, asked.unit, sounds, preview.why)
    match (yield from Choose("do", text, options, NOT_ASKED)):
        case "report":
            return Go("report", (placard,), carry="question")
        case "help":
            return Go("urgent", (asked.village,), carry="question")
        case "change":
            return Again(ANEW, {"anew": True})
    sent = yield from Do("send", SendMatter(kind, placard, "", asked.unit, words.ref, preview.seal))
    if isinstance(sent, Refused):
        return Again(("preview", "do", "send"))
    return Say(
        f"转给{Show('unit', asked.unit)}了，没说是谁问的。\n{Show('matter', sent.matter, 'due')}前回您。到时候发“看”就能看到。",
        forgets=True,
    )


def _words() -> Generator[Step, Any, Words]:
    """What was brought along, as long as nothing is to be changed in it; else what is asked now."""
    is_begun, is_anew = (yield from Flag(BROUGHT)), (yield from Flag("anew"))
    if is_begun and not is_anew:
        return Words(BROUGHT)
    return (
        yield from Ask(
            "question",
            f"您想问什么、提什么意见？打字就行，{QUESTION_CHARS_MAX} 字以内。\n只是问一问，不算反映干部。",
            zero=NOT_ASKED,
            check=lambda said: "" if says_something(said) else "这一条里没有字，我看不懂。请打几个字。",
            chars_max=QUESTION_CHARS_MAX,
        )
    )


def _preview(ref: str, unit: str, sounds: Sounds, why: str) -> tuple[str, tuple[Option, ...]]:
    """The exact words and who would read them; what comes first is what the words sound like."""
    name, said = Show("unit", unit), f"“{Show('words', ref)}”"
    change = Option("change", "我改一改", ("改",))
    send = Option("send", "转", ("转过去",), deliberate=True)
    if why == "long":
        return f"这像是想问{name}。问一问最多 {QUESTION_CHARS_MAX} 字，您说的长了，转不了。", (change, REPORT)
    if why:
        return f"您说的可能牵涉到{name}的人，照规矩不转给他们：\n{said}\n别的事想问，打 12345（全天）。", (
            REPORT,
            change,
        )
    if sounds.kind == Kind.COMPLAINT:
        text = f"您这话像是在说干部的事，照问的话{name}会看到原话：\n{said}\n回话批了，问和答会登出来。"
        return text, (REPORT, change, send)
    if sounds.kind == Kind.URGENT:
        text = f"听着是急事。照问的话，{name}会看到原话：\n{said}"
        return text, (Option("help", "要人帮忙", ("帮忙",)), change, send, REPORT)
    text = f"会把这句原样给{name}看，不说是谁问的：\n{said}\n回话批了，问和答登在公示下面。要是一看就晓得是您家，请改一改。"
    return text, (change, send, REPORT)


def _nobody_there(placard: int, unit: str) -> Script:
    """Nobody would read it: said at once, before anything is typed."""
    phone = f"，或 {Show('unit', unit, 'phone')}" if unit else ""
    whose = f"这一项归{Show('item', placard, 'unit')}管。他们还没有人在这里看，问了没人回。\n"
    if placard < 0:
        whose = "没有公示的事，这里转不了，问了没人回。\n"
    text = f"{whose}想问，请打 12345（全天）{phone}，不用说名字。"
    options = (Option("report", "和实际不一样，我要反映", ("反映",)),)
    zero = NOT_ASKED if placard < 0 else Zero("回上一步", "answer")
    chosen = yield from Choose("do", text, options, zero)
    return Go("report" if chosen == "report" else "card", (placard,))


def matter_code(here: Here, matter: str) -> Script:
    """What one sent to a department, from another phone: where it stands, and no word of it."""
    text = f"转给{Show('matter', matter, 'unit')}的事：\n{Show('matter', matter, 'stands')}"
    yield from Choose("do", text, (), DONE)
    return Go("menu")


def matter_told(here: Here, matter: str) -> Script:
    """The answer to what one has asked, or the end of a concern."""
    mine = yield from Look("mine", MattersMine(True))
    if matter not in mine.ids:
        return Say("现在没有新的话。\n想看办到哪里，发“查”。")
    yield from Do("read", ReadMatter(matter))
    text = f"{Show('matter', matter, 'unit')}回话：\n{Show('matter', matter, 'reply')}"
    options = (
        Option("ok", "知道了", ("知道了", "是")),
        Option("call", "没解决，打电话说"),
        Option("report", "里面有干部的问题，我要反映", ("反映",)),
    )
    match (yield from Choose("then", text, options, DONE)):
        case "call":
            return Say(
                f"请打{Show('matter', matter, 'unit')} {Show('matter', matter, 'phone')}，或 12345（全天）。\n"
                "还要人帮忙的，发“菜单”，选“找人帮忙”。"
            )
        case "report":
            return Go("place")
    return Say("好的。想再说，发“菜单”。")
