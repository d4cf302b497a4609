"""Single sentences that belong to no conversation: statuses, channels, faults (dialogues.md E)."""

from __future__ import annotations

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
    },
    "terminal": {
        "keeps": "这台电脑的窗口里会留记录",
        "unseen": "办的人看不到您的电脑、名字",
        "erase": "终端：关掉这个窗口。",
    },
}
"""The third warning before a story, what an officer does not see, how to erase a chat: true for each channel."""

NOT_FOUND = Reply("没找到这件事。\n想看公示、说事情，发“菜单”。")
LEFT = Reply("好的。想再说，随时发“菜单”。")
PARKED = Reply("好，没有发出去，给您存着。\n30 天内发“反映”，就能接着说。")
UNCLEAR = "没听懂，对不住。请发前面的数字。"
EARLY = "刚才那一下太快，没算数。请再看一眼："


PHOTO_NOT_NOW = Reply("这张照片没收下：还没说到那里。\n先扫公示栏的码，或发“反映”，说到怎么回事的时候再发。")
PHOTO_TWICE = "这张前面发过了，只留一张。"
PHOTOS_TOO_MANY = "一个小时里照片太多了，这张没收下。请过一会儿再发；打字不受影响。"


def unsupported(kind: str) -> Reply:
    return Reply(f"这种（{kind}）我收不了。\n请改发文字或照片。\n前面说的都在，没丢。")


def down(here: Here) -> Reply:
    """Only when the message itself is kept."""
    return Reply(f"这会儿网不好，我没办成。您说的没有丢。\n过几分钟再发一次；急事请打 {here.calls}。")


def not_kept(here: Here) -> Reply:
    return Reply(f"刚才这句没收到，对不住。请过几分钟再发一次。\n急事请打 {here.calls}。")


def no_room(here: Here) -> Reply:
    """The disk is nearly full: photos wait, words do not."""
    return Reply(f"照片这会儿收不下，对不住。打字照样收。\n急事请打 {here.calls}。")
