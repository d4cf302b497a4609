"""急难愁盼: somebody needs help. Danger first; then the department that helps, with the exact words (dialogues.md §11).

A villager begins it without a village; whoever speaks for a village (a monitor) begins it with its code.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from handlers.matters import (
    CONCERN_CHARS_MAX,
    ChaseMatter,
    HelperFor,
    MattersMine,
    Preview,
    Previewed,
    SendMatter,
    Sounding,
    Sounds,
    Unit,
)
from handlers.model import Help, Here
from handlers.rules.recogniser import Kind
from handlers.script import (
    BACK,
    DONE,
    STOP,
    Again,
    Choose,
    Collect,
    Do,
    Go,
    Look,
    Option,
    Refused,
    Resume,
    Say,
    Script,
    Show,
    Step,
    Zero,
)
from handlers.villager.place import LEVEL, which_village

LISTENS = "您先别急，有人愿意听您说：12356（心理援助）。\n"
"""The country's line of psychological aid; its hours are not ours to promise."""
DANGER_FIRST = "有危险请马上打 110（警察）、120（看病）、119（火灾）。"
ABOUT = (
    Option("village", "村里的人", ("村里", "村干部")),
    Option("township", "镇上的干部", ("镇上",)),
    Option("higher", "县里或更高的干部", ("县里", "市里")),
    Option("unsure", "说不清", ("说不清", "不清楚")),
)
NEEDS = (
    Option(Help.MEDICAL, "看病、医药费", ("看病",)),
    Option(Help.FOOD, "没吃的、没人照顾", ("吃饭",)),
    Option(Help.HOUSING, "住房", ("房子",)),
    Option("more", "上学、用水用电、别的"),
)
NEEDS_MORE = (
    Option(Help.SCHOOL, "上学", ("读书",)),
    Option(Help.WATER, "用水", ("水",)),
    Option(Help.POWER, "用电", ("电",)),
    Option(Help.ELSE, "别的"),
)
PREVIEW = ("sounds", "preview", "do", "send")


def danger_first(despairs: bool) -> str:
    return f"{LISTENS if despairs else ''}{DANGER_FIRST}"


def danger(here: Here, despairs: bool = False) -> Script:
    """Whatever was being spoken of: the numbers first, and then back to it, or on to help with what was said."""
    text = f"{danger_first(despairs)}\n先顾人，别的等会儿再说。您刚才说的没有丢。"
    options = (Option("back", "接着刚才的说", ("是",)), Option("help", "还要人帮忙", ("帮忙",)))
    chosen = yield from Choose("do", text, options, Zero("回刚才的地方", "answer"))
    return Go("urgent", ("",)) if chosen == "help" else Resume()


HELP = Option("help", "要人帮忙（看病、吃饭、住房、上学、用水用电）", ("帮忙", "要人帮忙"))
REPORT = Option("report", "要反映干部或钱的问题", ("反映",))
BOTH = Option("both", "两样都有", ("都有",))


def urgent(here: Here, village: str, what: str = "", about: str = "village", need: str = "") -> Script:
    """`what`, `about` and `need`, where they were said before."""
    before = yield from Look("before", Sounding("form", 0))
    if not what:
        options = _in_order(before)
        text = danger_first(True) if before.despairs else f"先说一声：{DANGER_FIRST}"
        what = yield from Choose("what", f"{text}\n您这件是：", options, Zero("不用了", "leave"))
        if what == "report":
            return _report(village, "form")
        if what == "both":
            text = "好，当两件事办：帮忙的转部门，反映的只交纪委。先办帮忙的。\n要反映的主要牵涉谁？我好避开他们单位。"
            about = yield from Choose("about", text, ABOUT, BACK)
    if not village:
        more = Go("urgent", ("", what, about, need), carry="form village")
        kept = "您说的记下了，还没有发出去。\n" if before.n else ""
        question = f"{kept}是哪个村（社区）的事？打村名就行，像“岩门”。"
        found = yield from which_village(here, question, (LEVEL,), BACK, story=more)
        if not isinstance(found, str):
            return found
        village = found
    if not need or before.help in NEEDS_KNOWN:
        need = yield from _need(before)
    return (yield from _helped(here, (village, need), about, before, both=what == "both"))


def _in_order(before: Sounds) -> tuple[Option, ...]:
    """What the words sound like comes first; a threat by somebody is told about them."""
    if not before.n or before.kind != Kind.COMPLAINT:
        return HELP, REPORT, BOTH
    return (BOTH, HELP, REPORT) if before.help in NEEDS_KNOWN else (REPORT, BOTH, HELP)


def _helped(here: Here, where_and_what: tuple[str, str], about: str, before: Sounds, *, both: bool) -> Script:
    """Words that accuse somebody and were told along are kept for the report: what leaves is said anew."""
    village, need = where_and_what
    helper = yield from Look("helper", HelperFor(village, need, about))
    if helper.concerned or not helper.reachable:
        return (yield from _nobody_helps(village, helper, need))
    unit = helper.unit
    is_mixed = both and before.n > 0 and before.accuses
    ref = "help" if is_mixed else "form"
    form = yield from Collect(ref, _form(unit, is_mixed), "记下了。还有要说的，接着发。", here, photos=False)
    sounds = yield from Look("sounds", Sounding(ref, form.n_text))
    preview = yield from Look("preview", Previewed("concern", 0, village, unit, ref, form.n_text, about))
    text, options = _preview(ref, unit, sounds, preview)
    match (yield from Choose("do", text, options, STOP)):
        case "change":
            return Again((ref, *PREVIEW))
        case "report":
            return _report(village, f"form {ref}" if is_mixed else ref)
    command = SendMatter("concern", 0, village, unit, ref, preview.seal, about, need)
    sent = yield from Do("send", command)
    if isinstance(sent, Refused):
        return Again(PREVIEW)
    text = (
        f"已经转给{Show('unit', unit)}（{Show('unit', unit, 'phone')}），{Show('unit', preview.told)}也晓得有这件事。\n"
        f"{Show('matter', sent.matter, 'due')}前会有人找您。到时候没人找，回“催”。\n"
        f"查询码：{Show('matter', sent.matter, 'code')}"
    )
    if not both:
        return Say(text)
    options = (Option("report", "接着说要反映的事", ("是", "反映")),)
    yield from Choose("then", f"{text}\n要反映的事另说，只交纪委。", options, DONE)
    return _report(village, "form" if is_mixed else "")


def _report(village: str, carry: str) -> Go:
    return Go("likely", (village,), carry=carry) if village else Go("place", carry=carry)


def _need(before: Sounds) -> Generator[Step, Any, str]:
    """What is needed, from the words if they say so."""
    if before.help in NEEDS_KNOWN:
        return before.help
    need = yield from Choose("need", "是哪方面的难处？", NEEDS, BACK)
    if need == "more":
        need = yield from Choose("need_more", "是哪一样？", NEEDS_MORE, BACK)
    return need


NEEDS_KNOWN = frozenset(str(each) for each in Help) - {Help.ELSE}


def _nobody_helps(village: str, helper: Unit, need: str) -> Script:
    """No department that helps with it, nobody there who reads, or one that is to be kept out: a phone, and no pretence."""
    if helper.concerned:
        text = f"{need}的事归{Show('unit', helper.unit)}管，您要反映的可能牵涉他们，照规矩不转给他们，也没有发给谁。\n要帮忙，请打 12345（全天）。"
    else:
        phone = f"{Show('unit', helper.unit)} {Show('unit', helper.unit, 'phone')}（上班时间）" if helper.unit else ""
        calls = f"{phone}，或 12345（全天）" if phone else " 12345（全天）"
        text = f"{need}的事，这里还没有部门的人在看，转不出去，您说的也没有发给谁。\n请打{calls}。\n{DANGER_FIRST}"
    yield from Choose("nobody", text, (Option("report", "里面有干部的问题，我要反映", ("反映",)),), DONE)
    return _report(village, "form")


def _form(unit: str, is_mixed: bool) -> str:
    if is_mixed:
        return (
            f"您刚才说的我留着，等会儿只交纪委。\n我转给{Show('unit', unit)}的，请另说三样，一共 {CONCERN_CHARS_MAX} 字以内：\n"
            "· 要帮什么忙\n· 在哪个村哪个组\n· 怎么找到您（电话）\n这些话他们会看到，反映干部的话别写在这里。"
        )
    return (
        f"我转给{Show('unit', unit)}。请说三样，一共 {CONCERN_CHARS_MAX} 字以内：\n· 谁有困难、什么困难\n"
        "· 在哪个村哪个组\n· 怎么找到您（电话）\n这些话他们会看到，反映干部的话别写在这里。"
    )


def _preview(ref: str, unit: str, sounds: Sounds, preview: Preview) -> tuple[str, tuple[Option, ...]]:
    name, said = Show("unit", unit), f"您说的是：\n{Show('words', ref)}"
    change = Option("change", "我改一改", ("改",))
    report = Option("report", "这是在反映干部，只交纪委", ("反映",))
    send = Option("send", "对，转过去", ("是", "转"), deliberate=True)
    if preview.why == "long":
        return f"一共超过 {CONCERN_CHARS_MAX} 字了，还没有转出去。请改短一点。", (change, report)
    if preview.why:
        text = (
            f"您说的可能牵涉到{name}的人，照规矩不转给他们，还没有发给谁。\n"
            "只说要帮什么忙、不提干部，就能转。等不及请打 12345（全天）。"
        )
        return text, (report, change)
    known = f"{Show('unit', preview.told)}只晓得哪个村有这样一件事，看不到话。"
    if sounds.kind == Kind.COMPLAINT and sounds.accuses:
        return f"您这话像是在说干部的事，{name}会看到原话。{known}\n{said}", (report, change, send)
    alone = "" if sounds.phone else "您没有写电话，他们找不到您。\n"
    return f"会把这些原话给{name}看。{known}\n{alone}{said}", (send, change, report)


def chase(here: Here) -> Script:
    """催: what one has sent to a department and still waits for."""
    mine = yield from Look("mine", MattersMine(False))
    if not mine.n:
        return Say("现在没有等着部门回话的事。\n要人帮忙，发“菜单”，选“找人帮忙”；急的打 12345（全天）。")
    matter = mine.ids[0]
    if mine.n > 1:
        lines = tuple(Option(each, f"{Show('matter', each, 'line')}") for each in mine.ids)
        matter = yield from Choose("which", "催哪一件？", lines, Zero("不催了", "leave"))
    done = yield from Do("chase", ChaseMatter(matter))
    said = "今天已经催过了，明天还能再催。" if isinstance(done, Refused) else "好，已经催了，也告诉了"
    above = "" if isinstance(done, Refused) else f"{Show('matter', matter, 'above')}。"
    unit = f"{Show('matter', matter, 'unit')} {Show('matter', matter, 'phone')}（上班时间）"
    return Say(f"{said}{above}\n等不及可以直接打：{unit}，或 12345（全天）。")
