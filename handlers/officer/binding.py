"""绑定: a code from the operator makes an account somebody's of the roster; declared ties are confirmed by it."""

from __future__ import annotations

from handlers.model import Here
from handlers.officer.requests import Bind, InvitedAs
from handlers.script import Choose, Do, Go, Look, Option, Refused, Say, Script, Show, Zero


def bind(here: Here, code: str) -> Script:
    """`code` is the keyed hash of what was typed: the code itself is kept nowhere."""
    found = yield from Look("invited", InvitedAs(code))
    if found.held:
        return Say(f"试错的次数多了。请过一小时再来，或打 {here.hotline}。")
    if not found.person:
        return Say("这个绑定码不对，或者用过了、过期了。请找发码的同志再要一个。")
    who = Show("invited", code, "who")
    if found.into != "office":
        return (yield from _into_net(code, found.into))
    ties = Show("invited", code, "ties") if found.ties else "没有"
    text = f"您是{who}吗？\n名册上您声明的关联：{ties}。\n亲属、利害、老家、以前的单位，都要声明。"
    options = (Option("yes", "是我，关联也对，绑定", ("是",)), Option("wrong", "关联不全，先不绑"))
    if (yield from Choose("who", text, options, Zero("不是我", "leave"))) == "wrong":
        return Say("好，没有绑定。请让管名册的同志把关联补上，再用这个码绑定。")
    if isinstance((yield from Do("bind", Bind(code))), Refused):
        return USED
    return Go("office")


USED = Say("这个绑定码刚刚用过了。请找发码的同志再要一个。")


def _into_net(code: str, into: str) -> Script:
    """People of a village declare no ties: they handle nothing."""
    seen = (
        "村干部、别的监督员看不到您绑定了，也看不到您报了什么。"
        if into == "net"
        else "您可以当群众用；不能替群众代填。"
    )
    text = f"您是{Show('invited', code, 'who')}吗？\n{seen}"
    yield from Choose("net", text, (Option("yes", "是我，绑定", ("是",)),), Zero("不是我", "leave"))
    if isinstance((yield from Do("bind", Bind(code))), Refused):
        return USED
    return Go(into)
