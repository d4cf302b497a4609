"""What must reach somebody, written in the transaction of the fact that it tells of (design.md §2.4)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import bindparam, func, insert, select

from handlers.model import DeskId, Heard, Millis, ReportId
from storage.conversations import Chance
from storage.statement import Rows, statement
from storage.tables import outbox as table
from storage.vault import Vault

PURPOSE = "outbox"
_ADD = statement(insert(table), "id", "desk", "body", "attempts", "next_try_at", "claimed_until", "last_error")
_FOR_DESK = statement(select(table.c.id, table.c.body).where(table.c.desk == bindparam("desk")))
_WAITING = statement(select(func.count(), func.coalesce(func.min(table.c.next_try_at), 0)))


@dataclass(frozen=True, slots=True)
class Waiting:
    """`oldest_at` is 0 if nothing waits."""

    n: int
    oldest_at: Millis


def tell_desk(rows: Rows, vault: Vault, chance: Chance, desk: DeskId, report: ReportId, now: Millis) -> None:
    """A report has come to a desk: who of it may know is asked again when the row is claimed."""
    _add(rows, vault, chance, desk, ["report_filed", report.hex()], now)


def tell_account(rows: Rows, vault: Vault, chance: Chance, heard: Heard, turn_key: bytes, now: Millis) -> None:
    """The reply to a turn whose channel does not answer in the call; it is rendered when it is sent."""
    _add(rows, vault, chance, None, ["reply", heard.channel, heard.address, turn_key.hex()], now)


def for_desk(rows: Rows, vault: Vault, desk: DeskId) -> list[list[str]]:
    """The bodies that wait for a desk."""
    found = rows.all(_FOR_DESK, desk=desk)
    return [json.loads(vault.unbox(body, PURPOSE, "outbox.body", id_)) for id_, body in found]


def waiting(rows: Rows) -> Waiting:
    return Waiting(*rows.all(_WAITING)[0])


def _add(rows: Rows, vault: Vault, chance: Chance, desk: DeskId | None, body: list[str], now: Millis) -> None:
    id_ = chance(16)
    boxed = vault.box(json.dumps(body).encode(), PURPOSE, "outbox.body", id_)
    rows.run(_ADD, id=id_, desk=desk, body=boxed, attempts=0, next_try_at=now, claimed_until=0, last_error="")
