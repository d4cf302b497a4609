"""网格: what the nets of a township lack, for the township that runs them. Places and numbers, never who."""

from __future__ import annotations

from handlers.model import Here
from handlers.monitor.requests import NetsLooked
from handlers.script import Choose, Go, Look, Option, Script, Show, Zero

LINES = 5
"""Of at most some twenty characters, below a head of forty (dialogues.md §0.1)."""


def nets(here: Here, page: int) -> Script:
    found = yield from Look("nets", NetsLooked(page))
    text = f"{Show('nets', 'head', str(found.today))}"
    if found.n:
        text += f"\n还缺的有 {found.n} 处：\n{Show('nets', page, str(found.today))}"
    elif found.seen:
        text += "\n没有缺的。"
    more = (Option("more", "下一页"),) if found.more else ()
    zero = Zero("回上一页", "answer") if page else Zero("完了", "leave")
    chosen = yield from Choose("do", text, more, zero)
    return Go("nets", (page + 1 if chosen == "more" else page - 1,))
