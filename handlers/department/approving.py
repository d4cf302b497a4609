"""问答: an answer that everybody will read is looked at by the county's 案管 first (docs/decisions/0016)."""

from __future__ import annotations

from handlers.department.desk import ELSE, LINES
from handlers.matters import DecideMatter, MatterLooked, MattersAt
from handlers.model import Here
from handlers.script import Ask, Choose, Do, Go, Look, Option, Refused, Say, Script, Show, Zero

REASON_CHARS_MAX = 40


def approvals(here: Here, page: int) -> Script:
    found = yield from Look("found", MattersAt("above", page, LINES))
    lines = tuple(Option(each, f"{Show('matter', each, 'above_line')}") for each in found.ids)
    more = (Option("more", "下一页"),) if found.n > (page + 1) * LINES else ()
    text = f"等您批的问答 {found.n} 件。" + ("\n发序号打开。" if found.ids else "")
    zero = Zero("回上一页", "answer") if page else Zero("退出", "leave")
    match (yield from Choose("which", text, (*lines, *more), zero)):
        case "0":
            return Go("approvals", (page - 1,))
        case "more":
            return Go("approvals", (page + 1,))
        case matter:
            return Go("approval", (matter,))


def approval(here: Here, matter: str) -> Script:
    seen = yield from Look("seen", MatterLooked(matter))
    if not seen.there or seen.stage != 1:
        return Say(ELSE["moved"] if seen.there else ELSE["gone"])
    text = f"问：{Show('matter', matter, 'words')}\n{Show('matter', matter, 'unit')}拟答：{Show('matter', matter, 'answer')}"
    options = (
        Option("publish", "同意，登在公示下面", ("同意",), deliberate=True),
        Option("tell", "只回给问的人，不登", deliberate=True),
        Option("return", "退回重写", ("退回",)),
    )
    how = yield from Choose("how", text, options, Zero("等会儿", "answer"))
    if how == "0":
        return Go("approvals", (0,))
    ref = ""
    if how == "return":
        words = yield from Ask("why", "退回的原因，写一句：", chars_max=REASON_CHARS_MAX)
        ref = words.ref
    done = yield from Do("decide", DecideMatter(matter, seen.version, how, ref))
    if isinstance(done, Refused):
        return Say(
            "问的话里有人的名字或职务，不能登。请发“问答”，选“只回给问的人”。"
            if done.why == "names"
            else ELSE[done.why]
        )
    return Say({"publish": "登了，也告诉了问的人。", "tell": "告诉了问的人，没有登。", "return": "退回了。"}[how])
