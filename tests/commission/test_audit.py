"""A thousand ways to tamper with the chained audit; each is found. What is not chained yet is sealed all the same."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from handlers.model import Millis, ReportId
from storage import audit
from storage.audit import Fact
from storage.engine import Limits, open_database
from storage.schema import make_ready
from storage.statement import Rows
from storage.vault import Ring, Vault
from tests.commission.office import accepted, filed, staffed
from tests.fakes.city import RING, open_city

N, TAMPERINGS = 60, 1_000
ROWS = "SELECT id, seq, subject, box, chain FROM audit ORDER BY seq"
VAULT = Vault(RING)


class _Lite:
    """Rows over a plain connection, for verifying a thousand copies in memory."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self, statement: object, **parameters: object) -> list[tuple[object, ...]]:
        whole = {**statement.literals, **parameters}  # type: ignore[attr-defined]
        return self._connection.execute(statement.sqlite, whole).fetchall()  # type: ignore[attr-defined]


@pytest.fixture
async def chained(tmp_path: Path) -> tuple[Path, str]:
    url = f"sqlite:///{tmp_path}/lima.db"
    database = open_database(url, Limits())
    await make_ready(database)
    await database.open()
    chance = random.Random(1)

    def write(rows: Rows) -> None:
        for n in range(N):
            fact = Fact(Millis(n), "T-1", "approved", f"{n % 7:032x}", {"n": n})
            audit.add(rows, VAULT, chance.randbytes, fact)

    await database.turn(b"a", write)
    while await database.turn(b"a", lambda rows: audit.seal(rows, VAULT, Millis(1), 1000)):
        pass
    found = await database.read(lambda rows: audit.verify(rows, VAULT))
    assert (found.n, found.loose, found.faults) == (N, 0, ())
    await database.close()
    return tmp_path / "lima.db", found.checkpoint


def test_a_thousand_tamperings_are_all_found(chained: tuple[Path, str]) -> None:
    path, checkpoint = chained
    disk = sqlite3.connect(path)
    chance = random.Random(7)
    for n in range(TAMPERINGS):
        memory = sqlite3.connect(":memory:")
        disk.backup(memory)
        what = _tamper(memory, chance)
        assert audit.verify(_Lite(memory), VAULT, checkpoint).faults, f"{n}: {what} was not found"  # type: ignore[arg-type]
        memory.close()
    assert not audit.verify(_Lite(disk), VAULT, checkpoint).faults  # type: ignore[arg-type]
    disk.close()


def _tamper(db: sqlite3.Connection, chance: random.Random) -> str:
    seq = chance.randint(1, N)
    what = chance.choice(
        ("byte", "delete", "swap", "insert", "truncate", "unchain", "renumber", "head", "copy", "empty")
    )
    if what == "byte":
        column = chance.choice(("id", "subject", "box", "chain"))
        (value,) = db.execute(f"SELECT {column} FROM audit WHERE seq = ?", (seq,)).fetchone()
        at = chance.randrange(len(value))
        changed = value[:at] + bytes([value[at] ^ (1 << chance.randrange(8))]) + value[at + 1 :]
        db.execute(f"UPDATE audit SET {column} = ? WHERE seq = ?", (changed, seq))
    elif what == "delete":
        db.execute("DELETE FROM audit WHERE seq = ?", (seq,))
    elif what == "swap":
        other = seq % N + 1
        db.execute("UPDATE audit SET seq = -1 WHERE seq = ?", (seq,))
        db.execute("UPDATE audit SET seq = ? WHERE seq = ?", (seq, other))
        db.execute("UPDATE audit SET seq = ? WHERE seq = -1", (other,))
    elif what == "insert":
        db.execute(
            "INSERT INTO audit SELECT randomblob(16), ?, subject, box, chain FROM audit WHERE seq = ?", (N + 1, seq)
        )
    elif what == "copy":
        db.execute("UPDATE audit SET box = (SELECT box FROM audit WHERE seq = ?) WHERE seq = ?", (seq % N + 1, seq))
    elif what == "truncate":
        cut = chance.randint(1, N)
        db.execute("DELETE FROM audit WHERE seq >= ?", (cut,))
    elif what == "unchain":
        db.execute("UPDATE audit SET seq = NULL, chain = NULL WHERE seq = ?", (seq,))
    elif what == "renumber":
        db.execute("UPDATE audit SET seq = seq + 1000 WHERE seq >= ?", (seq,))
    elif what == "head":
        db.execute("UPDATE audit_head SET seq = ?", (N - chance.randint(1, N),))
    else:
        db.execute("DELETE FROM audit")
        db.execute("DELETE FROM audit_head")
    return what


async def test_taken_back_whole_is_found_by_the_checkpoint(chained: tuple[Path, str], tmp_path: Path) -> None:
    path, early = chained
    before = path.read_bytes()
    database = open_database(f"sqlite:///{path}", Limits())
    await database.open()
    fact = Fact(Millis(9), "T-1", "approved", "", {})
    await database.turn(b"a", lambda rows: audit.add(rows, VAULT, random.Random(3).randbytes, fact))
    await database.turn(b"a", lambda rows: audit.seal(rows, VAULT, Millis(1), 1000))
    later = (await database.read(lambda rows: audit.verify(rows, VAULT, early))).checkpoint
    assert not (await database.read(lambda rows: audit.verify(rows, VAULT, early))).faults, "the chain only grows"
    await database.close()
    path.write_bytes(before)
    database = open_database(f"sqlite:///{path}", Limits())
    await database.open()
    assert not (await database.read(lambda rows: audit.verify(rows, VAULT))).faults, "by itself it looks whole"
    assert (await database.read(lambda rows: audit.verify(rows, VAULT, later))).faults
    await database.close()


async def test_somebody_without_the_keys_cannot_write_a_chain(chained: tuple[Path, str]) -> None:
    path, _ = chained
    disk = sqlite3.connect(path)
    other = Vault(Ring({1: b"m" * 32}, b"j" * 32))
    assert audit.verify(_Lite(disk), other).faults  # type: ignore[arg-type]
    disk.close()


async def test_every_step_is_in_the_audit_with_who_and_from_where_to_where(database_url: str) -> None:
    async with open_city(database_url) as city:
        await staffed(city, "T-3", "T-1")
        report = await filed(city)
        await accepted(city)
        vault = city.service.turns.vault
        while await city.service.database.turn(b"audit", lambda rows: audit.seal(rows, vault, city.clock.now, 1000)):
            pass
        found = await city.service.database.read(lambda rows: audit.verify(rows, vault))
        assert not found.faults and found.loose == 0
        facts = await city.service.database.read(lambda rows: audit.about(rows, vault, ReportId(report)))
        assert [(fact.who, fact.what) for fact in facts] == [
            ("T-3", "opened"), ("T-3", "register"), ("T-3", "proposed"), ("T-1", "opened"), ("T-1", "approved"),
        ]  # fmt: skip
        assert [fact.detail.get("end") for fact in facts] == [None, "registered", None, None, "accepted"]
