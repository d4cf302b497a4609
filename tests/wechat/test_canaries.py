"""Canaries in everything that comes from WeChat: whoever carries off the disk or a log finds none of them."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.fakes.city import open_city
from tests.fakes.wechat import AES_KEY, SECRET, TOKEN, answered, official
from tests.faults.test_canaries import CANARY, WORDS
from tests.faults.thief import dump_of, dumped_places, files_in, found_in
from tests.wechat.test_outbound import tell


async def test_nothing_of_what_wechat_brings_is_on_the_disk_or_in_a_log(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with open_city(database_url, files=tmp_path / "files") as city, official(city) as world:
        phone = world.phone("oKxqZwvJt0000000000000000001")
        await phone.scan(await city.code_of("二组水沟"))
        for text in ("1", "1", f"故事{CANARY}" + "沟" * 1500):
            await phone.say(text)
        media = phone.message("image", MediaId=f"M{CANARY}", PicUrl=f"http://x/{CANARY}")
        assert "收到第 1 张" in answered(await phone.push(media))
        await phone.say("1")
        assert CANARY in await phone.say("4")
        await world.delivered()
        await phone.say("菜单")
        world.platform.rejects = lambda token: True
        await tell(world, phone)
        await world.delivered()
        while await city.service.evidence.work_once():
            pass
        await phone.push(f"<xml><FromUserName>{phone.openid}</FromUserName><Content>{CANARY}".encode())
        await phone.push(phone.event(f"CLICK{CANARY}", EventKey=CANARY))
        await phone.push(phone.event("CLICK", EventKey=CANARY))
        places = [*dumped_places(await dump_of(database_url)), *files_in(tmp_path)]
        filled = {place for place, content in places if content}
        assert filled >= {
            "wechat_people.box",
            "wechat_kept.box",
            "failed_turns.sealed",
            "media_work.box",
            "outbox.body",
        }
        token = world.platform.token()
        assert found_in(places, [*WORDS, SECRET, TOKEN, AES_KEY, token]) == []
    told = "".join(capfd.readouterr()) + caplog.text
    assert "wechat_unreadable" in told and "wechat_token_rejected" in told
    assert found_in([("log", told.encode())], [*WORDS, SECRET, TOKEN, AES_KEY, token]) == []
