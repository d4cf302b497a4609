"""The city as a value: places, zones, desks. Loaded from files by config/, read by rules and by bot/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from handlers.model import CountyCode, DeskId, TownshipCode, VillageCode, ZoneCode

CITY_CODE_DIGITS, COUNTY_CODE_DIGITS, TOWNSHIP_CODE_DIGITS = 4, 6, 9
"""GB/T 2260 and the statistics codes below it: a village's code begins with those of all it lies in."""

VILLAGE_ENDINGS = ("村民委员会", "居民委员会", "村民委会员", "村民委会", "村委会", "居委会")
"""Official endings; 村民委会员 is how the gazetteer misspells one of them (domain.md §1)."""


@dataclass(frozen=True, slots=True)
class County:
    code: CountyCode
    name: str


@dataclass(frozen=True, slots=True)
class Zone:
    """协作区; the name is fixed by the city: 铜仁市XX区(县)纪检监察第X协作区."""

    code: ZoneCode
    name: str
    county: CountyCode


@dataclass(frozen=True, slots=True)
class Township:
    code: TownshipCode
    name: str
    county: CountyCode
    zone: ZoneCode


@dataclass(frozen=True, slots=True)
class Village:
    code: VillageCode
    name: str
    township: TownshipCode

    @property
    def short_name(self) -> str:
        """岩门村村民委员会 → 岩门村: how people say and write it."""
        for ending in VILLAGE_ENDINGS:
            if self.name.endswith(ending) and len(self.name) > len(ending):
                return self.name.removesuffix(ending)
        return self.name


@dataclass(frozen=True, slots=True)
class Desk:
    """承办单位: who holds a report. `level` is township, county or city; `place` the code of what it serves."""

    id: DeskId
    level: str
    place: str
    name: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Department:
    """主管部门: outside the discipline side; answers what is asked about an item, and helps with what `helps` names.

    `place` is the code of the county, the city or the township that it is of.
    """

    id: DeskId
    place: str
    name: str
    phone: str
    helps: frozenset[str]

    @property
    def level(self) -> str:
        return {CITY_CODE_DIGITS: "city", COUNTY_CODE_DIGITS: "county"}.get(len(self.place), "township")


@dataclass(frozen=True)
class Organisation:
    """Frozen tables with lookups by code; by name: handlers/rules/finding.py. `digest` changes with any byte of the files."""

    city_code: str
    city_name: str
    counties: Mapping[CountyCode, County]
    zones: Mapping[ZoneCode, Zone]
    townships: Mapping[TownshipCode, Township]
    villages: Mapping[VillageCode, Village]
    desks: Mapping[DeskId, Desk]
    digest: str = field(default="", compare=False)
    departments: Mapping[DeskId, Department] = field(default_factory=dict)

    def township_of(self, village: VillageCode) -> Township:
        return self.townships[self.villages[village].township]

    def county_of(self, village: VillageCode) -> County:
        return self.counties[self.township_of(village).county]

    def desk_of_township(self, village: VillageCode) -> DeskId:
        return DeskId(f"township:{self.villages[village].township}")

    def desk_of_county(self, village: VillageCode) -> DeskId:
        return DeskId(f"county:{self.township_of(village).county}")

    def desk_of_city(self) -> DeskId:
        return DeskId(f"city:{self.city_code}")

    def department_called(self, name: str, village: VillageCode) -> Department | None:
        """The department of exactly this name over a village."""
        return next((each for each in self._departments_over(village) if each.name == name), None)

    def department_for(self, help_: str, village: VillageCode) -> Department | None:
        """Who helps with something in a village: its county's, else the township's, else the city's."""
        fit = [each for each in self._departments_over(village) if help_ in each.helps]
        return min(fit, key=lambda each: (("county", "township", "city").index(each.level), each.id), default=None)

    def _departments_over(self, village: VillageCode) -> list[Department]:
        return [each for each in self.departments.values() if village.startswith(each.place)]

    def unit_name(self, unit: DeskId) -> str:
        """The name of a desk or of a department."""
        found: Desk | Department = self.departments[unit] if unit in self.departments else self.desks[unit]
        return found.name

    def place_name(self, village: VillageCode) -> str:
        """石阡县本庄镇岩门村: enough to tell it from every other village of that name."""
        return self.county_of(village).name + self.township_of(village).name + self.villages[village].short_name

    @cached_property
    def example(self) -> str:
        """坝黄镇岩门村: how a village is said with its township; a real one, so that whoever copies it is understood."""
        code = next((each for each in sorted(self.villages) if self.villages[each].short_name.endswith("村")), None)
        return self.township_of(code).name + self.villages[code].short_name if code else ""

    def area_name(self, code: str) -> str:
        """A village as place_name says it; a township with its county; a county; for no code the city."""
        if (village := self.villages.get(VillageCode(code))) is not None:
            return self.place_name(village.code)
        if (township := self.townships.get(TownshipCode(code))) is not None:
            return self.counties[township.county].name + township.name
        return self.counties[CountyCode(code)].name if code else self.city_name

    def villages_in(self, area: str) -> tuple[VillageCode, ...]:
        """The villages of a city, county, township or village code, in code order; empty for an unknown one."""
        return self._villages_by_area.get(area, ())

    @cached_property
    def _villages_by_area(self) -> dict[str, tuple[VillageCode, ...]]:
        found: dict[str, list[VillageCode]] = {}
        for code in sorted(self.villages):
            for digits in (CITY_CODE_DIGITS, COUNTY_CODE_DIGITS, TOWNSHIP_CODE_DIGITS, len(code)):
                found.setdefault(code[:digits], []).append(code)
        return {area: tuple(codes) for area, codes in found.items()}
