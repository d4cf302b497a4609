"""报: what a monitor, or the village's own committee, has to tell (dialogues.md §13).

A tip is a report like any other: whom it concerns is asked first, routing decides where it goes, and the village has no
part in it. Only what comes back is shorter: the result, and no details.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from handlers.model import About, Here, unlisted
from handlers.monitor.checklist import PLACE
from handlers.monitor.requests import FileTip, OwnNet
from handlers.requests import Filed, FileReport, ItemShown, PlacardsOf, WhereItGoes
from handlers.script import (
    BACK,
    DONE,
    Again,
    Ask,
    Choose,
    Collect,
    Do,
    Forget,
    Go,
    Look,
    Option,
    Script,
    Show,
    Step,
    Zero,
)
from handlers.villager.about_us import ABOUT_US, Concerned, about_us
from handlers.villager.report import LATER, TOLD_ABOUT, before, collected, edit, small_circle, whom

KINDS = (
    Option("tip_matter", "发现的问题（公示、钱、工程、作风）", ("发现的问题", "问题")),
    Option("urgent", "群众的急难愁盼", ("急难愁盼", "急难", "找人帮忙")),
    Option("checklist", "填本月清单", ("清单", "本月清单")),
    Option("status", "看我报过的", ("查",)),
)
"""What a monitor tells of."""
ITEMS_SHOWN = 2


def net(here: Here) -> Script:
    """The menu of whoever is in a net; the villagers' menu stays one step away. It says nobody's name: phones are lent."""
    own = yield from Look("own", OwnNet())
    helps = (Option("helping", "替群众代填", ("代填",)),) if own.post == MONITOR else ()
    options = (
        Option("tips", "报情况", ("报", "是")),
        *helps,
        Option("diary", "我的日记", ("日记",)),
        Option("menu", "当群众用（反映、查、看公示）"),
    )
    chosen = yield from Choose("do", f"您好。您是廉情{own.post}，也可以当群众用。", options, Zero("没事", "leave"))
    return Go("diary", (0,)) if chosen == "diary" else Go(chosen)


MONITOR = "监督员"


def tips(here: Here) -> Script:
    chosen = yield from Choose("what", "您好。报什么？", KINDS, Zero("退出", "leave"))
    if chosen == "urgent":
        return Go("urgent", ((yield from Look("own", OwnNet())).village,))
    return Go("checklist", (PLACE, "")) if chosen == "checklist" else Go(chosen)


def matter(here: Here) -> Script:
    """A scanned item, one that is posted in the village, or none."""
    own = yield from Look("own", OwnNet())
    return Go("tip", ((yield from which_matter(own.village)),))


def which_matter(village: str) -> Generator[Step, Any, int]:
    """The placard; what is `unlisted` where there is none."""
    page = 0
    while True:
        found = yield from Look(f"placards_{page}", PlacardsOf(village, "", page, ITEMS_SHOWN))
        posted = tuple(Option(str(placard), f"{Show('item', placard, 'title')}") for placard in found.ids)
        more = (Option("more", "下一页"),) if found.n > (page + 1) * ITEMS_SHOWN else ()
        options = (*posted, *more, Option("none", "不在公示里，直接说"))
        words = yield from Ask(f"matter_{page}", MATTER, options, BACK, lambda _: ONLY_THESE, takes_scan=True)
        if words.key != "more":
            if words.key == "none":
                return unlisted(village)
            return words.placard or int(words.key)
        page += 1


MATTER = "是公示上的哪一件？\n旁边有码的，扫一下最准。"
ONLY_THESE = "请扫旁边的码，或者发前面的数字。"
FORM = (
    "请一次说清：哪件事、什么时候、在哪、怎么知道的。照片也可以发。\n"
    "例：二组水沟，11月20日，看到垮了两米，有照片。\n"
    "别写是谁告诉您的；拍到存折、收条，把名字遮住。"
)
KNOWN = {
    "saw": "亲眼看到",
    "papers": "有照片、单据",
    "told": "听群众说的",
    "notice": "看公示发现的",
}


def tip(here: Here, placard: int, marks: str = "") -> Script:
    """`marks`: of the checklist that this came up in, which goes on afterwards."""
    item = yield from Look("item", ItemShown(placard))
    if (in_the_way := (yield from before(placard, "tip"))) is not None:
        anew = Go("tip", (placard, marks), carry="story")
        return Forget(anew, placard) if isinstance(in_the_way, Forget) else in_the_way
    about = yield from whom(here)
    if not isinstance(about, About):
        return about
    story = yield from Collect("story", FORM, "记下了。还有要说的、照片，接着发。", here)
    known = yield from Choose("known", "这件事您是：", tuple(Option(key, label) for key, label in KNOWN.items()))
    concerns = yield from about_us(here, placard, about, story, "")
    if not isinstance(concerns, Concerned):
        return concerns
    about = concerns.about
    if (turned := (yield from small_circle(item, about))) is not None:
        return turned
    desk = (yield from Look("desk", WhereItGoes(placard, about))).desk
    words = f"您说的是：\n{Show('words', 'story')}"
    read = (Option("read", "看一遍我说的话", reads=words),) if story.n_text else ()
    text = (
        f"请看一遍，对不对：\n地方：{Show('village', item.village)}\n牵涉：{TOLD_ABOUT[about]}\n"
        f"您说的：{collected(story)}\n怎么知道的：{KNOWN[known]}\n交给：{Show('desk', desk)}\n"
        "村里、别的监督员看不到。照实说就行，记错了不算诬告。"
    )
    options = (
        Option("send", "对，报上去", ("是", "报上去", "报"), deliberate=True),
        Option("edit", "我要改", ("改",)),
        *read,
    )
    if (yield from Choose("review", text, options, LATER)) == "edit":
        return (yield from edit(about))
    whole = FileReport(
        placard, item.version, about, desk, story.ref, "", "", concerns.desks, concerns.cleared, KNOWN[known]
    )
    filed = yield from Do("file", FileTip(whole))
    if isinstance(filed, Filed):
        return Go("tip_sent", (filed.report, marks))
    return Again(("desk", "review", "file", *ABOUT_US))


def tip_sent(here: Here, report: str, marks: str = "") -> Script:
    text = (
        f"报上去了，交给{Show('report', report, 'desk')}，村里看不到。\n{Show('report', report, 'first_look')}"
        "以后发“查”，只告诉您结果，不说细节。\n"
        f"换了手机，报村名和这个码：\n  {Show('report', report, 'code')}"
    )
    again = Option("again", "再报一件", ("报",))
    options = (Option("list", "接着填清单", ("接着填", "清单")),) if marks else (again,)
    chosen = yield from Choose("then", text, options, DONE)
    return Go("checklist", (PLACE, marks)) if chosen == "list" else Go("tips")
