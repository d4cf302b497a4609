"""A person with a phone: opens, presses, types, chooses photos, and waits until an answer is there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import ConsoleMessage, Locator, Page, Request, expect

CODE = re.compile(r"\d{4}-\d{4}-\d{4}")
OFFLINE = "Failed to load resource"
"""What a browser itself says of a dropped line or a refusal; not a fault of ours."""


@dataclass
class Phone:
    page: Page
    url: str
    requests: list[Request] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.requests.append(request))  # noqa: PLW0108 - playwright marks its handlers
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._heard)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(OFFLINE):
            self.complaints.append(message.text)

    def check(self) -> None:
        foreign = [each.url for each in self.requests if not each.url.startswith((self.url, "data:,"))]
        assert not foreign, foreign
        assert not self.complaints, self.complaints

    # ------------------------------------------------------------ seen

    @property
    def answers(self) -> Locator:
        return self.page.locator(".bubble.theirs")

    @property
    def options(self) -> Locator:
        return self.page.locator("button.option:visible")

    async def last_answer(self) -> str:
        return await self.answers.last.inner_text()

    async def keys(self) -> list[str]:
        return await self.options.locator(".key").all_inner_texts()

    async def status(self) -> str:
        return await self.page.locator("#status").inner_text()

    # ------------------------------------------------------------ done

    async def open(self, path: str = "/") -> None:
        await self.page.goto(path)

    async def scan(self, code: str) -> None:
        await self.open(f"/i/{code}")

    async def press(self, label: str) -> None:
        await self._and_wait(self.page.get_by_role("button", name=label))

    async def choose(self, key: str) -> None:
        await self._and_wait(self.options.filter(has=self.page.locator(f".key:text-is('{key}')")))

    async def say(self, words: str) -> None:
        await self.page.locator("#words").fill(words)
        await self._and_wait(self.page.locator("#send"))

    async def _and_wait(self, button: Locator) -> None:
        """Press, and wait for the answer: one more than before, or the first of a new page."""
        before = await self.answers.count() if await self.page.locator("#log").count() else 0
        reloads = not await self.page.evaluate("document.documentElement.classList.contains('sends-photos')")
        await button.click()
        await expect(self.answers).to_have_count(1 if reloads else before + 1)
        await expect(self.page.locator("#send[aria-disabled]")).to_have_count(0)

    async def show_photos(self, *photos: Path) -> None:
        await self.page.locator("#photo").set_input_files([str(photo) for photo in photos])

    async def photo_notes(self) -> Sequence[str]:
        return await self.page.locator(".photo-said .note").all_inner_texts()

    async def photos_taken(self, n: int) -> None:
        await expect(self.page.locator(".photo-said .note:text-is('照片，收到了')")).to_have_count(n)
