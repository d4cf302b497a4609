"""What stands in the audit, as people read it: who did what, and to what end. Never what was written."""

from __future__ import annotations

from handlers.dates import said_day
from handlers.rules.statuses import BY_KEY, NAMES, Status
from storage import audit

WHAT = {
    "opened": "第一次打开",
    "viewed": "看了原件",
    "photo_viewed": "看了照片",
    "contact_opened": "看了名字和电话",
    "proposed": "报批",
    "approved": "批了",
    "returned": "退回",
    "taken_back": "收回报批",
    "register": "登记",
    "begin": "开始处置",
    "feedback": "反馈",
    "asked": "追问",
    "answered": "回话",
    "recused": "回避",
    "handed_over": "交给别人办",
    "handed_up": "往上交",
    "assigned": "派给外镇",
    "withdrawn": "反映人说不用再找他",
    "chased": "催办",
    "date_missed": "过了说好的日子，系统告诉了反映人",
    "extension_asked": "申请延期",
    "extended": "同意延期",
    "extension_refused": "没有同意延期",
    "zone_asked": "请片区协作",
    "zone_given": "授权片区协作，换人办",
    "zone_refused": "没有授权片区协作",
    "people_imported": "导入名册",
    "bound": "绑定",
    "unbound": "解绑",
    "ties_confirmed": "确认了自己的关联",
    "ties_changed": "说自己的关联不全",
    "matter_sent": "转给部门",
    "matter_answered": "部门答了",
    "matter_decided": "部门的答话批了或退了",
    "matter_chased": "群众催部门",
}
BY_THE_SYSTEM = frozenset(("date_missed", "people_imported", "unbound"))
"""Facts without a person that are no reporter's."""
_DAYS = ("due_day",)
_TOLD = {"due_day": "哪天", "n": "人数", "gone": "离开", "until": "延到", "to": "交给", "desk": "到", "approver": "批的人", "proposer": "报批的人",
         "why": "为什么", "person": "谁", "says_no_tie": "说没有关联", "ties_confirmed": "关联确认过"}  # fmt: skip
_HIDDEN = frozenset(("evidence", "reason", "step", "start", "ledger"))


def done_by(fact: audit.Fact, name: str) -> str:
    """`name` is what the person of the fact is called; a fact without one is the system's or the reporter's."""
    return name or ("系统" if fact.what in BY_THE_SYSTEM else "反映人")


def what(fact: audit.Fact) -> str:
    move = BY_KEY.get(str(fact.detail.get("move", "")))
    end = fact.detail.get("end")
    return (
        WHAT.get(fact.what, fact.what)
        + (f"：{move.name}" if move else "")
        + (f"（到：{NAMES[Status(end)]}）" if end else "")
    )


def details(fact: audit.Fact) -> str:
    """For whoever reads the audit by itself; of a move the number of its version is left out."""
    hidden = _HIDDEN | {"move", "end"} | ({"n"} if "start" in fact.detail else set())
    told = []
    for key, value in fact.detail.items():
        if key not in hidden:
            text = said_day(int(value)) if key in _DAYS else value
            told.append(_TOLD.get(key, key) if value is True else f"{_TOLD.get(key, key)} {text}")
    return "  ".join(told)
