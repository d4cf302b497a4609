"""纸条: printed before anybody needs them; the upper half's 登记号 is typed by a helper, the lower half holds the query code.

Of both only keyed hashes are stored, and they go when the slip is used: nothing tells which slip a report came from.
"""

from __future__ import annotations

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from handlers.model import VillageCode
from storage.reports import code_index
from storage.statement import Rows, first, statement
from storage.tables import slips as table
from storage.vault import Vault

_ADD = statement(insert(table).on_conflict_do_nothing(), "key", "code", "expires_day")
_FIND = statement(
    select(table.c.code).where(table.c.key == bindparam("key_"), table.c.expires_day >= bindparam("today"))
)
_USE = statement(delete(table).where(table.c.key == bindparam("key_")))


def add(rows: Rows, vault: Vault, village: VillageCode, entry: str, code: str, expires_day: int) -> bool:
    """False if this 登记号 is on another slip of the village already: then draw another one."""
    key, hashed = _key(vault, village, entry), code_index(vault, village, code)
    return rows.run(_ADD, key=key, code=hashed, expires_day=expires_day) > 0


def find(rows: Rows, vault: Vault, village: VillageCode, entry: str, today: int) -> bytes | None:
    """Under what the query code of a slip is looked up; None if there is no such slip, or it was used or is too old."""
    row = first(rows.all(_FIND, key_=_key(vault, village, entry), today=today))
    return bytes(row[0]) if row else None


def use(rows: Rows, vault: Vault, village: VillageCode, entry: str) -> bool:
    """False if somebody was quicker."""
    return rows.run(_USE, key_=_key(vault, village, entry)) > 0


def _key(vault: Vault, village: VillageCode, entry: str) -> bytes:
    return vault.index("slips.key", village, entry)
