"""代填: a monitor enters a report for a neighbour who is there (dialogues.md §12). Village cadres never do.

The neighbour has a paper slip: the 登记号 on its upper half joins paper and chat, the code on the sealed lower half is
the neighbour's alone. Nothing of it stays with the helper: no draft is kept, and what was answered goes with the end.
"""

from __future__ import annotations

from dataclasses import replace

from handlers.code import ENTRY_DIGITS, entry_typed
from handlers.model import About, Here
from handlers.monitor.requests import FileFor, OwnNet, SlipLooked
from handlers.monitor.tip import MONITOR, which_matter
from handlers.requests import FileReport, ItemShown, WhereItGoes
from handlers.script import Again, Ask, Choose, Collect, Do, Flag, Go, Look, Option, Refused, Say, Script, Show, Zero
from handlers.villager.about_us import ABOUT_US, Concerned, about_us
from handlers.villager.report import TOLD_ABOUT, edit, small_circle, whom
from handlers.words import digits

STOP = Zero("不发了，什么都不留", "leave")
CADRE = "村干部不能代填。请让本人自己扫码、打 12388，或找监督员、纪委的同志。"


def help_(here: Here) -> Script:
    """代填, whoever says it."""
    own = yield from Look("own", OwnNet())
    if own.post == MONITOR:
        return Go("helping")
    if own.post:
        yield from Choose("no", CADRE, (), Zero("好", "answer"))
        return Go("menu")
    text = (
        "代填要绑定了的廉情监督员来做。\n替家里人说的，当自己的事说就行。\n"
        "您是村干部的，不能代填：请让本人自己扫码、打 12388，或找监督员、纪委的同志。"
    )
    yield from Choose("who", text, (Option("report", "替家里人说，我来反映", ("反映",)),), Zero("不弄了", "leave"))
    return Go("place")


ENTRY = (
    "本人要在旁边，自己愿意。\n请发纸条上联的登记号，10 位数字，像 12345-67890。\n"
    "下联封着，您不要拆：那是本人的查询码。"
)
TAKEN = "这张纸条刚刚有人用过了，没有发出去，说过的都在。\n请换一张，发新的登记号。"
WHOM = "请问本人：要说的事，主要牵涉谁？（没发出去的，干部收不到）"
STORY = (
    "请照本人说的记，一句一句来，照片也可以发。\n"
    "不写本人的名字、门牌；一看就晓得是谁家的话，换个说法。\n"
    "本人说什么就写什么，不替他拿主意。"
)
CIRCLE = "知道这件事的人不多，别人容易猜到是谁说的。请问本人怎么办："


def helping(here: Here) -> Script:
    own = yield from Look("own", OwnNet())
    if own.post != MONITOR:
        return Go("help")
    taken = yield from Flag("taken")
    entry = yield from Ask("entry", TAKEN if taken else ENTRY, zero=STOP, check=_is_entry)
    slip = yield from Look("slip", SlipLooked(entry.ref, entry.at))
    if slip.held:
        return Say(f"试错的次数多了。请过一小时再来，或请本人打 {here.hotline}。")
    if not slip.good:
        text = "这张纸条用过了，或者不是您这个村的，也可能打错了。\n请对一下，或换一张新的。"
        yield from Choose("bad", text, (Option("again", "再来一遍"),), STOP)
        return Again(("entry", "slip", "bad"))

    placard = yield from which_matter(own.village)
    item = yield from Look("item", ItemShown(placard))
    if item.village != own.village:
        text = "这个码是别的村的。代填只能填本村的事，请重新选。"
        yield from Choose("elsewhere", text, (Option("again", "重新选"),), STOP)
        return Again((*(f"matter_{page}" for page in range(PAGES_MAX)), "elsewhere"))
    about = yield from whom(here, WHOM)
    if not isinstance(about, About):
        return about
    short = replace(here, text_chars_max=PART_CHARS_MAX, fragments_max=PARTS_MAX)
    story = yield from Collect("story", STORY, "记下了。还有要说的、照片，接着发。", short)
    concerns = yield from about_us(here, placard, about, story, "")
    if not isinstance(concerns, Concerned):
        return concerns
    about = concerns.about
    if (turned := (yield from small_circle(item, about, CIRCLE))) is not None:
        return turned
    return (yield from _read_and_send(entry.ref, (placard, item.version, item.village), concerns, story.n_text))


PAGES_MAX = 50
PART_CHARS_MAX, PARTS_MAX = 500, 9
"""What is read back may not be cut: on every channel one part of this length is one message."""
HEARD = tuple(f"heard_{n}" for n in range(PARTS_MAX))
EDIT = Option("edit", "要改", ("改",))


def _read_and_send(entry: str, matter: tuple[int, int, str], concerns: Concerned, n_text: int) -> Script:
    """Read back word by word, then the consent, then nothing is left."""
    placard, version, village = matter
    about = concerns.about
    for n in range(n_text):
        which = f"第 {n + 1} 段，共 {n_text} 段。" if n_text > 1 else ""
        text = f"请念给本人听（听不见的，请他自己看）。{which}您说的是：\n{Show('words', 'story', str(n))}"
        heard = (Option("heard", "念完了，本人说对", ("是", "对", "念完了")), EDIT)
        if (yield from Choose(HEARD[n], text, heard, STOP)) == "edit":
            return (yield from _edited(about))
    desk = (yield from Look("desk", WhereItGoes(placard, about))).desk
    text = (
        f"再念一遍：\n地方：{Show('village', village)}\n牵涉：{TOLD_ABOUT[about]}\n交给：{Show('desk', desk)}\n"
        "名字不写；您是谁，也不写在这件事里。\n本人同意发吗？"
    )
    send = Option("send", "本人同意，发出去", ("同意", "是"), deliberate=True)
    if (yield from Choose("review", text, (send, EDIT), STOP)) == "edit":
        return (yield from _edited(about))
    whole = FileReport(placard, version, about, desk, "story", "", "", concerns.desks, concerns.cleared)
    done = yield from Do("file", FileFor(whole, entry))
    if isinstance(done, Refused):
        if done.why == "slip":
            return Again(("entry", "slip", "review", "file"), {"taken": True})
        return Again(("desk", *ABOUT_US, "review", "file"))
    return Say(
        "发出去了。请现在把下联撕给本人，您不要看、不要留。\n"
        "以后的回话只认那个码，不会发到您这里，您也查不到。\n"
        f"请把刚才这段聊天删掉。{Show('channel', 'erase_talk')}"
    )


def _edited(about: About) -> Script:
    """What was changed is read back anew."""
    end = yield from edit(about)
    return Again((*end.drop, *HEARD), end.put) if isinstance(end, Again) else end


def _is_entry(words: str) -> str:
    if len(digits(words)) != ENTRY_DIGITS:
        return f"登记号是 {ENTRY_DIGITS} 位数字，在纸条的上联，您发的有 {len(digits(words))} 位。下联的码不要发。"
    return "" if entry_typed(words) else "登记号有一位不对，请对一下，是不是看错了 1 和 7？"
