"""The village by its name, then what is posted there (dialogues.md §7). What is found is asked about, never taken."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from handlers.matters import Sounding
from handlers.model import Here, Sector, unlisted
from handlers.requests import (
    DraftsParked,
    ItemShown,
    PlacardsLike,
    PlacardsOf,
    PlacesIn,
    SectorsOf,
    VillageMentioned,
    VillageOf,
    Villages,
    VillagesNamed,
)
from handlers.rules.recogniser import Kind
from handlers.script import (
    BACK,
    BROUGHT,
    STOP,
    Again,
    Ask,
    Choose,
    End,
    Flag,
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
from handlers.villager.elsewhere import elsewhere
from handlers.words import numeral

CHOICES_MAX = 3
"""Villages or items shown at once: with “none of them” and 0 that is what fits (dialogues.md §0.1)."""
LEVEL = Option("level", "不知道村名，选县和乡镇", ("不知道", "不晓得", "不知道村名"))
EXAMPLE = Show("village", "", "example")
STORY = Go("place", carry="village")
ONE_VILLAGE = "one"
"""How the questions begin that ask which of a few villages is meant."""
BACK_TO_BEGIN = ("village", "villages", ONE_VILLAGE)


def which_village(
    here: Here,
    question: str,
    options: tuple[Option, ...],
    zero: Zero,
    *,
    scan_opens: bool = False,
    story: Go | None = None,
    check: Callable[[str], str] = lambda words: "",
) -> Generator[Step, Any, str | End]:
    """A village code, the key of one of `options` (LEVEL is answered here), or an end. `scan_opens`: a scanned item is
    meant itself. `story`: where it goes on if somebody tells what it is about instead; nobody has to say it again."""
    none_of_them, missed = (yield from Flag("none of them")), (yield from Flag("missed"))
    call = Option("call", f"打电话说：{here.hotline}")
    if missed:
        options = (*options, call)
        question = f"没找到“{Show('words', 'village', 'short')}”。\n可以加上乡镇名再打一次，像“{EXAMPLE}”；或者："
    elif none_of_them:
        question = f"那请连乡镇一起打，像“{EXAMPLE}”；不知道的，一级一级选。"
    most = here.text_chars_max
    words = yield from Ask(
        "village", question, options, zero, lambda said: _no_number(said) or check(said), most, takes_scan=True
    )
    if words.key == call.key:
        return Go("human")
    if words.key == LEVEL.key:
        return (yield from _level_by_level(here, ""))
    if words.key:
        return words.key
    if words.placard and scan_opens:
        return Go("card", (words.placard,))
    request = VillageOf(words.placard) if words.placard else VillagesNamed(words.ref, words.at)
    found = yield from Look("villages", request)
    if (found.codes or found.area or found.not_in) and missed:
        return Again((), {"missed": False})
    if found.codes and words.placard:
        return found.codes[0]
    if found.codes:
        chosen = yield from _one_of(found)
        if chosen == "list":
            return (yield from _level_by_level(here, found.not_in))
        return Again(BACK_TO_BEGIN, {"none of them": True}) if chosen == "anew" else chosen
    if found.area or found.not_in:
        return (yield from _level_by_level(here, found.area or found.not_in, is_wrong=not found.area))
    if found.story and story is not None:
        return story
    return Again(("village", "villages"), {"missed": True})


def _no_number(words: str) -> str:
    return "没有这个数字。请打村名，或发前面的数字。" if numeral(words) else ""


def _one_of(found: Villages, name: str = ONE_VILLAGE) -> Generator[Step, Any, str]:
    if found.not_in:
        area = Show("village", found.not_in)
        shown = tuple(Option(code, f"{Show('village', code)}") for code in found.codes[: CHOICES_MAX - 1])
        options = (*shown, Option("list", f"看{area}有哪些", ("看",)), Option("anew", "都不是", ("都不是",)))
        return (yield from Choose(name, f"{area}没有叫这个名字的。您说的是不是：", options, BACK))
    if found.n == 1:
        text, anew = f"是{Show('village', found.codes[0])}吗？", Option("anew", "不是，我重新打")
        return (yield from Choose(name, text, (Option(found.codes[0], "是", ("是",)), anew), BACK))
    more = f"（叫这个名字的有 {found.n} 个）" if found.sure and found.n > CHOICES_MAX else ""
    shown = tuple(Option(code, f"{Show('village', code)}") for code in found.codes[:CHOICES_MAX])
    anew = Option("anew", "都不是", ("都不是",))
    return (yield from Choose(name, f"您说的是不是{more}：", (*shown, anew), BACK))


def _level_by_level(here: Here, area: str, *, is_wrong: bool = False) -> Generator[Step, Any, str | End]:
    """County, township, village: names are read and typed, since ten of them do not fit four options. `is_wrong`: a name
    was said that is none of them."""
    page = 0
    while True:
        step, look, wrong = f"in {area} {page}", f"found in {area} {page}", f"not in {area}"
        places = yield from Look(f"places in {area}", PlacesIn(area))
        text = f"{Show('village', area)}有这些，打名字就行：\n{Show('places', area, str(page))}"
        if (yield from Flag(wrong)) or is_wrong:
            text = f"没找到这个名字，再看看。\n{text}"
        more = (Option("more", "下一页", ("下一页",)),) if page + 1 < places.pages else ()
        words = yield from Ask(step, text, more, BACK, chars_max=60)
        if words.key:
            page += 1
            continue
        found = yield from Look(look, VillagesNamed(words.ref, words.at, area))
        if found.area:
            area, page, is_wrong = found.area, 0, False
            continue
        if found.codes and (chosen := (yield from _one_of(found, f"{ONE_VILLAGE} in {area}"))) != "anew":
            return chosen
        return Again((step, look, f"{ONE_VILLAGE} in {area}"), {wrong: True})


def place(here: Here, browses: bool = False) -> Script:
    """Without a scanned code: the village, then what is posted there. Whoever has begun to tell goes on; whoever only wants
    to look (`browses`) is not asked about what waits."""
    if (yield from Flag(BROUGHT)):
        return (yield from _begun(here))
    parked = yield from Look("parked", DraftsParked())
    if parked.n and not browses:
        return (yield from resume(here))
    question = (
        "好。是哪个村（社区）的事？\n打村名就行，写错别字、打拼音也能找，像“岩门”“yanmen”。旁边有二维码的，扫一下更快。"
    )
    village = yield from which_village(here, question, (LEVEL,), STOP, scan_opens=True, story=STORY)
    return Go("posted", (village, "", 0)) if isinstance(village, str) else village


NOTHING_MEANT = Option("nothing", "不是要反映，刚才的话不要了")


def _begun(here: Here) -> Script:
    """The first words were the beginning of a story; a village that they name is asked about first."""
    if (to_others := (yield from elsewhere(BROUGHT, 0))) is not None:
        return to_others
    named = yield from Look("mentioned", VillageMentioned())
    kept = "您说的记下了，还没有发出去。\n"
    if named.n == 1:
        options = (Option("yes", "是", ("是",)), Option("other", "不是，是别的村"), NOTHING_MEANT)
        text = f"{kept}是{Show('village', named.codes[0])}的事吗？"
        match (yield from Choose("named", text, options, Zero("先放着（存 30 天）", "leave"))):
            case "yes":
                return Go("likely", (named.codes[0],))
            case "nothing":
                return Say("好的，刚才的话没有留。\n想再说，随时发“菜单”。", forgets=True)
    question = f"{kept}是哪个村（社区）的事？\n打村名就行，像“岩门”“yanmen”。旁边有二维码的，扫一下更快。"
    later = Zero("先放着（存 30 天）", "leave")
    village = yield from which_village(here, question, (LEVEL, NOTHING_MEANT), later, scan_opens=True, story=STORY)
    if village == NOTHING_MEANT.key:
        return Say("好的，刚才的话没有留。\n想再说，随时发“菜单”。", forgets=True)
    return Go("likely", (village,)) if isinstance(village, str) else village


DIRECTLY = Option("directly", "不在里面，我直接说", ("不在里面", "直接说", "都不是", "都没有"))


def likely(here: Here, village: str) -> Script:
    """Of what is posted, first that which the words may be about: nobody has to look for it page by page."""
    found = yield from Look("like", PlacardsLike(village))
    if not found.ids:
        return Go("posted", (village, "", 0))
    shown = tuple(Option(str(placard), f"{Show('item', placard, 'title')}") for placard in found.ids)
    text = f"{Show('village', village)}公示的有 {found.n} 项。您说的是不是："
    others = Option("others", "都不是，看别的", ("都不是", "看别的", "不是"))
    chosen = yield from Choose("which", text, (*shown, others), Zero("先放着（存 30 天）", "leave"))
    if chosen == "others":
        return Go("posted", (village, "", 0))
    return (yield from _told_about(int(chosen)))


def begin(here: Here, placard: int) -> Script:
    """Words under a notice, before anything was chosen: nobody has to say them again."""
    sounds = yield from Look("heard", Sounding(BROUGHT, 0))
    if sounds.kind == Kind.URGENT:
        return Go("urgent", ((yield from Look("item", ItemShown(placard))).village,))
    return (yield from _told_about(placard))


def _told_about(placard: int) -> Script:
    """What was brought along, about this item (below zero: about none): a question is previewed as one, all else is told."""
    sounds = yield from Look("sounds", Sounding(BROUGHT, 0))
    asks = sounds.kind in (Kind.QUESTION, Kind.SUGGESTION)
    return Go("question" if asks else "report", (placard,))


def posted(here: Here, village: str, sector: str, page: int) -> Script:
    """What is posted in one village: by sectors where there is much, then page by page; or what is in none of them."""
    is_begun = yield from Flag(BROUGHT)
    sectors = yield from Look("sectors", SectorsOf(village))
    if not sectors.n:
        text = f"{Show('village', village)}现在没有公示的事项。"
        directly = Option("directly", "我直接说", ("直接说", "是"))
        yield from Choose("none", text, (directly,), STOP)
        return (yield from _told_about(unlisted(village)))
    if sectors.n > CHOICES_MAX and len(sectors.names) > 1 and not sector:
        return (yield from _sector(village, sectors.names, sectors.n, page))
    found = yield from Look("placards", PlacardsOf(village, sector, page, CHOICES_MAX))
    shown = tuple(Option(str(placard), f"{Show('item', placard, 'title')}") for placard in found.ids)
    is_last = found.n <= (page + 1) * CHOICES_MAX
    where = f"{Show('village', village)}现在公示的{f'{sector}方面的' if sector else ''}有 {found.n} 项"
    text = f"{where}{'' if is_last and not page else f'，第 {page + 1} 页'}。您说的是哪一项？"
    zero = Zero("回上一页", "answer") if page else Zero("回上一步", "answer") if sector else STOP
    match (yield from Choose("which", text, (*shown, DIRECTLY if is_last else NEXT), zero)):
        case "0":
            return Go("posted", (village, sector, page - 1) if page else (village, "", 0))
        case "more":
            return Go("posted", (village, sector, page + 1))
        case "directly":
            return (yield from _told_about(unlisted(village)))
        case placard:
            return (yield from _told_about(int(placard))) if is_begun else Go("card", (int(placard),))


NEXT = Option("more", "下一页", ("下一页",))


def _sector(village: str, names: tuple[str, ...], n: int, page: int) -> Script:
    start = page * CHOICES_MAX
    shown = tuple(Option(name, name) for name in names[start : start + CHOICES_MAX])
    is_last = len(names) <= start + CHOICES_MAX
    text = f"{Show('village', village)}现在公示的有 {n} 项，是哪一方面的？"
    zero = Zero("回上一页", "answer") if page else STOP
    match (yield from Choose("sector", text, (*shown, DIRECTLY if is_last else NEXT), zero)):
        case "0":
            return Go("posted", (village, "", page - 1))
        case "more":
            return Go("posted", (village, "", page + 1))
        case "directly":
            return (yield from _told_about(unlisted(village)))
        case sector:
            return Go("posted", (village, str(Sector(sector)), 0))


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
