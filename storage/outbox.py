"""What must reach somebody, written in the transaction of the fact that it tells of (design.md §2.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select, update

from handlers.dates import day_start
from handlers.model import DeskId, Heard, Millis, ReportId
from storage import leased
from storage.conversations import Chance
from storage.packed import unpacked
from storage.statement import Rows, first, statement
from storage.tables import outbox as table
from storage.vault import Vault

PURPOSE = "outbox"
LOST_AFTER_ATTEMPTS = 100
"""About a day of tries a quarter of an hour apart; then a row is dead, and `lima outbox requeue` revives it."""
_WORK = leased.Leased(
    table, "body", PURPOSE, which=table.c.desk.is_(None), queued=True, attempts_max=LOST_AFTER_ATTEMPTS
)
_BURY = statement(
    update(table)
    .where(table.c.id == bindparam("id_"))
    .values(attempts=LOST_AFTER_ATTEMPTS, claimed_until=0, next_try_at=leased.NEVER, last_error=bindparam("error_"))
)
_BODY = statement(select(table.c.body).where(table.c.id == bindparam("id_")))
_FOR_DESK = statement(select(table.c.id, table.c.body).where(table.c.desk == bindparam("desk")))
_DUE_DESKS = statement(
    select(table.c.id, table.c.desk, table.c.body)
    .where(table.c.desk.is_not(None), table.c.next_try_at <= bindparam("now"))
    .order_by(table.c.next_try_at)
    .limit(bindparam("limit_"))
)
_WAIT = statement(update(table).where(table.c.id == bindparam("id_")).values(next_try_at=bindparam("at_")))

FAILING_ATTEMPTS = 4
"""Two, four and eight seconds of waiting are not yet a finding."""
_WAITING_AT = statement(
    select(table.c.desk, func.count())
    .where(table.c.desk.is_not(None), table.c.next_try_at > bindparam("day"))
    .group_by(table.c.desk)
)
_FAILING = statement(
    select(func.count())
    .select_from(table)
    .where(table.c.owner == bindparam("owner_"), table.c.attempts >= bindparam("attempts_"))
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """One row that is ours for the lease. `kind` is notice or reply; `rest` is what that kind needs."""

    row: leased.Claimed
    kind: str
    channel: str
    address: str
    rest: tuple[str, ...]

    @property
    def id(self) -> bytes:
        return self.row.id

    @property
    def attempts(self) -> int:
        return self.row.attempts


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
    _WORK.add(rows, vault, chance(16), [kind, report.hex(), to], day_start(now), desk=desk, owner=None, n=0)


def claim_desk_rows(rows: Rows, vault: Vault, now: Millis, limit: int) -> list[DeskRow]:
    """At most `limit` rows to desks that are due. They need no lease: whoever splits one removes it in the same turn."""
    found = []
    for id_, desk, body in rows.all(_DUE_DESKS, now=now, limit_=limit):
        kind, report, *to = unpacked(vault.unbox(body, PURPOSE, "outbox.body", id_))
        found.append(DeskRow(id_, DeskId(desk), kind, ReportId(bytes.fromhex(report)), to[0] if to else ""))
    return found


def split(
    rows: Rows, vault: Vault, row: DeskRow, to: Iterable[tuple[str, str, str]], now: Millis, due: Millis | None = None
) -> bool:
    """One row for each (person, channel, address) instead of the desk's; False if somebody else has split it.

    `due` is the end of quiet hours, if these are now.
    """
    if not _WORK.finish(rows, row.id):
        return False
    for person, channel, address in to:
        id_ = vault.index("outbox.child", row.id, person)[:16]
        body = ["officer", channel, address, person, row.report.hex(), row.kind]
        _WORK.queue(rows, vault, id_, body, now, _owner(vault, channel, address), hand_over=False, due=due, desk=None)
    return True


def wait(rows: Rows, row: DeskRow, until: Millis) -> None:
    """Nobody of the desk may see it or can be reached: later, and no attempt is counted."""
    rows.run(_WAIT, id_=row.id, at_=until)


def tell_account(rows: Rows, vault: Vault, chance: Chance, heard: Heard, turn_key: bytes, now: Millis) -> bytes:
    """The reply to a turn whose channel does not answer in the call; it is rendered when it is sent.

    The id of the row if it is claimed for whoever hears the reply, as `heard.claims_reply` asks; else empty: an
    earlier message still waits, and delivery sends both in their order.
    """
    id_, body = chance(16), ["reply", heard.channel, heard.address, turn_key.hex()]
    owner = _owner(vault, heard.channel, heard.address)
    ours = _WORK.queue(rows, vault, id_, body, now, owner, hand_over=heard.claims_reply, desk=None)
    return id_ if ours else b""


def tell_notice(
    rows: Rows, vault: Vault, chance: Chance, to: tuple[str, str], notice: tuple[str, str], now: Millis,
    due: Millis | None = None,
) -> None:  # fmt: skip
    """A notice (its key in handlers/notices.py, and one argument) to somebody's (channel, address).

    `due` is the end of quiet hours, if these are now.
    """
    owner = _owner(vault, *to)
    _WORK.queue(rows, vault, chance(16), ["notice", *to, *notice], now, owner, hand_over=False, due=due, desk=None)


def tell_digest(
    rows: Rows, vault: Vault, chance: Chance, to: tuple[str, str], digest: tuple[str, ...], now: Millis, due: Millis
) -> None:
    """A digest to somebody's (channel, address): person, place, text and chart as they stood when the clock struck."""
    owner = _owner(vault, *to)
    _WORK.queue(rows, vault, chance(16), ["digest", *to, *digest], now, owner, hand_over=False, due=due, desk=None)


def for_desk(rows: Rows, vault: Vault, desk: DeskId) -> list[list[str]]:
    """The bodies that wait for a desk."""
    found = rows.all(_FOR_DESK, desk=desk)
    return [unpacked(vault.unbox(body, PURPOSE, "outbox.body", id_)) for id_, body in found]


def waiting_at(rows: Rows, now: Millis) -> dict[str, int]:
    """How many rows wait at each desk because nobody there may see them or can be reached: those that were put off
    today. One that was only just written is due since its day began."""
    return {desk: int(n) for desk, n in rows.all(_WAITING_AT, day=day_start(now))}


def failing_for(rows: Rows, vault: Vault, channel: str, address: str) -> int:
    """How many messages to an account have failed several times."""
    return int(rows.all(_FAILING, owner_=_owner(vault, channel, address), attempts_=FAILING_ATTEMPTS)[0][0])


def claim(rows: Rows, vault: Vault, now: Millis, lease_ms: int, limit: int) -> list[Claimed]:
    """At most `limit` rows to accounts that are due, one an account, for `lease_ms` ours alone; empty means idle."""
    return [_opened(row) for row in _WORK.claim(rows, vault, now, lease_ms, limit)]


def handed_over(vault: Vault, id_: bytes, channel: str, address: str) -> Claimed:
    """The row that `tell_account` claimed for its caller, who has the reply: the body is not read."""
    return Claimed(leased.Claimed(id_, 1, [], _owner(vault, channel, address)), "reply", channel, address, ())


def try_later(rows: Rows, row: Claimed, at: Millis, error: str, *, tried: bool = True) -> None:
    """Not before `at`; after too many attempts not until somebody requeues it. Not `tried`: it counts for none."""
    _WORK.try_later(rows, row.row, at, error, tried=tried)


def quieten(rows: Rows, row: Claimed, until: Millis) -> None:
    """Not before `until`, the end of quiet hours, and in nobody's way until then; it counts for no attempt."""
    _WORK.try_later(rows, row.row, until, leased.QUIET, tried=False)


def bury(rows: Rows, row: Claimed, error: str) -> None:
    """Not until somebody requeues it: the platform will never take it as it is."""
    rows.run(_BURY, id_=row.id, error_=error)


def drop_for(rows: Rows, vault: Vault, channel: str, address: str) -> int:
    """Everything that waits for one account."""
    return _WORK.drop_owner(rows, _owner(vault, channel, address))


def finish(rows: Rows, row: Claimed) -> bool:
    """Remove a delivered row; False if somebody else did."""
    return _WORK.finish(rows, row.id)


def claim_next(rows: Rows, vault: Vault, row: Claimed, now: Millis, lease_ms: int) -> Claimed | None:
    """What waits for the same account behind a row that is finished, if it is due."""
    if row.row.owner is None:
        return None
    found = _WORK.claim_next(rows, vault, row.row.owner, now, lease_ms)
    return _opened(found) if found else None


def readdress(rows: Rows, vault: Vault, row: Claimed, address: str, now: Millis) -> None:
    """The platform has given somebody another address: the row goes there."""
    found = first(rows.all(_BODY, id_=row.id))
    if found is None:
        return
    kind, channel, _, *rest = unpacked(vault.unbox(found[0], PURPOSE, "outbox.body", row.id))
    body, owner = [kind, channel, address, *rest], _owner(vault, channel, address)
    _WORK.finish(rows, row.id)
    _WORK.queue(rows, vault, row.id, body, now, owner, hand_over=False, desk=None)


def release_all(rows: Rows) -> int:
    """End every lease: for the one process that serves a database, before it begins."""
    return _WORK.release_all(rows)


def _owner(vault: Vault, channel: str, address: str) -> bytes:
    return vault.index("outbox.owner", vault.account(channel, address))


def _opened(row: leased.Claimed) -> Claimed:
    kind, channel, address, *rest = row.body
    return Claimed(row, kind, channel, address, tuple(rest))
