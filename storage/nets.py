"""Nets: one sealed row a village, replaced whole by an import; in memory whoever of them speaks from which account.

Names never leave this file but to whoever types the code that invites them, and to the command that lists the members
for inviting them: no conversation, page or digest has a way to them (docs/decisions/0015).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Set

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from handlers.model import AccountId, PersonId, VillageCode
from handlers.organisation import COUNTY_CODE_DIGITS
from handlers.rules.nets import Group, Member, Net, NetPost
from storage import people
from storage.items import bump, versions_now
from storage.packed import padded, unpacked
from storage.statement import Rows, statement
from storage.tables import nets as table
from storage.vault import Vault

PURPOSE = VERSION = "nets"
_ALL = statement(select(table.c.village, table.c.box).order_by(table.c.village))
_CLEAR = statement(delete(table))
_ADD = statement(insert(table), "village", "box")


class Nets:
    """The nets in memory. `on` are the codes of the counties that have switched theirs on: in all others nobody is a
    member, whatever was imported."""

    def __init__(self, on: Collection[str] = (), a_monitor: int = 30) -> None:
        self.on, self.a_monitor = frozenset(on), a_monitor
        self._versions: tuple[object, object] = ((), ())
        self.by_village: dict[VillageCode, Net] = {}
        self._members: dict[PersonId, Member] = {}
        self._names: dict[PersonId, str] = {}
        self._bound: dict[bytes, PersonId] = {}

    def refresh(self, rows: Rows, vault: Vault, versions: Mapping[str, tuple[int, str]] | None = None) -> None:
        """`versions` are those of the moment, if whoever calls has them.

        Nets change when they are imported; who is bound changes more often, and is read without opening anything.
        """
        now = versions_now(rows) if versions is None else versions
        before, self._versions = self._versions, (now.get(VERSION), now.get(people.VERSION))
        if before[0] != self._versions[0]:
            self._load(rows, vault)
        if before != self._versions:
            self._bound = {owner: id_ for owner, id_ in people.owners(rows).items() if id_ in self._members}

    def _load(self, rows: Rows, vault: Vault) -> None:
        self.by_village, self._members, self._names = {}, {}, {}
        for village, box in rows.all(_ALL):
            groups, members = unpacked(vault.unbox(box, PURPOSE, "nets.box", village.encode()))
            net = Net(
                VillageCode(village),
                tuple(Group(*each) for each in groups),
                tuple(Member(PersonId(id_), VillageCode(village), NetPost(post), *rest) for id_, _, post, *rest in members),
            )  # fmt: skip
            self.by_village[net.village] = net
            self._members |= {member.id: member for member in net.members}
            self._names |= {PersonId(id_): name for id_, name, *_ in members}

    def is_on(self, village: str) -> bool:
        return village[:COUNTY_CODE_DIGITS] in self.on

    def member(self, id_: str) -> Member | None:
        found = self._members.get(PersonId(id_))
        return found if found and self.is_on(found.village) else None

    def member_of(self, vault: Vault, account: AccountId) -> Member | None:
        """Who speaks from an account; None for everybody else, and where the county has not switched nets on."""
        bound = self._bound.get(people.owner_of(vault, account)) if self._bound else None
        return self.member(bound) if bound else None

    def ids(self) -> Set[PersonId]:
        return self._members.keys()

    def own_name(self, id_: PersonId) -> str:
        """For whoever holds the code that invites this very person."""
        return self._names[id_]

    def listed_for_inviting(self) -> list[tuple[Member, str]]:
        """For the operator's command alone, which makes the codes."""
        return [(member, self._names[id_]) for id_, member in sorted(self._members.items())]


def replace_all(rows: Rows, vault: Vault, wanted: Iterable[tuple[Net, Mapping[PersonId, str]]]) -> set[PersonId]:
    """All nets anew; the ids of everybody in them. Whoever imports also ends the bindings of all others."""
    kept: set[PersonId] = set()
    rows.run(_CLEAR)
    for net, names in wanted:
        groups = [[group.name, group.households] for group in net.groups]
        members = [[m.id, names[m.id], m.post.value, m.group, m.how, m.chosen, m.until] for m in net.members]
        box = vault.box(padded([groups, members]), PURPOSE, "nets.box", net.village.encode())
        rows.run(_ADD, village=net.village, box=box)
        kept |= {member.id for member in net.members}
    bump(rows, VERSION)
    return kept
