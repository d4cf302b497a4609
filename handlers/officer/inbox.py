"""待办: what waits for an officer. No village, no words, no names (dialogues.md §15)."""

from __future__ import annotations

from handlers.matters import WhereISit
from handlers.model import Here
from handlers.officer.requests import InboxShown
from handlers.script import Choose, Go, Look, Option, Script, Show, Zero

LINES = 6
VIEWS = {
    "all": "",
    "approving": "等您批的",
    "new": "新收的",
    "open": "在办的",
    "overdue": "超期的",
    "soon": "快到期的",
    "done": "办过的",
}
NARROWS_MAX = 2
"""Six lines, the next page and two views: nine numbers, and no more (dialogues.md §0.1)."""


def office(here: Here) -> Script:
    """The menu of whoever is on the roster; the villagers' menu stays one step away."""
    if (yield from Look("sits", WhereISit())).department:
        return Go("department")
    text = f"{Show('me', '', 'name')}，您好。\n您是{Show('me', '', 'desk')}的同志，也可以当群众用。"
    options = (
        Option("all", "待办", ("待办",)),
        Option("menu", "当群众用（反映、查、看公示）"),
        Option("done", "办过的（发“办过的”也行）"),
    )
    chosen = yield from Choose("do", text, options, Zero("没事", "leave"))
    return Go("menu") if chosen == "menu" else Go("inbox", (chosen, 0))


def inbox(here: Here, view: str, page: int) -> Script:
    """What waits for approval first, then new, then open."""
    found = yield from Look("inbox", InboxShown(view, page))
    lines = tuple(Option(report, f"{Show('case', report, 'line')}") for report in found.ids)
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
    text = f"{Show('me', '', 'name')}，{Show('me', '', 'desk')}待办 {_n(total)} 件{only}："
    text += f"\n等您批 {found.approving}  新收 {_n(found.new)}  在办 {_n(found.open)}"
    text += f"\n超期 {_n(found.overdue)}  快到期 {_n(found.soon)}"
    text += "\n发序号打开。" if found.ids else ""
    zero = Zero("回上一页", "answer") if page or view != "all" else Zero("退出", "leave")
    chosen = yield from Choose("which", text, (*lines, *more, *narrow), zero)
    if chosen == "more":
        return Go("inbox", (view, page + 1))
    if chosen == "0":
        return Go("inbox", (view, page - 1)) if page else Go("inbox", ("all", 0))
    if chosen.startswith("view_"):
        return Go("inbox", (chosen.removeprefix("view_"), 0))
    return Go("case", (chosen,))


COUNTED_MAX = 500


def _n(n: int) -> str:
    return f"{COUNTED_MAX}以上" if n >= COUNTED_MAX else str(n)
