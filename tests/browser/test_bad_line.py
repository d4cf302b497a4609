"""2G, and a line that drops when it hurts most: the request has gone, the reply has not come."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from PIL import Image
from playwright.async_api import expect

from tests.browser.conftest import OpenPhone
from tests.browser.line import Line, line_to, slow_down
from tests.browser.phone import CODE, Phone
from tests.browser.test_journey import STORY, picture
from tests.served.process import Served

MESSAGES, FILES = "/chat/messages", "/chat/files"
DROPS = 2
"""Chromium itself repeats a request that a connection in use swallowed, once, even a POST; the second drop is ours."""
DOWN = 1000
"""The line stays down until the test has seen what it wanted to see, however slow the machine is."""


@pytest_asyncio.fixture(loop_scope="session")
async def line(served: Served) -> AsyncIterator[Line]:
    async with line_to(served) as opened:
        yield opened


async def telling(phone: OpenPhone, line: Line, ditch: str) -> Phone:
    """Somebody who is asked what happened."""
    her = await phone(url=line.url)
    await her.scan(ditch)
    await her.press("和实际不一样，我要反映")
    await her.choose("1")
    await her.choose("1")
    return her


async def test_dropped_in_the_middle_one_message_is_kept_and_answered_once(
    phone: OpenPhone, line: Line, ditch: str
) -> None:
    her = await telling(phone, line, ditch)
    await slow_down(her.page)
    asked = line.asked.count(MESSAGES)
    line.drops[MESSAGES] = DROPS
    await her.say(STORY)
    assert line.asked.count(MESSAGES) == asked + DROPS + 1, "it was sent again by itself"
    assert await her.page.locator(".bubble", has_text="记下了").count() == 1
    await her.choose("1")
    assert "1 段话" in await her.last_answer()
    line.drops[MESSAGES] = 1
    await her.choose("1")
    assert CODE.search(await her.last_answer())
    assert line.drops[MESSAGES] == 0
    await her.say("查")
    assert len(set(CODE.findall(await her.page.locator("#log").inner_text()))) == 1


async def test_a_reload_in_the_middle_sends_the_same_message(phone: OpenPhone, line: Line, ditch: str) -> None:
    her = await telling(phone, line, ditch)
    line.drops[MESSAGES] = DOWN
    await her.page.locator("#words").fill(STORY)
    await her.page.locator("#send").click()
    await expect(her.page.locator("#status")).to_have_text("网不好，正在再发")
    line.drops[MESSAGES] = 0
    await her.page.reload()
    await expect(her.answers.last).to_contain_text("记下了")
    await her.choose("1")
    assert "1 段话" in await her.last_answer()


async def test_a_dropped_photo_is_sent_again_and_words_need_not_wait(
    phone: OpenPhone, line: Line, ditch: str, tmp_path: Path
) -> None:
    her = await telling(phone, line, ditch)
    line.drops[FILES] = DOWN
    await her.show_photos(picture(tmp_path / "1.jpg"))
    await expect(her.page.locator(".photo-said .note")).to_have_text("网不好，正在再发照片")
    await her.say(STORY)
    assert "记下了" in await her.last_answer()
    keys = await her.keys()
    line.drops[FILES] = 0
    await her.photos_taken(1)
    assert line.asked.count(FILES) > 1, "it was sent again by itself"
    assert await her.keys() == keys, "a late answer brings no options of an earlier question"
    await her.choose("1")
    assert "1 段话，1 张照片" in await her.last_answer()


async def test_a_large_photo_is_made_small_and_says_no_more_where_it_was_taken(
    phone: OpenPhone, line: Line, ditch: str, tmp_path: Path
) -> None:
    her = await telling(phone, line, ditch)
    await her.show_photos(picture(tmp_path / "large.jpg", 2400))
    await expect(her.page.locator(".photo-said canvas")).to_be_visible()
    await her.photos_taken(1)
    body = bytes(line.sent[FILES])
    with Image.open(io.BytesIO(body[body.index(b"\xff\xd8\xff") :])) as arrived:
        assert arrived.format == "JPEG"
        assert arrived.size == (2048, 1536)
        assert not arrived.getexif()


async def test_progress_is_seen_over_a_slow_line(phone: OpenPhone, line: Line, ditch: str, tmp_path: Path) -> None:
    her = await telling(phone, line, ditch)
    await slow_down(her.page)
    await her.show_photos(picture(tmp_path / "1.jpg", 120))
    done = her.page.locator(".photo-said progress")
    await expect(done).to_be_visible()
    await her.page.wait_for_function("0 < document.querySelector('progress')?.value < 1")
    await her.photos_taken(1)
    await expect(done).to_have_count(0)


async def test_a_page_that_was_closed_pretends_nothing(
    phone: OpenPhone, line: Line, ditch: str, tmp_path: Path
) -> None:
    her = await telling(phone, line, ditch)
    line.drops[FILES] = 9
    await her.show_photos(picture(tmp_path / "1.jpg"))
    await expect(her.page.locator(".photo-said .note")).to_have_text("网不好，正在再发照片")
    her.page.on("dialog", lambda dialog: dialog.accept())
    await her.open("/")
    assert await her.status() == "有 1 张照片没发完。没看到“收到”的，请重新选。"
    await her.open("/")
    assert await her.status() == ""
