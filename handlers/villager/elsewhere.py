"""不归这里管: said kindly, with whom it is for; whoever says that a cadre is in it goes on (dialogues.md E, err.scope)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from handlers.requests import TopicOf
from handlers.rules.scope import ELSEWHERE
from handlers.script import STOP, Choose, End, Go, Look, Option, Say, Step

SCOPE = ("topic", "scope")
"""The steps of this question; whoever changes the words takes them back."""


def elsewhere(ref: str, n: int, village: str = "") -> Generator[Step, Any, End | None]:
    """None: go on. Words that are passed on are previewed like every cry for help (handlers/villager/urgent.py)."""
    topic = yield from Look("topic", TopicOf(ref, n))
    if not topic.key:
        return None
    found = ELSEWHERE[topic.key]
    text = f"这件事按规定可能不归我们办，该找：{found.who}（{found.phone}）。\n您说的都在，没有发出去。"
    passed = (Option("pass", "把我的话转过去（先给您看原话）", ("转过去", "转")),) if found.help else ()
    options = (
        Option("ours", "里面有干部的问题，还是要反映", ("是", "要反映", "反映")),
        *passed,
        Option("self", "不用，我自己去（刚才的话不要了）", ("我自己去",)),
    )
    chosen = yield from Choose("scope", text, options, STOP)
    if chosen == "ours":
        return None
    if chosen == "pass":
        return Go("urgent", (village, "help", "village", found.help), carry=ref)
    return Say("好的。您说的没有发出去，也没有留。\n想再说，随时发“反映”。", forgets=True)
