"""What comes by itself is shown, and never makes a number mean two things."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.async_api import Route, expect

from tests.browser.conftest import OpenPhone
from tests.browser.screen import faults

EVENTS = "**/chat/events*"
OPTIONS = [{"key": "1", "label": "看看"}, {"key": "0", "label": "不用了"}]


async def test_a_photo_that_is_none_is_told_while_the_question_stands(
    phone: OpenPhone, ditch: str, tmp_path: Path
) -> None:
    her = await phone()
    await her.scan(ditch)
    await her.press("和实际不一样，我要反映")
    await her.choose("1")
    await her.choose("1")
    (tmp_path / "1.jpg").write_bytes(b"this is no photo at all")
    await her.show_photos(tmp_path / "1.jpg")
    await her.photos_taken(1)
    pushed = her.page.locator(".pushed")
    await expect(pushed).to_contain_text("不是照片")
    keys = await her.keys()
    assert len(keys) == len(set(keys)) > 1, "the question stands, once"
    assert not await faults(her.page)
    await her.open("/")
    await her.page.wait_for_timeout(300)
    assert await pushed.count() == 0, "what was shown is not shown again"


async def test_options_of_a_push_are_left_away_while_a_question_is_open(phone: OpenPhone) -> None:
    her = await phone()

    async def push(route: Route) -> None:
        told = json.dumps({"text": "您反映的事有回话了。想看就发“查”。", "options": OPTIONS}, ensure_ascii=False)
        body = f"retry: 600000\n\nid: 5\nevent: reply\ndata: {told}\n\nid: 5\nevent: reply\ndata: {told}\n\n"
        await route.fulfill(body=body, content_type="text/event-stream; charset=utf-8")

    await her.page.route(EVENTS, push)
    await her.open("/")
    pushed = her.page.locator(".pushed")
    await expect(pushed).to_have_count(1)
    await expect(pushed).to_contain_text("有回话了")
    keys = await her.keys()
    assert len(keys) == len(set(keys)) > 1
    assert await her.page.get_by_text("看看", exact=True).count() == 0
    assert await her.page.locator("#log").get_attribute("aria-live") == "polite"
    assert await pushed.evaluate("each => each.closest('#log') !== null")


async def test_a_page_that_cannot_listen_goes_on_silently(phone: OpenPhone) -> None:
    her = await phone()
    await her.page.route(EVENTS, lambda route: route.abort())
    await her.open("/")
    await her.say("反映")
    assert await her.status() == ""
