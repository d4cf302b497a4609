"""Who did what, written in the transaction of the fact, and chained afterwards by one sealer.

Each row is sealed. The sealer gives it a number and a keyed hash over the row and the one before it; the head, hashed as
well, says where the chain ends. Whoever changes, removes, adds or reorders chained rows is found out. Whoever takes the
whole database back to an earlier state is found out by the checkpoint that `lima audit verify` prints, kept elsewhere.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from handlers.model import Millis, ReportId
from storage.conversations import Chance
from storage.packed import padded, unpacked
from storage.statement import Rows, first, statement
from storage.tables import audit as table
from storage.tables import audit_head as head_table
from storage.vault import NotOpened, Vault

PURPOSE, HEAD = "audit", "audit"
START = b"\0" * 32
BATCH_MAX = 200
PAGE = 500

_ADD = statement(insert(table), "id", "subject", "box")
_LOOSE = statement(
    select(table.c.id, table.c.subject, table.c.box).where(table.c.seq.is_(None)).limit(bindparam("limit_"))
)
_CHAIN = statement(
    update(table)
    .where(table.c.id == bindparam("id_"), table.c.seq.is_(None))
    .values(seq=bindparam("seq_"), chain=bindparam("chain_"))
)
_AFTER = statement(
    select(table.c.seq, table.c.id, table.c.subject, table.c.box, table.c.chain)
    .where(table.c.seq > bindparam("after"))
    .order_by(table.c.seq)
    .limit(bindparam("limit_"))
)
_ABOUT = statement(select(table.c.id, table.c.box).where(table.c.subject == bindparam("subject_")))
_HEAD = statement(
    select(head_table.c.seq, head_table.c.chain, head_table.c.claimed_until).where(head_table.c.name == HEAD)
)
_START = statement(insert(head_table).on_conflict_do_nothing(), "name", "seq", "chain", "claimed_until")
_CLAIM = statement(
    update(head_table)
    .where(head_table.c.name == HEAD, head_table.c.claimed_until <= bindparam("now"))
    .values(claimed_until=bindparam("until_"))
)
_ADVANCE = statement(
    update(head_table)
    .where(head_table.c.name == HEAD, head_table.c.seq == bindparam("from_"))
    .values(seq=bindparam("seq_"), chain=bindparam("chain_"), claimed_until=0)
)


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing done. `who` is a person of the roster, or empty for a reporter and for the system."""

    at: Millis
    who: str
    what: str
    report: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verified:
    """`faults` in Chinese; `seq` and `chain` are the head, which together are the checkpoint."""

    n: int
    loose: int
    seq: int
    chain: bytes
    faults: tuple[str, ...]

    @property
    def checkpoint(self) -> str:
        return f"{self.seq}:{self.chain.hex()}"


def add(rows: Rows, vault: Vault, chance: Chance, fact: Fact) -> None:
    id_ = chance(16)
    report = bytes.fromhex(fact.report)
    subject = subject_of(vault, ReportId(report)) if report else None
    whole = padded([fact.at, fact.who, fact.what, fact.report, fact.detail])
    rows.run(_ADD, id=id_, subject=subject, box=vault.box(whole, PURPOSE, "audit.box", id_))


def subject_of(vault: Vault, report: ReportId) -> bytes:
    return vault.index("audit.subject", report)


def about(rows: Rows, vault: Vault, report: ReportId) -> list[Fact]:
    """What was done about a report, in order."""
    found = [_opened(vault, id_, box) for id_, box in rows.all(_ABOUT, subject_=subject_of(vault, report))]
    return sorted(found, key=lambda fact: (fact.at, fact.detail.get("step", 0)))


def seal(rows: Rows, vault: Vault, now: Millis, lease_ms: int) -> int:
    """Chain what is loose, if no other sealer is at it; how many rows."""
    rows.run(_START, name=HEAD, seq=0, chain=_head_chain(vault, 0, START), claimed_until=0)
    if not rows.run(_CLAIM, now=now, until_=now + lease_ms):
        return 0
    start = int(rows.all(_HEAD)[0][0])
    last = first(rows.all(_AFTER, after=start - 1, limit_=1)) if start else None
    chain, seq = (last[4] if last else START), start
    loose = [
        (_opened(vault, id_, box).at, id_, subject, box) for id_, subject, box in rows.all(_LOOSE, limit_=BATCH_MAX)
    ]
    for _, id_, subject, box in sorted(loose, key=lambda each: each[:2]):
        seq += 1
        chain = _chained(vault, chain, seq, id_, subject, box)
        rows.run(_CHAIN, id_=id_, seq_=seq, chain_=chain)
    rows.run(_ADVANCE, from_=start, seq_=seq, chain_=_head_chain(vault, seq, chain))
    return seq - start


def facts(rows: Rows, vault: Vault, limit: int) -> list[tuple[int, Fact]]:
    """The last `limit` chained facts, oldest first."""
    head = first(rows.all(_HEAD))
    start = max(0, (head[0] if head else 0) - limit)
    return [(seq, _opened(vault, id_, box)) for seq, id_, _, box, _ in rows.all(_AFTER, after=start, limit_=limit)]


def verify(rows: Rows, vault: Vault, checkpoint: str = "") -> Verified:
    """Walk the whole chain. `checkpoint` is what an earlier verification printed."""
    faults: list[str] = []
    since = checkpoint.partition(":")
    chain, n = START, 0
    seen_checkpoint = not checkpoint
    for seq, id_, subject, box, kept in _walk(rows):
        n += 1
        if seq != n:
            faults.append(f"第{n}条不见了，或者编号被改过")
            break
        chain = _chained(vault, chain, seq, id_, subject, box)
        if not hmac.compare_digest(chain, kept or b""):
            faults.append(f"第{seq}条和前面接不上：它或它前面的被改过")
            break
        if checkpoint and seq == int(since[0] or 0):
            seen_checkpoint = hmac.compare_digest(_head_chain(vault, seq, chain).hex(), since[2])
        try:
            _opened(vault, id_, box)
        except NotOpened:
            faults.append(f"第{seq}条打不开")
    seq, kept = (rows.all(_HEAD) or [(0, _head_chain(vault, 0, START), 0)])[0][:2]
    if not faults and (seq != n or not hmac.compare_digest(kept, _head_chain(vault, n, chain))):
        faults.append("末尾对不上：最后的几条被删过，或加过")
    if not faults and not seen_checkpoint and since[0] != "0":
        faults.append("和上次记下的对不上：整个库被换回过从前的样子，或重新做过")
    loose = 0
    for id_, _, box in rows.all(_LOOSE, limit_=PAGE):
        loose += 1
        try:
            _opened(vault, id_, box)
        except NotOpened:
            faults.append("有一条还没有接上链的打不开")
    return Verified(n, loose, n, _head_chain(vault, n, chain), tuple(faults))


def _walk(rows: Rows) -> Iterator[tuple[int, bytes, bytes | None, bytes, bytes | None]]:
    after = -(2**62)
    while page := rows.all(_AFTER, after=after, limit_=PAGE):
        yield from page
        after = page[-1][0]


def _chained(vault: Vault, before: bytes, seq: int, id_: bytes, subject: bytes | None, box: bytes) -> bytes:
    return vault.index("audit.chain", before, seq, id_, subject or b"", box)


def _head_chain(vault: Vault, seq: int, chain: bytes) -> bytes:
    return vault.index("audit.head", seq, chain)


def _opened(vault: Vault, id_: bytes, box: bytes) -> Fact:
    at, *rest = unpacked(vault.unbox(box, PURPOSE, "audit.box", id_))
    return Fact(Millis(at), *rest)
