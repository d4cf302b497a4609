"""The pictures of the README, made by hand: `python docs/pictures/make.py`. Never run by the tests.

It starts a demo of its own, is a villager on a phone in it, and writes card, report, receipt and demo.png beside itself.
"""

from __future__ import annotations

import asyncio
import io
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pylopdf_fonts_zh_cn
from PIL import Image
from playwright.async_api import Browser, FrameLocator, Page, async_playwright

HERE = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
PHONE, DESKTOP = {"width": 360, "height": 720}, {"width": 1280, "height": 800}
BYTES_MAX = 80_000
START_S_MAX = 30.0
DELIBERATE_MS = 2200
"""发出去 counts only two seconds after it was asked."""
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>{fonts}</dir>
<cachedir>{cache}</cachedir></fontconfig>"""


@contextmanager
def demo(folder: Path) -> Iterator[str]:
    """`lima demo` with a state folder of its own; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "XDG_STATE_HOME": str(folder), "PYTHONPATH": str(HERE.parent.parent)}
    command = [sys.executable, "-c", "from bot.cli import main; main()", "demo", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + START_S_MAX
        while True:
            try:
                urllib.request.urlopen(f"{url}/health")
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


@asynccontextmanager
async def chromium(folder: Path) -> AsyncIterator[Browser]:
    """With the Chinese font that comes from pip, whatever the machine has."""
    fonts = folder / "fonts.conf"
    where = Path(pylopdf_fonts_zh_cn.sans_path()).parent
    fonts.write_text(FONTS.format(fonts=where, cache=folder / "cache"), encoding="utf-8")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=arguments, env={"FONTCONFIG_FILE": str(fonts)}
        )
        yield browser
        await browser.close()


def save(name: str, shot: bytes) -> None:
    """As few colours as needed to stay below BYTES_MAX."""
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    for colours in (128, 64, 32, 16):
        out = io.BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= BYTES_MAX:
            break
    else:
        raise SystemExit(f"{name}: {out.tell()} bytes with 16 colours")
    (HERE / f"{name}.png").write_bytes(out.getvalue())
    print(f"{name}.png {picture.width}×{picture.height} {out.tell():,} bytes, {colours} colours")


async def press(page: Page | FrameLocator, label: str) -> None:
    """Press the option that begins so, and wait until it has been answered."""
    answers = page.locator(".bubble.theirs")
    before = await answers.count()
    await page.locator("button.option:visible", has_text=label).first.click()
    await answers.nth(before).wait_for()


async def tell(page: Page | FrameLocator, words: str) -> None:
    answers = page.locator(".bubble.theirs")
    before = await answers.count()
    await page.locator("#words").fill(words)
    await page.locator("#send").click()
    await answers.nth(before).wait_for()


async def report(page: Page | FrameLocator, about: str, words: str) -> None:
    """From the question whom it concerns to the page that is looked at before sending."""
    await press(page, about)
    await tell(page, words)
    await press(page, "说完了")


async def shown(page: Page) -> bytes:
    """From the top, nothing under the pointer."""
    await page.mouse.move(0, 0)
    await page.evaluate("scrollTo(0, 0); document.querySelectorAll('.placards, .wall').forEach(e => e.scrollTop = 0)")
    await page.wait_for_timeout(300)
    return await page.screenshot()


async def phone_pictures(browser: Browser, item: str) -> None:
    context = await browser.new_context(viewport=PHONE, locale="zh-CN", device_scale_factor=1)
    page = await context.new_page()
    await page.goto(item)
    save("card", await page.screenshot())
    await page.locator("button.main").click()
    await page.locator("button.option:visible").first.wait_for()
    await press(page, "和实际")
    await report(page, "村里的人", "去年冬天修的沟子，才半年就垮了一截，水都流到田里去了。")
    await page.wait_for_timeout(DELIBERATE_MS)
    await page.mouse.move(0, 0)
    save("report", await page.screenshot())
    await press(page, "发出去")
    await page.mouse.move(0, 0)
    await page.wait_for_timeout(300)
    save("receipt", await page.screenshot())
    await context.close()


async def demo_picture(browser: Browser, url: str) -> None:
    context = await browser.new_context(viewport=DESKTOP, locale="zh-CN", device_scale_factor=1)
    page = await context.new_page()
    await page.goto(f"{url}/demo")
    phone = page.frame_locator("#phone")
    await page.locator("a.placard", has_text="水沟").click()
    await phone.locator("button.main").click()
    await phone.locator("button.option:visible").first.wait_for()
    await press(phone, "和实际")
    await report(phone, "镇上", "水沟的款项说不清楚。")
    await page.wait_for_timeout(DELIBERATE_MS)
    await press(phone, "发出去")
    await page.reload()
    await page.wait_for_timeout(500)
    await page.locator("a.placard", has_text="水沟").click()
    await phone.locator("button.main").wait_for()
    save("demo", await shown(page))
    await context.close()


async def make() -> None:
    with tempfile.TemporaryDirectory(prefix="lima-pictures-") as name:
        folder = Path(name)
        with demo(folder) as url:
            async with chromium(folder) as browser:
                page = await browser.new_page()
                await page.goto(f"{url}/demo")
                found = await page.locator("a.placard", has_text="水沟").first.get_attribute("href")
                await page.close()
                assert found is not None
                await phone_pictures(browser, url + found)
                await demo_picture(browser, url)


if __name__ == "__main__":
    asyncio.run(make())
