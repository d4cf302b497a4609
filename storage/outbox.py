"""What must reach somebody, written in the transaction of the fact that it tells of (design.md §2.4)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, insert, select, update

from handlers.dates import day_start
from handlers.model import DeskId, Heard, Millis, ReportId
from storage.conversations import Chance
from storage.packed import padded, unpacked
from storage.statement import Rows, statement
from storage.tables import outbox as table
from storage.vault import Vault

PURPOSE = "outbox"
LOST_AFTER_ATTEMPTS = 100
"""About a day of tries a quarter of an hour apart; then a row is dead, and `lima outbox requeue` revives it."""
NEVER = 2**62
_ADD = statement(insert(table), "id", "desk", "body", "attempts", "next_try_at", "claimed_until", "last_error")
_FOR_DESK = statement(select(table.c.id, table.c.body).where(table.c.desk == bindparam("desk")))
_TO_ACCOUNTS, _TO_DESKS = table.c.desk.is_(None), table.c.desk.is_not(None)
_FOR_ACCOUNTS = statement(select(table.c.id, table.c.body).where(_TO_ACCOUNTS))
_COUNTS = tuple(
    statement(select(func.count(), func.coalesce(func.min(table.c.next_try_at), 0)).where(which))
    for which in (_TO_ACCOUNTS, _TO_DESKS)
)
_DUE = statement(
    select(table.c.id, table.c.body, table.c.attempts)
    .where(_TO_ACCOUNTS, table.c.next_try_at <= bindparam("now"), table.c.claimed_until <= bindparam("now_too"))
    .order_by(table.c.next_try_at)
    .limit(bindparam("limit_"))
)
_CLAIM = statement(
    update(table)
    .where(table.c.id == bindparam("id_"), table.c.claimed_until <= bindparam("now"))
    .values(claimed_until=bindparam("until_"), attempts=table.c.attempts + 1)
)
_LATER = statement(
    update(table)
    .where(table.c.id == bindparam("id_"))
    .values(claimed_until=0, next_try_at=bindparam("at_"), last_error=bindparam("error_"))
)
_DONE = statement(delete(table).where(table.c.id == bindparam("id_")))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows to accounts and to desks; `oldest_at`, to the day, is 0 if nothing waits."""

    n_accounts: int
    oldest_at: Millis
    n_desks: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """One row that is ours for the lease. `kind` is notice or reply; `rest` is what that kind needs."""

    id: bytes
    attempts: int
    kind: str
    channel: str
    address: str
    rest: tuple[str, ...]


def tell_desk(rows: Rows, vault: Vault, chance: Chance, desk: DeskId, report: ReportId, now: Millis) -> None:
    """A report has come to a desk: who of it may know is asked again when the row is claimed."""
    _add(rows, vault, chance, desk, ["report_filed", report.hex()], now)


def tell_account(rows: Rows, vault: Vault, chance: Chance, heard: Heard, turn_key: bytes, now: Millis) -> None:
    """The reply to a turn whose channel does not answer in the call; it is rendered when it is sent."""
    _add(rows, vault, chance, None, ["reply", heard.channel, heard.address, turn_key.hex()], now)


def tell_notice(
    rows: Rows, vault: Vault, chance: Chance, to: tuple[str, str], notice: tuple[str, str], now: Millis
) -> None:
    """A notice (its key in handlers/notices.py, and one argument) to somebody's (channel, address)."""
    _add(rows, vault, chance, None, ["notice", *to, *notice], now)


def for_desk(rows: Rows, vault: Vault, desk: DeskId) -> list[list[str]]:
    """The bodies that wait for a desk."""
    found = rows.all(_FOR_DESK, desk=desk)
    return [unpacked(vault.unbox(body, PURPOSE, "outbox.body", id_)) for id_, body in found]


def waiting(rows: Rows) -> Waiting:
    (n_accounts, oldest_at), (n_desks, _) = (rows.all(count)[0] for count in _COUNTS)
    return Waiting(n_accounts, oldest_at, n_desks)


def claim(rows: Rows, vault: Vault, now: Millis, lease_ms: int, limit: int) -> list[Claimed]:
    """At most `limit` rows to accounts that are due, for `lease_ms` ours alone; an empty list means idle."""
    claimed = []
    for id_, body, attempts in rows.all(_DUE, now=now, now_too=now, limit_=limit):
        if rows.run(_CLAIM, id_=id_, now=now, until_=now + lease_ms):
            kind, channel, address, *rest = unpacked(vault.unbox(body, PURPOSE, "outbox.body", id_))
            claimed.append(Claimed(id_, attempts + 1, kind, channel, address, tuple(rest)))
    return claimed


def try_later(rows: Rows, row: Claimed, at: Millis, error: str) -> None:
    """Not before `at`; after too many attempts not until somebody requeues it."""
    rows.run(_LATER, id_=row.id, at_=at if row.attempts < LOST_AFTER_ATTEMPTS else NEVER, error_=error)


def drop_for(rows: Rows, vault: Vault, channel: str, address: str) -> int:
    """Everything that waits for one account; few rows wait at any time, and their bodies alone say for whom."""
    dropped = 0
    for id_, body in rows.all(_FOR_ACCOUNTS):
        if unpacked(vault.unbox(body, PURPOSE, "outbox.body", id_))[1:3] == [channel, address]:
            dropped += rows.run(_DONE, id_=id_)
    return dropped


def finish(rows: Rows, row: Claimed) -> bool:
    """Remove a delivered row; False if somebody else did."""
    return rows.run(_DONE, id_=row.id) > 0


def _add(rows: Rows, vault: Vault, chance: Chance, desk: DeskId | None, body: list[str], now: Millis) -> None:
    """Due since the day began: the moment itself would tell which account's row and which desk's are of one turn."""
    id_, due = chance(16), day_start(now)
    boxed = vault.box(padded(body), PURPOSE, "outbox.body", id_)
    rows.run(_ADD, id=id_, desk=desk, body=boxed, attempts=0, next_try_at=due, claimed_until=0, last_error="")
