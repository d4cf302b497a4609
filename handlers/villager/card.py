"""公示卡: what hangs on the wall, and what can be done about it (dialogues.md §1, E)."""

from __future__ import annotations

from handlers.model import About, Here, unlisted
from handlers.requests import FileFalseCode, ItemShown, WhereItGoes
from handlers.script import STOP, Again, Choose, Collect, Do, Go, Look, Option, Refused, Say, Script, Show, Zero
from handlers.villager.place import LEVEL, which_village

LATER = Zero("先不发（存 30 天）", "leave")
NO_THANKS = Zero("不用了", "leave")
REPORT = Option("report", "和实际不一样，我要反映", ("反映", "是"))


def card(here: Here, placard: int) -> Script:
    """A scan opens this."""
    item = yield from Look("item", ItemShown(placard))
    if item.state == "unknown":
        return Go("bad_code")
    detail = Option("detail", "看详细（名单、标准、合同）")
    ask = Option("ask", "我没看懂，想问一问", ("问", "问一问", "想问", "看不懂", "没看懂", "搞不懂", "听不懂"))
    status = Option("status", "查我反映过的事")
    if item.state == "current":
        options: tuple[Option, ...] = (REPORT, detail, ask, status)
        text = _current(here, placard)
    else:
        options = (Option("detail", "看当时公示的"), Option("report", "我要反映", ("反映",)), status)
        text = _ended(placard, item.state)
    match (yield from Choose("do", text, options, NO_THANKS)):
        case "report":
            return Go("report", (placard,))
        case "detail":
            return Go("detail", (placard, 1))
        case "ask":
            return Go("question", (placard,))
        case _:
            return Go("status")


def _current(here: Here, placard: int) -> str:
    def show(part: str) -> Show:
        return Show("item", placard, part)

    return (
        "您好，我是“立码”，帮您看公示、提意见。\n您扫的是：\n"
        f"{show('title')}\n钱：{show('amount')}（{show('source')}）\n地点：{show('place')}\n"
        f"时间：{show('period')}\n谁负责：{show('unit')}\n现在：{show('status')}"
    )


def _ended(placard: int, state: str) -> str:
    title = Show("item", placard, "title")
    if state == "retired":
        return f"{title}\n这个公示已经撤下，当时的内容还能看，也还能反映。"
    return f"{title}\n这个码的公示 {Show('item', placard, 'ends_on')} 结束了，内容还能看，也还能反映。"


def detail(here: Here, placard: int, page: int) -> Script:
    """The details, page by page."""
    item = yield from Look("item", ItemShown(placard))
    title = Show("item", placard, "title")
    text = (
        f"{title}（第{page}页，共{item.pages}页）\n{Show('item', placard, f'page{page}')}\n"
        f"公示日期：{Show('item', placard, 'published')}\n看完了可以选："
    )
    if page > item.pages - item.asked:
        text = f"大家问过的（第{page}页，共{item.pages}页）\n{Show('item', placard, f'page{page}')}"
    more = (Option("next", "下一页", ("下一页",)),) if page < item.pages else ()
    match (yield from Choose("do", text, (REPORT, *more), Zero("回上一步", "answer"))):
        case "report":
            return Go("report", (placard,))
        case "next":
            return Go("detail", (placard, page + 1))
        case _ if page > 1:
            return Go("detail", (placard, page - 1))
        case _:
            return Go("card", (placard,))


FALSE_CODE = Option("tell", "这个码可能有人乱贴，我要说一声", ("乱贴", "我要说一声"))


def bad_code(here: Here) -> Script:
    """A code that is not ours."""
    text = (
        f"这个码不是我们的，或已经作废。\n请小心：真的码扫开是“{here.account_name}”，不会要您输银行卡、付钱、下载东西。"
    )
    options = (FALSE_CODE, Option("village", "打村名找"))
    return Go("false_code" if (yield from Choose("do", text, options, NO_THANKS)) == FALSE_CODE.key else "place")


def false_code(here: Here) -> Script:
    """Somebody hangs codes about that are not ours: to the county, and nobody asks who it was."""
    village = yield from which_village(here, "好。那个码贴在哪个村（社区）？", (LEVEL,), STOP)
    if not isinstance(village, str):
        return village
    text = (
        "请说说贴在哪里、扫开是什么样，叫您做什么。照片也可以发。\n"
        f"· 不写自己名字、门牌\n· 已经付了钱、输了密码的，先打银行电话，再打 110\n· {Show('channel', 'keeps')}"
    )
    story = yield from Collect("story", text, "记下了。还有要说的、照片，接着发。", here)
    desk = (yield from Look("desk", WhereItGoes(unlisted(village), About.UNSURE))).desk
    text = (
        f"请看一遍，对不对：\n地方：{Show('village', village)}\n说的是：可能乱贴的码\n"
        f"名字：不留（{Show('channel', 'unseen')}）\n交给：{Show('desk', desk)}（镇上看不到）"
    )
    words = f"您说的是：\n{Show('words', 'story')}"
    read = (Option("read", "看一遍我说的话", reads=words),) if story.n_text else ()
    send = Option("send", "对，发出去", ("是", "发出去", "发"), deliberate=True)
    if (yield from Choose("review", text, (send, Option("more", "还要补"), *read), LATER)) == "more":
        return Again(("story", "review"))
    filed = yield from Do("file", FileFalseCode(village, story.ref))
    if isinstance(filed, Refused):
        return Say(f"这会儿没有发出去。请打 {here.hotline}。")
    return Go("receipt", (filed.report,))
