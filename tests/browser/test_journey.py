"""From the printed code to the query code and the look back, on a narrow phone; every screen is looked at."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from playwright.async_api import expect

from tests.browser.conftest import OpenPhone
from tests.browser.phone import CODE
from tests.browser.screen import faults

STORY = "去年冬天修的沟子，才半年就垮了一截，说是花了十好几万"
UNBROKEN = "https://example.test/" + "a" * 80


def picture(path: Path, side: int = 300) -> Path:
    """A photo that says in itself what it was taken with."""
    image = Image.effect_noise((side, side * 3 // 4), 60).convert("RGB")
    exif = Image.Exif()
    exif[271] = "Somebody's own phone"
    image.save(path, "JPEG", quality=80, exif=exif)
    return path


async def test_a_report_with_photos_and_the_look_back(phone: OpenPhone, ditch: str, tmp_path: Path) -> None:
    her, found = await phone(), {}

    async def look(screen: str) -> None:
        found[screen] = await faults(her.page)

    await her.scan(ditch)
    await look("公示")
    await her.press("和实际不一样，我要反映")
    await look("公示卡")
    await her.choose("1")
    await look("牵涉谁")
    await her.choose("1")
    await her.say(STORY)
    assert "记下了" in await her.last_answer()
    await her.show_photos(picture(tmp_path / "1.jpg"), picture(tmp_path / "2.jpg", 310))
    await her.photos_taken(2)
    assert "收到第 1 张" in await her.last_answer()
    assert await her.keys() == ["1", "2", "0"]
    await look("怎么回事")
    await her.say(UNBROKEN)
    await her.choose("1")
    assert "2 段话，2 张照片" in await her.last_answer()
    await look("核对")
    await her.choose("1")
    code = CODE.search(await her.last_answer())
    assert code
    await look("查询码")
    await her.say("查")
    await look("查")
    await her.choose("1")
    await look("进度")
    assert not {screen: problems for screen, problems in found.items() if problems}


async def test_an_unknown_code_and_the_first_page(phone: OpenPhone) -> None:
    her = await phone()
    await her.open("/")
    assert not await faults(her.page)
    await her.scan("NOT-OURS")
    assert not await faults(her.page)
    await her.press("打村名找")
    assert not await faults(her.page)


async def test_old_options_are_gone_and_the_keyboard_is_enough(phone: OpenPhone, ditch: str) -> None:
    her = await phone()
    await her.scan(ditch)
    for _ in range(9):
        await her.page.keyboard.press("Tab")
        if await her.page.evaluate("document.activeElement.className === 'main'"):
            break
    await her.page.keyboard.press("Enter")
    await expect(her.options).not_to_have_count(0)
    card = await her.page.locator(".option").element_handles()
    await her.options.first.focus()
    await her.page.keyboard.press("Enter")
    await expect(her.answers).to_have_count(2)
    assert not any([await option.is_visible() for option in card])
    assert "牵涉谁" in await her.last_answer()
    assert await her.page.evaluate("document.activeElement.classList.contains('theirs')")
    await her.page.locator("#words").focus()
    await her.page.keyboard.press("Tab")
    assert await her.page.evaluate("document.activeElement.id") == "photo"
    await her.page.keyboard.press("Shift+Tab")
    await her.page.keyboard.type("1")
    await her.page.keyboard.press("Enter")
    await expect(her.answers).to_have_count(3)
    assert len(await her.keys()) == len(set(await her.keys()))
