"""What can be said anywhere: welcome, 菜单, 人工, 保密, and the ways back from not being understood (dialogues.md E)."""

from __future__ import annotations

from handlers.matters import Sounding
from handlers.model import Here
from handlers.requests import DraftsParked, WhoToCall
from handlers.said import NOT_FOUND
from handlers.script import BROUGHT, DONE, Choose, Go, Look, Option, Resume, Script, Show, Zero

REPORT = Option("report", "反映问题", ("反映",))
STATUS = Option("status", "查进度", ("查",))
POSTED = Option("posted", "看我们村的公示", ("公示",))
HELP = Option("help", "找人帮忙（急难愁盼）", ("帮忙", "求助", "找人帮忙"))


NATION = "12388"
"""The country's number of the discipline side; an installation without a number of its own gives it alone."""


def _opened(chosen: str) -> Go:
    if chosen == "help":
        return Go("urgent", ("",))
    if chosen == "posted":
        return Go("place", (True,))
    return Go("status") if chosen == "status" else Go("place")


def welcome(here: Here) -> Script:
    """First words, and what stands when nothing else does."""
    text = (
        f"您好！我是“{here.account_name}”。\n看得到：钱怎么发、工程怎么做、补贴给了谁。\n觉得不对，跟我说；不留名也行。"
    )
    return _opened((yield from Choose("do", text, (REPORT, STATUS, POSTED, HELP), Zero("先看看", "leave"))))


def menu(here: Here) -> Script:
    text = "我能做这些，您发数字就行。\n想打电话说，发“人工”。想知道谁看得到您的话，发“保密”。"
    return _opened((yield from Choose("do", text, (REPORT, STATUS, POSTED, HELP), Zero("没事", "leave"))))


def human(here: Here) -> Script:
    county = (yield from Look("county", WhoToCall())).desk
    who = f"{Show('desk', county)} {Show('desk', county, 'phone')}" if county else here.hotline
    nation = "" if who == NATION else f"全国举报电话 {NATION}\n"
    text = (
        f"找人说：\n{who}（{here.hotline_hours}有人接）\n{nation}"
        "要人帮忙的急事 12345\n有危险 110 / 120 / 119\n报查询码就行，不用说名字。"
    )
    yield from Choose("do", text, (Option("back", "接着刚才的说"),), DONE)
    return Resume()


def safety(here: Here) -> Script:
    """保密: what may be promised, and what may not (dialogues.md F)."""
    text = (
        f"谁看得到您的话：\n· {Show('channel', 'unseen')}（留了名字的，写明理由才能看）\n"
        "· 村里、被反映的人：不给看\n· 平台公司、这部手机：留有记录，我们删不掉\n"
        "· 管机器的人：按规定不许看，但机器在他们手里\n"
        "除非故意编假话害人、经市级以上纪委批准，谁也不许去查您是谁。\n"
        "特别怕的，打 12388 或当面说。"
    )
    yield from Choose("do", text, (), Zero("回刚才的地方", "answer"))
    return Resume()


def gone(here: Here) -> Script:
    """What stands where a conversation was, once the right to it is lost: bot/turn.py answers for it."""
    yield from Choose("gone", NOT_FOUND.text, (), DONE)
    return Go("welcome")


def unknown(here: Here) -> Script:
    """Nothing was going on, and it was no word that we know; what sounds like a complaint goes along."""
    before = yield from Look("before", Sounding(BROUGHT, 0))
    options = (REPORT, Option("status", "查以前反映的", ("查",)), Option("human", "找人说（电话）"))
    text = "您刚才说的记着了，还没有发给谁。\n您是想：" if before.n else "我没听懂，对不住。\n您是想："
    chosen = yield from Choose("do", text, options, Zero("没事", "leave"))
    return Go("human") if chosen == "human" else _opened(chosen)


def unknown_again(here: Here) -> Script:
    """Twice at the same step: another way, and the draft is kept."""
    parked = yield from Look("parked", DraftsParked())
    kept = "\n说到一半的我给您存着，下次接着说。" if parked.n else ""
    text = f"不要紧，换个办法：请打 {here.hotline}，{here.hotline_hours}有人接。{kept}"
    yield from Choose("do", text, (Option("again", "我再试试", ("是",)),), Zero("先这样", "leave"))
    return Resume()
