"""关联: once a year everybody looks at the ties that the roster has of them (domain.md §5.4)."""

from __future__ import annotations

from handlers.model import Here
from handlers.officer.requests import AnswerTies, MyTies
from handlers.script import Choose, Do, Look, Option, Say, Script, Show, Zero


def ties(here: Here) -> Script:
    found = yield from Look("ties", MyTies())
    declared = Show("me", "", "ties") if found.any else "没有"
    text = f"名册上您声明的关联：{declared}。\n亲属、利害、老家、以前的单位，都要声明；一年看一遍。"
    options = (Option("right", "都对", ("对", "是")), Option("wrong", "不全，或有变化", ("不全", "有变化")))
    chosen = yield from Choose("right", text, options, Zero("等会儿", "leave"))
    yield from Do("answer", AnswerTies(chosen == "right"))
    if chosen == "right":
        return Say("记下了，明年再问您。平时有变化，随时告诉管名册的同志。")
    return Say("好。请告诉管名册的同志补上。补上以前，碰到有关联的件，请选“我要回避”。")
