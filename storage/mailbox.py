"""What was pushed to people whose channel fetches it (the web page); read after the last event that they have."""

from __future__ import annotations

from sqlalchemy import bindparam, func, insert, select

from handlers.model import AccountId, Choice, Reply
from storage.packed import packed, unpacked
from storage.statement import Rows, statement
from storage.tables import mailbox as table
from storage.vault import Vault

PURPOSE = "mailbox"
KEPT_DAYS = 7
READ_MAX = 50
_LAST = statement(select(func.coalesce(func.max(table.c.n), 0)).where(table.c.owner == bindparam("owner_")))
_ADD = statement(insert(table), "owner", "n", "box", "expires_day")
_AFTER = statement(
    select(table.c.n, table.c.box)
    .where(table.c.owner == bindparam("owner_"), table.c.n > bindparam("after"))
    .order_by(table.c.n)
    .limit(bindparam("limit_"))
)


def add(rows: Rows, vault: Vault, account: AccountId, reply: Reply, today: int) -> int:
    """Put one message into an account's mailbox; returns its number. The account's lane must be held."""
    owner = _owner(vault, account)
    n = int(rows.all(_LAST, owner_=owner)[0][0]) + 1
    whole = packed([reply.text, [[c.key, c.label] for c in reply.choices]])
    rows.run(
        _ADD,
        owner=owner,
        n=n,
        box=vault.box(whole, PURPOSE, "mailbox.box", _row(owner, n)),
        expires_day=today + KEPT_DAYS,
    )
    return n


def after(rows: Rows, vault: Vault, account: AccountId, n: int) -> list[tuple[int, Reply]]:
    owner = _owner(vault, account)
    found = []
    for at, box in rows.all(_AFTER, owner_=owner, after=n, limit_=READ_MAX):
        text, choices = unpacked(vault.unbox(box, PURPOSE, "mailbox.box", _row(owner, at)))
        found.append((int(at), Reply(text, tuple(Choice(*choice) for choice in choices))))
    return found


def last(rows: Rows, vault: Vault, account: AccountId) -> int:
    return int(rows.all(_LAST, owner_=_owner(vault, account))[0][0])


def _owner(vault: Vault, account: AccountId) -> bytes:
    return vault.index("mailbox.owner", account)


def _row(owner: bytes, n: int) -> bytes:
    return owner + n.to_bytes(8, "big")
