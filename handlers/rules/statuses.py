"""The state machine of a report, as data: statuses, moves, who proposes, who approves, what each needs (domain.md §5, 6).

Whatever is not in MOVES cannot happen: storage/cases.py asks `move_from` before every change of a status. docs/statuses.md
is drawn from the same table.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    FILED = "filed"
    REGISTERED = "registered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    TRANSFERRED = "transferred"
    HANDLING = "handling"
    CLUE = "clue"
    CASED = "cased"
    SANCTIONED = "sanctioned"
    CONCLUDED = "concluded"
    ANSWERED = "answered"


NAMES = {
    Status.FILED: "已提交",
    Status.REGISTERED: "登记",
    Status.ACCEPTED: "受理",
    Status.REFUSED: "不予受理",
    Status.TRANSFERRED: "转办",
    Status.HANDLING: "处置中",
    Status.CLUE: "线索",
    Status.CASED: "立案",
    Status.SANCTIONED: "处分",
    Status.CONCLUDED: "办结",
    Status.ANSWERED: "反馈",
}
"""What officers call them; reporters hear the words of handlers/said.py."""

EXTENSION = "extend"
"""A proposal that is no move: it changes the due day and not the status."""
ZONE = "zone"
"""A proposal that is no move: the commander's authorisation of a zone case (一案一授权, domain.md §5.6)."""
ZONE_GROUNDS = (
    "群众反映强烈、影响较大",
    "问题多、时间跨度长，自己查有困难",
    "本镇人员要回避",
    "县纪委交办的，要协作",
)
"""The four kinds [A]."""
EXTENDS = (Status.ACCEPTED, Status.HANDLING, Status.CLUE, Status.CASED, Status.SANCTIONED)
"""Whose clock may be extended [R, 监督执纪规则 Art 21]; telling the reporter may not wait longer."""

NEW, OPEN, CLOSED = 0, 1, 2
STAGES = {
    Status.FILED: NEW,
    Status.REFUSED: CLOSED,
    Status.TRANSFERRED: CLOSED,
    Status.ANSWERED: CLOSED,
}
"""All others are open."""

CATEGORIES = ("虚报冒领", "截留私分", "优亲厚友", "吃拿卡要", "无中生有", "内外勾结", "村务不公开", "工程质量")
"""How the officer classifies, with one tap on acceptance (domain.md §4)."""
DISPOSALS = ("谈话函询", "初步核实", "暂存待查", "予以了结")
"""The four ways to dispose of a clue [R, 监督执纪规则]."""
RESULTS = ("属实，已处理、已整改", "部分属实", "不属实，予以澄清", "查不了，没有具体内容")
GROUNDS = ("应走诉讼、仲裁、复议", "按规定归别的单位管", "反映的事太笼统，追问也没有回话")
"""Grounds of a refusal or a transfer; they are told to the reporter (dialogues.md §16)."""
NO_REPLY = GROUNDS[2]
"""True only of whoever was asked, and let the days for an answer pass."""
TRANSFERS = ("乡镇、县里的主管部门", "信访局（12345）", "法院、仲裁、复议机关")
"""Where somebody is sent whose matter is not ours; the words are not sent along."""
LISTED = {
    "category": CATEGORIES, "grounds": GROUNDS, "to": TRANSFERS, "disposal": DISPOSALS, "result": RESULTS,
}  # fmt: skip
"""What is chosen and never written: it is shown in a chat and told to the reporter."""


@dataclass(frozen=True, slots=True)
class Move:
    """One transition. `by` is desk (anybody there who may see it) or handler; `approved`: by somebody else.

    needs    what must be said with it: category, grounds, to, disposal, result, answer, evidence
    """

    key: str
    name: str
    starts: tuple[Status, ...]
    ends: Status
    by: str
    approved: bool
    needs: tuple[str, ...] = ()


MOVES = (
    Move("register", "登记", (Status.FILED,), Status.REGISTERED, "desk", approved=False),
    Move("accept", "受理", (Status.REGISTERED,), Status.ACCEPTED, "desk", approved=True, needs=("category",)),
    Move("refuse", "不予受理", (Status.REGISTERED,), Status.REFUSED, "desk", approved=True, needs=("grounds",)),
    Move("transfer", "转办", (Status.REGISTERED,), Status.TRANSFERRED, "desk", approved=True, needs=("grounds", "to")),
    Move("begin", "开始处置", (Status.ACCEPTED,), Status.HANDLING, "handler", approved=False),
    Move("clue", "作为线索处置", (Status.HANDLING,), Status.CLUE, "handler", approved=True, needs=("disposal",)),
    Move("case", "立案", (Status.CLUE,), Status.CASED, "handler", approved=True),
    Move("sanction", "处分", (Status.CASED,), Status.SANCTIONED, "handler", approved=True),
    Move(
        "conclude",
        "办结",
        (Status.HANDLING, Status.CLUE, Status.CASED, Status.SANCTIONED),
        Status.CONCLUDED,
        "handler",
        approved=True,
        needs=("result", "evidence", "answer"),
    ),
    Move("feedback", "反馈", (Status.CONCLUDED,), Status.ANSWERED, "handler", approved=False),
)
BY_KEY = {move.key: move for move in MOVES}
FIRST = Status.FILED
"""Where a report begins, and begins again at a desk to which it was handed up or across."""


def move_from(status: str, key: str) -> Move | None:
    """The move of that name, if it may start here."""
    move = BY_KEY.get(key)
    return move if move is not None and status in move.starts else None


def lacks(move: Move, said: dict[str, str]) -> tuple[str, ...]:
    """What the move needs and was not said, or was said in other words than those of the list."""
    missing = [need for need in move.needs if not said.get(need)]
    return (*missing, *(key for key, told in said.items() if key in LISTED and told not in LISTED[key]))


def stage_of(status: Status) -> int:
    return STAGES.get(status, OPEN)


def drawn() -> str:
    """The table as a mermaid diagram; what needs somebody else's approval is marked."""
    lines = ["stateDiagram-v2", f"    [*] --> {FIRST}"]
    lines += [f"    {status.value} : {NAMES[status]}" for status in Status]
    for move in MOVES:
        approved = "（报批）" if move.approved else ""
        lines += [f"    {start.value} --> {move.ends.value} : {move.name}{approved}" for start in move.starts]
    lines += [f"    {status.value} --> [*]" for status in Status if stage_of(status) == CLOSED]
    return "\n".join(lines)
