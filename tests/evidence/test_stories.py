"""Photos from the phone to the report, on both databases: pending at once, cleaned outside, never lost, never twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.channel import NotTaken
from bot.evidence import ATTEMPTS_MAX, LEASE_MS
from handlers.model import DeskId, Here, Person, PersonId, Reply
from storage import files, media
from storage.files import open_sealed
from storage.media import FAILED, PENDING, READY, Photo
from storage.statement import Rows
from tests.fakes import photos
from tests.fakes.city import City, open_city

ME = "村民"


@pytest.fixture
async def city(database_url: str, tmp_path: Path) -> AsyncIterator[City]:
    async with open_city(database_url, files=tmp_path / "evidence") as opened:
        yield opened


async def at_the_story(city: City, who: str = ME) -> None:
    await city.scan("二组水沟", who)
    for text in ("1", "1"):
        await city.say(text, who)


async def the_photos(city: City) -> list[Photo]:
    vault = city.service.turns.vault

    def look(rows: Rows) -> list[Photo]:
        ids = media.ids_after(rows, b"", 1000)
        found = [media.one(rows, vault, id_) for id_ in ids]
        return [photo for photo in found if photo is not None]

    return await city.service.database.read(look)


async def clean_all(city: City) -> None:
    while await city.service.evidence.work_once():
        pass


async def pushed(city: City) -> list[Reply]:
    return await city.pushed(ME)


async def test_filed_before_any_worker_began_and_the_report_has_the_photo(city: City) -> None:
    await at_the_story(city)
    assert "收到第 1 张" in (await city.send_photo(photos.with_secrets())).text
    assert "1 张照片" in (await city.say("1", after_s=0.05)).text
    assert "发出去了" in (await city.say("1")).text
    [photo] = await the_photos(city)
    assert photo.state == PENDING and photo.purpose.startswith("content|township:")
    await clean_all(city)
    [photo] = await the_photos(city)
    assert photo.state == READY
    [report] = await city.service.held_for(_person("township:520602104"), 10)
    assert photo.holder == report.report
    folder = city.service.evidence.folder
    opened = open_sealed(photo.key, folder.read(photo.id, files.CLEAN), photo.id)
    assert opened.startswith(b"\xff\xd8") and photos.GPS_CANARY.encode() not in opened
    assert [file.suffix for file in folder.path.iterdir() if file.is_file()] == [".jpg"]
    everything = b"".join(file.read_bytes() for file in folder.path.iterdir() if file.is_file())
    assert photos.AUTHOR_CANARY.encode() not in everything and b"\xff\xd8\xff" not in everything


def _person(desk: str) -> Person:
    return Person(PersonId("somebody"), DeskId(desk))


async def test_photo_and_done_fifty_milliseconds_apart_side_by_side(city: City) -> None:
    await at_the_story(city)
    city.clock.step(30)
    sent = asyncio.create_task(city.send_photo(photos.photo(), after_s=0))
    await sent
    await asyncio.gather(city.say("1", after_s=0.05))
    assert "发出去了" in (await city.say("1")).text
    assert len(await the_photos(city)) == 1


async def test_nine_at_once_are_answered_once_and_a_tenth_is_not_taken(city: City) -> None:
    await at_the_story(city)
    replies = [await city.send_photo(photos.photo(seed), after_s=0.2) for seed in range(9)]
    assert ["收到第 1 张" in replies[0].text, *(reply.text for reply in replies[1:])] == [True, *[""] * 8]
    assert "已经有 9 张了" in (await city.send_photo(photos.photo(99))).text
    assert "9 张照片" in (await city.say("1")).text
    assert len(await the_photos(city)) == 9
    assert len([f for f in city.service.evidence.folder.path.iterdir() if f.is_file()]) == 9


async def test_sent_by_mistake_is_gone_with_its_file(city: City) -> None:
    await at_the_story(city)
    await city.send_photo(photos.photo(1))
    await city.send_photo(photos.photo(2))
    assert "删掉了" in (await city.say("2")).text
    assert "1 张照片" in (await city.say("1")).text
    assert len(await the_photos(city)) == 1
    await clean_all(city)
    assert sorted(f.suffix for f in city.service.evidence.folder.path.iterdir() if f.is_file()) == [".jpg", ".raw"]


async def test_the_same_photo_twice_is_kept_once(city: City) -> None:
    await at_the_story(city)
    await city.send_photo(photos.photo())
    assert "只留一张" in (await city.send_photo(photos.photo())).text
    assert len(await the_photos(city)) == 1


async def test_a_retry_of_the_same_message_adds_nothing(city: City) -> None:
    await at_the_story(city)
    first = await city.send_photo(photos.photo(), id_="p1")
    again = await city.send_photo(photos.photo(), id_="p1")
    assert first == again and len(await the_photos(city)) == 1
    assert len([f for f in city.service.evidence.folder.path.iterdir() if f.is_file()]) == 1


async def test_a_photo_without_a_notice_is_not_taken_and_leaves_no_file(city: City) -> None:
    assert "没收下" in (await city.send_photo(photos.photo())).text
    assert not [f for f in city.service.evidence.folder.path.iterdir() if f.is_file()]


async def test_a_photo_under_a_notice_begins_the_story_and_is_filed_with_it(city: City) -> None:
    await city.scan("二组水沟")
    shown = await city.send_photo(photos.photo())
    assert "收到了" in shown.text and "牵涉谁" in shown.text
    for text in ("1", "1"):
        shown = await city.say(text)
    assert "1 张照片" in shown.text
    assert "给您存着" in (await city.say("0")).text
    assert len(await the_photos(city)) == 1
    await city.scan("二组水沟")
    assert "没收下" in (await city.send_photo(photos.photo(2))).text, (
        "what was told before has to be chosen about first"
    )
    assert len(await the_photos(city)) == 1


@pytest.mark.parametrize(("raw", "says"), [(b"no picture at all", "不是照片"), (photos.bomb(), "太大了")])
async def test_what_cannot_be_used_becomes_a_sentence_without_numbers(city: City, raw: bytes, says: str) -> None:
    await at_the_story(city)
    await city.send_photo(raw)
    await clean_all(city)
    [told] = await pushed(city)
    assert says in told.text and told.choices == ()
    assert "张照片" not in (await city.say("说一句")).text
    assert "0 张照片" in (await city.say("1")).text


async def test_a_blurred_one_is_kept_and_kindly_mentioned_once(city: City) -> None:
    await at_the_story(city)
    await city.send_photo(photos.blurred())
    await clean_all(city)
    [told] = await pushed(city)
    assert "这张也留着" in told.text and told.choices == ()
    assert [photo.state for photo in await the_photos(city)] == [READY]
    assert await pushed(city) == [told]


async def test_starting_over_drops_the_photos_too(city: City) -> None:
    await at_the_story(city)
    await city.send_photo(photos.photo())
    for text in ("1", "2", "2", "2"):
        await city.say(text)
    assert await the_photos(city) == []


async def test_photos_an_hour_are_limited_and_words_are_not(database_url: str, tmp_path: Path) -> None:
    async with open_city(database_url, Here(photos_hour_max=2), files=tmp_path / "evidence") as city:
        await at_the_story(city)
        for seed in range(2):
            await city.send_photo(photos.photo(seed))
        assert "太多了" in (await city.send_photo(photos.photo(5))).text
        assert "记下了" in (await city.say("照片发不了，我说")).text


async def test_a_full_disk_refuses_photos_and_still_takes_words(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    await at_the_story(city)
    monkeypatch.setattr(type(city.service.evidence.folder), "has_room", lambda self: False)
    with pytest.raises(NotTaken) as refused:
        await city.send_photo(photos.photo())
    assert "打字照样收" in refused.value.reply.text
    assert "记下了" in (await city.say("那我打字")).text


async def test_a_worker_that_dies_loses_its_lease_and_another_finishes(city: City) -> None:
    await at_the_story(city)
    await city.send_photo(photos.photo())
    service = city.service
    vault = service.turns.vault
    now = city.clock.now
    claimed = await service.database.turn(b"media", lambda rows: media.claim(rows, vault, now, LEASE_MS, 1))
    assert len(claimed) == 1 and not await service.evidence.work_once()
    city.clock.step(LEASE_MS / 1000 + 1)
    assert await service.evidence.work_once()
    assert [photo.state for photo in await the_photos(city)] == [READY]


async def test_a_file_that_is_gone_is_told_and_not_tried_for_ever(city: City) -> None:
    await at_the_story(city)
    await city.send_photo(photos.photo())
    [photo] = await the_photos(city)
    city.service.evidence.folder.remove(photo.id, files.RAW)
    await clean_all(city)
    assert [photo.state for photo in await the_photos(city)] == [FAILED]
    assert "没有存好" in (await pushed(city))[0].text


async def test_a_disk_that_fills_while_cleaning_is_tried_again(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    await at_the_story(city)
    await city.send_photo(photos.photo())
    folder, write = type(city.service.evidence.folder), type(city.service.evidence.folder).write

    def full(self: object, *rest: object) -> None:
        raise OSError(28, "no space")

    monkeypatch.setattr(folder, "write", full)
    await clean_all(city)
    assert [photo.state for photo in await the_photos(city)] == [PENDING] and ATTEMPTS_MAX > 1
    monkeypatch.setattr(folder, "write", write)
    city.clock.step(60)
    await clean_all(city)
    assert [photo.state for photo in await the_photos(city)] == [READY]


async def test_a_push_wakes_the_open_stream_and_comes_once(city: City) -> None:
    await at_the_story(city)
    events = city.service.events("web", ME, None)
    waiting = asyncio.create_task(anext(events))
    await asyncio.sleep(0.05)
    await city.send_photo(photos.blurred())
    await clean_all(city)
    [told] = await pushed(city)
    number, woken = await asyncio.wait_for(waiting, 30)
    assert number > 0 and woken == told
    await events.aclose()
    resumed = city.service.events("web", ME, 0)
    assert await anext(resumed) == (number, told)
    await resumed.aclose()


async def test_a_sender_who_does_not_wait_loses_no_photo(city: City) -> None:
    await at_the_story(city)
    sending = asyncio.create_task(city.send_photo(photos.photo()))
    while not city.service.evidence.folder.path.exists() or not list(city.service.evidence.folder.path.glob("*.raw")):  # noqa: ASYNC110 - the file is written by a thread
        await asyncio.sleep(0)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await city.say("还有一句")
    for photo in await the_photos(city):
        assert city.service.evidence.folder.read(photo.id, files.RAW)
