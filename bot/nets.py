"""What somebody may know of the nets below their desk: how many there are, and of a township what they lack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bot.performs.told import Shared
from handlers.dates import iso_day
from handlers.model import DeskId, Person, VillageCode
from handlers.officer.nets import LINES
from handlers.rules.nets import Lack, lacks, may_oversee

__all__ = ["LINES", "Seen", "counted", "head", "seen_by", "told"]


@dataclass(frozen=True, slots=True)
class Seen:
    """Villages of the counties that have switched nets on. `lacks` only where the reader oversees them (`whole`)."""

    villages: int
    set_up: int
    lacks: tuple[Lack, ...]
    whole: bool


def seen_by(all_: Shared, person: Person | None, today: int, area: str = "") -> Seen:
    """None sees all of `area`, as the operator does."""
    area = area or (person.desk.partition(":")[2] if person else all_.organisation.city_code)
    villages, set_up = counted(all_, [area])
    mine = [village for village in villages if person is None or may_oversee(person, village)]
    found = lacks(mine, all_.nets.by_village, all_.nets.a_monitor, iso_day(today))
    return Seen(len(villages), set_up, tuple(found), whole=bool(mine))


def counted(all_: Shared, areas: Iterable[str]) -> tuple[list[VillageCode], int]:
    """The villages of these areas whose county has switched nets on, and in how many of them there is one."""
    nets = all_.nets
    villages = [village for area in areas for village in all_.organisation.villages_in(area) if nets.is_on(village)]
    return villages, sum(village in nets.by_village and nets.by_village[village].is_set_up for village in villages)


def standing(all_: Shared) -> dict[DeskId, int]:
    """In how many villages of each township there is a net now: what the figures note (storage/figures.py)."""
    n = Counter[DeskId]()
    for village, net in all_.nets.by_village.items():
        if net.is_set_up and all_.nets.is_on(village) and village in all_.organisation.villages:
            n[all_.organisation.desk_of_township(village)] += 1
    return dict(n)


def head(all_: Shared, person: Person, today: int) -> str:
    desk, seen = all_.organisation.desks[person.desk].name, seen_by(all_, person, today)
    if not seen.villages:
        return f"{desk}这里还没有开廉情前哨站。"
    return f"{desk}：{seen.villages} 个村，建了廉情前哨站的 {seen.set_up} 个。"


def told(all_: Shared, lack: Lack) -> str:
    """One line: a village or a group, and what is missing."""
    where = all_.organisation.villages[lack.village].short_name + lack.group
    return (
        where
        + {
            "net": "：还没有建网",
            "chief": "：没有监督长",
            "none": "：没有监督员",
            "fewer": f"：{lack.n} 个监督员，按户数要 {lack.wanted} 个",
            "more": f"：{lack.n} 个监督员，按户数是 {lack.wanted} 个",
            "term": f"：任期到了没换的 {lack.n} 人",
        }[lack.what]
    )
