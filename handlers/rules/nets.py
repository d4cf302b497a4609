"""廉情前哨站: a village's net of groups, who is in it, and what it lacks (domain.md §2; article.txt part 四). Pure.

Nothing here has a name of a person: names are kept apart, and shown to nobody in a chat (docs/decisions/0015).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from handlers.model import DeskId, Person, PersonId, VillageCode

TOWNSHIP_DIGITS = 9
MONITORS_MAX = 3
"""One to three a group [A]."""


class NetPost(StrEnum):
    """The chair and the members of the village supervision committee, the monitors; and whoever must be known not to be
    one of them: a village cadre."""

    CHIEF = "监督长"
    DEPUTY = "副监督长"
    MONITOR = "监督员"
    CADRE = "村干部"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a village. `group` of a monitor alone; `how` and when chosen, until when: ISO days, empty if not told."""

    id: PersonId
    village: VillageCode
    post: NetPost
    group: str = ""
    how: str = ""
    chosen: str = ""
    until: str = ""

    @property
    def is_monitor(self) -> bool:
        """All others count as village cadres, the chief as well (domain.md §2)."""
        return self.post == NetPost.MONITOR

    @property
    def reports(self) -> bool:
        """A village cadre is on the list only so that nobody takes them for a helper."""
        return self.post != NetPost.CADRE


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    households: int


@dataclass(frozen=True, slots=True)
class Net:
    """One village. Groups by name, members by id."""

    village: VillageCode
    groups: tuple[Group, ...]
    members: tuple[Member, ...]

    @property
    def is_set_up(self) -> bool:
        """A chief and somebody who monitors: what the figure of nets counts."""
        posts = {member.post for member in self.members}
        return NetPost.CHIEF in posts and NetPost.MONITOR in posts

    def monitors(self, group: str) -> int:
        return sum(member.group == group for member in self.members if member.is_monitor)


@dataclass(frozen=True, slots=True)
class Lack:
    """`what` is net or chief (of a village), none, fewer or more (of a group: `n` are there, `wanted` would be right), or
    term (`n` people stayed beyond theirs)."""

    what: str
    village: VillageCode
    group: str = ""
    n: int = 0
    wanted: int = 0


def wanted(households: int, a_monitor: int) -> int:
    """How many monitors a group should have: one for so many households, at least one and at most three."""
    return max(1, min(MONITORS_MAX, -(-households // a_monitor)))


def lacks(villages: Iterable[VillageCode], nets: Mapping[VillageCode, Net], a_monitor: int, today: str) -> list[Lack]:
    """What is missing in these villages, village by village: numbers and places, never who."""
    found = []
    for village in villages:
        net = nets.get(village)
        if net is None or not any(member.is_monitor for member in net.members):
            found.append(Lack("net", village))
            continue
        if not net.is_set_up:
            found.append(Lack("chief", village))
        found += [lack for group in net.groups if (lack := _lack(net, group, a_monitor)) is not None]
        if over := sum(bool(member.until) and member.until < today for member in net.members):
            found.append(Lack("term", village, n=over))
    return found


def _lack(net: Net, group: Group, a_monitor: int) -> Lack | None:
    n, right = net.monitors(group.name), wanted(group.households, a_monitor)
    if n == right:
        return None
    return Lack("none" if n == 0 else "fewer" if n < right else "more", net.village, group.name, n, right)


def may_oversee(person: Person, village: VillageCode) -> bool:
    """Who sees what a net lacks: the township commission that runs it [A], and nobody else. Names are for nobody."""
    return person.desk == DeskId(f"township:{village[:TOWNSHIP_DIGITS]}")
