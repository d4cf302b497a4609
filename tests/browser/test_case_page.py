"""The case page in a real browser: a preview shows nothing, a second person is refused, the watermark is there, nothing is
kept by the browser, and it can be used on a small phone without scripts."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import expect

from tests.browser.conftest import OpenPhone
from tests.browser.phone import Phone
from tests.browser.screen import faults
from tests.served.process import lima

OFFICER = "T520602201-2"
STORY = "食堂的灶台垮了一截，花了十好几万"


async def _report(her: Phone, canteen: str) -> None:
    await her.scan(canteen)
    await her.press("和实际不一样，我要反映")
    for key in ("1", "1"):
        await her.choose(key)
    await her.say(STORY)
    for key in ("1", "1"):
        await her.choose(key)
    assert "发出去了" in await her.last_answer()


async def test_one_person_reads_it_once_for_ten_minutes(phone: OpenPhone, canteen: str, city: Path) -> None:
    await _report(await phone(), canteen)
    officer, somebody = await phone(), await phone()
    code = lima("invite", OFFICER, cwd=city).stdout.strip()
    await officer.open("/")
    await officer.say(f"绑定 {code}")
    await officer.choose("1")
    await officer.say("待办")
    await officer.choose("1")
    await officer.choose("1")
    path = "/case/" + (await officer.last_answer()).rpartition("/case/")[2].split()[0]

    await somebody.open(path)
    assert STORY not in await somebody.page.content()
    found = await faults(somebody.page)
    assert found == [], found

    page = await officer.page.context.new_page()
    await page.goto(path)
    assert STORY not in await page.content(), "a preview, or the person before pressing"
    await page.get_by_role("button", name="打开").click()
    await expect(page.get_by_text(STORY)).to_be_visible()
    assert "样例滑石侗族苗族土家副书记" in await page.locator(".watermark").inner_html()
    box = await page.locator(".watermark rect").last.bounding_box()
    assert box is not None and box["width"] >= 360 and box["height"] >= 640, "over the whole screen"
    assert (
        await page.evaluate("caches.keys().then(k => k.length)") == 0
        if await page.evaluate("'caches' in window")
        else True
    )
    assert await page.evaluate("document.cookie") == "", "no script reads the cookie"
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    await somebody.page.get_by_role("button", name="打开").click()
    await expect(somebody.page.get_by_text("没找到这件事")).to_be_visible()
    assert STORY not in await somebody.page.content()

    await page.locator("summary", has_text="受理（报批）").first.click()
    await page.locator("select[name=category]").select_option("工程质量")
    await page.locator("form:has(input[value=accept]) button").click()
    await expect(page.get_by_role("status")).to_have_text("报上去了，批了会告诉您。")
    await page.reload()
    await page.goto(path)
    assert STORY not in await page.content(), "coming back, it is closed again"
