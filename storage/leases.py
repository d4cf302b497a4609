"""Work of which only one process at a time may do any, such as polling a platform: a lease of a name."""

from __future__ import annotations

from sqlalchemy import bindparam, update
from sqlalchemy.dialects.postgresql import insert

from handlers.model import Millis
from storage.statement import Rows, statement
from storage.tables import leases as table

_TAKE = statement(insert(table).on_conflict_do_nothing(), "name", "holder", "until")
_HOLD = statement(
    update(table)
    .where(table.c.name == bindparam("name_"))
    .where((table.c.holder == bindparam("holder_")) | (table.c.until <= bindparam("now")))
    .values(holder=bindparam("holder_too"), until=bindparam("until_"))
)


def hold(rows: Rows, name: str, holder: bytes, now: Millis, lease_ms: int) -> bool:
    """Take or keep the lease of `name` until `lease_ms` from now; False while another process has it."""
    until = now + lease_ms
    if rows.run(_HOLD, name_=name, holder_=holder, holder_too=holder, now=now, until_=until):
        return True
    return rows.run(_TAKE, name=name, holder=holder, until=until) > 0
