"""The roster: who has which post in which unit, and what they declared. All that is wrong is told at once.

One row a post: whoever holds several posts has several rows, all of one desk. Names are for officers only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.codes import CITY_DIGITS, COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS, code_fault
from config.faults import Fault, Faults
from config.tables import Line, read_bytes, read_table
from config.workbook import is_workbook, read_workbook
from handlers.model import DeskId, Person, PersonId, Post, VillageCode, ZoneCode
from handlers.organisation import Organisation

COLUMNS = ("id", "name", "unit", "post", "ties")
POSTS = {
    "township": (Post.SECRETARY, Post.DEPUTY, Post.OFFICER),
    "zone": (Post.COMMANDER, Post.LEADER, Post.DIRECTOR),
    "county": (Post.SECRETARY, Post.LEADERSHIP, Post.SUPERVISION, Post.OFFICER),
    "city": (Post.SECRETARY, Post.LEADERSHIP, Post.SUPERVISION, Post.OFFICER),
    "department": (Post.CONTACT,),
}
"""Which posts there are in which unit (domain.md §2)."""
NAME_CHARS_MAX, TIE_CHARS_MAX, TIES_MAX = 20, 30, 20
_ID = re.compile("[A-Za-z0-9-]{1,20}")
_BETWEEN_TIES = re.compile("[；;、\\s]+")
LEVELS = {CITY_DIGITS: "city", COUNTY_DIGITS: "county", TOWNSHIP_DIGITS: "township"}


@dataclass(frozen=True, slots=True)
class Listed:
    """One person of the roster."""

    person: Person
    name: str


def load_people(path: Path, organisation: Organisation) -> tuple[Listed, ...]:
    """The people of a CSV or XLSX file, by id. Raises Faults with everything that is wrong in it."""
    faults: list[Fault] = []
    lines: Sequence[Line] | None = None
    if (raw := read_bytes(path, faults)) is not None:
        read = read_workbook if is_workbook(raw) else read_table
        lines = read(path.name, raw, COLUMNS, faults)
    found = _people(lines or (), organisation, faults)
    if not faults:
        faults += unstaffed(path.name, [listed.person for listed in found], organisation)
    if faults:
        raise Faults(sorted(faults, key=lambda fault: fault.row))
    return tuple(found)


def _people(lines: Sequence[Line], organisation: Organisation, faults: list[Fault]) -> list[Listed]:
    rows: dict[str, list[Line]] = {}
    seen: dict[tuple[str, str, str], Line] = {}
    for line in lines:
        faults += _line_faults(line, organisation)
        key = (line["id"], line["unit"], line["post"])
        if key in seen:
            faults.append(
                line.fault("id", f"和第{seen[key].row}行重复：{line['id']} 在 {line['unit']} 已经是{line['post']}")
            )
        seen.setdefault(key, line)
        rows.setdefault(line["id"], []).append(line)
    for mine in rows.values():
        faults += _person_faults(mine, organisation)
    return [] if faults else [_listed(mine, organisation) for _, mine in sorted(rows.items())]


def _line_faults(line: Line, organisation: Organisation) -> Iterator[Fault]:
    id_, name, unit, post = line["id"], line["name"], line["unit"], line["post"]
    if not _ID.fullmatch(id_):
        yield line.fault("id", f"编号用字母、数字和“-”，最多20个，写的是“{id_}”" if id_ else "没有填编号")
    if not name or len(name) > NAME_CHARS_MAX:
        yield line.fault("name", f"姓名最多{NAME_CHARS_MAX}字：{name}" if name else "没有填姓名")
    level = level_of(unit, organisation)
    if level is None:
        digits = len(unit) if len(unit) in LEVELS else TOWNSHIP_DIGITS
        is_department = "D" in unit
        says = f"没有这个部门 {unit}" if is_department else code_fault(unit, digits) or f"没有这个单位 {unit}"
        yield line.fault("unit", f"{says}（要写市、区县、协作区、乡镇或部门的代码）")
    elif post not in POSTS[level]:
        yield line.fault("post", f"这一级的职务只能是{'、'.join(POSTS[level])}，写的是“{post}”")
    yield from _tie_faults(line, organisation)


def _tie_faults(line: Line, organisation: Organisation) -> Iterator[Fault]:
    ties = ties_of(line["ties"])
    if len(ties) > TIES_MAX:
        yield line.fault("ties", f"关联最多{TIES_MAX}个，这里有{len(ties)}个")
    for tie in ties:
        if len(tie) > TIE_CHARS_MAX:
            yield line.fault("ties", f"一个关联最多{TIE_CHARS_MAX}字：{tie}")
        elif tie.isdigit() and not _is_place(tie, organisation):
            yield line.fault("ties", f"没有这个地方 {tie}（要写村、乡镇或区县的代码，或单位的全名、公示的编号）")
        elif tie.isdigit() and line["unit"].startswith(tie):
            yield line.fault("ties", f"关联 {tie} 是自己单位管的整个地方，那样一件也看不到；请写到村")


def _is_place(tie: str, organisation: Organisation) -> bool:
    if len(tie) == VILLAGE_DIGITS:
        return VillageCode(tie) in organisation.villages
    return tie in organisation.townships or tie in organisation.counties


def _person_faults(mine: Sequence[Line], organisation: Organisation) -> Iterator[Fault]:
    first = mine[0]
    desk = desk_of(first["unit"], organisation)
    for line in mine[1:]:
        if line["name"] != first["name"]:
            yield line.fault("name", f"编号 {line['id']} 在第{first.row}行叫{first['name']}，这里叫{line['name']}")
        if desk and (other := desk_of(line["unit"], organisation)) and other != desk:
            yield line.fault(
                "unit", f"{first['name']}在第{first.row}行属于{organisation.unit_name(desk)}，一个人只能在一个承办单位"
            )


def _listed(mine: Sequence[Line], organisation: Organisation) -> Listed:
    desk = desk_of(mine[0]["unit"], organisation)
    assert desk is not None
    posts = tuple((line["unit"], Post(line["post"])) for line in mine)
    ties = frozenset(tie for line in mine for tie in ties_of(line["ties"]))
    return Listed(Person(PersonId(mine[0]["id"]), desk, posts, ties), mine[0]["name"])


def ties_of(cell: str) -> tuple[str, ...]:
    """龙井村的代码、坝黄镇人民政府 → its parts."""
    return tuple(part for part in _BETWEEN_TIES.split(cell) if part)


def level_of(unit: str, organisation: Organisation) -> str | None:
    if unit in organisation.zones:
        return "zone"
    if DeskId(f"department:{unit}") in organisation.departments:
        return "department"
    level = LEVELS.get(len(unit))
    return level if level and f"{level}:{unit}" in organisation.desks else None


def desk_of(unit: str, organisation: Organisation) -> DeskId | None:
    """People of a zone's posts belong to the county: a zone changes no subordination [A]."""
    level = level_of(unit, organisation)
    if level == "zone":
        return DeskId(f"county:{organisation.zones[ZoneCode(unit)].county}")
    return DeskId(f"{level}:{unit}") if level else None


# ---------------------------------------------------------------- 1+1+N, and no empty desk


def unstaffed(file: str, people: Sequence[Person], organisation: Organisation) -> Iterator[Fault]:
    """Every zone 1+1+N, every desk with people who can propose and approve (domain.md §2)."""
    holders: dict[tuple[str, Post], list[str]] = {}
    at: dict[str, int] = {}
    for person in people:
        at[person.desk] = at.get(person.desk, 0) + 1
        for unit, post in person.posts:
            holders.setdefault((unit, post), []).append(person.id)
    for desk in organisation.desks.values():
        yield from (Fault(file, 0, "", says) for says in _desk_lacks(desk.level, desk.place, desk.name, at, holders))
    for zone in organisation.zones.values():
        yield from (Fault(file, 0, "", f"{zone.name}：{says}") for says in _zone_lacks(zone.code, holders))


def _desk_lacks(
    level: str, place: str, name: str, at: Mapping[str, int], holders: Mapping[tuple[str, Post], list[str]]
) -> Iterator[str]:
    n = at.get(f"{level}:{place}", 0)
    if n < 2:
        yield f"{name}只有{n}个人，至少要两个人：一个人提，另一个人批" if n else f"{name}一个人也没有"
    if level == "township":
        yield from _exactly_one(name, holders.get((place, Post.SECRETARY), []), Post.SECRETARY)
        if n and not holders.get((place, Post.DEPUTY)):
            yield f"{name}没有副书记，协作区少一个成员"
    elif n and not holders.get((place, Post.SUPERVISION)):
        yield f"{name}没有案管"


def _zone_lacks(zone: str, holders: Mapping[tuple[str, Post], list[str]]) -> Iterator[str]:
    for post in POSTS["zone"]:
        yield from _exactly_one("", holders.get((zone, post), []), post)


def _exactly_one(name: str, who: Sequence[str], post: Post) -> Iterator[str]:
    if len(who) != 1:
        yield f"{name}{post}应该正好一个，有{len(who)}个{'：' + '、'.join(who) if who else ''}"
