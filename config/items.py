"""公示事项 from one file. Every bound is such that the longest item still fits its card and its pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from config.codes import CITY_DIGITS, COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS
from config.faults import Fault, Faults
from config.tables import Line, read_bytes, read_table
from handlers.model import Facts, Item, ItemId, ItemKind, Sector
from handlers.organisation import Organisation

COLUMNS = (
    *("id", "sector", "kind", "areas", "title", "amount", "source", "standard", "per_head", "period", "place"),
    *("unit", "status", "listed_at", "published", "ends_on", "beneficiaries", "details"),
)
TEXT_CHARS_MAX = {
    "title": 30,
    "amount": 14,
    "source": 22,
    "place": 20,
    "period": 17,
    "unit": 16,
    "status": 12,
    "standard": 50,
    "listed_at": 35,
}
"""The first seven stand on the card, whose own words leave them 131 of the 180 characters of a message; the other two
on the first page of the details with the title (dialogues.md §0.1, §1). None may be empty."""
DETAIL_CHARS_MAX = 28
"""Four lines of details make a page, below the title and above the date: 180 characters again."""
DETAILS_MAX = 24
"""Six such pages; longer lists hang at `listed_at`."""
ID_CHARS_MAX = 40
BENEFICIARIES_MAX = 10_000_000
"""Twice the people of the city; more is a slip of the hand."""

_ID_CHARS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_AREA_DIGITS = (CITY_DIGITS, COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS)
_YES_NO = {"是": True, "否": False}


def load_items(path: Path, organisation: Organisation) -> tuple[Item, ...]:
    """The items of a file, in its order, all of version 1: the import numbers versions by what has changed.

    Raises Faults with everything that is wrong.
    """
    faults: list[Fault] = []
    raw = read_bytes(path, faults)
    lines = () if raw is None else read_table(path.name, raw, COLUMNS, faults) or ()
    first: dict[str, Line] = {}
    for line in lines:
        faults.extend(_id_faults(line, first))
        faults.extend(_area_faults(line, organisation))
        faults.extend(_text_faults(line))
        faults.extend(_choice_faults(line))
        faults.extend(_date_faults(line))
        faults.extend(_count_faults(line))
        faults.extend(_detail_faults(line))
        first.setdefault(line["id"], line)
    if faults:
        raise Faults(sorted(faults, key=lambda fault: fault.row))
    return tuple(_item(line) for line in lines)


# ---------------------------------------------------------------- checks


def _id_faults(line: Line, first: dict[str, Line]) -> Iterator[Fault]:
    id_ = line["id"]
    if not id_:
        yield line.fault("id", "没有填编号")
    elif id_ in first:
        yield line.fault("id", f"编号 {id_} 和第{first[id_].row}行重复")
    elif not _ID_CHARS.issuperset(id_) or not id_[0].isalpha() or len(id_) > ID_CHARS_MAX:
        yield line.fault("id", f"编号用小写字母开头，只用小写字母、数字和“-”，最多{ID_CHARS_MAX}个，写的是“{id_}”")


def _area_faults(line: Line, organisation: Organisation) -> Iterator[Fault]:
    areas = line["areas"].split()
    if not areas:
        yield line.fault("areas", "没有填公示范围，填村、乡镇、区县或市的代码")
    for n, area in enumerate(areas):
        if len(area) not in _AREA_DIGITS or not organisation.villages_in(area):
            yield line.fault("areas", f"没有这个地方 {area}；几个代码之间用空格隔开")
        elif area in areas[:n]:
            yield line.fault("areas", f"代码 {area} 写了两次")
        elif wider := next((other for other in areas if other != area and area.startswith(other)), ""):
            yield line.fault("areas", f"{area} 已经包括在 {wider} 里，请去掉一个")


def _text_faults(line: Line) -> Iterator[Fault]:
    for column, chars_max in TEXT_CHARS_MAX.items():
        text = line[column]
        if not text:
            yield line.fault(column, "不能空着")
        elif len(text) > chars_max:
            yield line.fault(column, f"最多{chars_max}字，这里有{len(text)}字：{text}")


def _choice_faults(line: Line) -> Iterator[Fault]:
    allowed = {"sector": list(map(str, Sector)), "kind": list(map(str, ItemKind)), "per_head": list(_YES_NO)}
    for column, choices in allowed.items():
        if line[column] not in choices:
            yield line.fault(column, f"只能填{'、'.join(choices)}，写的是“{line[column]}”")


def _date_faults(line: Line) -> Iterator[Fault]:
    if not line["published"]:
        yield line.fault("published", "没有填公示日期")
    wrong = [column for column in ("published", "ends_on") if line[column] and not _is_date(line[column])]
    for column in wrong:
        yield line.fault(column, f"日期要写成 2026-11-24 这样（Excel 会改日期，请设成“文本”），写的是“{line[column]}”")
    if not wrong and line["ends_on"] and line["ends_on"] < line["published"]:
        yield line.fault("ends_on", f"结束日期 {line['ends_on']} 早于公示日期 {line['published']}")


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _count_faults(line: Line) -> Iterator[Fault]:
    count = line["beneficiaries"]
    digits = count.isascii() and count.isdigit() and len(count) <= len(str(BENEFICIARIES_MAX))
    if not digits or not 1 <= int(count) <= BENEFICIARIES_MAX:
        says = f"受益户（人）数是1到{BENEFICIARIES_MAX}的整数，不带单位和逗号，写的是“{count}”"
        yield line.fault("beneficiaries", says)


def _detail_faults(line: Line) -> Iterator[Fault]:
    details = _details(line)
    if len(details) > DETAILS_MAX:
        yield line.fault("details", f"最多{DETAILS_MAX}条，这里有{len(details)}条")
    for detail in details:
        if len(detail) > DETAIL_CHARS_MAX:
            yield line.fault("details", f"每条最多{DETAIL_CHARS_MAX}字，这条有{len(detail)}字：{detail}")


# ---------------------------------------------------------------- values


def _details(line: Line) -> tuple[str, ...]:
    """Lines are parted by ； or |."""
    parts = line["details"].replace("|", "；").split("；")
    return tuple(stripped for part in parts if (stripped := part.strip()))


def _item(line: Line) -> Item:
    facts = Facts(
        **{column: line[column] for column in TEXT_CHARS_MAX},
        published=line["published"],
        ends_on=line["ends_on"],
        beneficiaries=int(line["beneficiaries"]),
        details=_details(line),
        per_head=_YES_NO[line["per_head"]],
    )
    areas = tuple(line["areas"].split())
    return Item(ItemId(line["id"]), 1, Sector(line["sector"]), ItemKind(line["kind"]), facts, areas)
