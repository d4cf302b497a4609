"""The village by its name, then what is posted there (dialogues.md §7). Exact and short names; a scan also answers."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from handlers.model import Here
from handlers.requests import DraftsParked, PlacardsOf, VillageOf, VillagesNamed
from handlers.script import (
    BACK,
    STOP,
    Again,
    Ask,
    Choose,
    End,
    Forget,
    Go,
    Look,
    Option,
    Resume,
    Say,
    Script,
    Show,
    Step,
    Zero,
)

CHOICES_MAX = 3
"""Villages or items shown at once: with “none of them” and 0 that is what fits (dialogues.md §0.1)."""


def which_village(
    here: Here, question: str, options: tuple[Option, ...], zero: Zero, *, scan_opens: bool = False
) -> Generator[Step, Any, str | End]:
    """A village code, the key of one of `options`, or an end. `scan_opens`: a scanned item is meant itself."""
    words = yield from Ask("village", question, options, zero, chars_max=60, takes_scan=True)
    if words.key:
        return words.key
    if words.placard and scan_opens:
        return Go("card", (words.placard,))
    request = VillageOf(words.placard) if words.placard else VillagesNamed(words.ref, words.at)
    found = yield from Look("villages", request)
    if not found.n:
        return (yield from _not_found(here))
    if found.n == 1 and words.placard:
        return found.codes[0]
    anew = Option("anew", "不是，我重新打" if found.n == 1 else "都不是，我重新打（加上乡镇名更好找）")
    if found.n == 1:
        text = f"是{Show('village', found.codes[0])}吗？"
        shown: tuple[Option, ...] = (Option(found.codes[0], "是", ("是",)),)
    else:
        more = f"（叫这个名字的有 {found.n} 个）" if found.n > CHOICES_MAX else ""
        text = f"您说的是不是{more}："
        shown = tuple(Option(code, f"{Show('village', code)}") for code in found.codes[:CHOICES_MAX])
    chosen = yield from Choose("one", text, (*shown, anew), BACK)
    return Again(("village", "villages", "one")) if chosen == "anew" else chosen


def _not_found(here: Here) -> Generator[Step, Any, End]:
    text = (
        f"没找到“{Show('words', 'village')}”。\n村名请写全，不要写组；同名的村多，可以加上乡镇名再试，像“坝黄镇岩门”。"
    )
    options = (Option("anew", "我重新打"), Option("call", f"打电话说：{here.hotline}"))
    if (yield from Choose("notfound", text, options, BACK)) == "call":
        return Go("human")
    return Again(("village", "villages", "notfound"))


def place(here: Here) -> Script:
    """Without a scanned code: the village, then what is posted there."""
    parked = yield from Look("parked", DraftsParked())
    if parked.n:
        return (yield from resume(here))
    question = "好。是哪个村（社区）的事？\n打村名就行，像“岩门”。旁边有二维码的，扫一下更快。"
    village = yield from which_village(here, question, (), STOP, scan_opens=True)
    return Go("posted", (village, 0)) if isinstance(village, str) else village


def posted(here: Here, village: str, page: int) -> Script:
    """What is posted in one village, page by page."""
    found = yield from Look("placards", PlacardsOf(village, page, CHOICES_MAX))
    if not found.n:
        return Say(f"{Show('village', village)}现在没有公示的事项。\n有话要说，请打 {here.hotline}。")
    shown = tuple(Option(str(placard), f"{Show('item', placard, 'title')}") for placard in found.ids)
    more = (Option("more", "下一页"),) if found.n > (page + 1) * CHOICES_MAX else ()
    where = f"{Show('village', village)}现在公示的有 {found.n} 项"
    text = f"{where}，第 {page + 1} 页。您说的是哪一项？" if more or page else f"{where}，您说的是哪一项？"
    zero = Zero("回上一页", "answer") if page else STOP
    match (yield from Choose("which", text, (*shown, *more), zero)):
        case "0":
            return Go("posted", (village, page - 1))
        case "more":
            return Go("posted", (village, page + 1))
        case placard:
            return Go("card", (int(placard),))


def resume(here: Here) -> Script:
    """半路走开后回来."""
    options = (
        Option("go", "接着说", ("是",)),
        Option("new", "重新来（上次的不要了）"),
        Option("drop", "删掉"),
    )
    match (yield from Choose("resume", "上次有一段话没说完。", options, STOP)):
        case "go":
            return Resume()
        case "new":
            return Forget(Go("place"))
        case _:
            return Forget(Say("删掉了，没有发出去。\n想再说，随时发“反映”。"))
