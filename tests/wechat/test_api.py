"""The client against a platform of our own: one token for everybody, one refresh, no secret anywhere."""

from __future__ import annotations

import asyncio
import logging
import re
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.channels.wechat.api import Api, CallFailed, TokenRejected
from bot.channels.wechat.console import SAYS, sentence, set_up
from bot.channels.wechat.limits import ERRORS, Next, next_for
from bot.channels.wechat.pushing import Notice
from bot.official_account import OfficialBooks, scenes_for
from storage import wechat
from tests.fakes.city import open_city
from tests.fakes.wechat import APPID, SECRET, FakeWechat, Follower, WechatCity, loopback, official
from tests.faults.thief import files_in

WRONG, WORDS = "wrong-secret-of-mine", "我家的水沟"
OPENID = "oUserOpenId0000000000000001"


class Shelf:
    """The shared place of the token, without a database."""

    def __init__(self) -> None:
        self.kept: list[Any] | None = None

    async def read(self) -> list[Any] | None:
        return self.kept

    async def write(self, whole: list[object]) -> None:
        self.kept = list(whole)


@asynccontextmanager
async def platform(now_s: float = 1e9) -> AsyncIterator[tuple[FakeWechat, Shelf, Api]]:
    fake, shelf = FakeWechat(lambda: now_s), Shelf()
    async with loopback(fake.application()) as fake.base:
        api = api_of(fake, shelf)
        fake.followers[OPENID] = Follower(said_s=now_s)
        yield fake, shelf, api
        await api.close()


def api_of(fake: FakeWechat, shelf: Shelf, clock: list[float] | None = None) -> Api:
    now_s = (lambda: clock[0]) if clock else (lambda: 1e9)
    return Api(fake.base, APPID, SECRET, shelf.read, shelf.write, now_s)


async def test_twenty_at_a_cold_start_make_one_token_call() -> None:
    async with platform() as (fake, _, api):
        await asyncio.gather(*(api.menu() for _ in range(20)))
        assert fake.calls["stable_token"] == 1 and fake.calls["menu/get"] == 20


async def test_another_process_finds_the_token_where_it_is_kept() -> None:
    async with platform() as (fake, shelf, api):
        await api.menu()
        other = api_of(fake, shelf)
        await other.menu()
        await other.close()
        assert fake.calls["stable_token"] == 1


async def test_a_token_of_another_account_or_secret_is_not_used() -> None:
    """It holds for two hours: whoever changes the account would speak with the old one's."""
    async with platform() as (fake, shelf, api):
        await api.menu()
        wrong = Api(fake.base, APPID, WRONG, shelf.read, shelf.write, lambda: 1e9)
        for refusal in (40125, 40001):
            fake.secret_refusal = refusal
            with pytest.raises(CallFailed) as failed:
                await wrong.menu()
            assert failed.value.next is Next.CONSOLE and "AppSecret" in sentence(failed.value)
            assert SECRET not in str(shelf.kept) and WRONG not in str(failed.value)
        await wrong.close()
        await api.menu()
        assert fake.calls["forced"] == 0 and fake.calls["menu/get"] == 2


async def test_a_token_is_renewed_before_it_ends() -> None:
    async with platform() as (fake, shelf, _):
        clock = [1e9]
        api = api_of(fake, shelf, clock)
        for at, calls in ((0, 1), (6000, 1), (6901, 2), (7300, 2)):
            clock[0] = 1e9 + at
            await api.menu()
            assert fake.calls["stable_token"] == calls
        await api.close()


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
async def test_a_rejected_token_is_refreshed_once_for_twenty(errcode: int) -> None:
    async with platform() as (fake, _, api):
        await api.menu()
        stale = fake.token()
        fake.rejects, fake.rejection = lambda token: token == stale, errcode
        await asyncio.gather(*(api.menu() for _ in range(20)))
        assert fake.calls["stable_token"] == 2 and fake.calls["forced"] == 1
        assert next_for(errcode) is Next.NEW_TOKEN


async def test_a_token_that_stays_rejected_costs_one_refresh_one_retry_and_a_typed_failure() -> None:
    async with platform() as (fake, shelf, _):
        clock = [1e9]
        api = api_of(fake, shelf, clock)
        fake.rejects = lambda token: True
        with pytest.raises(TokenRejected) as failed:
            await api.send_text(OPENID, "好")
        assert (fake.calls["stable_token"], fake.calls["forced"], fake.calls["message/custom/send"]) == (2, 1, 2)
        assert failed.value.errcode == 40001 and failed.value.next is Next.CONSOLE
        for _ in range(20):  # a storm: nothing more is asked for within half a minute
            with pytest.raises(TokenRejected):
                await api.send_text(OPENID, "好")
        assert fake.calls["forced"] == 1
        for _ in range(40):
            clock[0] += 31
            with pytest.raises(TokenRejected):
                await api.send_text(OPENID, "好")
        assert fake.calls["forced"] == 20, "the platform gives twenty a day"
        clock[0] += 24 * 3600
        fake.rejects = lambda token: False
        await api.menu()
        await api.close()


@pytest.mark.parametrize("errcode", sorted(ERRORS))
async def test_every_errcode_says_what_to_do_next(errcode: int) -> None:
    async with platform() as (fake, _, api):
        await api.menu()
        fake.fails = [errcode] * (2 if ERRORS[errcode] is Next.NEW_TOKEN else 1)
        with pytest.raises(CallFailed) as failed:
            await api.send_text(OPENID, "好")
        wanted = Next.CONSOLE if ERRORS[errcode] is Next.NEW_TOKEN else ERRORS[errcode]
        assert failed.value.next is wanted and failed.value.errcode == errcode
        assert re.search("[\u4e00-\u9fff]", sentence(failed.value))


def test_the_table_holds_every_errcode_of_the_notes() -> None:
    noted = {
        -1,
        40001,
        40014,
        42001,
        40003,
        40007,
        43004,
        43101,
        45002,
        45009,
        45011,
        45015,
        45047,
        45065,
        47003,
        40200,
    }
    assert noted <= set(ERRORS) and {48001, 61004, 40164, 40243} <= set(ERRORS)
    assert next_for(99999) is Next.LATER and set(SAYS) <= set(ERRORS)


@pytest.mark.parametrize("what", ["status", "slow", "gone", "secret", "garbage"])
async def test_no_secret_and_no_token_in_what_is_raised_or_logged(
    what: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("bot.channels.wechat.api.MEDIA_S", 0.2)
    async with platform() as (fake, _, api):
        if what != "secret":
            await api.menu()
        token = fake.token()
        if what == "status":
            fake.statuses = [502]
        elif what == "slow":
            fake.slow_s = 1
        elif what == "gone":
            api._base = "http://127.0.0.1:1"
        elif what == "garbage":
            monkeypatch.setattr(FakeWechat, "_answer", lambda *_: ["no", "object"])
        else:
            api._secret = WRONG
        with pytest.raises(CallFailed) as failed:
            await api.send_text(OPENID, WORDS)
        told = "".join(traceback.format_exception(failed.value)) + repr(failed.value) + caplog.text
        told += "".join(capfd.readouterr()) + repr(api) + repr(api.tokens) + repr(api.tokens._token)
        seen, error = [], failed.value
        while error is not None:
            seen.append(repr(error.__dict__) + str(error))
            error = error.__cause__ or error.__context__  # type: ignore[assignment]
        for secret in (SECRET, token, WRONG, WORDS, OPENID):
            assert secret not in told + "".join(seen)
        assert failed.value.ambiguous == (what in ("slow", "garbage"))


async def test_a_file_comes_as_it_is_or_not_at_all() -> None:
    async with platform() as (fake, _, api):
        fake.files["M"] = b"\xff\xd8" + b"x" * 5000
        assert await api.media("M", 10_000) == fake.files["M"]
        for media_id, bytes_max in (("N", 10_000), ("M", 1000)):
            with pytest.raises(CallFailed) as failed:
                await api.media(media_id, bytes_max)
            assert failed.value.next is Next.MEDIA_GONE


async def test_setting_up_twice_changes_nothing_the_second_time() -> None:
    async with platform() as (fake, _, api):
        notice = Notice("T1", {"thing1": "您看过的公示有新内容"})
        first = [line async for line in set_up(api, notice, "https://lima.example")]
        second = [line async for line in set_up(api, notice, "https://lima.example")]
        assert fake.calls["menu/create"] == 1
        assert any("菜单：设好了" in line for line in first) and any("没有动" in line for line in second)
        assert any("https://lima.example/wechat" in line for line in first)
        assert "模板消息：模板和字段都对。" in first
        other = [line async for line in set_up(api, Notice("T2"), "http://lima.example")]
        assert any("没有 wechat.template" in line for line in other) and any("不是 https" in line for line in other)


# ---------------------------------------------------------------- scene codes


async def test_scene_codes_are_made_once_and_go_on_where_they_stopped(world: WechatCity) -> None:
    fake, service, api = world.platform, world.city.service, world.channel.api
    codes = [await world.city.code_of("二组水沟"), "520602104201", "520602104202"]
    fake.fails = []
    made = [scene async for scene in scenes_for(service, api, codes[:1])]
    assert made[0] and made[0].url.endswith(codes[0]) and made[0].ticket
    fake.statuses = [502]
    with pytest.raises(CallFailed):
        _ = [scene async for scene in scenes_for(service, api, codes)]
    again = [scene async for scene in scenes_for(service, api, codes)]
    assert [scene and scene.scene for scene in again] == codes
    assert fake.scenes == codes, "each was made once"
    assert await service.database.read(wechat.scenes_asked) == 4, "the one without an answer counts as well"
    over = [scene async for scene in scenes_for(service, api, [*codes, "520602105201"], asked_max=4)]
    assert [scene and scene.scene for scene in over] == [*codes, None] and len(fake.scenes) == 3


async def test_the_token_is_kept_sealed_and_shared(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/lima.db"
    async with open_city(url) as city, official(city) as world:
        await world.channel.api.menu()
        token = world.platform.token()
        other = OfficialBooks(city.service)
        kept = await other.shared()
        assert kept is not None and kept[0] == token
        assert not any(token.encode() in content for _, content in files_in(tmp_path))
