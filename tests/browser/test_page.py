"""The page itself: what it weighs, what it is drawn with, what it keeps."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.conftest import OpenPhone
from tests.browser.screen import fonts_of

FIRST_SCREEN_BYTES_MAX = 100_000
FONT = "Noto Sans SC"


async def test_the_first_useful_screen_is_small_and_ours(phone: OpenPhone, ditch: str) -> None:
    for path in (f"/i/{ditch}", "/"):
        her = await phone()
        session = await her.page.context.new_cdp_session(her.page)
        sizes: list[int] = []
        session.on("Network.loadingFinished", lambda event, sizes=sizes: sizes.append(event["encodedDataLength"]))
        await session.send("Network.enable")
        await her.open(path)
        await expect(her.page.locator("button:visible").first).to_be_visible()
        assert len(sizes) >= 3
        assert sum(sizes) < FIRST_SCREEN_BYTES_MAX / 4, "the measure of the contract is met four times over"


async def test_words_are_drawn_with_a_chinese_font_not_with_boxes(phone: OpenPhone, ditch: str) -> None:
    her = await phone()
    for path, selectors in {
        f"/i/{ditch}": ["h1", ".facts dd", ".main"],
        "/": [".bubble", ".option span", ".photo"],
    }.items():
        await her.open(path)
        for selector in selectors:
            fonts = await fonts_of(her.page, selector)
            assert fonts and max(fonts, key=lambda name: fonts[name]) == FONT, (selector, fonts)


async def test_what_was_typed_survives_a_closed_page(phone: OpenPhone) -> None:
    her = await phone()
    await her.open("/")
    words = her.page.locator("#words")
    await words.fill("反")
    await her.page.close()
    her.page = await her.page.context.new_page()
    await her.open("/")
    assert await her.page.locator("#words").input_value() == "反"
    await her.say("反映")
    await her.open("/")
    assert await her.page.locator("#words").input_value() == ""


async def test_somebody_elses_draft_is_not_shown(phone: OpenPhone) -> None:
    her = await phone()
    await her.open("/")
    await her.page.locator("#words").fill("只有我晓得的事")
    await her.page.context.clear_cookies()
    await her.open("/")
    assert await her.page.locator("#words").input_value() == ""


async def test_large_type_is_kept(phone: OpenPhone) -> None:
    her = await phone()
    await her.open("/")
    await her.page.get_by_role("button", name="大字").click()
    assert await her.page.evaluate("getComputedStyle(document.body).fontSize") == "30px"
    await her.open("/")
    assert await her.page.evaluate("getComputedStyle(document.body).fontSize") == "30px"


async def test_options_below_a_long_text_are_pointed_out(phone: OpenPhone, ditch: str) -> None:
    her = await phone()
    await her.scan(ditch)
    await her.press("和实际不一样，我要反映")
    await her.page.get_by_role("button", name="大字").click()
    await her.choose("1")
    await her.choose("1")
    assert "三点" in await her.last_answer()
    assert await her.status() == "往下滑，下面可以选。"
    await her.page.mouse.wheel(0, 4000)
    await expect(her.page.locator("#status")).to_have_text("")
    await expect(her.options.first).to_be_in_viewport()
