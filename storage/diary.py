"""A monitor's own diary: sealed entries that nobody else has a way to, and that nothing counts."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from handlers.dates import day_of
from handlers.model import AccountId, Millis, PersonId, ReportId
from storage import links
from storage.links import Link
from storage.packed import padded, unpacked
from storage.statement import Rows, statement
from storage.tables import diary as table
from storage.vault import Vault

PURPOSE = "diary"
_OWNED = table.c.owner == bindparam("owner_")
_ADD = statement(insert(table), "owner", "n", "box")
_NUMBERS = statement(select(table.c.n).where(_OWNED).order_by(table.c.n.desc()))
_LAST = statement(select(func.coalesce(func.max(table.c.n), 0)).where(_OWNED))
_ALL = statement(select(table.c.n, table.c.box).where(_OWNED).order_by(table.c.n))
_ONE = statement(select(table.c.box).where(_OWNED, table.c.n == bindparam("n_")))
_DROP = statement(delete(table).where(_OWNED))


@dataclass(frozen=True, slots=True)
class Entry:
    at: Millis
    text: str


def add(rows: Rows, vault: Vault, account: AccountId, entry: Entry) -> None:
    """The account's lane must be held."""
    owner = _owner(vault, account)
    n = int(rows.all(_LAST, owner_=owner)[0][0]) + 1
    rows.run(
        _ADD, owner=owner, n=n, box=vault.box(padded([entry.at, entry.text]), PURPOSE, "diary.box", _aad(owner, n))
    )


def numbers(rows: Rows, vault: Vault, account: AccountId) -> list[int]:
    """Which entries there are, the newest first."""
    return [int(row[0]) for row in rows.all(_NUMBERS, owner_=_owner(vault, account))]


def one(rows: Rows, vault: Vault, account: AccountId, n: int) -> Entry | None:
    owner = _owner(vault, account)
    found = rows.all(_ONE, owner_=owner, n_=n)
    return _opened(vault, owner, n, found[0][0]) if found else None


def every(rows: Rows, vault: Vault, account: AccountId) -> list[Entry]:
    """In the order written."""
    owner = _owner(vault, account)
    return [_opened(vault, owner, n, box) for n, box in rows.all(_ALL, owner_=owner)]


def lend(rows: Rows, vault: Vault, account: AccountId, token: str, to: tuple[str, str, Millis]) -> None:
    """A link to the whole diary, good once: like one to a case page, but to no report. `to` is channel, address, until."""
    key, (channel, address, until) = links.token_hash(vault, token), to
    link = Link(key, None, PersonId(""), ReportId(b""), channel, address, until, PURPOSE)
    links.add(rows, vault, link, subject_of(vault, account), day_of(until) + 1)


def lent(rows: Rows, vault: Vault, token: str, now: Millis) -> list[Entry] | None:
    """What a link shows, to whoever opens it first; None for a link that is none, is too old or was opened."""
    link = links.find(rows, vault, token)
    if link is None or link.reason != PURPOSE or link.until <= now:
        return None
    if not links.redeem(rows, vault, link, links.cookie_hash(vault, token, "")):
        return None
    return every(rows, vault, vault.account(link.channel, link.address))


def subject_of(vault: Vault, account: AccountId) -> bytes:
    return vault.index("subject", account, PURPOSE)


def drop(rows: Rows, vault: Vault, account: AccountId) -> None:
    """With the links to it."""
    rows.run(_DROP, owner_=_owner(vault, account))
    links.drop_about(rows, subject_of(vault, account))


def _owner(vault: Vault, account: AccountId) -> bytes:
    return vault.index("diary.owner", account)


def _aad(owner: bytes, n: int) -> bytes:
    return owner + n.to_bytes(8, "big")


def _opened(vault: Vault, owner: bytes, n: int, box: bytes) -> Entry:
    return Entry(*unpacked(vault.unbox(box, PURPOSE, "diary.box", _aad(owner, n))))
