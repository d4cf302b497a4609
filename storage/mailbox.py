"""What was pushed to people whose channel fetches it (the web page); read after the last event that they have.

Also what another channel could not push: its people fetch it with “看”. How far they have read stands in their row 0.
"""

from __future__ import annotations

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from handlers.model import AccountId, Choice, Reply
from storage.packed import packed, unpacked
from storage.statement import Rows, first, statement
from storage.tables import mailbox as table
from storage.vault import Vault

PURPOSE = "mailbox"
READ_KEPT_DAYS = 7
"""What was fetched is kept a little longer: a retry, or an older question, may show it once more."""
A_DAY = 1000
"""Numbers rise by so many a day at least: a page that knows the last number of a mailbox that was emptied since then does
not miss what comes afterwards. Nobody is pushed a thousand messages a day."""
READ_MAX = 50
FETCHED_BY_ITSELF = frozenset({"web"})
"""Channels whose pages read the mailbox by themselves; everybody else says “看”."""
_LAST = statement(select(func.coalesce(func.max(table.c.n), 0)).where(table.c.owner == bindparam("owner_")))
_ADD = statement(insert(table), "owner", "n", "box", "expires_day")
_AFTER = statement(
    select(table.c.n, table.c.box)
    .where(table.c.owner == bindparam("owner_"), table.c.n > bindparam("after"))
    .order_by(table.c.n)
    .limit(bindparam("limit_"))
)

_ONE = statement(select(table.c.box).where(table.c.owner == bindparam("owner_"), table.c.n == bindparam("n_")))
_READ_TO = statement(
    insert(table)
    .values(owner=bindparam("owner"), n=0, box=bindparam("box"), expires_day=bindparam("expires_day"))
    .on_conflict_do_update(
        index_elements=["owner", "n"], set_={"box": bindparam("box_too"), "expires_day": bindparam("expires_day_too")}
    )
)
_IS_READ = statement(
    update(table)
    .where(
        table.c.owner == bindparam("owner_"),
        table.c.n > 0,
        table.c.n <= bindparam("n_"),
        table.c.expires_day > bindparam("expires_day_"),
    )
    .values(expires_day=bindparam("expires_day_"))
)
_DROP = statement(delete(table).where(table.c.owner == bindparam("owner_")))


def add(rows: Rows, vault: Vault, account: AccountId, reply: Reply, today: int, days: int) -> int:
    """Put one message into an account's mailbox, where it waits so many days; returns its number. The account's lane must
    be held."""
    owner = _owner(vault, account)
    n = max(int(rows.all(_LAST, owner_=owner)[0][0]), today * A_DAY) + 1
    whole = packed([reply.text, [[c.key, c.label] for c in reply.choices]])
    rows.run(
        _ADD,
        owner=owner,
        n=n,
        box=vault.box(whole, PURPOSE, "mailbox.box", _row(owner, n)),
        expires_day=today + days,
    )
    return n


def after(rows: Rows, vault: Vault, account: AccountId, n: int) -> list[tuple[int, Reply]]:
    owner = _owner(vault, account)
    found = []
    for at, box in rows.all(_AFTER, owner_=owner, after=n, limit_=READ_MAX):
        text, choices = unpacked(vault.unbox(box, PURPOSE, "mailbox.box", _row(owner, at)))
        found.append((int(at), Reply(text, tuple(Choice(*choice) for choice in choices))))
    return found


def one(rows: Rows, vault: Vault, account: AccountId, n: int) -> Reply | None:
    owner = _owner(vault, account)
    row = first(rows.all(_ONE, owner_=owner, n_=n))
    if row is None:
        return None
    text, choices = unpacked(vault.unbox(row[0], PURPOSE, "mailbox.box", _row(owner, n)))
    return Reply(text, tuple(Choice(*choice) for choice in choices))


def unread(rows: Rows, vault: Vault, account: AccountId) -> list[int]:
    """The numbers of what was not fetched yet, oldest first, at most READ_MAX."""
    owner = _owner(vault, account)
    row = first(rows.all(_ONE, owner_=owner, n_=0))
    seen = int(unpacked(vault.unbox(row[0], PURPOSE, "mailbox.box", _row(owner, 0)))) if row else 0
    return [int(n) for n, _ in rows.all(_AFTER, owner_=owner, after=seen, limit_=READ_MAX)]


def read_to(rows: Rows, vault: Vault, account: AccountId, n: int, today: int) -> None:
    """Everything up to `n` has been fetched. The account's lane must be held."""
    owner, until = _owner(vault, account), today + READ_KEPT_DAYS
    box = vault.box(packed(n), PURPOSE, "mailbox.box", _row(owner, 0))
    rows.run(_IS_READ, owner_=owner, n_=n, expires_day_=until)
    # A day longer than what it says of: the rest must not look unread again.
    rows.run(_READ_TO, owner=owner, box=box, expires_day=until + 1, box_too=box, expires_day_too=until + 1)


def drop(rows: Rows, vault: Vault, account: AccountId) -> None:
    rows.run(_DROP, owner_=_owner(vault, account))


def last(rows: Rows, vault: Vault, account: AccountId) -> int:
    return int(rows.all(_LAST, owner_=_owner(vault, account))[0][0])


def _owner(vault: Vault, account: AccountId) -> bytes:
    return vault.index("mailbox.owner", account)


def _row(owner: bytes, n: int) -> bytes:
    return owner + n.to_bytes(8, "big")
