"""kill -9: once a villager sees a query code, the report survives; sending everything again makes no second one.

A process is killed at every statement of the turn that files, between the commit and the reply, and at any moment while
it talks with several people. `--long` kills ten thousand times, or for twenty minutes.
"""

from __future__ import annotations

import random
import sqlite3
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from storage.engine import Limits, open_database
from storage.schema import make_ready
from storage.statement import Statement
from tests.fakes.city import open_city
from tests.faults.stories import Line, balanced, filing, found_by_code, reopened, reports_of
from tests.faults.warm import Job, Outcome, Warm
from tests.transcript import CODE_SHOWN

SEED = 20261124
KILLS = {"sqlite": 60, "postgresql": 16}
KILLS_LONG = {"sqlite": 10_000, "postgresql": 1_000}
MINUTES_LONG_MAX = {"sqlite": 15, "postgresql": 5}
PEOPLE = 3
KILLS_A_DATABASE = 100
"""Then a fresh one: the books are read whole after every kill."""


@dataclass
class Street:
    """A database, its people, and how often its server was killed. Everybody files one report, in six lines."""

    url: str
    code: str
    warm: Warm
    names: count[int] = field(default_factory=count)
    seeds: count[int] = field(default_factory=lambda: count(1000))
    filed: int = 0

    def people(self, n: int) -> list[list[Line]]:
        return [filing(f"人{next(self.names)}", self.code) for _ in range(n)]

    def job(self, talks: list[list[Line]], **kill: Any) -> Job:
        return Job(self.url, next(self.seeds), [[line.told() for line in lines] for lines in talks], **kill)

    async def kill_at_statement(self, line: int, statement: int) -> int:
        """One person; the server dies before this statement of the turn that answers this line. 0: how many there are."""
        talks = self.people(1)
        outcome = self.warm.run(self.job(talks, kill_at_line=talks[0][line].id, kill_at_statement=statement))
        assert outcome.killed == bool(statement), outcome
        assert len(outcome.replies) == (line if statement else len(talks[0]))
        await self.look_after(talks, outcome)
        return outcome.statements

    async def kill_some_time(self, chance: random.Random) -> None:
        """Several people at once; the server dies at any moment."""
        talks = self.people(PEOPLE)
        replies = chance.randrange(1, PEOPLE * 6)
        wait_s = chance.uniform(0, 0.003)
        outcome = self.warm.run(self.job(talks, kill_after_replies=replies, kill_wait_s=wait_s))
        assert outcome.killed and len(outcome.replies) >= replies, outcome
        await self.look_after(talks, outcome)

    async def look_after(self, talks: list[list[Line]], outcome: Outcome) -> None:
        """The service comes back. Everything acknowledged is there; everybody says all of it once more."""
        async with reopened(self.url, next(self.seeds)) as city:
            for lines in talks:
                if (receipt := outcome.replies.get(lines[-1].id)) is not None:
                    mine = await reports_of(city, lines[0].who)
                    assert [await found_by_code(city, CODE_SHOWN.findall(receipt)[0])] == [each.report for each in mine]
            await balanced(city)
            for lines in talks:
                replies = [(await city.service.hear(line.heard(later_s=600))).as_lines() for line in lines]
                again = dict(zip((line.id for line in lines), replies, strict=True))
                assert {id_: again[id_] for id_ in outcome.replies if id_ in again}.items() <= outcome.replies.items()
                mine = await reports_of(city, lines[0].who)
                assert len(mine) == 1
                assert await found_by_code(city, CODE_SHOWN.findall(replies[-1])[0]) == mine[0].report
            self.filed += len(talks)
            assert await balanced(city) == self.filed
        if self.url.startswith("sqlite"):
            _sound(self.url)


def _sound(url: str) -> None:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


async def _street(url: str, warm: Warm) -> Street:
    async with open_city(url) as city:
        return Street(url, await city.code_of("二组水沟"), warm)


async def test_acknowledged_reports_survive_kill_9(
    database_url: str, long: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kind = database_url.partition(":")[0]
    seed = time.time_ns() if long else SEED
    kills = (KILLS_LONG if long else KILLS)[kind]
    until = time.monotonic() + MINUTES_LONG_MAX[kind] * 60
    chance = random.Random(seed)
    with Warm() as warm:
        street = await _street(database_url, warm)
        statements = await street.kill_at_statement(5, 0)
        assert statements > 20, "a filing turn is BEGIN, two savepoints, what it reads and writes, COMMIT"
        planned = list(range(1, statements + 1))
        if len(planned) > kills // 2 and not long:  # the first, the last ones around COMMIT, and some between
            planned = sorted({1, *chance.sample(planned[1:-3], kills // 2 - 4), *planned[-3:]})
        for done in range(kills):
            if done < len(planned):
                await street.kill_at_statement(5, planned[done])
            elif long and done % 2:
                await street.kill_at_statement(5, chance.randrange(1, statements + 1))
            else:
                await street.kill_some_time(chance)
            if time.monotonic() > until:
                break
            if kind == "sqlite" and done % KILLS_A_DATABASE == KILLS_A_DATABASE - 1:
                street = await _street(f"sqlite:///{tmp_path}/after-{done}.db", warm)
    if long:
        with capsys.disabled():
            print(
                f"\nkill -9, {kind}: {done + 1} of {kills} kills, seed {seed}, {len(planned)} places in a filing turn"
            )
    else:
        assert done + 1 == kills


# ---------------------------------------------------------------- a power cut


async def test_every_connection_to_sqlite_syncs_before_it_acknowledges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kill -9 proves nothing about power cuts; `synchronous=FULL` on each connection does what can be done."""
    seen: list[tuple[int, int, str]] = []

    class Watched(sqlite3.Connection):
        def close(self) -> None:
            asked = [
                self.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("synchronous", "secure_delete", "journal_mode")
            ]
            seen.append(tuple(asked))
            super().close()

    connect = sqlite3.connect

    def watched(*arguments: Any, **named: Any) -> sqlite3.Connection:
        return connect(*arguments, **{**named, "factory": Watched})

    monkeypatch.setattr(sqlite3, "connect", watched)
    monkeypatch.setattr(sqlite3.dbapi2, "connect", watched)  # type: ignore[attr-defined]  # SQLAlchemy's name for it
    async with open_city(f"sqlite:///{tmp_path}/lima.db") as city:
        await make_ready(city.service.database)
        await city.say("你好")
        await city.desk("city:5206")
    assert len(seen) >= 4, "the schema, the writer, two readers"
    assert set(seen) == {(2, 1, "wal")}


async def test_every_connection_to_postgresql_syncs_before_it_acknowledges(postgresql_url: str) -> None:
    """Also where the server's own default says otherwise."""
    shown = Statement("", "SHOW synchronous_commit", (), {})
    database: Any = open_database(postgresql_url, Limits())
    admin = await database.connect()
    name = await admin.fetchval("SELECT current_database()")
    await admin.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    await admin.close()
    await database.open()
    seen = [await database.turn(bytes([n]) * 32, lambda rows: rows.all(shown)[0][0]) for n in range(64)]
    seen += [await database.read(lambda rows: rows.all(shown)[0][0]) for _ in range(4)]
    await database.migrate(
        lambda connection: seen.append(connection.exec_driver_sql("SHOW synchronous_commit").scalar())
    )
    await database.close()
    assert set(seen) == {"on"}
