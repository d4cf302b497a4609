"""Links to a case page: made for one person and one report, opened once, then of one cookie for ten minutes.

A clear column names neither: the token and the cookie are keyed hashes, the subject is a keyed hash of account and
report, and whose it is and until when is sealed.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from handlers.model import Millis, PersonId, ReportId
from storage.packed import padded, unpacked
from storage.statement import Rows, first, statement
from storage.tables import links as table
from storage.vault import Vault

PURPOSE = "links"
_ADD = statement(insert(table), "token", "subject", "box", "expires_day")
_FIND = statement(select(table.c.cookie, table.c.box).where(table.c.token == bindparam("token_")))
_REDEEM = statement(
    update(table)
    .where(table.c.token == bindparam("token_"), table.c.cookie.is_(None))
    .values(cookie=bindparam("cookie_"), box=bindparam("box_"))
)
_DROP_ABOUT = statement(delete(table).where(table.c.subject == bindparam("subject_")))


@dataclass(frozen=True, slots=True)
class Link:
    """`until` is when it dies. `cookie` is the keyed hash of the cookie that opened it, None before."""

    token: bytes
    cookie: bytes | None
    person: PersonId
    report: ReportId
    channel: str
    address: str
    until: Millis
    reason: str


def token_hash(vault: Vault, token: str) -> bytes:
    return vault.index("links.token", token)


def cookie_hash(vault: Vault, token: str, cookie: str) -> bytes:
    return vault.index("links.cookie", token, cookie)


def add(rows: Rows, vault: Vault, link: Link, subject: bytes, expires_day: int) -> None:
    rows.run(_ADD, token=link.token, subject=subject, box=_boxed(vault, link), expires_day=expires_day)


def find(rows: Rows, vault: Vault, token: str) -> Link | None:
    key = token_hash(vault, token)
    row = first(rows.all(_FIND, token_=key))
    if row is None:
        return None
    person, report, channel, address, until, reason = unpacked(vault.unbox(row[1], PURPOSE, "links.box", key))
    return Link(key, row[0], PersonId(person), ReportId(bytes.fromhex(report)), channel, address, Millis(until), reason)


def redeem(rows: Rows, vault: Vault, link: Link, cookie: bytes) -> bool:
    """The first to open it; False for everybody after. `link` already says until when and why."""
    return rows.run(_REDEEM, token_=link.token, cookie_=cookie, box_=_boxed(vault, link)) > 0


def drop_about(rows: Rows, subject: bytes) -> None:
    rows.run(_DROP_ABOUT, subject_=subject)


def _boxed(vault: Vault, link: Link) -> bytes:
    whole = [link.person, link.report.hex(), link.channel, link.address, link.until, link.reason]
    return vault.box(padded(whole), PURPOSE, "links.box", link.token)
