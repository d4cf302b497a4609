"""反映: whom it concerns, what happened, a look over it, and off it goes (dialogues.md §2, 4–6)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from handlers.model import About, Here
from handlers.requests import (
    DraftsParked,
    Filed,
    FileReport,
    ItemSeen,
    ItemShown,
    OnlyByCode,
    ReportsMine,
    WhereItGoes,
    WhereItStands,
)
from handlers.script import (
    BACK,
    DONE,
    STOP,
    Again,
    Ask,
    Choose,
    Collect,
    Collected,
    Do,
    End,
    Flag,
    Forget,
    Go,
    Look,
    Option,
    Resume,
    Say,
    Script,
    Show,
    Step,
    Zero,
)
from handlers.villager.about_us import ABOUT_US, Concerned, about_us
from handlers.villager.elsewhere import SCOPE, elsewhere
from handlers.words import digits, plain

OF_VILLAGE = (
    "村里",
    "村干部",
    "村长",
    "支书",
    "村支书",
    "村主任",
    "会计",
    "村会计",
    "组长",
    "村民组长",
    "文书",
    "村官",
    "两委",
    "村委",
)
OF_TOWNSHIP = (
    "镇上",
    "镇里",
    "镇干部",
    "乡里",
    "乡干部",
    "镇长",
    "副镇长",
    "乡长",
    "副乡长",
    "镇书记",
    "乡书记",
    "镇党委书记",
    "街道书记",
)
OF_HIGHER = ("县里", "市里", "县长", "区长", "局长", "县委书记", "市长")
"""书记 alone, and 主任, may be anybody's: they are asked about again."""
ABOUT = (
    Option(About.VILLAGE, "村里的人", OF_VILLAGE),
    Option(About.TOWNSHIP, "镇上的干部（直接交县里，镇上看不到）", OF_TOWNSHIP),
    Option("higher", "县里或更高的干部（交上一级）", OF_HIGHER),
    Option(About.UNSURE, "说不清，或不放心镇上（也直接交县里）", ("说不清", "不清楚", "不放心", "不晓得", "不知道")),
)
HIGHER = (
    Option(About.COUNTY, "县里的单位或干部（交市里）", ("县里",)),
    Option(About.CITY_STAFF, "市里单位的一般干部（交市里）"),
    Option("city", "市里的领导，或市纪委的人"),
)
TOLD_ABOUT = {
    About.VILLAGE: "村里的人",
    About.TOWNSHIP: "镇上的干部（镇上看不到）",
    About.COUNTY: "县里的单位或干部（县里看不到）",
    About.CITY_STAFF: "市里单位的干部",
    About.UNSURE: "说不清，或不放心镇上（镇上看不到）",
}
LATER = Zero("先不发（存 30 天）", "leave")


def report(here: Here, placard: int) -> Script:
    """A report on a scanned item. Nothing about it leaves this conversation before `file`."""
    item = yield from Look("item", ItemShown(placard))
    if (in_the_way := (yield from before(placard, "report"))) is not None:
        return in_the_way

    about = yield from whom(here)
    if not isinstance(about, About):
        return about

    story = yield from Collect("story", STORY, "记下了。还有要说的、照片，接着发。", here)
    if (to_others := (yield from _for_others(about, story, item.village))) is not None:
        return to_others
    gap = (yield from _gap(placard)) if item.per_head else ""
    concerns = yield from about_us(here, placard, about, story, gap)
    if not isinstance(concerns, Concerned):
        return concerns
    about = concerns.about
    if (turned := (yield from small_circle(item, about))) is not None:
        return turned
    contact = yield from _contact()
    if isinstance(contact, Again):
        return contact

    desk = (yield from Look("desk", WhereItGoes(placard, about))).desk
    said = collected(story, f"得了多少：{Show('words', 'gap', 'short')}" if gap else "")
    named = f"留了（{Show('words', 'contact', 'short')}）" if contact else f"不留（{Show('channel', 'unseen')}）"
    text = (
        f"请看一遍，对不对：\n地方：{Show('village', item.village)}\n哪一项：{Show('item', placard, 'short')}\n牵涉：{TOLD_ABOUT[about]}\n"
        f"您说的：{said}\n名字：{named}\n交给：{Show('desk', desk)}\n照实说就行，记错了不算诬告。"
    )
    chosen = yield from Choose("review", text, _review_options(story, bool(contact)), LATER)
    if chosen == "name":
        return Again(("review",), {"naming": True})
    if chosen == "edit":
        name = "名字（去掉）" if contact else "名字（要留）"
        return (yield from edit(about, name, named=bool(contact), amount=bool(item.per_head)))

    whole = FileReport(placard, item.version, about, desk, story.ref, gap, contact, concerns.desks, concerns.cleared)
    filed = yield from Do("file", whole)
    if isinstance(filed, Filed):
        return Go("receipt", (filed.report,))
    return Again(("desk", "review", "file", *ABOUT_US))


def collected(story: Collected, more: str = "") -> str:
    """What was said, as counts."""
    parts = (
        f"{story.n_text} 段话" if story.n_text else "",
        f"{Show('photos', 'story')} 张照片" if story.n_photo else "",
        more,
    )
    return "，".join(part for part in parts if part)


STORY = (
    "请说说怎么回事：什么时候、在哪里、多少钱。照片也可以发。\n先讲清楚三点：\n"
    "· 不写自己名字、门牌，拍存折、收条把名字遮住\n"
    "· 一看就晓得是您家的话，换个说法\n"
    f"· {Show('channel', 'keeps')}"
)


def before(placard: int, script: str) -> Generator[Step, Any, End | None]:
    """What stands in the way of a new report: a draft half-way, or a report of one's own on the same item."""
    parked = yield from Look("parked", DraftsParked(placard))
    if parked.n and (yield from Choose("resume", RESUME, RESUMING, STOP)) == "go":
        return Resume(placard)
    if parked.n:
        return Forget(Go(script, (placard,), carry="story" if script == "report" else ""), placard)
    if placard < 0:  # on no placard: what was told before is another matter
        return None
    mine = yield from Look("mine", ReportsMine(placard))
    if not mine.n:
        return None
    if not (yield from Look("stands", WhereItStands(mine.ids[0]))).open:
        return None
    told = Show("report", mine.ids[0], "day")
    same = (
        Option("add", "补充到那一件"),
        Option("other", "是另一件事，接着反映"),
    )
    text = f"您 {told} 反映过差不多的事。\n现在：{Show('report', mine.ids[0], 'status')}"
    if (yield from Choose("same", text, same, STOP)) == "add":
        return Go("supplement", (mine.ids[0], "mine"), carry="story")
    return None


RESUME = "上次有一段话没说完。"
RESUMING = (Option("go", "接着说", ("是",)), Option("new", "重新来（上次的不要了）"))


WHOM = "好。随时可以停；没发出去的，干部收不到。\n您要说的事，主要牵涉谁？"


def whom(here: Here, question: str = WHOM) -> Generator[Step, Any, About | End]:
    """Asked of every report, and first."""
    about = yield from Choose("about", question, ABOUT, STOP)
    if about != "higher":
        return About(about)
    higher = yield from Choose("higher", "是哪一级的？", HIGHER, BACK)
    if higher != "city":
        return About(higher)
    text = f"市里的领导和市纪委的人，按规定由省里管，这里不收，也没有存您的话。\n请打 12388，或上{here.province_site}。"
    yield from Choose("outside", text, (Option("again", "不是市里的，重新选"),), STOP)
    return Again(("about", "higher", "outside"))


def _gap(placard: int) -> Generator[Step, Any, str]:
    """The posted figure against what was received: one number, kept apart (anchors.md §2, 1)."""
    text = f"公示的是{Show('item', placard, 'standard')}。您家得了多少？\n打个数就行，没得到就打“没得到”。"
    words = yield from Ask("gap", text, (Option("skip", "不说"),), check=_is_amount, chars_max=40)
    return words.ref


GAP_SIGNS = (*"没莫无未冇零一二两三四五六七八九十百千万半", "不晓得", "不知道", "不记得", "不清楚", "忘了", "记不")
"""What says how much, or that one does not know; all of it is kept as it was said."""


def _is_amount(words: str) -> str:
    if digits(words) or any(sign in words for sign in GAP_SIGNS):
        return ""
    return "打个数就行，像“800元”；没得到就打“没得到”。"


def _for_others(about: About, story: Collected, village: str) -> Generator[Step, Any, End | None]:
    """Who names a cadre's level, or was asked when the words were first said, is not asked."""
    if about not in (About.VILLAGE, About.UNSURE) or not story.n_text or story.brought:
        return None
    return (yield from elsewhere(story.ref, story.n_text, village))


CIRCLE = "知道这件事的人不多，别人容易猜到是您。"


def small_circle(item: ItemSeen, about: About, text: str = CIRCLE) -> Generator[Step, Any, Again | None]:
    if not item.few:
        return None
    county = (Option("county", "改直接交县里"),) if about == About.VILLAGE else ()
    options = (Option("go", "就这样，接着来", ("是",)), *county, Option("reword", "我改一改说法"))
    match (yield from Choose("circle", text, options, LATER)):
        case "county":
            return Again((), {"about": About.UNSURE.value, "circle": "go"})
        case "reword":
            return Again(("story", *SCOPE, *ABOUT_US, "circle"))
        case _:
            return None


def _contact() -> Generator[Step, Any, str | Again]:
    """Name and phone, only if asked for at the review: no name is the default."""
    if not (yield from Flag("naming")):
        return ""
    text = (
        "请发名字和电话，什么时候方便接也写上，像：\n张某某 138********，晚上7点后\n"
        "只问是不是您本人，不说事情，不问银行卡、不要您转钱。\n"
        "只有办这件事的人写明理由、留了记录才看得到。"
    )
    words = yield from Ask(
        "contact",
        text,
        (Option("none", "改主意了，不留名"),),
        Zero("回上一步", "answer"),
        check=_has_phone,
        chars_max=100,
    )
    return words.ref or Again(("naming", "contact"))


PHONE_DIGITS_MIN = 7
"""A local number without its area code."""


def _has_phone(words: str) -> str:
    if len(digits(words)) >= PHONE_DIGITS_MIN and len(plain(words)) > len(digits(words)):
        return ""
    return "名字和电话请一起发，像：张某某 138********，晚上7点后。"


def _review_options(story: Collected, named: bool) -> tuple[Option, ...]:
    name = () if named else (Option("name", "留名字和电话（优先办，按规定答复）"),)
    words = f"您说的是：\n{Show('words', 'story')}"
    read = (Option("read", "看一遍我说的话", reads=words),) if story.n_text else ()
    return (
        Option("send", "对，发出去", ("是", "发出去", "发"), deliberate=True),
        Option("edit", "我要改", ("改",)),
        *name,
        *read,
    )


def edit(about: About, name_label: str = "", *, named: bool = False, amount: bool = False) -> Script:
    """What to change: the review is asked anew after it. Four at most: what the amount displaces can be done in another
    way, a name at the review, the county by 牵涉谁."""
    gap = (Option("gap", "您家得了多少"),) if amount else ()
    county = (Option("county", "直接交县里"),) if about == About.VILLAGE and not (gap and named) else ()
    name = (Option("name", name_label),) if name_label and (named or not (gap and county)) else ()
    options = (Option("about", "牵涉谁"), Option("story", "说的话、照片（接着补，或重新说）"), *gap, *county, *name)
    what = yield from Choose("change", "改哪里？", options, Zero("不改了，回去核对", "back"))
    match what:
        case "about":
            return Again(("about", "higher", *ABOUT_US, "circle", "review", "change"))
        case "story":
            return Again(("story", *SCOPE, *ABOUT_US, "circle", "review", "change"))
        case "gap":
            return Again(("gap", *ABOUT_US, "review", "change"))
        case "county":
            return Again(("review", "change"), {"about": About.UNSURE.value})
        case _:
            return Again(("review", "change", "contact", "naming"), {} if named else {"naming": True})


def receipt(here: Here, report: str) -> Script:
    """查询码: shown once without being asked for, and as often as wanted until it is hidden."""
    code = Show("report", report, "code")
    text = (
        f"发出去了。请抄在纸上，别写是做什么的：\n\n  {code}\n\n交给{Show('report', report, 'desk')}，{Show('report', report, 'first_look')}"
        f"换了手机，打 {here.hotline} 报这个码。\n在这里发“查”也能看。{Show('report', report, 'about')}"
    )
    options = (
        Option("again", "再发一遍码", ("再发一遍",), reads=f"  {code}"),
        Option("hide", "这手机别人也用：以后报了码才给看"),
        Option("erase", "怎么删这里的聊天", reads=ERASING),
    )
    yield from Choose("receipt", text, options, DONE)
    yield from Do("hide", OnlyByCode(report))
    return Say("好。以后在这里发“查”，要报村名和查询码才给看。\n码请收好，丢了我们也找不回来。")


ERASING = f"{Show('channel', 'erase')}\n删了以后，报村名和查询码还能查。"
