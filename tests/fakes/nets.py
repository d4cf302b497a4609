"""The net of 岩门村 in the small city of tests/fakes/city.py: a chief, a deputy, three monitors, a village cadre."""

from __future__ import annotations

from handlers.model import PersonId, VillageCode
from handlers.rules.nets import Group, Member, Net, NetPost

VILLAGE = VillageCode("520602104201")
GROUPS = (Group("一组", 50), Group("二组", 28), Group("三组", 40))
"""At one monitor for thirty households: two, one, two; the third group has none."""
POSTS = {
    "N-1": (NetPost.CHIEF, ""),
    "N-2": (NetPost.DEPUTY, ""),
    "N-3": (NetPost.MONITOR, "一组"),
    "N-4": (NetPost.MONITOR, "一组"),
    "N-5": (NetPost.MONITOR, "二组"),
    "N-6": (NetPost.CADRE, ""),
}
NAMES = {"N-1": "侯长明", "N-2": "符德才", "N-3": "游三妹", "N-4": "涂光华", "N-5": "樊秀英", "N-6": "葛支书"}


def nets(*without: str) -> list[tuple[Net, dict[PersonId, str]]]:
    members = tuple(
        Member(PersonId(id_), VILLAGE, post, group, "户代表会推选", "2026-03-01", "2029-02-28")
        for id_, (post, group) in POSTS.items()
        if id_ not in without
    )
    return [(Net(VILLAGE, GROUPS, members), {member.id: NAMES[member.id] for member in members})]
