"""本月清单: what to look at, item by item (dialogues.md §14; article.txt 清单监督). A problem is told at once, as a tip.

Nothing of it goes to anybody but those tips: no duty, no count of who filled in what, nothing entered twice (domain.md §8).
What was found all right is a line in the own diary.
"""

from __future__ import annotations

from collections import Counter

from handlers.model import Here, unlisted
from handlers.monitor.requests import NoteChecklist, OwnNet
from handlers.requests import DraftsParked
from handlers.script import BACK, STOP, Choose, Do, Forget, Go, Look, Option, Resume, Say, Script, Zero

PLACE = -1
"""Stands where drafts have their placard: no village has this code."""
ITEMS = (
    ("村务公开", "公示栏换了没有、账上不上墙、看不看得懂"),
    ("工程项目", "在修的路、沟、桥：停没停、像不像公示上写的"),
    ("惠农补贴", "地力、养老、林补发到户没有，数对不对"),
    ("救助金", "低保、救助给了谁，该给的给了没有"),
    ("乡村文明", "酒席、人情、赌博，村规民约管没管"),
)
"""What a monitor looks at in their own group: five at most."""
WHOLE_VILLAGE = (
    *ITEMS,
    ("村务决策", "大事开没开会、有没有记录、是不是几个人定的"),
    ("资金资产资源", "集体的钱、房子、山林：租给谁、收了多少"),
)
"""What the committee looks at besides (domain.md §4)."""
MARKS = (
    Option("1", "正常", ("没问题", "好的")),
    Option("2", "有问题"),
    Option("3", "本月没这回事", ("没有",)),
    Option("4", "不清楚"),
)
BAD = "2"
RESUMING = (Option("go", "接着填", ("是",)), Option("new", "从头填"))


def checklist(here: Here, place: int, marks: str) -> Script:
    """`marks` are the answers so far, one digit an item: a tip may have come in between."""
    own = yield from Look("own", OwnNet())
    items = ITEMS if own.post == "监督员" else WHOLE_VILLAGE
    if not marks:
        parked = yield from Look("parked", DraftsParked(place))
        if parked.n:
            if (yield from Choose("resume", "上次的清单没填完。", RESUMING, STOP)) == "go":
                return Resume(place)
            return Forget(Go("checklist", (place, "")), place)
        text = (
            f"本月清单，共 {len(items)} 项，约 2 分钟。\n填不填都行，中间停下也行。\n"
            "只帮您看全，不交给谁、不算数；有问题的，当时就报。"
        )
        yield from Choose("start", text, (Option("go", "开始", ("开始", "是")),), Zero("以后再填", "leave"))
    for n in range(len(marks), len(items)):
        name, hint = items[n]
        mark = yield from Choose(f"item_{n}", f"（{n + 1}/{len(items)}）{name}\n看哪里：{hint}", MARKS, BACK)
        marks += mark
        if mark == BAD:
            return Go("tip", (unlisted(own.village), marks))
    told = summary(marks)
    yield from Do("note", NoteChecklist(f"填了本月清单：{told}。"))
    reported = "有问题的已经一件一件报了。" if BAD in marks else ""
    return Say(f"填完了：{told}。\n{reported}辛苦了！")


def summary(marks: str) -> str:
    n = Counter(marks)
    return "、".join(f"{option.label.removeprefix('本月')} {n[option.key]}" for option in MARKS)
