"""Sentences that are pushed to people who did not just speak. No numbers to choose from: a conversation may be open,
and two lists of numbers would be one too many (dialogues.md §0.12). No words of any report."""

from __future__ import annotations

import re

from handlers.model import Reply

_POINTER = re.compile("想看，发“(看|待办|问答|急难)”")

_NOTICES = {
    "photo_unusable": "刚才有一张照片打不开，没能收下（{0}）。\n方便的话截个图再发，前面说的都在。",
    "photo_blurred": "照片收到了，有一张有点看不清。方便的话走近些、亮一点再拍一张；不方便也没关系，这张也留着。",
    "reply_new": "您看过的公示有新内容。想看，发“看”。",
    "report_filed": "有新的待办。想看，发“待办”。",
    "approve": "有一件等您批。想看，发“待办”。",
    "decided": "您报批的有结果了。想看，发“待办”。",
    "supplement": "有一件待办补了话。想看，发“待办”。",
    "withdrawn": "有一件待办有变化。想看，发“待办”。",
    "handed_over": "有一件交给您办了。想看，发“待办”。",
    "urgent_filed": "有一件急的待办。想看，发“待办”。",
    "extension_asked": "有一件申请延期，等您批。想看，发“超期”。",
    "zone_asked": "有一件请片区协作，等您授权。想看，发“授权”。",
    "matter_new": "有新的待办。想看，发“待办”。",
    "matter_chased": "有一件待办，群众在催。想看，发“待办”。",
    "matter_returned": "有一件回话退回来了。想看，发“待办”。",
    "matter_late": "有一件待办过了答应的日子。想看，发“待办”。",
    "matter_approve": "有一条问答等您批。想看，发“问答”。",
    "matter_known": "有一件急难愁盼转给了部门。想看，发“急难”。",
    "matter_chased_above": "部门有一件事，群众在催。想看，发“急难”。",
    "matter_late_above": "部门有一件事，过了答应的日子。想看，发“急难”。",
    "ties_due": "又一年了，请看一遍名册上您声明的关联。想看，发“关联”。",
    "extended": "您申请的延期有结果了。想看，发“待办”。",
}
MAY_BE_SEEN = frozenset({"photo_unusable", "photo_blurred"})
"""Notices that a platform may show on a locked screen: they say only what whoever sent a photo just did. Any other
waits to be fetched, and the screen says no more than handlers/said.py ON_LOCK_SCREEN (dialogues.md F)."""


URGENT = frozenset({"urgent_filed"})
"""Pushed in quiet hours, too."""
AT_ONCE = URGENT | MAY_BE_SEEN
"""So are the answers to somebody who has just sent a photo."""


def due_told(rung: str, matter: str, due: str, days: int, acts: bool) -> str:
    """A reminder of one matter. `days` until it is due, negative if it is late; `acts`: its reader can open it."""
    when = (
        f"{due}到期，" + (f"还有 {days} 天" if days > 0 else f"已经超期 {-days} 天") if days else f"今天（{due}）到期"
    )
    if rung == "missed":
        return f"{matter}：说好 {due}前给反映人话，没有做到，系统已经告诉反映人了。想看，发“超期”。"
    if rung in ("commander", "above") or not acts:
        return f"{matter}：{when}。想看、想催，发“超期”。"
    chased = "领导催办：" if rung == "chased" else ""
    return f"{chased}{matter}：{when}。想办，发“待办”。"


def missed_told(due: str, above: str) -> str:
    """Said to a reporter by the system itself, once for each date that was told."""
    return f"说好 {due}前告诉您办到哪一步，到现在还没有话，对不住。我已经自动报给了{above}。"


def points_to(text: str) -> str:
    """看, 待办, 问答 or 急难, if a notice says no more than that something is to be found there."""
    found = text in _NOTICES.values() and _POINTER.search(text)
    return found[1] if found else ""


def notice(key: str, argument: str) -> Reply:
    return Reply(_NOTICES[key].format(argument))
