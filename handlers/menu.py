"""Which words open which conversation: the only dispatch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from handlers.model import Here
from handlers.script import Go, Script
from handlers.villager import card, general, place, report, status, waiting
from handlers.words import plain


@dataclass(frozen=True, slots=True)
class Conversation:
    """A script, and which of its arguments is the report it is about (its subject), if any."""

    script: Callable[..., Script]
    subject: int | None = None
    aside: bool = False
    """A word in between: whatever it interrupts is parked and comes back; it is never parked itself."""
    kept: bool = False
    """Half-way through, its words are kept for thirty days; all others are simply dropped."""


CONVERSATIONS: dict[str, Conversation] = {
    "welcome": Conversation(general.welcome),
    "menu": Conversation(general.menu),
    "human": Conversation(general.human, aside=True),
    "safety": Conversation(general.safety, aside=True),
    "unknown": Conversation(general.unknown),
    "unknown_again": Conversation(general.unknown_again, aside=True),
    "card": Conversation(card.card),
    "detail": Conversation(card.detail),
    "bad_code": Conversation(card.bad_code),
    "report": Conversation(report.report, kept=True),
    "receipt": Conversation(report.receipt, subject=0),
    "status": Conversation(status.status),
    "status_one": Conversation(status.status_one, subject=0),
    "status_code": Conversation(status.status_code),
    "status_lost": Conversation(status.status_lost),
    "place": Conversation(place.place),
    "posted": Conversation(place.posted),
    "resume": Conversation(place.resume),
    "waiting": Conversation(waiting.waiting, aside=True),
}

_WORDS: dict[str, str] = {
    **dict.fromkeys(("菜单", "帮助", "help", "menu", "/help", "/menu"), "menu"),
    **dict.fromkeys(("反映", "我要反映", "举报", "我要举报", "/report"), "place"),
    **dict.fromkeys(("查", "查询", "查进度", "进度", "/status"), "status"),
    **dict.fromkeys(("人工", "客服", "电话", "找人"), "human"),
    **dict.fromkeys(("看", "看看", "看新内容"), "waiting"),
    **dict.fromkeys(("保密", "安全吗", "谁看得到"), "safety"),
    **dict.fromkeys(("你好", "您好", "在吗", "开始", "/start", "hello", "hi"), "welcome"),
}
LEAVE_WORDS = frozenset(("退出", "不说了", "/stop"))


def opened_by(typed: str) -> Go | None:
    """The conversation that a global word opens from anywhere (dialogues.md §0.5)."""
    name = _WORDS.get(plain(typed).lower())
    return Go(name) if name else None


def script(here: Here, go: Go) -> Script:
    made: Any = CONVERSATIONS[go.script].script(here, *go.args)
    return made  # type: ignore[no-any-return]
