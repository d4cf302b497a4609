"""security.md §5, rows 16 to 19 and 36 to 44, each through this channel."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from bot.channels.telegram.channel import SECRET_HEADER
from handlers.model import Placard, VillageCode
from storage.turns import FAILED
from tests.contract.telegram_driver import TelegramDriver
from tests.fakes.telegram import SECRET, group
from tests.fakes.telegrammed import Telegrammed, telegrammed
from tests.faults.stories import everything, turns_taken
from tests.transcript import CODE_SHOWN

ME = 7
KEPT = everything("failed_turns")


@pytest.fixture
async def whole(tmp_path: Path) -> AsyncIterator[Telegrammed]:
    async with telegrammed(f"sqlite:///{tmp_path}/lima.db", "webhook") as opened:
        yield opened


async def _post(whole: Telegrammed, body: bytes, **headers: str) -> int:
    async with httpx.AsyncClient() as client:
        return (await client.post(whole.url, content=body, headers={SECRET_HEADER: SECRET, **headers})).status_code


async def _kept(whole: Telegrammed) -> list[str]:
    """What lies unread, opened."""
    vault = whole.city.service.turns.vault
    found = await whole.city.service.database.read(lambda rows: rows.all(KEPT))
    return [json.loads(vault.unbox(sealed, FAILED, "failed_turns.sealed", key))[5] for key, sealed, _ in found]


# ---------------------------------------------------------------- 16 to 19: the webhook


@pytest.mark.parametrize("secret", ["", "wrong", SECRET[:-1], SECRET + "x", "密"])
async def test_16_a_wrong_secret_leaves_no_row(whole: Telegrammed, secret: str) -> None:
    body = json.dumps(whole.fake.says(ME, "菜单")).encode()
    headers = {SECRET_HEADER.encode(): secret.encode()}
    async with httpx.AsyncClient() as client:
        assert (await client.post(whole.url, content=body, headers=headers)).status_code == 403  # type: ignore[arg-type]
        assert (await client.post(whole.url, content=body)).status_code == 403
        assert (await client.get(whole.url)).status_code == 405
    assert await turns_taken(whole.city) == 0 and await _kept(whole) == []


@pytest.mark.parametrize("number", [None, "1001", "x", -1, 1.5, True, [1], 10**30])
async def test_17_an_update_without_a_right_number_is_kept(whole: Telegrammed, number: object) -> None:
    raw = {"update_id": number, "message": whole.fake.message(ME, text="水沟垮了，谁管")}
    for _ in range(2):
        assert await _post(whole, json.dumps(raw).encode()) == 200
    if number == 10**30:  # a number all the same
        return
    [kept] = await _kept(whole)
    assert json.loads(kept) == raw and await turns_taken(whole.city) == 0
    assert "没看明白，请再发一次" in (await whole.fake.last(ME, 1)).text


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b"7", b'"x"', b"{", b"", b"\xff\xfe", b"[" * 50_000, b'{"update_id": 5}x']
)
async def test_18_what_is_no_update_is_kept(whole: Telegrammed, body: bytes) -> None:
    assert await _post(whole, body) == 200
    assert len(await _kept(whole)) == 1


@pytest.mark.parametrize("date", [10**20, -(10**20), "now", None, 1e400])
async def test_18_an_impossible_date_is_kept(whole: Telegrammed, date: object) -> None:
    raw = {"update_id": 9, "message": {**whole.fake.message(ME, text="水沟垮了"), "date": date}}
    assert await _post(whole, json.dumps(raw).encode()) == 200
    assert len(await _kept(whole)) == 1


async def test_a_body_that_is_too_large(whole: Telegrammed) -> None:
    assert await _post(whole, b"x" * (1 << 20) + b"y") == 413
    assert await _kept(whole) == []


async def test_19_edits_groups_and_posts_leave_no_row(whole: Telegrammed) -> None:
    message = whole.fake.message(ME, text="菜单")
    for parts in (
        {"edited_message": {**message, "edit_date": 5}},
        {"channel_post": {**message, "chat": {"id": -300, "type": "channel", "title": "c"}}},
        {"message": {**message, "chat": group(-100)}},
        {"edited_message": {**message, "chat": group(-100), "edit_date": 5}},
    ):
        assert await _post(whole, json.dumps(whole.fake.update(**parts)).encode()) == 200
    await whole.channel.sender.settled()
    assert await turns_taken(whole.city) == 0 and await _kept(whole) == []
    assert "群里说的话别人都看得见" in whole.fake.messages[-100][0].text


# ---------------------------------------------------------------- 36 to 44: deep links and query codes


@pytest.fixture
async def person(tmp_path: Path) -> AsyncIterator[TelegramDriver]:
    async with telegrammed(f"sqlite:///{tmp_path}/lima.db", "none", work=False) as opened:
        yield TelegramDriver(opened.city, opened)


async def _says(person: TelegramDriver, *texts: str) -> str:
    for text in texts:
        shown = str(await person.does("text", text))
    return shown


@pytest.mark.parametrize(
    "payload",
    [
        "0123456789ABCDE",  # 36: unknown, and a MAC that nobody made
        "Z" * 15,
        "A" * 65,  # 37
        "../../etc/passwd",  # 38
        "%00",
        "a b c",
        "岩门村",
        "qrscene_0123456789ABCDE",  # 40: WeChat's prefix means nothing here
    ],
)
async def test_36_to_38_and_40_codes_that_are_not_ours(person: TelegramDriver, payload: str) -> None:
    shown = await _says(person, f"/start {payload}")
    assert "这个码不是我们的，或已经作废" in shown and "【0】" in shown and payload not in shown


async def test_36_one_letter_changed(person: TelegramDriver) -> None:
    code = await person.city.code_of("二组水沟")
    changed = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert "不是我们的" in await _says(person, f"/start {changed}")
    assert "二组水沟" in await _says(person, f"/start {code.lower()}")


async def test_39_a_village_that_is_gone(person: TelegramDriver, monkeypatch: pytest.MonkeyPatch) -> None:
    """There are no successors yet: the code is answered as one that is not known, and nothing breaks."""
    code = await person.city.code_of("二组水沟")
    villages = person.city.service.turns.organisation.villages
    monkeypatch.delitem(villages, VillageCode("520602104201"))  # type: ignore[arg-type]
    assert "不是我们的" in await _says(person, f"/start {code}")
    assert isinstance(await person.city.service.placard(code), Placard)


async def test_41_a_scan_in_the_middle_parks_the_draft(person: TelegramDriver) -> None:
    codes = [await person.city.code_of(title) for title in ("二组水沟", "耕地地力")]
    await _says(person, f"/start {codes[0]}", "1", "1", "水沟垮了")
    assert "耕地地力" in await _says(person, f"/start {codes[1]}")
    assert "没说完" in await _says(person, "/report")


async def test_42_and_44_another_ones_code_tells_the_status_alone(person: TelegramDriver) -> None:
    code = f"/start {await person.city.code_of('二组水沟')}"
    receipt = await _says(person, code, "1", "1", "水沟垮了", "1", "1")
    full_width = CODE_SHOWN.findall(receipt)[0].translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    stranger = TelegramDriver(person.city, person.whole, chat=8)
    shown = await _says(stranger, "查", "岩门", "1", full_width)
    assert "收到了" in shown and "水沟垮了" not in shown and "不想反映" not in shown


async def test_43_the_sixth_wrong_code_in_an_hour(person: TelegramDriver) -> None:
    await _says(person, "查", "岩门", "1")
    for wrong in ("000000100008", "000000100105", "000000100202", "000000100396", "000000100493"):
        assert "没查到" in await _says(person, wrong)
        await _says(person, "1")
    assert "试错的次数多了" in await _says(person, "000000200015")
