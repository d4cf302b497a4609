"""One `lima serve` with sample data and one Chromium with a Chinese font; every test is a phone of its own."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.browser.phone import Phone
from tests.served.process import Served, lima, serving

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
HASTY = {"LIMA_LIMITS__DELIBERATE_S": "0", "LIMA_LIMITS__MESSAGES_PER_MINUTE": "100000"}
"""A test presses buttons faster than anybody reads."""
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include><dir>{fonts}</dir>
<cachedir>{cache}</cachedir></fontconfig>"""

SEEN_MS_MAX = 30_000
"""Nothing here is measured: on a machine that has much to do, what is waited for comes late."""
expect.set_options(timeout=SEEN_MS_MAX)

whole_run = pytest_asyncio.fixture(scope="session", loop_scope="session")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Server, browser and tests share one event loop."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser") / "city"
    done = lima("init", "--sample", str(folder), cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    return folder


def printed(city: Path, village: str, item: str) -> str:
    """The code on a placard."""
    rows = csv.DictReader(io.StringIO(lima("placards", "--csv", cwd=city).stdout))
    return next(row["code"] for row in rows if row["village"].endswith(village) and item in row["item"])


@pytest.fixture(scope="session")
def ditch(city: Path) -> str:
    """What everybody scans: the ditch of 岩门村."""
    return printed(city, "本庄镇岩门村", "水沟")


@pytest.fixture(scope="session")
def canteen(city: Path) -> str:
    """In a township of its own, so that its inbox holds one report, whatever other tests have filed."""
    return printed(city, "滑石村", "老年食堂")


@whole_run
async def served(city: Path) -> AsyncIterator[Served]:
    async with serving(city, **HASTY) as process:
        yield process


@whole_run
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    folder = tmp_path_factory.mktemp("fonts")
    fonts = folder / "fonts.conf"
    where = Path(pylopdf_fonts_zh_cn.sans_path()).parent
    fonts.write_text(FONTS.format(fonts=where, cache=folder / "cache"), encoding="utf-8")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=ARGUMENTS, env={"FONTCONFIG_FILE": str(fonts)}
        )
        yield chromium
        await chromium.close()


OpenPhone = Callable[..., Awaitable[Phone]]


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser, served: Served) -> AsyncIterator[OpenPhone]:
    """Opens phones. None of them may ask anybody but us, fail in a script, or see what is forbidden."""
    async with AsyncExitStack() as open_ones:

        async def open_(*, url: str = served.url, width: int = 360, height: int = 640, **how: Any) -> Phone:
            context: BrowserContext = await browser.new_context(
                base_url=url, viewport={"width": width, "height": height}, locale="zh-CN", **how
            )
            open_ones.push_async_callback(context.close)
            page: Page = await context.new_page()
            opened = Phone(page, url)
            open_ones.callback(opened.check)
            return opened

        yield open_
