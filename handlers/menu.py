"""Which words open which conversation: the only dispatch."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from handlers.department import approving, desk
from handlers.digest import WORDS
from handlers.leader import digest, late, zone
from handlers.model import Here
from handlers.monitor import checklist, diary, helping, tip
from handlers.officer import binding, case, inbox, move, nets, propose, speak, ties
from handlers.script import Go, Script
from handlers.villager import answers, card, general, place, question, rating, report, status, urgent, waiting
from handlers.words import plain


@dataclass(frozen=True, slots=True)
class Conversation:
    """A script, and which of its arguments is the report it is about (its subject), if any."""

    script: Callable[..., Script]
    subject: int | None = None
    aside: bool = False
    """A word in between: whatever it interrupts is parked and comes back; it is never parked itself."""
    kept: bool = False
    """Half-way through, its words are kept for thirty days; all others are simply dropped."""
    officer: bool = False
    """Only for people of the roster; of a report, only for those who may see it."""
    takes: str = ""
    """The Collect that words brought along from another conversation go into."""
    in_net: bool = False
    """Only for monitors and the village's own committee."""
    resumes: str = ""
    """Answers to steps whose names begin so are kept like words: nobody ticks a list twice."""
    otherwise: str = ""
    """The conversation with the same steps in which somebody who was taken off a net goes on."""
    leaves_nothing: bool = False
    """Done with or broken off, neither its words nor the replies in it are kept any longer: they are somebody else's."""
    begins: bool = False
    """Words that answer nothing here are the beginning of a story."""
    supplements: bool = False
    """Words that answer nothing here are more of the report that it is about."""
    gives_away: bool = False
    """Its last word comes when the speaker has lost the right to see the report."""


CONVERSATIONS: dict[str, Conversation] = {
    "welcome": Conversation(general.welcome, begins=True),
    "menu": Conversation(general.menu, begins=True),
    "human": Conversation(general.human, aside=True, begins=True),
    "safety": Conversation(general.safety, aside=True, begins=True),
    "unknown": Conversation(general.unknown, begins=True),
    "unknown_again": Conversation(general.unknown_again, aside=True, begins=True),
    "card": Conversation(card.card),
    "detail": Conversation(card.detail),
    "bad_code": Conversation(card.bad_code),
    "false_code": Conversation(card.false_code, kept=True, takes="story"),
    "report": Conversation(report.report, kept=True, takes="story"),
    "question": Conversation(question.question),
    "matter_told": Conversation(question.matter_told),
    "matter_code": Conversation(question.matter_code),
    "urgent": Conversation(urgent.urgent, kept=True, takes="form"),
    "danger": Conversation(urgent.danger, aside=True, begins=True),
    "chase": Conversation(urgent.chase),
    "receipt": Conversation(report.receipt, subject=0, supplements=True),
    "status": Conversation(status.status),
    "status_one": Conversation(status.status_one, subject=0, supplements=True),
    "status_code": Conversation(status.status_code),
    "status_lost": Conversation(status.status_lost),
    "place": Conversation(place.place),
    "begin": Conversation(place.begin),
    "likely": Conversation(place.likely),
    "posted": Conversation(place.posted),
    "resume": Conversation(place.resume),
    "waiting": Conversation(waiting.waiting, aside=True, begins=True),
    "answers": Conversation(answers.answers),
    "told": Conversation(answers.told, subject=0, supplements=True),
    "supplement": Conversation(answers.supplement, subject=0, kept=True, takes="more"),
    "withdraw": Conversation(answers.withdraw, subject=0),
    "trouble": Conversation(answers.trouble, subject=0),
    "rating": Conversation(rating.rating, subject=0),
    "troubled": Conversation(answers.troubled),
    "gone": Conversation(general.gone),
    "bind": Conversation(binding.bind),
    "net": Conversation(tip.net, in_net=True, begins=True),
    "tips": Conversation(tip.tips, in_net=True, begins=True),
    "tip_matter": Conversation(tip.matter, in_net=True, otherwise="place"),
    "tip": Conversation(tip.tip, kept=True, in_net=True, otherwise="report", takes="story"),
    "checklist": Conversation(checklist.checklist, in_net=True, resumes="item_"),
    "tip_sent": Conversation(tip.tip_sent, subject=0, in_net=True),
    "help": Conversation(helping.help_),
    "helping": Conversation(helping.helping, in_net=True, leaves_nothing=True),
    "diary": Conversation(diary.diary),
    "diary_write": Conversation(diary.diary_write, in_net=True),
    "nets": Conversation(nets.nets, officer=True),
    "office": Conversation(inbox.office, officer=True),
    "department": Conversation(desk.department, officer=True),
    "matters": Conversation(desk.matters, officer=True),
    "matter": Conversation(desk.matter, officer=True),
    "concerns": Conversation(desk.concerns, officer=True),
    "approvals": Conversation(approving.approvals, officer=True),
    "approval": Conversation(approving.approval, officer=True),
    "inbox": Conversation(inbox.inbox, officer=True),
    "ties": Conversation(ties.ties, officer=True),
    "late": Conversation(late.late, officer=True),
    "late_one": Conversation(late.late_one, officer=True),
    "extension": Conversation(late.extension, officer=True),
    "zone_case": Conversation(zone.zone_case, officer=True),
    "digest": Conversation(digest.digest, officer=True),
    "digest_part": Conversation(digest.digest_part, officer=True),
    "chart": Conversation(digest.chart, officer=True),
    **{
        name: Conversation(made, subject=0, officer=True, gives_away=name in ("recuse", "pass_up", "assign"))
        for name, made in {
            "case": case.case,
            "case_menu": case.case_menu,
            "case_link": case.case_link,
            "accept": propose.accept,
            "refuse": propose.refuse,
            "clue": propose.clue,
            "case_filed": propose.case_filed,
            "sanction": propose.sanction,
            "conclude": propose.conclude,
            "approve": propose.approve,
            "ask": speak.ask,
            "answer": speak.answer,
            "recuse": move.recuse,
            "pass_up": move.pass_up,
            "assign": move.assign,
            "hand_over": move.hand_over,
            "extend": late.extend,
            "slow": case.slow,
            "zone": zone.ask,
        }.items()
    },
}

_WORDS: dict[str, str] = {
    **dict.fromkeys(("菜单", "帮助", "help", "menu", "/help", "/menu"), "menu"),
    **dict.fromkeys(("反映", "我要反映", "举报", "我要举报", "/report"), "place"),
    **dict.fromkeys(("查", "查询", "查进度", "进度", "/status"), "status"),
    **dict.fromkeys(("人工", "客服", "电话", "找人"), "human"),
    **dict.fromkeys(("看", "看看", "看新内容"), "waiting"),
    **dict.fromkeys(("保密", "安全吗", "谁看得到"), "safety"),
    **dict.fromkeys(("有人为难我", "为难我", "有人逼我"), "troubled"),
    **dict.fromkeys(("催", "催一下", "催一催", "没人来找"), "chase"),
    **dict.fromkeys(("代填", "替人代填"), "help"),
    **dict.fromkeys(("你好", "您好", "在吗", "开始", "/start", "hello", "hi"), "welcome"),
}
_NET_WORDS: dict[str, Go] = {
    **dict.fromkeys(("报", "报情况", "报一件"), Go("tips")),
    **dict.fromkeys(("清单", "本月清单", "填清单"), Go("checklist", (checklist.PLACE, ""))),
    **dict.fromkeys(("菜单", "帮助", "help", "menu", "/help", "/menu"), Go("net")),
}
"""For people of a village's net; from anybody else they are words like any other."""
LEAVE_WORDS = frozenset(("退出", "不说了", "再见", "拜拜", "没事了", "/stop"))


_OFFICE_WORDS: dict[str, Go] = {
    **dict.fromkeys(("待办", "收件箱", "/desk"), Go("inbox", ("all", 0))),
    **dict.fromkeys(("超期", "催办", "到期", "授权"), Go("late", (0,))),
    "快到期": Go("inbox", ("soon", 0)),
    **dict.fromkeys(("网格", "前哨站", "监督网"), Go("nets", (0,))),
    **dict.fromkeys(("办过的", "已办", "办结的"), Go("inbox", ("done", 0))),
    **{word: Go("digest", (job.value, "")) for job, word in WORDS.items()},
    **dict.fromkeys(("急难", "急难愁盼"), Go("concerns", (0,))),
    "问答": Go("approvals", (0,)),
    **dict.fromkeys(("关联", "我的关联"), Go("ties")),
    **dict.fromkeys(("菜单", "帮助", "help", "menu", "/help", "/menu"), Go("office")),
}
"""For people of the roster; from anybody else they are words like any other."""
_DEPARTMENT_WORDS: dict[str, Go] = {
    **dict.fromkeys(("待办", "收件箱", "/desk", "超期", "催办", "到期", "快到期"), Go("matters", (0,))),
    **dict.fromkeys(("菜单", "帮助", "help", "menu", "/help", "/menu"), Go("department")),
}
"""For the contacts of departments."""
_BIND = re.compile("绑定[ 　:：]*([0-9A-Za-z-]{4,40})")


def opened_by(typed: str, *, officer: bool = False, department: bool = False, in_net: bool = False) -> Go | None:
    """The conversation that a global word opens from anywhere (dialogues.md §0.5)."""
    word = plain(typed).lower()
    own = _DEPARTMENT_WORDS if department else _OFFICE_WORDS if officer else {}
    if (go := own.get(word)) is not None:
        return go
    if in_net and (go := _NET_WORDS.get(word)) is not None:
        return go
    if word in ("日记", "我的日记"):
        return Go("diary", (0,))
    name = _WORDS.get(word)
    return Go(name) if name else None


def binding_code(typed: str) -> str | None:
    """The code of “绑定 码”, as it is looked up; None for any other message."""
    found = _BIND.fullmatch(plain(typed))
    return found[1].upper().translate(_LOOKS_LIKE) if found else None


_LOOKS_LIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None})
"""What people mistake in a code read aloud; codes have none of these letters."""


def script(here: Here, go: Go) -> Script:
    made: Any = CONVERSATIONS[go.script].script(here, *go.args)
    return made  # type: ignore[no-any-return]
