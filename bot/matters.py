"""Who sees what of a matter, who is told of it, and what it is shown as: asked at every look, push and reply."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bot.performs.told import Shared
from handlers.code import query_code_shown
from handlers.dates import said_day
from handlers.model import AccountId, CountyCode, DeskId, Millis, Person, Post, ReportId, TownshipCode, VillageCode
from handlers.organisation import Department, Organisation
from handlers.rules.deadlines import Rung
from storage import matters as store
from storage import outbox
from storage.matters import ANSWERED, WAITING, Matter
from storage.outbox import DeskRow
from storage.statement import Rows

KIND = "matter_"
"""How the kinds of rows about matters begin."""
VIEWS = {
    "matter_new": ("unit", WAITING),
    "matter_chased": ("unit", WAITING),
    "matter_returned": ("unit", WAITING),
    "matter_late": ("unit", WAITING),
    "matter_approve": ("above", ANSWERED),
    "matter_known": ("known", WAITING),
    "matter_chased_above": ("known", WAITING),
    "matter_late_above": ("known", WAITING),
}
"""What a row is about: how its readers see the matter, and at which stage the row still has something to say."""


def with_id(matter: Matter, id_: bytes, help_: str) -> Matter:
    return replace(matter, id=id_, help=help_)


def place_of(department: Department, organisation: Organisation) -> str:
    """The name of the county, city or township that a department is of."""
    place = department.place
    if department.level == "township":
        return organisation.townships[TownshipCode(place)].name
    return organisation.counties[CountyCode(place)].name if department.level == "county" else organisation.city_name


def sees(all_: Shared, person: Person, matter: Matter, view: str) -> bool:
    """unit: the department, words and all. above: the county's 案管, who says yes to a public answer. known: whoever knows
    of a concern, without its words; at a county or the city only the 案管."""
    if view == "unit":
        return person.desk == matter.unit
    if view == "above":
        return person.desk == matter.above and person.holds(Post.SUPERVISION) and matter.stage == ANSWERED
    if person.desk == matter.above:
        return person.holds(Post.SUPERVISION)
    return matter.kind == "concern" and person.desk == matter.told


# ---------------------------------------------------------------- telling


def tell(all_: Shared, rows: Rows, matter: Matter, desk: DeskId, kind: str, now: Millis) -> None:
    outbox.tell_desk(rows, all_.vault, all_.chance, desk, ReportId(matter.id), now, kind)


def is_row(kind: str) -> bool:
    return kind.startswith(KIND)


def still_to_say(all_: Shared, rows: Rows, id_: bytes, kind: str) -> Matter | None:
    """The matter of a row, if there is still something to say of it."""
    found = store.load(rows, all_.vault, id_)
    return found if found is not None and found.stage == VIEWS[kind][1] else None


def recipients(all_: Shared, row: DeskRow, matter: Matter) -> Iterator[tuple[str, str, str]]:
    for person in all_.roster.at(row.desk):
        bound = all_.roster.bound(person.id)
        if bound is not None and sees(all_, person, matter, VIEWS[row.kind][0]):
            yield person.id, bound.channel, bound.address


def remind(all_: Shared, rows: Rows, unit: DeskId, rungs: Mapping[int, Sequence[Rung]], now: Millis) -> int:
    """The working day after the day that was promised: the department and the desk above hear that it was missed."""
    missed = {due_day for due_day, climbed in rungs.items() if Rung.MISSED in climbed}
    if not missed or not len(all_.roster):
        return 0
    n = 0
    for stage, kinds in LATE.items():
        for matter in store.listed(rows, all_.vault, "unit", unit, stage):
            if matter.due_day in missed:
                for desk, kind in zip((unit, matter.above)[-len(kinds) :], kinds, strict=True):
                    tell(all_, rows, matter, desk, kind, now)
                    n += 1
    return n


LATE = {WAITING: ("matter_late", "matter_late_above"), ANSWERED: ("matter_approve",)}
"""Who is told what, of one that waits for the department, and of one that waits for the county's yes."""


def push_to_asker(all_: Shared, rows: Rows, matter: Matter, now: Millis) -> None:
    """A push without content."""
    if (to := store.asker_of(rows, all_.vault, matter.id)) is not None:
        outbox.tell_notice(rows, all_.vault, all_.chance, to, ("reply_new", ""), now, all_.schedule.loud_at(now))


# ---------------------------------------------------------------- showing

KINDS = {"question": "问", "suggestion": "意见", "concern": "求助"}
OWN_PARTS = ("unit", "phone", "due", "reply", "line", "above", "stands")
UNIT_PARTS = ("unit_line", "words", "note")
ABOVE_PARTS = ("above_line", "words", "answer", "unit")
NOT_OURS = "您说的这件不归他们管。请打 12345（全天），说一声是什么事，他们告诉您找谁。"


def shown(rows: Rows, all_: Shared, account: AccountId, ref: str, part: str, *, by_code: bool) -> str | None:
    """A part of a matter; None if this account may not see it. `by_code`: whoever asks has come with its query code."""
    matter = store.load(rows, all_.vault, bytes.fromhex(ref))
    if matter is None:
        return None
    person = all_.roster.person_of(account)
    own = store.mine_about(rows, all_.vault, account, matter.id)
    if own is not None and part == "code":
        return query_code_shown(own.code)
    allowed = part in OWN_PARTS and (own is not None or by_code)
    for view, parts in (("unit", UNIT_PARTS), ("above", ABOVE_PARTS), ("known", ("known",))):
        allowed = allowed or (person is not None and part in parts and sees(all_, person, matter, view))
    return _part(all_, matter, part) if allowed else None


def _part(all_: Shared, matter: Matter, part: str) -> str:
    organisation = all_.organisation
    department = organisation.departments.get(matter.unit)
    name = department.name if department else "原来的部门"
    due = said_day(matter.due_day) if matter.due_day is not None else ""
    about = "（估计）" if matter.due_day is not None and matter.due_day > all_.workdays.known_until else ""
    what = KINDS[matter.kind] + (f"（{matter.help}）" if matter.help else "")
    village = organisation.villages.get(VillageCode(matter.village))
    place = organisation.place_name(village.code) if village else ""
    match part:
        case "unit":
            return name
        case "phone":
            return department.phone if department else ""
        case "due":
            return due + about
        case "reply":
            return NOT_OURS if matter.how == "not_ours" else matter.answer
        case "stands":
            if matter.stage == store.DONE:
                return f"回话：\n{NOT_OURS if matter.how == 'not_ours' else matter.answer}"
            return f"还没有回话，{due}前会有人找您。"
        case "line":
            return f"{said_day(matter.received_day)} {what} {name}，{due}前"
        case "above":
            return organisation.desks[matter.above].name if matter.above in organisation.desks else "上一级"
        case "unit_line":
            return f"{said_day(matter.received_day)} {what} {place} {due}前回"
        case "above_line":
            return f"{said_day(matter.received_day)} {what} {name}"
        case "known":
            return f"{place} {matter.help or KINDS[matter.kind]} {name} {due}前"
        case "note":
            return f"\n县里退回：{matter.note}" if matter.note else ""
        case "answer":
            return matter.answer
    return matter.words
