"""A browser that runs no scripts gets the whole report done, photo and all."""

from __future__ import annotations

from pathlib import Path

from tests.browser.conftest import OpenPhone
from tests.browser.phone import CODE
from tests.browser.test_journey import STORY, picture


async def test_the_whole_report_without_scripts(phone: OpenPhone, ditch: str, tmp_path: Path) -> None:
    her = await phone(java_script_enabled=False)
    await her.scan(ditch)
    await her.page.locator(".main").click()
    for key in ("1", "1"):
        await her.options.filter(has_text=key).first.click()
    await her.page.locator("#words").fill(STORY)
    await her.page.locator("#send").click()
    assert "记下了" in await her.last_answer()
    await her.show_photos(picture(tmp_path / "1.jpg"))
    await her.page.locator(".send-photo").click()
    assert "收到第 1 张" in await her.last_answer()
    assert "（照片）" in await her.page.locator(".mine").inner_text()
    await her.options.first.click()
    assert "1 段话，1 张照片" in await her.last_answer()
    await her.options.first.click()
    assert CODE.search(await her.last_answer())
    await her.open("/")
    assert await her.answers.count() == 1


async def test_a_form_without_a_photo_is_told_kindly(phone: OpenPhone) -> None:
    her = await phone(java_script_enabled=False)
    await her.open("/")
    await her.page.locator(".send-photo").click()
    assert "这张照片是空的" in await her.last_answer()
    await her.page.get_by_role("link", name="回到刚才的话").click()
    assert await her.options.count()
