"""待办: what waits for an officer. No village, no words, no names (dialogues.md §15)."""

from __future__ import annotations

from handlers.digest import WORDS
from handlers.model import Here
from handlers.officer.requests import Inbox, InboxShown, WhatIDo
from handlers.rules.schedule import Job
from handlers.script import Choose, Go, Look, Option, Script, Show, Zero

VIEWS = {
    "all": "",
    "approving": "等您批的",
    "new": "新收的",
    "overdue": "超期的",
    "soon": "快到期的",
    "done": "办过的",
}
NARROWS_MAX = 2
"""Six lines, the next page and two views: nine numbers, and no more (dialogues.md §0.1)."""
COUNTED_MAX = 100


def office(here: Here) -> Script:
    """The menu of whoever is on the roster, by what they do; the villagers' menu stays one step away."""
    does = yield from Look("does", WhatIDo())
    if does.department:
        return Go("department")
    text = f"{Show('me', '', 'name')}，您好。\n您是{Show('me', '', 'desk')}的同志，也可以当群众用。"
    options = (
        Option("all", "待办", ("待办",)),
        *((Option("late", "下面的：超期、延期、授权", ("超期", "授权")),) if does.leads else ()),
        *(Option(job, WORDS[Job(job)], (WORDS[Job(job)],)) for job in does.digests),
        Option("done", "办过的", ("办过的",)),
        Option("menu", "当群众用（反映、查、看公示）"),
    )
    chosen = yield from Choose("do", text, options, Zero("没事", "leave"))
    if chosen in does.digests:
        return Go("digest", (chosen, ""))
    if chosen == "late":
        return Go("late", (0,))
    return Go("menu") if chosen == "menu" else Go("inbox", (chosen, 0))


def inbox(here: Here, view: str, page: int) -> Script:
    """What waits for approval first, then what is due first."""
    found = yield from Look("inbox", InboxShown(view, page))
    lines = tuple(Option(report, f"{Show('case', report, f'line {found.today}')}") for report in found.ids)
    more = (Option("more", "下一页"),) if found.more else ()
    total = found.approving + found.new + found.open
    waits = (
        ("overdue", found.overdue),
        ("approving", found.approving),
        ("soon", found.soon),
        ("new", found.new),
    )
    narrow = tuple(Option(f"view_{key}", f"只看{VIEWS[key]}") for key, n in waits if view == "all" and n and n < total)[
        :NARROWS_MAX
    ]
    only = f"（{VIEWS[view]}）" if VIEWS[view] else ""
    text = f"{Show('me', '', 'name')}，{Show('me', '', 'desk')}待办 {_n(total)} 件{only}"
    text += f"：\n{_counts(found)}\n发序号打开。" if found.ids else "。"
    zero = Zero("回上一页", "answer") if page or view != "all" else Zero("退出", "leave")
    chosen = yield from Choose("which", text, (*lines, *more, *narrow), zero)
    if chosen == "more":
        return Go("inbox", (view, page + 1))
    if chosen == "0":
        return Go("inbox", (view, page - 1)) if page else Go("inbox", ("all", 0))
    if chosen.startswith("view_"):
        return Go("inbox", (chosen.removeprefix("view_"), 0))
    return Go("case", (chosen,))


def _counts(found: Inbox) -> str:
    """Only what there is any of, what presses first. Beyond COUNTED_MAX new and open cannot be told apart."""
    told = [("超期", found.overdue), ("快到期", found.soon), ("等您批", found.approving)]
    if found.new + found.open < COUNTED_MAX:
        told += [("新收", found.new), ("在办", found.open)]
    return "  ".join(f"{name} {_n(n)}" for name, n in told if n)


def _n(n: int) -> str:
    return f"{COUNTED_MAX}以上" if n >= COUNTED_MAX else str(n)
