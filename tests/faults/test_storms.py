"""Everything comes more than once, at the same time, while somebody else holds the lock: each message counts once."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from bot.channel import Busy, SaidDifferently
from handlers import said
from handlers.dates import hour_of
from storage import tries
from storage.engine import Limits
from tests.fakes.city import City, open_city
from tests.faults.stories import (
    Line,
    balanced,
    filing,
    reopened,
    reports_of,
    spoken,
    turns_taken,
)
from tests.faults.warm import Job, Warm
from tests.transcript import CODE_SHOWN

SEED = 20261124
COPIES_MAX = 4
RETRY_S = 5
"""WeChat sends a message again after five seconds, twice; a phone on a bad line does as it likes."""
MESSAGES = {"sqlite": 1_000, "postgresql": 400}
MESSAGES_LONG = {"sqlite": 100_000, "postgresql": 20_000}
ACCOUNTS = 25
AT_ONCE = 5_000
TRIES_MAX = 200


async def _patient(city: City, line: Line, later_s: float = 0.0, **changed: Any) -> str:
    """As a channel does: whoever is told that we are busy comes again."""
    for _ in range(TRIES_MAX):
        with contextlib.suppress(Busy):
            return (await city.service.hear(line.heard(later_s, **changed))).as_lines()
        await asyncio.sleep(0.02)
    raise AssertionError(f"busy for ever: {line}")


async def _talks(city: City, n: int, chance: random.Random) -> list[list[Line]]:
    """So many messages in all: reports on different placards, and much looking around between."""
    codes = [await city.code_of(title) for title in ("二组水沟", "村级光伏", "机耕道")]
    talks = []
    for person in range(ACCOUNTS):
        who, texts = f"人{person}", []
        for code in chance.sample(codes, 3):
            texts += [line.text for line in filing(who, code, about=str(chance.randint(1, 2)))]
            for _ in range(4):
                texts.append(chance.choice(["菜单", "查", "保密", "你好", "0", "1", f"/start {chance.choice(codes)}"]))
        while len(texts) < n // ACCOUNTS:
            texts.append(chance.choice(["菜单", "查", "人工", "0", "不晓得"]))
        talks.append(spoken(who, texts[: n // ACCOUNTS]))
    return talks


def _stormy(lines: list[Line], chance: random.Random) -> list[tuple[Line, int]]:
    """Every line one to four times: the first copies in order, the others at any time after their first."""
    comes: list[tuple[float, Line, int]] = []
    for n, line in enumerate(lines):
        comes.append((n, line, 0))
        comes += [(n + chance.uniform(0, 6), line, copy) for copy in range(1, chance.randint(1, COPIES_MAX))]
    return [(line, copy) for _, line, copy in sorted(comes, key=lambda each: each[0])]


async def test_each_message_of_a_storm_is_one_turn(database_url: str, long: bool) -> None:
    kind = database_url.partition(":")[0]
    chance = random.Random(SEED)
    async with open_city(database_url, limits=Limits(queue_max=10**6)) as city:
        talks = await _talks(city, (MESSAGES_LONG if long else MESSAGES)[kind], chance)
        replies: dict[str, set[str]] = {}

        async def hear(line: Line, copy: int) -> None:
            replies.setdefault(line.id, set()).add(await _patient(city, line, copy * RETRY_S))

        storms = [_stormy(lines, chance) for lines in talks]
        order = [person for person, storm in enumerate(storms) for _ in storm]
        chance.shuffle(order)
        streams = [iter(storm) for storm in storms]
        for start in range(0, len(order), AT_ONCE):
            await asyncio.gather(*(hear(*next(streams[person])) for person in order[start : start + AT_ONCE]))

        n = sum(map(len, talks))
        assert sum(map(len, storms)) > 2 * n
        assert await turns_taken(city) == n
        for told in replies.values():
            if any("没找到“" in reply for reply in told):
                told.discard(said.NOT_FOUND.as_lines())  # it quotes words of one's own, and goes when they go
        assert [told for told in replies.values() if len(told) != 1] == []
        filed = await balanced(city)
        receipts = [reply for (reply,) in replies.values() if "发出去了" in reply]
        codes = {code for reply in receipts for code in CODE_SHOWN.findall(reply)}
        assert filed == len(codes) > ACCOUNTS
        assert sum([len(await reports_of(city, lines[0].who)) for lines in talks]) == filed
        in_the_storm = {id_: reply for id_, (reply,) in replies.items()}
    if kind == "sqlite":
        in_calm = await _in_calm(f"{database_url}.calm", talks)
        assert {id_: _blank(reply) for id_, reply in in_the_storm.items()} == in_calm


async def _in_calm(url: str, talks: list[list[Line]]) -> dict[str, str]:
    """What each message is answered when it comes once, one after the other."""
    async with open_city(url) as city:
        return {
            line.id: _blank((await city.service.hear(line.heard())).as_lines()) for lines in talks for line in lines
        }


def _blank(reply: str) -> str:
    """Without the random digits of query codes."""
    return re.sub(r"尾号 \d{4}", "尾号", CODE_SHOWN.sub("", reply))


async def test_another_text_under_the_same_id_is_refused_and_changes_nothing(database_url: str) -> None:
    async with open_city(database_url) as city:
        lines = filing("村民", await city.code_of("二组水沟"))
        for line in lines[:4]:
            await city.service.hear(line.heard())
        story = lines[3]
        with pytest.raises(SaidDifferently):
            await city.service.hear(story.heard(5, text="水沟没有垮"))
        with pytest.raises(SaidDifferently):
            await city.service.hear(story.heard(5, kind="位置"))
        assert await turns_taken(city) == 4
        assert "1 段话" in await _patient(city, lines[4])


async def test_the_same_id_from_somebody_else_is_another_message(database_url: str) -> None:
    async with open_city(database_url) as city:
        for who in ("甲", "乙"):
            assert "菜单" not in (await city.say("你好", who, id_="1")).text
        assert "接着发" not in (await city.say("2", "乙", id_="2")).text
        assert await turns_taken(city) == 3


async def test_what_comes_while_the_database_closes_is_refused_at_once(database_url: str) -> None:
    """Whoever came before is answered; whoever comes after may try the next process. Nobody waits for ever."""
    async with open_city(database_url) as city:
        database = city.service.database
        before = [asyncio.create_task(city.say("你好", f"人{n}")) for n in range(40)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(database.close())
        late = []
        while not closing.done() and len(late) < 200:
            late.append(asyncio.create_task(city.say("你好", f"晚来的{len(late)}")))
            await asyncio.sleep(0)
        await closing
        answers = await asyncio.wait_for(asyncio.gather(*before, *late, return_exceptions=True), 10)
        assert not any(isinstance(answer, Exception) for answer in answers[: len(before)])
        assert all(isinstance(answer, Busy) or "您好" in answer.text for answer in answers)  # type: ignore[union-attr]
        await database.open()
        assert await turns_taken(city) == sum(not isinstance(answer, Exception) for answer in answers)


async def test_a_full_queue_refuses_at_once(database_url: str) -> None:
    async with open_city(database_url, limits=Limits(queue_max=20)) as city:
        answers = await asyncio.gather(*(city.say("你好", f"人{n}") for n in range(50)), return_exceptions=True)
        told = Counter(type(answer) for answer in answers)
        assert told[Busy] == 30
        assert await turns_taken(city) == 20


# ---------------------------------------------------------------- SQLite: somebody else holds the lock


async def test_a_locked_file_makes_busy_and_the_retry_succeeds(tmp_path: Path) -> None:
    """Another program holds the write lock longer than we wait for it."""
    path = tmp_path / "lima.db"
    async with open_city(f"sqlite:///{path}") as city:
        code = await city.code_of("二组水沟")
        talks = [filing(f"人{n}", code) for n in range(10)]
        for lines in talks:
            for line in lines[:5]:
                await city.service.hear(line.heard())
        await city.service.database._writer.execute_fetchall("PRAGMA busy_timeout = 30")  # type: ignore[attr-defined]
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")

        last = [lines[5] for lines in talks]
        answers = await asyncio.gather(*(city.service.hear(line.heard()) for line in last), return_exceptions=True)
        assert {type(answer) for answer in answers} == {Busy}
        assert await balanced(city) == 0, "looking needs no lock"

        other.execute("ROLLBACK")
        other.close()
        for line in last:
            assert "发出去了" in (await city.service.hear(line.heard(RETRY_S))).text
        assert await balanced(city) == len(talks)


# ---------------------------------------------------------------- PostgreSQL: many processes, lost connections


async def test_two_processes_share_their_people(postgresql_url: str) -> None:
    """Every message reaches both processes at about the same time."""
    async with open_city(postgresql_url) as city:
        code = await city.code_of("二组水沟")
    talks = [filing(f"人{n}", code) for n in range(12)]
    one, other = _in_two_processes(postgresql_url, talks, talks)
    assert one == other
    assert len(one) == sum(map(len, talks))
    async with reopened(postgresql_url, seed=3) as city:
        assert await turns_taken(city) == sum(map(len, talks))
        assert await balanced(city) == len(talks)


async def test_two_processes_count_every_wrong_code(postgresql_url: str) -> None:
    """They count on the same rows, and wait for each other instead of locking each other up."""
    async with open_city(postgresql_url):
        pass
    guesses = ["查", "岩门", "1", "000000000195", "1", "000000000292", "1", "000000000389"]
    people = [spoken(f"人{n}", guesses, network=f"10.0.{n % 3}.0/24") for n in range(16)]
    one, other = _in_two_processes(postgresql_url, people[::2], people[1::2])
    assert sum("没查到" in reply for reply in [*one.values(), *other.values()]) == 3 * len(people)
    async with reopened(postgresql_url, seed=3) as city:
        vault, hour = city.service.turns.vault, hour_of(people[0][-1].heard().received_at)
        assert await city.service.database.read(lambda rows: tries.count(rows, vault, "all", "", hour)) == 3 * len(
            people
        )


def _in_two_processes(url: str, *talks: list[list[Line]]) -> list[dict[str, str]]:
    with Warm() as one, Warm() as other:
        for seed, (warm, said) in enumerate(zip((one, other), talks, strict=True)):
            warm.start(Job(url, seed, [[line.told() for line in lines] for lines in said]))
        told = [warm.outcome() for warm in (one, other)]
    assert [outcome.trouble for outcome in told] == ["", ""]
    return [outcome.replies for outcome in told]


async def test_lost_connections_lose_nothing(postgresql_url: str, long: bool) -> None:
    """Backends are ended in the middle of groups, also around COMMIT: the outcome is unknown, the turns run again.

    Three ended connections in a wave cannot use up the four tries of a turn: nobody is even told that we are busy.
    """
    chance = random.Random(SEED)
    async with open_city(postgresql_url) as city:
        code = await city.code_of("二组水沟")
        admin = await asyncpg.connect(postgresql_url, server_settings={"application_name": "admin"})
        people = 0
        for wave in range(200 if long else 6):
            talks = [filing(f"人{wave}-{n}", code) for n in range(10)]

            async def end_backends() -> None:
                await asyncio.sleep(chance.uniform(0, 0.02))
                left = 3
                while left:  # between an end and the next connection there may be nothing to end
                    left -= await admin.fetchval(_END_ONE)
                    await asyncio.sleep(0)

            async def talk(lines: list[Line]) -> str:
                replies = [(await city.service.hear(line.heard())).text for line in lines]
                return replies[-1]

            _, *receipts = await asyncio.gather(end_backends(), *map(talk, talks))
            assert all("发出去了" in receipt for receipt in receipts)
            people += len(talks)
            assert await turns_taken(city) == people * len(talks[0])
            assert await balanced(city) == people
        await admin.close()


async def test_a_look_survives_a_restart_of_the_server(postgresql_url: str) -> None:
    """Every connection is gone, and nobody has noticed yet."""
    async with open_city(postgresql_url) as city:
        admin = await asyncpg.connect(postgresql_url, server_settings={"application_name": "admin"})
        for _ in range(3):
            assert await admin.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'lima' AND datname = current_database()"
            )
            assert "您好" in (await city.service.current("web", "村民")).text
            assert await city.desk("county:520602") == []
        await admin.close()


_END_ONE = """
SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM (
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'lima' ORDER BY random() LIMIT 1
) AS picked
"""
