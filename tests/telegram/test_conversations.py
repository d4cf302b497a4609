"""Whole conversations: the library's Bot, our poller or webhook, delivery and a fake service on the loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from handlers import said
from tests.fakes import photos
from tests.fakes.city import open_city
from tests.fakes.telegram import Fault, group, user
from tests.fakes.telegrammed import Telegrammed, attached, telegrammed

ME = 7


class Talk:
    """One person, by polling or webhook."""

    def __init__(self, whole: Telegrammed) -> None:
        self.whole, self.fake, self.n = whole, whole.fake, 0

    async def does(self, raw: Any, replies: int = 1) -> Any:
        """Something is done; the last message that the bot then shows."""
        self.whole.city.clock.step(30)
        if self.whole.url:
            await self.fake.posts(self.whole.url, raw)
        elif not replies:
            await self.fake.all_confirmed()
        self.n += replies
        return await self.fake.last(ME, self.n) if replies else None

    async def says(self, text: str, replies: int = 1) -> Any:
        self.whole.city.clock.step(30)
        return await self.does(self.fake.says(ME, text), replies)

    async def scans(self, title: str = "二组水沟") -> Any:
        return await self.says(f"/start {await self.whole.city.code_of(title)}")

    async def taps(self, shown: Any, key: str, replies: int = 1) -> Any:
        self.whole.city.clock.step(30)
        return await self.does(self.fake.taps(ME, shown, key), replies)


@pytest.fixture(params=["polling", "webhook"])
async def talk(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Talk]:
    async with telegrammed(database_url, request.param) as whole:
        yield Talk(whole)


async def test_a_report_by_taps_and_words(talk: Talk) -> None:
    card = await talk.scans()
    assert "二组水沟修复" in card.text and {"1", "2", "0"} < set(card.buttons)
    about = await talk.taps(card, "1")
    assert "【1】村里的人" in about.text, "long labels stand in the text as well"
    story = await talk.taps(about, "1")
    assert "Telegram 和这部手机里会留记录" in story.text
    more = await talk.says("水沟垮了一截")
    assert "记下了" in more.text
    review = await talk.taps(more, "1")
    assert "看不到您的 Telegram 号" in review.text
    receipt = await talk.taps(review, "1")
    assert "发出去了" in receipt.text
    assert len(await talk.whole.city.desk("township:520602104")) == 1
    await asyncio.sleep(0.05)
    answered = talk.fake.called("answerCallbackQuery")
    assert len(answered) == 4
    removed = {call.data["message_id"] for call in talk.fake.called("editMessageReplyMarkup")}
    assert removed == {shown.answered for shown in (card, about, story, more, review)}
    for call in talk.fake.calls:
        assert all(len(data.encode()) <= 64 for data in call.buttons.values())


async def test_numbers_typed_work_as_taps_do(talk: Talk) -> None:
    await talk.scans()
    for text in ("１", "一", "水沟垮了", "选1", "1"):
        shown = await talk.says(text)
    assert "发出去了" in shown.text


async def test_stale_and_double_taps(talk: Talk) -> None:
    card = await talk.scans()
    about = await talk.taps(card, "1")
    await talk.taps(card, "1", replies=0)  # a second tap on the same buttons is only acknowledged
    await asyncio.sleep(0.05)
    assert any("已经收到了" in call.data.get("text", "") for call in talk.fake.called("answerCallbackQuery"))
    story = await talk.taps(about, "1")
    other = await talk.scans("耕地地力")
    again = await talk.taps(story, "1")
    assert "这是前面的按钮，没算数" in again.text and "耕地地力" in again.text
    assert again.buttons == other.buttons


async def test_a_button_whose_message_is_out_of_reach(talk: Talk) -> None:
    card = await talk.scans()
    talk.whole.city.clock.step(30)
    shown = await talk.does(talk.fake.taps(ME, card, "1", message=False))
    assert "主要牵涉谁" in shown.text


async def test_foreign_button_data_is_an_old_button(talk: Talk) -> None:
    await talk.scans()
    query = {"id": "9", "from": user(ME), "chat_instance": "1", "data": "confirm|岩门村|" * 4}
    assert "这是前面的按钮" in (await talk.does(talk.fake.update(callback_query=query))).text


async def test_an_album_is_answered_once_and_every_photo_is_kept(talk: Talk) -> None:
    await talk.scans()
    await talk.says("1")
    await talk.says("1")
    album = [
        talk.fake.message(
            ME,
            photo=talk.fake.photo(photos.photo(n)),
            media_group_id="g",
            **({"caption": "沟边拍的"} if n == 1 else {}),
        )
        for n in range(3)
    ]
    for message in album:
        raw = talk.fake.update(message=message)
        if talk.whole.url:
            await talk.fake.posts(talk.whole.url, raw)
    talk.n += 1
    first = await talk.fake.last(ME, talk.n)
    assert "收到第 1 张" in first.text
    await asyncio.sleep(0.5)
    review = await talk.says("1")
    assert "1 段话，3 张照片" in review.text
    assert len(await talk.fake.shown(ME, talk.n)) == talk.n


async def test_documents_that_are_photos(talk: Talk) -> None:
    await talk.scans()
    await talk.says("1")
    await talk.says("1")
    document = talk.fake.document(photos.photo(), "image/jpeg")
    shown = await talk.does(talk.fake.update(message=talk.fake.message(ME, document=document)))
    assert "收到第 1 张" in shown.text
    other = talk.fake.document(b"%PDF", "application/pdf")
    shown = await talk.does(talk.fake.update(message=talk.fake.message(ME, document=other)))
    assert "这种（文件）我收不了" in shown.text


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ({"voice": {"file_id": "v", "file_unique_id": "v", "duration": 3}}, "语音"),
        ({"location": {"latitude": 27.5, "longitude": 109.2}}, "位置"),
        ({"contact": {"phone_number": "13900000000", "first_name": "某某"}}, "名片"),
        ({"sticker": {"file_id": "s", "file_unique_id": "s", "width": 1, "height": 1, "is_animated": False,
                      "is_video": False, "type": "regular"}}, "贴纸"),
        ({"something_new": {"a": 1}}, "消息"),
    ],
)  # fmt: skip
async def test_what_cannot_be_taken_is_said_so_and_nothing_is_lost(talk: Talk, part: dict[str, Any], says: str) -> None:
    await talk.scans()
    shown = await talk.does(talk.fake.update(message=talk.fake.message(ME, **part)))
    assert f"这种（{says}）我收不了" in shown.text
    assert "主要牵涉谁" in (await talk.says("1")).text


async def test_edits_groups_blocks_and_posts(talk: Talk) -> None:
    fake = talk.fake
    await talk.scans()
    edited = fake.message(ME, text="改过的", edit_date=1_795_484_800)
    assert "改过的话我收不到" in (await talk.does(fake.update(edited_message=edited))).text
    await talk.does(fake.update(edited_message=edited), replies=0)  # once a minute is enough

    in_group = {**fake.message(ME, text="/report@lima_test_bot"), "chat": group(-100)}
    for _ in range(3):
        await talk.does(fake.update(message=in_group), replies=0)
    assert "单独跟我说" in (await fake.last(-100, 1)).text
    migrated = {**fake.message(ME), "chat": group(-100), "migrate_to_chat_id": -200}
    await talk.does(fake.update(message=migrated), replies=0)
    post = {"message_id": 1, "date": 1, "chat": {"id": -300, "type": "channel", "title": "c"}, "text": "x"}
    await talk.does(fake.update(channel_post=post), replies=0)
    blocked = {
        "chat": {"id": ME, "type": "private"},
        "from": user(ME),
        "date": 1,
        "old_chat_member": {"status": "member", "user": user(1)},
        "new_chat_member": {"status": "kicked", "user": user(1), "until_date": 0},
    }
    await talk.does(fake.update(my_chat_member=blocked), replies=0)
    assert "主要牵涉谁" in (await talk.says("1")).text
    assert not fake.messages[-200] and not fake.messages[-300]


async def test_the_same_update_twice_is_answered_once(talk: Talk) -> None:
    raw = talk.fake.says(ME, f"/start {await talk.whole.city.code_of('二组水沟')}")
    talk.fake.push(raw)
    for _ in range(3 if talk.whole.url else 0):
        await talk.fake.posts(talk.whole.url, raw)
    await talk.fake.last(ME, 1)
    await asyncio.sleep(0.1)
    assert len(talk.fake.messages[ME]) == 1


async def test_whoever_speaks_too_fast_is_told_so_once_and_holds_up_nobody(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/lima.db"
    async with open_city(url) as city, attached(city, "none", per_minute=5) as whole:

        async def says(chat: int, text: str) -> list[str]:
            await whole.take(whole.fake.says(chat, text))
            await whole.settle()
            await whole.channel.sender.settled()
            return [each.text for each in whole.fake.messages[chat]]

        for n in range(12):
            told = await says(ME, f"第{n}句")
        assert len(told) == 6 and told[-1] == said.TOO_FAST.text
        assert "我能做这些" in (await says(ME + 1, "菜单"))[0]
        city.clock.step(60)
        assert "我能做这些" in (await says(ME, "菜单"))[-1]


async def test_long_texts_are_split_as_the_service_counts(talk: Talk) -> None:
    await talk.scans()
    await talk.says("1")
    await talk.says("1")
    for n in range(3):
        await talk.says(f"{n}" + "𠮷" * 1500)
    await talk.says("1")
    talk.n += 1
    before = len(talk.fake.messages[ME])
    await talk.says("4", replies=0)
    parts = (await talk.fake.shown(ME, before + 3))[before:]
    assert [bool(part.buttons) for part in parts[:-1]] == [False] * (len(parts) - 1) and parts[-1].buttons
    assert all(len(part.text.encode("utf-16-le")) // 2 <= 4096 for part in parts)
    assert sum(part.text.count("𠮷") for part in parts) == 4500


async def test_many_people_at_once_each_in_their_order(talk: Talk) -> None:
    code = await talk.whole.city.code_of("二组水沟")
    people = range(100, 116)
    raws = [[talk.fake.says(chat, text) for chat in people] for text in (f"/start {code}", "1", "1", "甲", "乙", "丙")]
    if talk.whole.url:
        for row in raws:
            await asyncio.gather(*(talk.fake.posts(talk.whole.url, raw) for raw in row))
    for chat in people:
        shown = await talk.fake.shown(chat, 6)
        assert [
            part in call.text
            for call, part in zip(shown, ("水沟", "牵涉", "怎么回事", "记下了", "记下了", "记下了"), strict=True)
        ] == [True] * 6


async def test_photos_that_do_not_come(talk: Talk) -> None:
    await talk.scans()
    await talk.says("1")
    await talk.says("1")
    talk.fake.fails("getFile", Fault(500), Fault(500))
    assert "收到第 1 张" in (await talk.does(talk.fake.sends_photo(ME, photos.photo()))).text
    talk.fake.fails("getFile", Fault(400, "Bad Request: file is too big"))
    assert "这张照片太大" in (await talk.does(talk.fake.sends_photo(ME, photos.photo(2)))).text
    talk.fake.fails("getFile", Fault(400, "Bad Request: wrong file_id"))
    assert "没有取下来" in (await talk.does(talk.fake.sends_photo(ME, photos.photo(3)))).text
    large = talk.fake.document(b"x" * 1_000_001, "image/png")
    assert "太大" in (await talk.does(talk.fake.update(message=talk.fake.message(ME, document=large)))).text
