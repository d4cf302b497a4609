"""Wrong query codes, counted by account, by network and in all, an hour at a time; counters without names."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from storage.statement import Rows, first, statement
from storage.tables import tries as table
from storage.vault import Vault

KEPT_DAYS = 1
_COUNT = statement(select(table.c.n).where(table.c.key == bindparam("key")))
_ADD = statement(
    insert(table)
    .values(key=bindparam("key"), n=1, expires_day=bindparam("expires_day"))
    .on_conflict_do_update(index_elements=["key"], set_={"n": table.c.n + 1})
)
_DROP = statement(delete(table).where(table.c.key == bindparam("key")))
OF_ACCOUNT = ("account", "photos", "slip")
"""What is counted of an account."""


def count(rows: Rows, vault: Vault, of: str, who: str | bytes, hour: int) -> int:
    row = first(rows.all(_COUNT, key=vault.index("tries.key", of, who, hour)))
    return int(row[0]) if row else 0


def add(rows: Rows, vault: Vault, of: str, who: str | bytes, hour: int, today: int) -> None:
    rows.run(_ADD, key=vault.index("tries.key", of, who, hour), expires_day=today + KEPT_DAYS)


def drop(rows: Rows, vault: Vault, account: bytes, hours: Iterable[int]) -> None:
    """An account's own counters."""
    for hour in hours:
        for of in OF_ACCOUNT:
            rows.run(_DROP, key=vault.index("tries.key", of, account, hour))
