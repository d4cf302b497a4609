"""Polling: one process, confirmed only after the commit, past whatever cannot be read."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.channel import Busy
from bot.channels.telegram import polling
from bot.channels.telegram.polling import Poller
from bot.channels.telegram.update import Arrived
from handlers.model import Millis
from storage import leases
from tests.fakes import photos
from tests.fakes.city import open_city
from tests.fakes.telegram import Fault
from tests.fakes.telegrammed import telegrammed

ME, OTHER = 7, 8


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/lima.db"


async def test_one_process_polls(database_url: str) -> None:
    async with open_city(database_url) as city:
        database = city.service.database

        async def hold(holder: bytes, now: int) -> bool:
            return await database.turn(b"l", lambda rows: leases.hold(rows, "telegram", holder, Millis(now), 60_000))

        assert await hold(b"one", 0) and not await hold(b"two", 59_000)
        assert await hold(b"one", 59_000) and not await hold(b"two", 60_001)
        assert await hold(b"two", 119_000) and not await hold(b"one", 119_001)


async def test_without_the_lease_nothing_is_fetched(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "HOLD_AGAIN_S", 0.01)
    async with telegrammed(url, "none") as whole:

        async def hold() -> bool:
            return False

        poller = Poller(whole.channel.api, whole.channel.arrived, whole.channel.take, hold)
        await poller.once()
        assert whole.fake.polls == 0


async def test_nothing_is_confirmed_before_its_commit_and_one_slow_chat_holds_up_no_other(url: str) -> None:
    async with telegrammed(url) as whole:
        await whole.start()
        await whole.fake.last(ME, 1)
        for n, text in enumerate(("1", "1")):
            whole.fake.says(ME, text)
            await whole.fake.last(ME, n + 2)
        await whole.fake.all_confirmed()
        whole.fake.file_wait_s = 0.4
        photo = whole.fake.sends_photo(ME, photos.photo())
        whole.fake.says(ME, "后面的话")
        whole.fake.says(OTHER, "菜单")
        await whole.fake.last(OTHER, 1)
        assert whole.fake.confirmed <= photo["update_id"], "the photo has not been taken"
        assert len(whole.fake.messages[ME]) == 3
        shown = await whole.fake.shown(ME, 5)
        assert "收到第 1 张" in shown[3].text and "记下了" in shown[4].text
        await whole.fake.all_confirmed()


async def test_what_is_not_taken_comes_again_in_its_order(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "REFUSED_S", 0.01)
    async with telegrammed(url, "none") as whole:
        refusals, taken = [True, True], []

        async def take(arrived: Arrived) -> None:
            if refusals and arrived.meaning is not None and arrived.meaning.chat == ME:
                refusals.pop()
                raise Busy(1)
            taken.append(arrived.meaning.text)  # type: ignore[union-attr]

        async def hold() -> bool:
            return True

        for chat, text in ((ME, "一"), (OTHER, "甲"), (ME, "二")):
            whole.fake.says(chat, text)
        poller = Poller(whole.channel.api, whole.channel.arrived, take, hold)
        for _ in range(4):
            await poller.once()
        assert sorted(taken) == ["一", "二", "甲"] and taken.index("一") < taken.index("二")


async def test_unreadable_updates_are_kept_and_passed_by(url: str) -> None:
    async with telegrammed(url) as whole:
        bad: list[Any] = [
            {"update_id": 2001, "message": {"text": "没有日期", "chat": {"id": ME, "type": "private"}}},
            {"update_id": "2002", "message": whole.fake.message(ME, text="字符串的号")},
            {"update_id": 2003, "message": {**whole.fake.message(ME, text="很久以后"), "date": 10**20}},
        ]
        for raw in bad:
            whole.fake.push(raw)
        whole.fake.push({"update_id": 2004, "message": whole.fake.message(OTHER, text="菜单")})
        await whole.fake.last(OTHER, 1)
        await whole.fake.all_confirmed()
        assert "没看明白" in (await whole.fake.last(ME, 1)).text


async def test_polling_outlives_the_service(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "WAIT_S_FIRST", 0.01)
    monkeypatch.setattr(polling, "TOKEN_REFUSED_S", 0.01)
    async with telegrammed(url) as whole:
        conflict = Fault(409, "Conflict: can't use getUpdates method while webhook is active")
        whole.fake.fails("getUpdates", Fault(500), conflict, Fault(401), Fault(429, parameters={"retry_after": 1}))
        whole.fake.says(ME, "菜单")
        await whole.fake.last(ME, 1)


async def test_webhooks_out_of_order_are_all_taken(url: str) -> None:
    async with telegrammed(url, "webhook") as whole:
        raws = [whole.fake.says(ME, text) for text in ("菜单", "人工", "保密")]
        for raw in (raws[2], raws[0], raws[2], raws[1], raws[0]):
            await whole.fake.posts(whole.url, raw)
        await asyncio.sleep(0.1)
        assert len(await whole.fake.shown(ME, 3)) == 3
