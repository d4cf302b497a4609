"""Single sentences that belong to no conversation: statuses, channels, faults (dialogues.md E)."""

from __future__ import annotations

from dataclasses import replace

from handlers.model import Here, Reply

STATUSES = {
    "filed": "收到了，还没有人接办",
    "registered": "收到了，还没有人接办",
    "accepted": "接下来办了",
    "handling": "办理中",
    "clue": "办理中",
    "cased": "办理中",
    "sanctioned": "办理中",
    "refused": "有回话了",
    "transferred": "有回话了",
    "concluded": "办完了，有回话",
    "answered": "办完了，有回话",
}
"""What a reporter is told of each status; never what is being looked into (dialogues.md §8)."""

CHANNELS = {
    "web": {
        "keeps": "这个网页和这部手机里会留记录",
        "unseen": "办的人看不到您的手机、名字",
        "erase": "网页：在浏览器里清除这个网站的数据。",
        "erase_talk": "网页：关掉这一页就没有了；别清除网站的数据，清了您要重新绑定。",
    },
    "telegram": {
        "keeps": "Telegram 和这部手机里会留记录",
        "unseen": "办的人看不到您的 Telegram 号、名字",
        "erase": "Telegram：打开这个聊天的菜单，选“删除聊天”，再选两边都删。",
        "erase_talk": "Telegram：打开这个聊天的菜单，选“删除聊天”，再选两边都删。",
    },
    "wechat": {
        "keeps": "微信公司、这部手机：会留记录，我们删不掉",
        "unseen": "办的人看不到您的微信、名字",
        "erase": "微信：在聊天列表里按住这个公众号，点删除。",
        "erase_talk": "微信：在聊天列表里按住这个公众号，点删除。",
    },
    "terminal": {
        "keeps": "这台电脑的窗口里会留记录",
        "unseen": "办的人看不到您的电脑、名字",
        "erase": "终端：关掉这个窗口。",
        "erase_talk": "终端：关掉这个窗口。",
    },
}
"""The third warning before a story, what an officer does not see, how to erase everything, and how to erase the talk alone
and stay bound: true for each channel."""

SOURCES = {
    "villager": "群众",
    "monitor": "监督员",
    "committee": "村监委",
    "helped": "监督员代填",
    "trouble": "有人为难",
    "again": "没解决，再看",
    "false_code": "乱贴的码",
}
"""What officers and figures call who a report came from (storage/figures.py)."""

NOT_FOUND = Reply("没找到这件事。\n想看公示、说事情，发“菜单”。")
NO_LONGER_IN_NET = "名册换了，您现在按群众用。"
STILL_THERE = Reply(f"{NO_LONGER_IN_NET}\n说到一半的没丢，随便发一句就接着说。")
WELCOME_TO_IT = Reply("不客气。想再说，随时发“菜单”。")
LEFT = Reply("好的。想再说，随时发“菜单”。")
PARKED = Reply("好，没有发出去，给您存着。\n30 天内发“反映”，就能接着说。")
KEPT_BESIDES, PHOTO_BESIDES = "这句也记下了。", "照片收到了。"
LIST_PARKED = Reply("好，给您存着。\n30 天内发“清单”，就能接着填；不填也不要紧。")
UNCLEAR = "没听懂，对不住。请发前面的数字。"
EARLY = "刚才那一下太快，没算数。请再看一眼："
SENDING = Reply("正在发，请稍等几秒，再发一个“查”就能看到查询码。请不要重复发。")
"""Only where the platform waits no longer; what comes of it is pushed."""
SOMETHING_WAITS = "（有新内容，发“看”就能看到。）"
ON_LOCK_SCREEN = "您看过的公示有新内容，发“看”就能看到。"
"""No date, no number, none of our words: whoever holds the phone may read it (dialogues.md F)."""
CUT_OUT = "……（太长，中间的这里不显示；都存着，一个字没丢）……"
GOES_ON = "（没完，接着看下一条）"
TOO_FAST = Reply("您发得太快，这句还没收到。请歇一分钟再发。")
NOT_READ = Reply("刚才这条没看明白，已经存下让人来看。\n请换成文字再发一次。")


OLD_BUTTON = Reply("这是前面的按钮，已经用不上了。\n想看公示、说事情，发“菜单”。")
OLD_BUTTON_NOW = "这是前面的按钮，没算数。现在问的是："
ONLY_PRIVATE = "群里说的话别人都看得见，我不收。\n请点我的头像，单独跟我说。"
EDITED = "改过的话我收不到，还是按原来那句。\n要改，请再发一条。"
NOT_UNDERSTOOD = "刚才这条没看明白，请再发一次。前面说的都在，没丢。"
TAPPED_TWICE = "已经收到了，请看最下面一条。"
ANSWERED_BELOW = "请看最下面一条。"

PHOTO_NOT_NOW = Reply(
    "这张照片没收下：还没说到那里。\n先照上面的选，说到怎么回事的时候再发。\n还没扫码的，先扫公示栏的码，或发“反映”。"
)
PHOTO_TWICE = "这张前面发过了，只留一张。"
PHOTOS_TOO_MANY = "一个小时里照片太多了，这张没收下。请过一会儿再发；打字不受影响。"


PHOTO_TOO_LARGE, PHOTO_NOT_FETCHED = "photo too large", "photo not fetched"
"""Kinds of messages (Heard.kind) that are photos which we did not get."""
_PHOTOS_MISSED = {
    PHOTO_TOO_LARGE: "这张照片太大，没收下。\n请截个图再发。前面说的都在，没丢。",
    PHOTO_NOT_FETCHED: "这张照片没有取下来，请再发一次。\n前面说的都在，没丢。",
}


def unsupported(kind: str) -> Reply:
    if kind in _PHOTOS_MISSED:
        return Reply(_PHOTOS_MISSED[kind])
    return Reply(f"这种（{kind}）我收不了。\n请改发文字或照片。\n前面说的都在，没丢。")


def no_longer_in_net(reply: Reply) -> Reply:
    return replace(reply, text=f"{NO_LONGER_IN_NET}\n{reply.text}")


def helps_no_more(here: Here) -> Reply:
    return Reply(
        f"名册换了，您现在不能代填。没有发出去，刚才的什么都没留。\n请本人自己扫码、打 {here.calls}，或找别的监督员。"
    )


def down(here: Here) -> Reply:
    """Only when the message itself is kept."""
    return Reply(f"这会儿网不好，我没办成。您说的没有丢。\n过几分钟再发一次；急事请打 {here.calls}。")


def not_kept(here: Here) -> Reply:
    return Reply(f"刚才这句没收到，对不住。请过几分钟再发一次。\n急事请打 {here.calls}。")


def busy(here: Here) -> Reply:
    return Reply(f"这会儿说话的人多，这句还没收到。请过一会儿再发。\n急事请打 {here.calls}。")


def no_room(here: Here) -> Reply:
    """The disk is nearly full: photos wait, words do not."""
    return Reply(f"照片这会儿收不下，对不住。打字照样收。\n急事请打 {here.calls}。")
