"""Canaries in everything that a person can type: whoever carries off the disk, a dump or a log finds none of them."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.channel import NotTaken, SaidDifferently
from handlers.code import SCAN
from handlers.model import Heard, Millis
from storage import conversations
from tests.fakes.city import ITEMS, City, open_city
from tests.faults.stories import everything
from tests.faults.thief import (
    dump_of,
    dumped_places,
    files_in,
    found_in,
    postgresql_files,
    postgresql_log_now,
)

CANARY = "金丝雀KxqZwvJt"
PHONE, GUESSED, OTHER_GUESSED = "13987650421", "482739160563", "739160528417"
WORDS = ("金丝雀", "KxqZwvJt", PHONE, GUESSED, OTHER_GUESSED)


SEALED = {
    *("conversations.state", "draft_words.sealed", "failed_turns.sealed", "media.about", "media_work.box", "mine.box"),
    *("outbox.body", "report_words.sealed", "reports.contact", "reports.facts", "reports.link", "turns.reply"),
}


class Person:
    """Says things, all of them with a canary: the address, the network and the message's id too."""

    def __init__(self, city: City, name: str, *, answers_in_call: bool = True) -> None:
        self._city, self._name, self._in_call, self._n = city, f"{name}{CANARY}", answers_in_call, 0

    def heard(self, text: str, after_s: float = 30) -> Heard:
        self._n += 1
        self._city.clock.step(after_s)
        now: Millis = self._city.clock.now
        id_, network = f"{CANARY}{self._name}{self._n}", f"10.0.0.{CANARY}"
        return Heard("web", self._name, id_, text, now, spoken_at=now, network=network, answers_in_call=self._in_call)

    async def says(self, *texts: str) -> str:
        for text in texts:
            told = (await self._city.service.hear(self.heard(text))).as_lines()
        return told


async def _everybody_talks(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = f"{SCAN} {await city.code_of('临时救助')}"
    other = f"{SCAN} {await city.code_of('二组水沟')}"
    story = (scan, "1", "1", f"故事{CANARY}", f"还有{CANARY}" + "沟" * 3000)
    named = f"姓名{CANARY} {PHONE} 晚上"

    files = Person(city, "发出去的")
    review = await files.says(*story, "1", f"八百元{CANARY}", "1", "3", named)
    assert CANARY in review, "one's own words are shown to oneself"
    assert CANARY in await files.says("4")
    assert "发出去了" in await files.says("1")
    assert "尾号" in await files.says("查", "1")

    assert "发出去了" in await Person(city, "邮箱里的", answers_in_call=False).says(*story, "1", "1", "1", "1")
    hides = Person(city, "共用手机的")
    assert "报村名" in await hides.says(*story, "1", "1", "1", "1", "2")

    halfway = Person(city, "半路的")
    await halfway.says(*story)
    photo = f"JPEG, EXIF: {CANARY}".encode()
    assert "收到第 1 张" in (await city.service.hear_photo(replace(halfway.heard(""), kind="photo"), photo)).text
    assert "存着" in await Person(city, "存着的").says(*story, "退出")
    assert "没说完" in await Person(city, "两件的").says(*story, other, "1", "1", f"另一件{CANARY}", "反映")
    drops = Person(city, "删掉的")
    assert "删掉了" in await drops.says(*story, "退出", "反映", "3")
    words = Person(city, "从头说的")
    await words.says(*story, "1", "0", "2", f"重说{CANARY}")

    assert CANARY in await Person(city, "打村名的").says("反映", CANARY)
    assert "哪个村" in await Person(city, "问村时说起来的").says("反映", f"我们那里{CANARY}的账没公开")
    assert "哪个村" in await Person(city, "一来就说的").says(f"我们那里{CANARY}的账没公开")
    assert "存着" in await Person(city, "说了走开的").says(f"我们那里{CANARY}的账没公开", "0")
    assert "没查到" in await Person(city, "查码的").says("查", "岩门", "1", f"{GUESSED}{CANARY}", "1", OTHER_GUESSED)
    told = await Person(city, "乱说的").says(CANARY)
    assert "您是想" in told or "记下了" in told, told

    again = Person(city, "重复的")
    first = again.heard("你好")
    await city.service.hear(first)
    with pytest.raises(SaidDifferently):
        await city.service.hear(replace(first, text=CANARY))

    with monkeypatch.context() as broken:

        def current(*arguments: Any) -> None:
            raise RuntimeError(f"{CANARY} {arguments}")

        broken.setattr(conversations, "current", current)
        with pytest.raises(NotTaken) as refusal:
            await Person(city, "没办成的").says(f"失败{CANARY}{PHONE}")
        assert refusal.value.kept


async def test_nothing_that_people_said_is_on_the_disk_or_in_a_log(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    since = await postgresql_log_now(database_url) if database_url.startswith("postgresql") else ""

    async def carried_off() -> list[tuple[str, bytes]]:
        places = [*dumped_places(await dump_of(database_url)), *files_in(tmp_path)]
        return [*places, *await postgresql_files(database_url, since)] if since else places

    async with open_city(database_url, files=tmp_path / "files") as city:
        await _everybody_talks(city, monkeypatch)
        places = await carried_off()
        assert {place for place, content in places if content} >= SEALED, "there is something to find"
        assert found_in(places, WORDS) == []
    assert found_in(await carried_off(), WORDS) == []
    told = "".join(capfd.readouterr()) + caplog.text
    assert "turn_failed" in told
    assert found_in([("log", told.encode())], WORDS) == []

    public = (*ITEMS, replace(ITEMS[0], id="A99", facts=replace(ITEMS[0].facts, title=f"公示{CANARY}")))
    async with open_city(database_url, items=public) as city:  # the thief can find what is there
        places = await carried_off()
    found = found_in(places, [CANARY])
    assert any("items.facts" in where for where in found)
    assert any("items.facts" not in where for where in found)


@pytest.mark.parametrize("how", ["utf-8", "utf-16-le", "hex", "json", "base64+0", "base64+1", "base64+2"])
def test_the_thief_reads(how: str) -> None:
    import base64
    import json

    told = f"他说{CANARY}，别的没说"
    padded = "x" * int(how[-1]) + told if how.startswith("base64") else told
    kept = {
        "utf-8": told.encode(),
        "utf-16-le": told.encode("utf-16-le"),
        "hex": told.encode().hex().encode(),
        "json": json.dumps(told).encode(),
    }.get(how, base64.b64encode(padded.encode()))
    assert found_in([("somewhere", kept)], [CANARY])


async def test_what_is_deleted_is_gone_from_the_file(tmp_path: Path) -> None:
    """Even sealed: the words and the key of a draft that was thrown away are overwritten."""
    url = f"sqlite:///{tmp_path}/lima.db"
    async with open_city(url) as city:
        scan = f"{SCAN} {await city.code_of('二组水沟')}"
        others = [await city.say(text, f"别人{n}") for n in range(30) for text in (scan, "1", "1", "水沟垮了" * 50)]
        assert others
        drafts, sealed = everything("conversations"), everything("draft_words")
        before = await city.service.database.read(lambda rows: {*rows.all(drafts), *rows.all(sealed)})
        drops = Person(city, "删掉的")
        await drops.says(scan, "1", "1", f"故事{CANARY}" * 20, f"还有{CANARY}", "退出")
        now = await city.service.database.read(lambda rows: {*rows.all(drafts), *rows.all(sealed)})
        blobs = [cell for row in now - before for cell in row if isinstance(cell, bytes) and len(cell) > 32]
        assert len(blobs) >= 4, "two messages, the key and the state"
        await city.service.database._writer.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[attr-defined]
        assert sum(blob in content for _, content in files_in(tmp_path) for blob in blobs) >= 4

        assert "删掉了" in await drops.says("反映", "3")
        await city.service.database._writer.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[attr-defined]
        left = [name for name, content in files_in(tmp_path) for blob in blobs if blob[-24:] in content]
        assert left == []
