"""What must reach somebody, written in the transaction of the fact that it tells of (design.md §2.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql as on_conflict

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
_DUE_DESKS = statement(
    select(table.c.id, table.c.desk, table.c.body)
    .where(_TO_DESKS, table.c.next_try_at <= bindparam("now"))
    .order_by(table.c.next_try_at)
    .limit(bindparam("limit_"))
)
_WAIT = statement(update(table).where(table.c.id == bindparam("id_")).values(next_try_at=bindparam("at_")))
_ADD_ONCE = statement(
    on_conflict.insert(table).on_conflict_do_nothing(),
    *("id", "desk", "body", "attempts", "next_try_at", "claimed_until", "last_error"),
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


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A row for a desk. `to` is one person of it, or empty for everybody who may see the report."""

    id: bytes
    desk: DeskId
    kind: str
    report: ReportId
    to: str


def tell_desk(
    rows: Rows, vault: Vault, chance: Chance, desk: DeskId, report: ReportId, now: Millis,
    kind: str = "report_filed", to: str = "",
) -> None:  # fmt: skip
    """Something has come to a desk, for one person of it (`to`) or for all: who may know is asked again at the claim."""
    _add(rows, vault, chance, desk, [kind, report.hex(), to], now)


def claim_desk_rows(rows: Rows, vault: Vault, now: Millis, limit: int) -> list[DeskRow]:
    """At most `limit` rows to desks that are due. They need no lease: whoever splits one removes it in the same turn."""
    found = []
    for id_, desk, body in rows.all(_DUE_DESKS, now=now, limit_=limit):
        kind, report, *to = unpacked(vault.unbox(body, PURPOSE, "outbox.body", id_))
        found.append(DeskRow(id_, DeskId(desk), kind, ReportId(bytes.fromhex(report)), to[0] if to else ""))
    return found


def split(rows: Rows, vault: Vault, row: DeskRow, to: Iterable[tuple[str, str, str]], now: Millis) -> bool:
    """One row for each (person, channel, address) instead of the desk's; False if somebody else has split it."""
    if not rows.run(_DONE, id_=row.id):
        return False
    for person, channel, address in to:
        id_ = vault.index("outbox.child", row.id, person)[:16]
        body = vault.box(
            padded(["officer", channel, address, person, row.report.hex(), row.kind]), PURPOSE, "outbox.body", id_
        )
        rows.run(
            _ADD_ONCE,
            id=id_,
            desk=None,
            body=body,
            attempts=0,
            next_try_at=day_start(now),
            claimed_until=0,
            last_error="",
        )
    return True


def wait(rows: Rows, row: DeskRow, until: Millis) -> None:
    """Nobody of the desk may see it or can be reached: later, and no attempt is counted."""
    rows.run(_WAIT, id_=row.id, at_=until)


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


def finish(rows: Rows, row: Claimed) -> bool:
    """Remove a delivered row; False if somebody else did."""
    return rows.run(_DONE, id_=row.id) > 0


def _add(rows: Rows, vault: Vault, chance: Chance, desk: DeskId | None, body: list[str], now: Millis) -> None:
    """Due since the day began: the moment itself would tell which account's row and which desk's are of one turn."""
    id_, due = chance(16), day_start(now)
    boxed = vault.box(padded(body), PURPOSE, "outbox.body", id_)
    rows.run(_ADD, id=id_, desk=desk, body=boxed, attempts=0, next_try_at=due, claimed_until=0, last_error="")
