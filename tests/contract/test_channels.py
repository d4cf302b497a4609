"""What every channel must do (bot/channel.py), asked of each in the same words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handlers import notices
from storage import mailbox
from tests.contract.drivers import Driver, WebDriver, WechatDriver
from tests.contract.telegram_driver import TelegramDriver
from tests.fakes import photos
from tests.fakes.city import City, open_city
from tests.faults.stories import balanced, reports_of, turns_taken

DRIVERS: tuple[type[Driver], ...] = (WebDriver, WechatDriver, TelegramDriver)
"""A fourth channel is a fourth driver."""


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    async with open_city(f"sqlite:///{tmp_path}/lima.db", files=tmp_path / "files") as opened:
        yield opened


@pytest.fixture(params=DRIVERS, ids=lambda driver: driver.channel)
async def phone(request: pytest.FixtureRequest, city: City) -> AsyncIterator[Driver]:
    async with request.param.opened(city) as driver:
        yield driver


async def _story(phone: Driver, city: City) -> None:
    await phone.does("scan", await city.code_of("二组水沟"))
    await phone.does("tap", "1")
    assert "怎么回事" in str(await phone.does("tap", "1"))


async def test_text(phone: Driver) -> None:
    assert "我能做这些" in str(await phone.does("text", "菜单"))
    assert "岩门村" in str(await phone.does("text", "反映")) + str(await phone.does("text", "岩门"))


@pytest.mark.parametrize("typed", ["1", "１", "一", "选1", "1。"])
async def test_a_choice_by_number_and_by_tap_is_the_same(phone: Driver, typed: str) -> None:
    await phone.does("text", "菜单")
    by_number = await phone.does("text", typed)
    await phone.does("text", "菜单")
    assert await phone.does("tap", "1") == by_number


async def test_scan(phone: Driver, city: City) -> None:
    card = str(await phone.does("scan", await city.code_of("二组水沟")))
    assert "二组水沟修复" in card and "【1】" in card and card.rstrip().splitlines()[-1].startswith("【0】")
    assert "不是我们的" in str(await phone.does("scan", "0123456789ABCDE"))


async def test_a_photo_enters_the_story_at_once_and_is_there_when_it_is_cleaned(phone: Driver, city: City) -> None:
    await _story(phone, city)
    await phone.does("text", "水沟垮了")
    assert "收到第 1 张" in str(await phone.does("photo", file=photos.photo(1)))
    for _ in range(2):
        shown = str(await phone.does("tap", "1"))
    assert "发出去了" in shown, "before any worker has begun"
    while await city.service.evidence.work_once():
        pass
    await phone.deliver()
    assert await phone.pushed() == [] and await balanced(city) == 1


async def test_a_photo_where_none_is_wanted(phone: Driver) -> None:
    assert "没收下" in str(await phone.does("photo", file=photos.photo(1)))


@pytest.mark.parametrize(("kind", "says"), [("voice", "语音"), ("location", "位置"), ("unsupported", "小视频")])
async def test_what_cannot_be_taken_is_said_and_changes_nothing(
    phone: Driver, city: City, kind: str, says: str
) -> None:
    await _story(phone, city)
    told = await phone.does(kind)
    assert told is None or (says in told and "收不了" in told and "没丢" in told)
    assert "记下了" in str(await phone.does("text", "水沟垮了"))


async def test_a_duplicate_gets_the_same_reply_and_is_one_turn(phone: Driver, city: City) -> None:
    first = await phone.does("text", "菜单")
    assert [await phone.does("text", again=True) for _ in range(3)] == [first] * 3
    assert await turns_taken(city) == 1


async def test_an_edit_is_not_taken_for_a_message(phone: Driver, city: City) -> None:
    await phone.does("text", "菜单")
    assert await phone.does("edit", "反映") == ""
    assert await turns_taken(city) == 1


async def test_stop(phone: Driver, city: City) -> None:
    await _story(phone, city)
    for text in ("水沟垮了", "1", "1"):
        told = str(await phone.does("text", text))
    assert "发出去了" in told
    if await phone.does("stop") is not None:
        assert await reports_of(city, phone.who, phone.channel) == []
    assert await balanced(city) == 1
    assert "好的" in str(await phone.does("text", "退出"))


async def test_a_push_arrives(phone: Driver) -> None:
    await phone.does("text", "菜单")
    await phone.tell("photo_blurred")
    await phone.deliver()
    (told,) = await phone.pushed()
    assert "有点看不清" in told and "【" not in told


async def test_a_push_that_must_wait_is_fetched(phone: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(notices._NOTICES, "reply_new", "镇纪委回话了。")
    await phone.does("text", "菜单")
    phone.shut()
    await phone.tell("reply_new")
    await phone.deliver()
    if phone.fetches is None:
        assert await phone.pushed() == ["镇纪委回话了。"]
        return
    assert await phone.pushed() == []
    assert "发“看”" in str(await phone.does("text", "菜单"))
    assert "镇纪委回话了" in str(await phone.does("text", phone.fetches))
    assert "现在没有新内容" in str(await phone.does("text", phone.fetches))


async def test_a_recipient_who_is_gone_leaves_nothing_waiting(phone: Driver, city: City) -> None:
    await phone.does("text", "菜单")
    await phone.tell("photo_blurred")
    if not phone.go():
        return
    await phone.deliver()
    turns = city.service.turns
    account = turns.account(phone.channel, phone.who)
    assert await phone.pushed() == []
    assert await city.service.database.read(lambda rows: mailbox.unread(rows, turns.vault, account)) == []
