"""The roster, who of it speaks from which account, and the codes that invite them.

People are rows from the first day: an import replaces the roster in one transaction and raises its version, at which
every process drops what it had in memory. Names, posts and ties are sealed; they are for officers only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from handlers.model import AccountId, DeskId, Person, PersonId, Post
from storage.items import bump, versions_now
from storage.packed import padded, unpacked
from storage.statement import Rows, first, statement
from storage.tables import bindings as bindings_table
from storage.tables import invites as invites_table
from storage.tables import people as table
from storage.vault import Vault

PURPOSE, BINDING, INVITE = "people", "binding", "invite"
VERSION = "people"

_ALL = statement(select(table.c.id, table.c.desk, table.c.box).order_by(table.c.id))
_COUNT = statement(select(func.count()).select_from(table))
_CLEAR = statement(delete(table))
_ADD = statement(insert(table), "id", "desk", "box")
_BINDINGS = statement(select(bindings_table.c.person, bindings_table.c.owner, bindings_table.c.box))
_BOUND = statement(select(bindings_table.c.box).where(bindings_table.c.person == bindparam("person_")))
_OWNERS = statement(select(bindings_table.c.person, bindings_table.c.owner))
_BIND = statement(insert(bindings_table), "person", "owner", "box")
_UNBIND = statement(
    delete(bindings_table).where(
        (bindings_table.c.person == bindparam("person_")) | (bindings_table.c.owner == bindparam("owner_"))
    )
)
_LEAVE = statement(
    delete(bindings_table).where(
        bindings_table.c.owner == bindparam("owner_"), bindings_table.c.person.not_in(select(table.c.id))
    )
)
_INVITE = statement(insert(invites_table).on_conflict_do_nothing(), "code", "box", "expires_day")
_INVITED = statement(
    select(invites_table.c.box, invites_table.c.expires_day).where(invites_table.c.code == bindparam("code_"))
)
_USED = statement(delete(invites_table).where(invites_table.c.code == bindparam("code_")))


@dataclass(frozen=True, slots=True)
class Bound:
    """An account that is somebody's: where what concerns them is sent; when they last confirmed their ties."""

    person: PersonId
    account: AccountId
    channel: str
    address: str
    confirmed_day: int = 0


class Roster:
    """The people in memory. `refresh` at the start of every group drops them when anything about people has changed."""

    def __init__(self) -> None:
        self._version: object = ()
        self.people: dict[PersonId, Person] = {}
        self.names: dict[PersonId, str] = {}
        self._at: dict[DeskId, tuple[Person, ...]] = {}
        self._bound: dict[AccountId, Bound] = {}
        self._accounts: dict[PersonId, Bound] = {}

    def refresh(self, rows: Rows, vault: Vault, versions: Mapping[str, tuple[int, str]] | None = None) -> None:
        """`versions` are those of the moment, if whoever calls has them."""
        version = (versions_now(rows) if versions is None else versions).get(VERSION)
        if version == self._version:
            return
        self.people, self.names, at = {}, {}, dict[DeskId, list[Person]]()
        for id_, desk, box in rows.all(_ALL):
            name, posts, ties = unpacked(vault.unbox(box, PURPOSE, "people.box", id_.encode()))
            person = Person(PersonId(id_), DeskId(desk), tuple((unit, Post(p)) for unit, p in posts), frozenset(ties))
            self.people[person.id], self.names[person.id] = person, name
            at.setdefault(person.desk, []).append(person)
        self._at = {desk: tuple(people) for desk, people in at.items()}
        self._accounts = {}
        for id_, _, box in rows.all(_BINDINGS):
            if id_ in self.people:  # whoever is of a net is known by the keyed hash alone (storage/nets.py)
                channel, address, day = unpacked(vault.unbox(box, BINDING, "bindings.box", id_.encode()))
                self._accounts[id_] = Bound(PersonId(id_), vault.account(channel, address), channel, address, day)
        self._bound = {bound.account: bound for bound in self._accounts.values()}
        self._version = version

    def person_of(self, account: AccountId) -> Person | None:
        """Who speaks from an account; None for villagers and for whoever was removed."""
        bound = self._bound.get(account)
        return self.people.get(bound.person) if bound else None

    def bound(self, person: PersonId) -> Bound | None:
        return self._accounts.get(person)

    def at(self, desk: DeskId) -> tuple[Person, ...]:
        return self._at.get(desk, ())

    def __len__(self) -> int:
        return len(self.people)


def count(rows: Rows) -> int:
    return int(rows.all(_COUNT)[0][0])


def owners(rows: Rows) -> dict[bytes, PersonId]:
    """Every account that is somebody's, by its keyed hash (`owner_of`): of the roster, or of a net."""
    return {owner: PersonId(id_) for id_, owner in rows.all(_OWNERS)}


def bound(rows: Rows, vault: Vault, person: PersonId) -> Bound | None:
    """Where somebody speaks from, of the roster or of a net."""
    row = first(rows.all(_BOUND, person_=person))
    if row is None:
        return None
    channel, address, _ = unpacked(vault.unbox(row[0], BINDING, "bindings.box", person.encode()))
    return Bound(person, vault.account(channel, address), channel, address)


def owner_of(vault: Vault, account: AccountId) -> bytes:
    return vault.index("bindings.owner", account)


def replace_all(
    rows: Rows, vault: Vault, wanted: Iterable[tuple[Person, str]], others: Collection[PersonId] = ()
) -> None:
    """The whole roster anew; whoever is neither in it any more nor among the `others` loses the account, too."""
    kept = set(others)
    rows.run(_CLEAR)
    for person, name in wanted:
        kept.add(person.id)
        whole = padded([name, [[unit, post] for unit, post in person.posts], sorted(person.ties)])
        rows.run(_ADD, id=person.id, desk=person.desk, box=vault.box(whole, PURPOSE, "people.box", person.id.encode()))
    for person_id, owner, _ in rows.all(_BINDINGS):
        if person_id not in kept:
            rows.run(_UNBIND, person_=person_id, owner_=owner)
    bump(rows, VERSION)


def leave(rows: Rows, vault: Vault, account: AccountId) -> None:
    """Nobody of a net speaks from this account any more; people of the roster are told of by their office, and stay."""
    if rows.run(_LEAVE, owner_=owner_of(vault, account)):
        bump(rows, VERSION)


def code_hash(vault: Vault, code: str) -> bytes:
    """How an invitation code is kept: only this is stored."""
    return vault.index("invites.code", code)


def invite(rows: Rows, vault: Vault, code: str, person: PersonId, expires_day: int) -> None:
    """An earlier code for the same person stays good until it runs out or either is used."""
    key = code_hash(vault, code)
    rows.run(_INVITE, code=key, box=vault.box(padded([person]), INVITE, "invites.box", key), expires_day=expires_day)


def invited(rows: Rows, vault: Vault, key: bytes, today: int) -> PersonId | None:
    """Whom a code invites; None if it is unknown, used or too old."""
    row = first(rows.all(_INVITED, code_=key))
    if row is None or row[1] < today:
        return None
    return PersonId(unpacked(vault.unbox(row[0], INVITE, "invites.box", key))[0])


def bind(rows: Rows, vault: Vault, key: bytes, bound: Bound, today: int) -> bool:
    """Use a code up: the account is the person's from now on, and no other is. False if somebody was quicker."""
    if not rows.run(_USED, code_=key):
        return False
    confirm(rows, vault, bound, today)
    return True


def confirm(rows: Rows, vault: Vault, bound: Bound, today: int) -> None:
    """The account is the person's, and the declared ties are confirmed today."""
    owner = owner_of(vault, bound.account)
    rows.run(_UNBIND, person_=bound.person, owner_=owner)
    whole = padded([bound.channel, bound.address, today])
    box = vault.box(whole, BINDING, "bindings.box", bound.person.encode())
    rows.run(_BIND, person=bound.person, owner=owner, box=box)
    bump(rows, VERSION)


def unbind(rows: Rows, vault: Vault, bound: Bound) -> None:
    """The account is nobody's any more: a phone was lost."""
    rows.run(_UNBIND, person_=bound.person, owner_=owner_of(vault, bound.account))
    bump(rows, VERSION)
