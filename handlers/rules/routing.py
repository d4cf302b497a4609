"""Which desk a report goes to, and who is passed over, with the reasons (domain.md §5, rules 1 to 3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from handlers.model import About, DeskId, VillageCode
from handlers.organisation import Organisation


@dataclass(frozen=True, slots=True)
class Routing:
    """`desk` holds the report; `bypassed` have no row, no count, no gap in numbers; `reasons` are for people."""

    desk: DeskId
    bypassed: frozenset[DeskId]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    """One line of the table: the level that holds it and why (检举控告规则: 按干部管理权限)."""

    level: str
    why: str


RULES: dict[About, _Rule] = {
    About.VILLAGE: _Rule("township", "牵涉的是村里的人，归本乡镇（街道）办"),
    About.TOWNSHIP: _Rule("county", "牵涉乡镇（街道）干部，按干部管理权限归县一级，乡镇看不到"),
    About.UNSURE: _Rule("county", "反映人说不清或不放心乡镇（街道），直接归县一级，不问理由"),
    About.COUNTY: _Rule("city", "牵涉县里的单位或干部，按干部管理权限归市一级，县和乡镇看不到"),
    About.CITY_STAFF: _Rule("city", "牵涉市里单位的一般干部，归市一级，县和乡镇看不到"),
}
LEVELS = ("township", "county", "city")


def route(village: VillageCode, about: About, organisation: Organisation) -> Routing:
    """Always exactly one desk that exists. KeyError only for a village that the organisation does not have."""
    rule = RULES[about]
    ladder: tuple[Callable[[VillageCode], DeskId], ...] = (
        organisation.desk_of_township,
        organisation.desk_of_county,
        lambda _: organisation.desk_of_city(),
    )
    height = LEVELS.index(rule.level)
    desk = ladder[height](village)
    bypassed = frozenset(below(village) for below in ladder[:height])
    where = f"地点在{organisation.place_name(village)}"
    return Routing(desk, bypassed, (where, rule.why, f"交给{organisation.desks[desk].name}"))
