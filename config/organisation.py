"""The city from six files: city, counties, zones, townships, villages, desks, and a seventh that may be missing:
departments. All that is wrong is told at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from config.codes import CITY_DIGITS, COUNTY_DIGITS, TOWNSHIP_DIGITS, VILLAGE_DIGITS, code_fault
from config.faults import Fault, Faults
from config.tables import Line, read_bytes, read_table
from handlers.model import CountyCode, DeskId, Help, TownshipCode, VillageCode, ZoneCode
from handlers.organisation import County, Department, Desk, Organisation, Township, Village, Zone

COLUMNS = {
    "city.csv": ("code", "name"),
    "counties.csv": ("code", "name"),
    "zones.csv": ("code", "name", "county"),
    "townships.csv": ("code", "name", "county", "zone"),
    "villages.csv": ("code", "name", "township"),
    "desks.csv": ("level", "place", "name", "phone"),
}
DEPARTMENTS, DEPARTMENT_COLUMNS = "departments.csv", ("code", "name", "place", "phone", "helps")
"""Without it nobody answers questions and nobody is asked for help here: people are told so, and given a phone."""
PARENT_DIGITS = {"county": COUNTY_DIGITS, "township": TOWNSHIP_DIGITS}
NAME_CHARS_MAX = 30
"""The longest official name, of a zone, has 24; every name stands in a message of at most 180."""
PHONE_CHARS_MAX = 30

Places = Mapping[str, Line]
"""Rows by code, also those with other faults, so that one fault is told once and not again by every row below it."""

_DIGITS = "一二三四五六七八九"
ORDINALS = frozenset(
    [*_DIGITS, "十", *(f"{ten}十{one}" for ten in ("", *_DIGITS[1:]) for one in ("", *_DIGITS))],
)
"""一 to 九十九: how zones of a county are counted."""


def load_organisation(folder: Path) -> Organisation:
    """The organisation of the files in `folder`. Raises Faults with everything that is wrong in any of them."""
    faults: list[Fault] = []
    digest = hashlib.sha256()
    tables: dict[str, tuple[Line, ...] | None] = {}
    for file in sorted(COLUMNS):
        raw = read_bytes(folder / file, faults)
        digest.update(raw or b"")
        tables[file] = None if raw is None else read_table(file, raw, COLUMNS[file], faults)
    departments = _departments(folder / DEPARTMENTS, digest.update, faults)
    _check(tables, faults)
    _check_departments(departments, tables, faults)
    if faults:
        files = [*COLUMNS, DEPARTMENTS]
        raise Faults(sorted(faults, key=lambda fault: (files.index(fault.file), fault.row)))
    tables[DEPARTMENTS] = departments
    return _built({file: lines or () for file, lines in tables.items()}, digest.hexdigest())


def _departments(path: Path, digested: Callable[[bytes], object], faults: list[Fault]) -> tuple[Line, ...]:
    """Empty if there is no such file, or only its header."""
    raw = read_bytes(path, faults) if path.exists() else None
    digested(raw or b"")
    if raw is None or b"\n" not in raw.strip():
        return ()
    return read_table(path.name, raw, DEPARTMENT_COLUMNS, faults) or ()


# ---------------------------------------------------------------- checks


def _check(tables: Mapping[str, Sequence[Line] | None], faults: list[Fault]) -> None:
    """A table that could not be read is None: what would have to be compared with it is not judged."""
    city = _places(tables["city.csv"], CITY_DIGITS, faults)
    counties = _places(tables["counties.csv"], COUNTY_DIGITS, faults)
    zones = _places(tables["zones.csv"], 0, faults)
    townships = _places(tables["townships.csv"], TOWNSHIP_DIGITS, faults)
    _places(tables["villages.csv"], VILLAGE_DIGITS, faults)
    if city:
        _check_city(city, counties or {}, faults)
    if counties:
        _check_parents(tables["zones.csv"], "county", "区县", counties, faults)
        _check_parents(tables["townships.csv"], "county", "区县", counties, faults)
        _check_zone_names(city, counties, zones or {}, faults)
    if townships:
        _check_parents(tables["villages.csv"], "township", "乡镇（街道）", townships, faults)
        if zones:
            _check_membership(zones, townships, faults)
    served = {"city": city, "county": counties, "township": townships}
    if (desks := tables["desks.csv"]) is not None:
        _check_desks(desks, served, faults)


def _places(lines: Sequence[Line] | None, digits: int, faults: list[Fault]) -> Places | None:
    """Rows by code, after looking at the code and the name alone. `digits` 0: a zone, whose code its county decides."""
    if lines is None:
        return None
    found: dict[str, Line] = {}
    for line in lines:
        code = line["code"]
        if says := code_fault(code, digits) if digits else _zone_code_fault(line):
            faults.append(line.fault("code", says))
        elif code in found:
            faults.append(line.fault("code", f"代码 {code} 和第{found[code].row}行重复"))
        found.setdefault(code, line)
        _check_name(line, faults)
    return found


def _zone_code_fault(line: Line) -> str:
    """520602Z01: the code of its county, Z, two digits."""
    code, county = line["code"], line["county"]
    number = code.removeprefix(f"{county}Z")
    if len(number) == 2 and number.isascii() and number.isdigit():
        return ""
    return f"协作区代码 {code or '（空）'} 应该是区县代码 {county}，加字母 Z 和两位数字"


def _check_name(line: Line, faults: list[Fault]) -> None:
    name = line["name"]
    if not name:
        faults.append(line.fault("name", "没有填名称"))
    elif len(name) > NAME_CHARS_MAX:
        faults.append(line.fault("name", f"名称最多{NAME_CHARS_MAX}字，这里有{len(name)}字：{name}"))


def _check_city(city: Places, counties: Places, faults: list[Fault]) -> None:
    code, first = next(iter(city.items()))
    extra = [line for line in city.values() if line is not first]
    faults.extend(line.fault("code", f"只能有一个市，多了 {line['code']}") for line in extra)
    elsewhere = [line for line in counties.values() if not line["code"].startswith(code)]
    faults.extend(line.fault("code", f"代码 {line['code']} 不是以本市代码 {code} 开头") for line in elsewhere)


def _check_parents(lines: Sequence[Line] | None, column: str, what: str, parents: Places, faults: list[Fault]) -> None:
    """Every row names a parent that exists and with whose code its own begins (a malformed code was told before)."""
    digits = PARENT_DIGITS[column]
    for line in lines or ():
        code, parent = line["code"], line[column]
        if parent not in parents:
            faults.append(line.fault(column, code_fault(parent, digits) or f"没有这个{what} {parent}"))
        elif code.isdigit() and not code.startswith(parent):
            faults.append(line.fault("code", f"代码 {code} 不是以所属{what}代码 {parent} 开头"))


def _check_zone_names(city: Places | None, counties: Places, zones: Places, faults: list[Fault]) -> None:
    """铜仁市XX区(县)纪检监察第X协作区, fixed by the city (domain.md §1)."""
    city_name = next(iter(city.values()))["name"] if city else ""
    first: dict[str, Line] = {}
    for line in zones.values():
        name = line["name"]
        if not city_name or not name or line["county"] not in counties:
            continue
        before, after = f"{city_name}{counties[line['county']]['name']}纪检监察第", "协作区"
        if not (name.startswith(before) and name.endswith(after) and name[len(before) : -len(after)] in ORDINALS):
            faults.append(line.fault("name", f"协作区名称应该是“{before}几{after}”，几是一、二、三……，写的是“{name}”"))
        elif name in first:
            faults.append(line.fault("name", f"协作区名称和第{first[name].row}行重复：{name}"))
        first.setdefault(name, line)


def _check_membership(zones: Places, townships: Places, faults: list[Fault]) -> None:
    """Every township is in a zone of its own county, and every zone has townships."""
    for line in townships.values():
        zone = zones.get(line["zone"])
        if zone is None:
            faults.append(line.fault("zone", f"没有这个协作区 {line['zone']}" if line["zone"] else "没有填协作区"))
        elif zone["county"] != line["county"]:
            says = f"协作区 {line['zone']} 属于区县 {zone['county']}，不在 {line['county']}；协作区不能跨区县"
            faults.append(line.fault("zone", says))
    used = {line["zone"] for line in townships.values()}
    for code, line in zones.items():
        if code not in used:
            faults.append(line.fault("code", f"协作区 {code} 一个乡镇也没有"))


def _check_desks(desks: Sequence[Line], served: Mapping[str, Places | None], faults: list[Fault]) -> None:
    """One desk for each township, county and the city: a report must never go to nobody (domain.md §2)."""
    found: dict[str, Line] = {}
    for line in desks:
        level, place = line["level"], line["place"]
        desk = f"{level}:{place}"
        if level not in served:
            faults.append(line.fault("level", f"级别只能是 township、county、city，写的是“{level}”"))
        elif (places := served[level]) is not None and place not in places:
            faults.append(line.fault("place", f"没有这个地方 {place}（{level}）" if place else "没有填地方的代码"))
        elif desk in found:
            faults.append(line.fault("place", f"承办单位 {desk} 和第{found[desk].row}行重复"))
        found.setdefault(desk, line)
        _check_name(line, faults)
        _check_phone(line, faults)
    for level, places in served.items():
        for code, line in (places or {}).items():
            if f"{level}:{code}" not in found:
                says = f"{line['name']}没有承办单位，请在 desks.csv 里加一行 {level},{code}"
                faults.append(line.fault("code", says))


def _check_departments(lines: Sequence[Line], tables: Mapping[str, Sequence[Line] | None], faults: list[Fault]) -> None:
    """520602D01: the code of its place, D, two digits. Whoever helps has a phone: nobody is sent to an invented number."""
    places = {line["code"] for file in ("city.csv", "counties.csv", "townships.csv") for line in tables[file] or ()}
    found: dict[str, Line] = {}
    names: dict[tuple[str, str], Line] = {}
    for line in lines:
        code, place, name = line["code"], line["place"], line["name"]
        number = code.removeprefix(f"{place}D")
        if places and place not in places:
            faults.append(
                line.fault("place", f"没有这个地方 {place}（写市、区县或乡镇的代码）" if place else "没有填地方的代码")
            )
        elif not (code.startswith(f"{place}D") and len(number) == 2 and number.isascii() and number.isdigit()):
            faults.append(
                line.fault("code", f"部门代码 {code or '（空）'} 应该是地方代码 {place}，加字母 D 和两位数字")
            )
        if code in found:
            faults.append(line.fault("code", f"代码 {code} 和第{found[code].row}行重复"))
        if name and (place, name) in names:
            faults.append(line.fault("name", f"部门和第{names[place, name].row}行重复：{name}"))
        found.setdefault(code, line)
        names.setdefault((place, name), line)
        _check_name(line, faults)
        _check_phone(line, faults)
        if strange := [each for each in _helps(line) if each not in HELPS]:
            faults.append(line.fault("helps", f"能帮的只能写{'、'.join(HELPS)}，写的是“{'、'.join(strange)}”"))
        elif _helps(line) and not line["phone"]:
            faults.append(
                line.fault("phone", f"{name}写了能帮{'、'.join(_helps(line))}，要有电话：群众等不及要能直接打")
            )


HELPS = tuple(str(each) for each in Help)


def _helps(line: Line) -> list[str]:
    return [part for part in re.split("[；;、\\s]+", line["helps"]) if part]


def _check_phone(line: Line, faults: list[Fault]) -> None:
    phone = line["phone"]
    if len(phone) > PHONE_CHARS_MAX or not set(phone) <= set("0123456789- 、转"):
        faults.append(line.fault("phone", f"电话只能有数字和“-”“、”“转”，最多{PHONE_CHARS_MAX}字，写的是“{phone}”"))


# ---------------------------------------------------------------- values


def _built(tables: Mapping[str, Sequence[Line]], digest: str) -> Organisation:
    counties = [County(CountyCode(line["code"]), line["name"]) for line in tables["counties.csv"]]
    zones = [Zone(ZoneCode(line["code"]), line["name"], CountyCode(line["county"])) for line in tables["zones.csv"]]
    townships = [
        Township(TownshipCode(line["code"]), line["name"], CountyCode(line["county"]), ZoneCode(line["zone"]))
        for line in tables["townships.csv"]
    ]
    villages = [
        Village(VillageCode(line["code"]), line["name"], TownshipCode(line["township"]))
        for line in tables["villages.csv"]
    ]
    desks = [
        Desk(DeskId(f"{line['level']}:{line['place']}"), line["level"], line["place"], line["name"], line["phone"])
        for line in tables["desks.csv"]
    ]
    departments = [
        Department(
            DeskId(f"department:{line['code']}"), line["place"], line["name"], line["phone"], frozenset(_helps(line))
        )
        for line in tables[DEPARTMENTS]
    ]
    city = tables["city.csv"][0]
    return Organisation(
        city_code=city["code"],
        city_name=city["name"],
        counties={county.code: county for county in counties},
        zones={zone.code: zone for zone in zones},
        townships={township.code: township for township in townships},
        villages={village.code: village for village in villages},
        desks={desk.id: desk for desk in desks},
        digest=digest,
        departments={department.id: department for department in departments},
    )
