"""待办 of a department: what people let it see, and an answer. The words stand in the chat, since they were said for it."""

from __future__ import annotations

from handlers.matters import REPLY_CHARS_MAX, AnswerMatter, MatterLooked, MattersAt
from handlers.model import Here
from handlers.rules.wording import public_fault
from handlers.said import NOT_FOUND
from handlers.script import Again, Ask, Choose, Do, Go, Look, Option, Refused, Say, Script, Show, Zero

LINES, LINES_SAID = 6, 2
"""Options of one list; lines of a text that name place and department."""
ELSE = {
    "moved": "这一件刚才已经有人办了，您这一步没有算。发“待办”再看一眼。",
    "gone": NOT_FOUND.text,
    "wording": "写的话里有不能说的，没有发出去。发“待办”再来。",
    "names": "写的话里有人的名字，没有发出去。请改成不写名字的，发“待办”再来。",
}
TO_LIST = Zero("回待办", "answer")


def department(here: Here) -> Script:
    text = f"{Show('me', '', 'name')}，您好。\n您是{Show('me', '', 'desk')}的经办，也可以当群众用。"
    options = (Option("matters", "待办", ("待办",)), Option("menu", "当群众用（反映、查、看公示）"))
    chosen = yield from Choose("do", text, options, Zero("没事", "leave"))
    return Go("matters", (0,)) if chosen == "matters" else Go("menu")


def matters(here: Here, page: int) -> Script:
    """What waits for an answer, the oldest first."""
    found = yield from Look("found", MattersAt("unit", page, LINES))
    lines = tuple(Option(each, f"{Show('matter', each, 'unit_line')}") for each in found.ids)
    more = (Option("more", "下一页"),) if found.n > (page + 1) * LINES else ()
    text = f"{Show('me', '', 'name')}，{Show('me', '', 'desk')}待办 {found.n} 件。"
    text += "\n发序号打开。" if found.ids else ""
    zero = Zero("回上一页", "answer") if page else Zero("退出", "leave")
    match (yield from Choose("which", text, (*lines, *more), zero)):
        case "0":
            return Go("matters", (page - 1,))
        case "more":
            return Go("matters", (page + 1,))
        case matter:
            return Go("matter", (matter,))


def matter(here: Here, matter: str) -> Script:
    seen = yield from Look("seen", MatterLooked(matter))
    if not seen.there or seen.stage:
        return Say(ELSE["moved"] if seen.there else ELSE["gone"])
    text = f"{Show('matter', matter, 'unit_line')}{Show('matter', matter, 'note')}\n群众原话（只给你们看，别外传）：\n“{Show('matter', matter, 'words')}”"
    options = (Option("answer", "回话", ("回",)), Option("not_ours", "不归我们管"))
    what = yield from Choose("what", text, options, TO_LIST)
    if what == "0":
        return Go("matters", (0,))
    if what == "not_ours":
        sure = "会告诉群众：这件不归你们管，请他打 12345。发吗？"
        options = (Option("send", "发", ("是",), deliberate=True), Option("back", "再看看"))
        if (yield from Choose("sure", sure, options, TO_LIST)) != "send":
            return Go("matter", (matter,))
        return _said(seen.kind, (yield from Do("answer", AnswerMatter(matter, seen.version, "not_ours"))), "not_ours")
    ask = (
        f"请写回话（{REPLY_CHARS_MAX} 字内），说人话：去哪里、带什么、什么时候。不写人名、电话。"
        if seen.kind != "concern"
        else f"请写回话（{REPLY_CHARS_MAX} 字内）：帮了什么，或哪天来帮。不写人名、电话。"
    )
    words = yield from Ask("words", ask, zero=TO_LIST, check=public_fault, chars_max=REPLY_CHARS_MAX)
    if words.key == "0":
        return Go("matters", (0,))
    then = "县里批了就登在公示下面，也告诉问的人" if seen.kind != "concern" else "发给求助的人"
    options = (Option("send", "发", ("是",), deliberate=True), Option("change", "改", ("改一改",)))
    match (yield from Choose("sure", f"{then}：\n“{Show('words', 'words')}”", options, Zero("不发", "answer"))):
        case "change":
            return Again(("words", "sure"))
        case "0":
            return Go("matters", (0,))
    return _said(
        seen.kind, (yield from Do("answer", AnswerMatter(matter, seen.version, "answered", words.ref))), "answered"
    )


def _said(kind: str, done: object, how: str) -> Say:
    if isinstance(done, Refused):
        return Say(ELSE[done.why])
    if how == "answered" and kind != "concern":
        return Say("交给县里批了。批了登出来，也告诉问的人。")
    return Say("发了，群众发“看”就能看到。")


def concerns(here: Here, page: int) -> Script:
    """What is known at a desk of concerns that departments look after: where, what, with whom, until when."""
    found = yield from Look("found", MattersAt("known", page, LINES_SAID))
    lines = "\n".join(f"{Show('matter', each, 'known')}" for each in found.ids)
    more = (Option("more", "下一页"),) if found.n > (page + 1) * LINES_SAID else ()
    text = f"部门还没有办完的 {found.n} 件，原话只给部门看。" + (f"\n{lines}" if lines else "")
    yield from Choose("which", text, more, Zero("退出", "leave"))
    return Go("concerns", (page + 1,))
