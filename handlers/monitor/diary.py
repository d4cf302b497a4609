"""日记: what a monitor keeps for themselves. Nobody else reads it, and nothing counts it."""

from __future__ import annotations

from handlers.model import Here
from handlers.monitor.requests import DiaryLink, DiaryShown, DropDiary, KeepNote
from handlers.script import Ask, Choose, Do, Go, Look, Option, Refused, Say, Script, Show, Zero

NOTE_CHARS_MAX = 100
"""With its day above it an entry is one message (dialogues.md §0.1)."""
OUT = Zero("完了", "leave")
WRITE = Option("write", "写一条", ("写",))


def diary(here: Here, page: int) -> Script:
    """The newest entry first, one at a time."""
    seen = yield from Look("seen", DiaryShown(page))
    if not seen.n:
        if not seen.own:
            return Go("unknown")
        text = "日记只有您自己看得到，不交给谁，也不算数。\n还没有写过。您报了情况，这里会自己记一笔。"
        yield from Choose("do", text, (WRITE,), OUT)
        return Go("diary_write")
    older = (Option("older", "看前一条", ("前一条",)),) if seen.older else ()
    own = (WRITE,) if seen.own else ()
    options = (*older, *own, Option("export", "导出", ("导出",)), Option("drop", "全部删掉"))
    zero = Zero("看后一条", "answer") if page else OUT
    match (yield from Choose("do", f"{Show('diary', seen.n)}", options, zero)):
        case "0":
            return Go("diary", (page - 1,))
        case "older":
            return Go("diary", (page + 1,))
        case "write":
            return Go("diary_write")
        case "export":
            return (yield from _export(here))
    sure = (Option("no", "不删"), Option("yes", "全部删掉", deliberate=True))
    if (yield from Choose("sure", "全部删掉以后找不回来，我们也没有。", sure, OUT)) == "no":
        return Go("diary", (0,))
    yield from Do("drop", DropDiary())
    return Say("都删掉了。")


def diary_write(here: Here) -> Script:
    text = f"请写，一条最多 {NOTE_CHARS_MAX} 字。\n别写是谁跟您说的。"
    words = yield from Ask("note", text, chars_max=NOTE_CHARS_MAX)
    if isinstance((yield from Do("keep", KeepNote(words.ref))), Refused):
        return Say("日记满了，这一条没有记下。请先导出，再全部删掉。")
    return Go("diary", (0,))


def _export(here: Here) -> Script:
    """A page of one's own, opened once: it can be printed, saved or copied from."""
    made = yield from Do("link", DiaryLink())
    if isinstance(made, Refused):
        return Go("unknown")
    minutes = int(here.case_link_s // 60)
    return Say(f"点开，能打印、能存（只能打开一次，{minutes} 分钟有效）：\n{Show('diary', 0, made.token)}")
