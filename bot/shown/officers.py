"""What officers are shown of people, desks and cases, and reporters of officers: never a word of a report."""

from __future__ import annotations

from collections.abc import Callable

from bot import nets
from bot.handling import TOLD, Handling
from bot.performs.above import LOOKED_AT_AGAIN, TROUBLE
from bot.performs.told import Opened, Shared
from bot.shown import leaders
from handlers.dates import said_day
from handlers.model import AccountId, DeskId, Millis, Person, PersonId, ReportId
from handlers.rules.ladder import above_said, desk_above
from handlers.rules.statuses import BY_KEY, EXTENSION, LISTED, NAMES, NEW, ZONE, Status
from handlers.said import SOURCES
from storage import cases, people
from storage.cases import Case
from storage.statement import Rows
from storage.vault import Vault

__all__ = ["KINDS", "TOLD", "above", "looked", "of_case", "shown"]

KINDS = ("me", "case", "colleague", "office", "link", "invited", "late", "lead", "digest", "place", "picture", "nets")
LEADERS = ("late", "lead", "digest", "place", "picture")
LEVELS = {"township": "镇上", "county": "县里", "city": "市里"}
Mark = tuple[str, str, str]
TIES_NAMED_MAX = 4


def shown(rows: Rows, all_: Shared, account: AccountId, mark: Mark, opened: Opened) -> str | None:
    """What a mark stands for; None if this account may not see it."""
    kind, ref, part = mark
    if kind == "invited":
        return _invited(rows, all_, ref, part)
    person = all_.roster.person_of(account)
    if person is None:
        return None
    hands = Handling(all_, rows, Millis(0), person, opened)
    match kind:
        case "me" if part == "ties":
            return _ties_named(all_, person)
        case "me":
            return all_.roster.names[person.id] if part == "name" else all_.organisation.unit_name(person.desk)
        case "colleague":
            return all_.roster.names.get(PersonId(ref), "别的同志")
        case "office":
            return all_.organisation.desks[DeskId(ref)].name
        case "nets":
            return _nets(hands, ref, int(part))
    if kind in ("late", "lead", "digest", "place", "picture"):
        return leaders.shown(hands, mark)
    case_ = hands.case(ref)
    if case_ is None:
        return None
    if kind == "link":
        return f"{all_.here.base_url}/case/{part}"
    return of_case(hands, case_, part)


def _invited(rows: Rows, all_: Shared, ref: str, part: str) -> str | None:
    """Whom a code invites, to whoever typed it."""
    id_ = people.invited(rows, all_.vault, bytes.fromhex(ref), 0)
    if id_ and (member := all_.nets.member(id_)) is not None:
        where = all_.organisation.villages[member.village].short_name + member.group
        return where + ("廉情" if member.reports else "") + member.post + all_.nets.own_name(id_)
    person = all_.roster.people.get(id_) if id_ else None
    if person is None:
        return None
    if part == "ties":
        return _ties_named(all_, person)
    posts = "、".join(dict.fromkeys(str(post) for _, post in person.posts))
    return f"{all_.organisation.unit_name(person.desk)}{posts}{all_.roster.names[person.id]}"


def _nets(hands: Handling, ref: str, today: int) -> str:
    """What a township's nets lack; nobody else sees more than how many there are."""
    if ref == "head":
        return nets.head(hands.all, hands.person, today)
    start = int(ref) * nets.LINES
    seen = nets.seen_by(hands.all, hands.person, today).lacks[start : start + nets.LINES]
    return "\n".join(nets.told(hands.all, lack) for lack in seen)


def _ties_named(all_: Shared, person: Person) -> str:
    names = [_tie_name(all_, tie) for tie in sorted(person.ties)]
    more = f"等 {len(names)} 个" if len(names) > TIES_NAMED_MAX else ""
    return "、".join(names[:TIES_NAMED_MAX]) + more


def _tie_name(all_: Shared, tie: str) -> str:
    village = next((v for code, v in all_.organisation.villages.items() if code == tie), None)
    return village.short_name if village else tie


# ---------------------------------------------------------------- a case


def _line(hands: Handling, case: Case, today: int) -> str:
    fresh = " 有补充" if case.handling.get("fresh") else ""
    fresh += " 有人为难" if case.source == TROUBLE and case.stage == NEW else ""
    return f"{case.shown_number} {case.sector} {_stands(hands, case)}{fresh} {leaders.left(case, today) or said_day(case.received_day)}"


def _stands(hands: Handling, case: Case) -> str:
    """In a word or two, what its people have to do with it now."""
    if (waits := hands.proposal(case)) is not None:
        return "等您批" if waits[0] else "报批中"
    if case.handling.get("returned"):
        return "退回了"
    if "asked_day" in case.handling:
        return "等回话"
    if case.status == Status.CONCLUDED:
        return "等告诉反映人"
    return "新" if case.stage == NEW else NAMES[Status(case.status)]


ABOUT_ANOTHER = {TROUBLE: "是为难反映人的事", LOOKED_AT_AGAIN: "反映人说没解决，请再看一遍"}


def _head(hands: Handling, case: Case) -> str:
    trouble = f"\n{ABOUT_ANOTHER[case.source]}：那一件的承办单位看不到" if case.source in ABOUT_ANOTHER else ""
    trouble += "\n说的是一个可能乱贴的码" if case.source == "false_code" else ""
    place = hands.all.organisation.place_name(case.facts.village)
    if case.source in HEARD_OTHERWISE:
        trouble += f"\n来源：{SOURCES[case.source]}（{HEARD_OTHERWISE[case.source]}）"
    return f"{case.shown_number} {case.sector} {place}\n收到：{said_day(case.received_day)}{_due(hands, case)}  留名：{'有' if case.named else '无'}{trouble}"


def _due(hands: Handling, case: Case) -> str:
    if case.due_day is None:
        return ""
    return f"  最晚：{said_day(case.due_day)}" + ("（估计）" if case.due_day > hands.all.workdays.known_until else "")


def _state(hands: Handling, case: Case) -> str:
    state = f"现在：{'新收' if case.stage == NEW else NAMES[Status(case.status)]}"
    if case.handler:
        state += f"  办理人：{hands.all.roster.names.get(PersonId(case.handler), '（已离开）')}"
    if case.handling.get("withdrawn"):
        state += "\n反映人说不用再找他了，查出问题照样办"
    if (waits := hands.proposal(case)) is not None:
        state += f"\n{_proposer(hands, waits[1].proposer)}报批{move_name(waits[1].move)}，还没有批"
    return state


def move_name(key: str) -> str:
    return {EXTENSION: "延期", ZONE: "请片区协作"}.get(key) or BY_KEY[key].name


def _proposer(hands: Handling, person: PersonId) -> str:
    return hands.all.roster.names.get(person, "（已离开）")


def _proposal(hands: Handling, case: Case) -> str:
    waits = hands.proposal(case)
    if waits is None:
        return "（已经没有等批的）"
    said = waits[1].said
    if waits[1].move == EXTENSION:
        return f"{_proposer(hands, waits[1].proposer)}{leaders.extension_told(waits[1].said)}"
    why = "\n".join(f"{SAID_AS[key]}：{_cut(said[key])}" for key in LISTED if said.get(key))
    answer = f"\n回话：“{_cut(said['answer'])}”" if said.get("answer") else ""
    told = f"{_proposer(hands, waits[1].proposer)}拟：{move_name(waits[1].move)}"
    return told + (f"\n{why}" if why else "") + answer


SAID_AS = {"category": "类别", "grounds": "依据", "to": "请他去找", "disposal": "怎么处置", "result": "结果"}
CUT_CHARS = 50
"""More of what was written stands on the page: a message has at most 180 characters (dialogues.md §0.1)."""


def _cut(text: str) -> str:
    return text if len(text) <= CUT_CHARS else f"{text[:CUT_CHARS]}……（全文在网页里）"


def _approver(hands: Handling, case: Case) -> str:
    key = cases.proposal(hands.rows, hands.all.vault, case.report)
    at = hands.all.roster.at(case.facts.desk)
    higher = hands.all.roster.at(hands.all.organisation.desk_of_county(case.facts.village))
    everybody = (*at, *higher)
    found = next((p for p in everybody if key and cases.person_key(hands.all.vault, p.id) == key[0]), None)
    return hands.all.roster.names[found.id] if found else "别的同志"


def _near(hands: Handling, case: Case) -> str:
    place = hands.all.organisation.place_name(case.facts.village)
    return f"{place}、{case.facts.unit}" if case.facts.unit else place


def _hears(hands: Handling, case: Case) -> str:
    """Said before an officer writes an answer with care that is not read, or not soon."""
    if hears_result_alone(hands.rows, hands.all.vault, case):
        heard = result_alone(case).rstrip("。")
        return f"\n这件{HEARD_OTHERWISE['monitor']}：他听到的是“{heard}”，您写的留在卷里。"
    return "\n这件发不到手机，他报码来问才看得到。" if case.source == "helped" else ""


def _asking(hands: Handling) -> str:
    """How long a reporter who is asked may take, and whether the clock runs on."""
    clocks = hands.all.clocks
    runs_on = "等他回话的日子不算在办理期限里" if clocks.ask_pauses else "办理时间照走"
    return f"给他 {clocks.ask_workdays} 个工作日回话，{runs_on}。"


_PARTS: dict[str, Callable[[Handling, Case], str]] = {
    "head": _head,
    "state": _state,
    "proposal": _proposal,
    "approver": _approver,
    "near": _near,
    "number": lambda hands, case: case.shown_number,
    "numbers": lambda hands, case: (
        case.shown_number + ("" if case.shown_number == case.number else f"（{case.number}）")
    ),
    "asking": lambda hands, case: _asking(hands),
    "due": lambda hands, case: said_day(case.due_day) if case.due_day is not None else "",
    "sector": lambda hands, case: case.sector,
    "hears": _hears,
}


def of_case(hands: Handling, case: Case, name: str) -> str:
    """One part of a case that the person may see; a line names the day on which it is read."""
    name, _, today = name.partition(" ")
    return _line(hands, case, int(today)) if name == "line" else _PARTS[name](hands, case)


# ---------------------------------------------------------------- what reporters are told of officers


TIPS = frozenset(("monitor", "committee"))
"""Sources of what people of a net report: they hear the result, without details."""
HEARD_OTHERWISE = {
    **dict.fromkeys(sorted(TIPS), "只告诉他结果"),
    "helped": "发不到手机，他报码来问才看得到",
}
"""How what is said to a reporter reaches them, where it is not as usual: an officer who asks would wait in vain."""


def hears_result_alone(rows: Rows, vault: Vault, case: Case) -> bool:
    """Also where a tip is looked at again by the desk above."""
    if case.source == LOOKED_AT_AGAIN:
        first = cases.load(rows, vault, ReportId(bytes.fromhex(case.about_report)))
        return first is not None and first.source in TIPS
    return case.source in TIPS


def result_alone(case: Case) -> str:
    """What stands for an answer's words where only the result is told."""
    result = case.handling.get("result")
    return f"查完了，结果是：{result}。" if result else "还在办，有进展。"


def looked(rows: Rows, all_: Shared, report: ReportId) -> str:
    """Who has looked, as counts by level."""
    found = cases.looked(rows, all_.vault, report)
    told = "、".join(f"{LEVELS[level]} {found[level]} 人" for level in LEVELS if level in found)
    return f"打开看过的：{told}" if told else "还没有人打开看过"


def above(rows: Rows, all_: Shared, report: ReportId, part: str) -> str:
    """The desk above, or from whom it keeps what it is told."""
    case = cases.load(rows, all_.vault, report)
    if case is None:
        return ""
    if part == "above":
        return above_said(case.facts, all_.organisation)
    if desk_above(case.facts, all_.organisation) != case.facts.desk:
        return "现在办的单位和村里看不到"
    return "案管以外的人、镇上、村里看不到；不放心请打 12388"


def reply_until(rows: Rows, all_: Shared, report: ReportId) -> str:
    """Until when the answer to a question is waited for; empty once it was answered."""
    case = cases.load(rows, all_.vault, report)
    asked_day = case.handling.get("asked_day") if case is not None else None
    if asked_day is None:
        return ""
    return f"{said_day(all_.workdays.after(asked_day, all_.clocks.ask_workdays).day)}前说都来得及。"


def promised(rows: Rows, all_: Shared, report: ReportId, part: str) -> str:
    """Until when the reporter hears where it stands, and who is told by the system if not (dialogues.md §8)."""
    case = cases.load(rows, all_.vault, report)
    if case is None or case.due_day is None or case.status == Status.CONCLUDED:
        return ""
    about = "（估计）" if case.due_day > all_.workdays.known_until else ""
    if part == "first_look":
        return f"{said_day(case.due_day)}{about}前看。"
    above = above_said(case.facts, all_.organisation)
    return f"{said_day(case.due_day)}{about}前告诉您办到哪一步；到时候没告诉，我自动报{above}。\n"
