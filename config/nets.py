"""The nets: groups of a village with their households, and who is what in it. All that is wrong is told at once.

One row a person, or one row for a group that has no monitor yet; the order of rows means nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from config.codes import VILLAGE_DIGITS, code_fault
from config.faults import Fault, Faults
from config.people import NAME_CHARS_MAX
from config.tables import Line, read_bytes, read_table
from config.workbook import is_workbook, read_workbook
from handlers.model import PersonId, VillageCode
from handlers.organisation import Organisation
from handlers.rules.nets import MONITORS_MAX, Group, Member, Net, NetPost

COLUMNS = ("village", "group", "households", "id", "name", "post", "how", "chosen", "until")
GROUP_CHARS_MAX, HOW_CHARS_MAX, HOUSEHOLDS_MAX = 10, 20, 2000
_ID = re.compile("[A-Za-z0-9-]{1,20}")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: 00:00:00)?")
OF_GROUP, OF_PERSON = ("group", "households"), ("how", "chosen", "until")


@dataclass(frozen=True, slots=True)
class Listed:
    """One village's net, and what its people are called."""

    net: Net
    names: Mapping[PersonId, str] = field(default_factory=dict)


def load_nets(path: Path, organisation: Organisation, taken: Collection[str] = ()) -> tuple[Listed, ...]:
    """The nets of a CSV or XLSX file, by village. `taken` are ids of other people. Raises Faults with all that is wrong."""
    faults: list[Fault] = []
    lines: Sequence[Line] | None = None
    if (raw := read_bytes(path, faults)) is not None:
        read = read_workbook if is_workbook(raw) else read_table
        lines = read(path.name, raw, COLUMNS, faults)
    for line in lines or ():
        faults += _line_faults(line, organisation, taken)
    for faults_of in (_ids, _groups, _chiefs):
        faults += faults_of(lines or ())
    if faults:
        raise Faults(sorted(faults, key=lambda fault: (fault.row, fault.column, fault.says)))
    return tuple(_nets(lines or ()))


def _line_faults(line: Line, organisation: Organisation, taken: Collection[str]) -> Iterator[Fault]:
    if line["village"] not in organisation.villages:
        says = code_fault(line["village"], VILLAGE_DIGITS) or f"没有这个村 {line['village']}"
        yield line.fault("village", says)
    yield from _of_group(line)
    if not _is_person(line):
        yield from (line.fault(each, "这一行没有写人，这一格要空着") for each in OF_PERSON if line[each])
        return
    if not _ID.fullmatch(line["id"]):
        says = f"编号用字母、数字和“-”，最多20个，写的是“{line['id']}”" if line["id"] else "没有填编号"
        yield line.fault("id", says)
    elif line["id"] in taken:
        yield line.fault("id", f"编号 {line['id']} 在名册里已经有人用了")
    if not line["name"] or len(line["name"]) > NAME_CHARS_MAX:
        yield line.fault("name", f"姓名最多{NAME_CHARS_MAX}字：{line['name']}" if line["name"] else "没有填姓名")
    if line["post"] not in list(NetPost):
        yield line.fault("post", f"只能是{'、'.join(NetPost)}，写的是“{line['post']}”")
    else:
        yield from _of_term(line)


def _of_group(line: Line) -> Iterator[Fault]:
    """Monitors and empty rows belong to a group; all others to the whole village."""
    if _is_person(line) and line["post"] != NetPost.MONITOR:
        yield from (line.fault(each, f"{line['post']}管全村，这一格要空着") for each in OF_GROUP if line[each])
        return
    if not line["group"] or len(line["group"]) > GROUP_CHARS_MAX:
        yield line.fault("group", f"组名最多{GROUP_CHARS_MAX}字：{line['group']}" if line["group"] else "没有填组")
    n = line["households"]
    if not (n.isascii() and n.isdigit() and 1 <= int(n) <= HOUSEHOLDS_MAX):
        yield line.fault("households", f"户数写1到{HOUSEHOLDS_MAX}的整数，写的是“{n}”" if n else "没有填户数")


def _of_term(line: Line) -> Iterator[Fault]:
    if len(line["how"]) > HOW_CHARS_MAX:
        yield line.fault("how", f"怎么选的，最多{HOW_CHARS_MAX}字：{line['how']}")
    days = {}
    for column in ("chosen", "until"):
        days[column] = iso(line[column])
        if line[column] and not days[column]:
            yield line.fault(column, f"日期写成 2026-01-31 这样，写的是“{line[column]}”")
    if line["post"] != NetPost.CADRE:
        yield from (line.fault(each, "没有填") for each in OF_PERSON if not line[each])
    if days["chosen"] and days["until"] and days["until"] <= days["chosen"]:
        yield line.fault("until", f"任期到 {days['until']}，不在选的那天 {days['chosen']} 以后")


def iso(cell: str) -> str:
    """2026/1/31 and 2026年1月31日 → 2026-01-31; empty for what is no day."""
    found = _DAY.fullmatch(cell)
    try:
        return date(*map(int, found.groups())).isoformat() if found else ""
    except ValueError:
        return ""


def _is_person(line: Line) -> bool:
    return any(line[column] for column in ("id", "name", "post"))


def _ids(lines: Sequence[Line]) -> Iterator[Fault]:
    yield from _twice(lines, lambda line: line["id"], "id", "编号 {0} 在第{1}行已经用过，一个人只写一行")


def _chiefs(lines: Sequence[Line]) -> Iterator[Fault]:
    def village(line: Line) -> str:
        return line["village"] if line["post"] == NetPost.CHIEF else ""

    yield from _twice(lines, village, "post", "第{1}行已经有监督长，一个村只有一个")


def _twice(lines: Sequence[Line], key: Callable[[Line], str], column: str, says: str) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for line in lines:
        if (found := key(line)) and seen.setdefault(found, line.row) != line.row:
            yield line.fault(column, says.format(found, seen[found]))


def _groups(lines: Sequence[Line]) -> Iterator[Fault]:
    """A group has one number of households, at most three monitors, and a row of its own only if it has none."""
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        if line["group"] and (not _is_person(line) or line["post"] == NetPost.MONITOR):
            groups.setdefault((line["village"], line["group"]), []).append(line)
    for (_, name), mine in groups.items():
        first, people = mine[0], 0
        for line in mine:
            people += _is_person(line)
            if line["households"] != first["households"]:
                yield line.fault(
                    "households", f"{name}在第{first.row}行是{first['households']}户，这里是{line['households']}户"
                )
            if people > MONITORS_MAX:
                yield line.fault("group", f"{name}已经有{MONITORS_MAX}个监督员，一个组1到{MONITORS_MAX}个")
            if not _is_person(line) and len(mine) > 1:
                yield line.fault("group", f"{name}写了不止一行，这一行又没有写人")


def _nets(lines: Sequence[Line]) -> Iterator[Listed]:
    by_village: dict[str, list[Line]] = {}
    for line in lines:
        by_village.setdefault(line["village"], []).append(line)
    for village, mine in sorted(by_village.items()):
        groups = {line["group"]: int(line["households"]) for line in mine if line["group"]}
        people = sorted((line for line in mine if line["id"]), key=lambda line: line["id"])
        members = tuple(
            Member(
                PersonId(line["id"]), VillageCode(village), NetPost(line["post"]), line["group"], line["how"],
                iso(line["chosen"]), iso(line["until"]),
            )
            for line in people
        )  # fmt: skip
        net = Net(VillageCode(village), tuple(Group(*each) for each in sorted(groups.items())), members)
        yield Listed(net, {PersonId(line["id"]): line["name"] for line in people})
