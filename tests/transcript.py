"""Transcripts are tests: each page of tests/dialogues is one, and a clerk could correct it.

Lines of `村民：` (or any other speaker) are spoken; everything else is compared. Between turns the whole service is
taken down and made anew on the same file, so that every page also tests a restart. In brackets:
（扫：二组水沟） scans a placard · （过2小时） moves the clock · （连点） says the next line half a second later ·
（重复） delivers the last message again · （换手机） goes on as somebody who was never here · （发来：位置） sends what
we cannot take · （照片：好的） sends a
photo (also 看不清, 不是照片) · （照片洗好了） lets the worker and the delivery run; what they push is 立码（推送） · （在微信里） speaks there ·
（等着：……） is a message that could not be pushed · （查询码） types the code shown last · （坏码） scans a code that is not ours.
Lines of `→ 承办单位：` are what a desk may see then; they are written by `--rewrite-dialogues` like the replies.
"""

from __future__ import annotations

import asyncio
import difflib
import re
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from handlers.dates import day_of
from handlers.model import DeskId, Person, PersonId, Reply
from storage import mailbox
from tests.fakes import photos
from tests.fakes.city import City, Clock, open_city
from tests.wording import broken_rule

SPEAKS = re.compile(r"^(村民)：(.*)$")
ASIDE = re.compile(r"^（(.*)）$")
BOT, PUSHED = "立码：", "立码（推送）："
PHOTOS: dict[str, Callable[[int], bytes]] = {
    "好的": photos.photo,
    "看不清": lambda _: photos.blurred(),
    "不是照片": lambda _: b"no picture at all",
}
DESKS = "→ "
CODE_SHOWN = re.compile(r"\d{4}-\d{4}-\d{4}")
TAIL = re.compile(r"尾号 \d{4}")
HOURS = re.compile(r"过(\d+)(秒|分钟|小时|天)")
SECONDS = {"秒": 1, "分钟": 60, "小时": 3600, "天": 86400}


class Transcript(pytest.File):
    def collect(self) -> Iterator[pytest.Item]:
        yield Page.from_parent(self, name=self.path.stem)


class Page(pytest.Item):
    def runtest(self) -> None:
        written = self.path.read_text(encoding="utf-8")
        happened = asyncio.run(_Played(written).play())
        if self.config.getoption("--rewrite-dialogues"):
            self.path.write_text(happened, encoding="utf-8")
        elif happened != written:
            raise PageDiffers(written, happened)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        if isinstance(excinfo.value, PageDiffers):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, self.name


class PageDiffers(Exception):
    def __init__(self, written: str, happened: str) -> None:
        lines = difflib.unified_diff(written.splitlines(), happened.splitlines(), "写的", "实际的", lineterm="", n=4)
        super().__init__("\n".join(lines))


class _Played:
    """One page being played: `page` is what happened."""

    def __init__(self, written: str) -> None:
        self._lines = written.splitlines()
        self.page: list[str] = []
        self._clock, self._who, self._phones, self._n = Clock(), "村民", 1, 0
        self._last: tuple[str, str, str] = ("", "", "text")
        self._code, self._hurry = "", False
        self._seen: set[str] = set()
        self._channel = "web"

    async def play(self) -> str:
        with tempfile.TemporaryDirectory(prefix="lima-page-") as folder:
            self._url, self._files = f"sqlite:///{folder}/lima.db", Path(folder) / "evidence"
            for line in self._lines:
                if line.startswith("#"):
                    self.page.append(line)
                elif (spoken := SPEAKS.match(line)) is not None:
                    self.page.append(line)
                    await self._say(spoken[2])
                elif (aside := ASIDE.match(line)) is not None:
                    self.page.append(line)
                    await self._aside(aside[1])
        return "\n".join(self.page) + "\n"

    async def _aside(self, what: str) -> None:
        kind, _, rest = what.partition("：")
        if (passed := HOURS.fullmatch(what)) is not None:
            self._clock.step(int(passed[1]) * SECONDS[passed[2]])
        elif what == "连点":
            self._hurry = True
        elif what == "换手机":
            self._phones += 1
            self._who = f"村民{self._phones}"
        elif kind == "一大段":
            await self._say("沟" * int(rest.removesuffix("字")))
        elif what == "重复":
            await self._deliver(*self._last)
        elif what == "查询码":
            await self._say(self._code)
        elif what == "坏码":
            await self._say("/start 0123456789ABCDE")
        elif kind == "扫":
            async with self._city() as city:
                code = await city.code_of(rest)
            await self._say(f"/start {code}")
        elif kind == "照片":
            self._n += 1
            self._clock.step(1 if self._hurry else 30)
            self._hurry = False
            await self._deliver(f"m{self._n}", "", "photo", PHOTOS[rest](self._n))
        elif what == "照片洗好了":
            await self._cleaned()
        elif what == "在微信里":
            self._channel = "wechat"
        elif kind == "等着":
            await self._waits(rest)
        elif kind == "发来":
            await self._say("", kind=rest)
        else:
            raise ValueError(f"（{what}）")

    async def _say(self, text: str, kind: str = "text") -> None:
        self._n += 1
        self._clock.step(0.5 if self._hurry else 30)
        self._hurry = False
        await self._deliver(f"m{self._n}", text, kind)

    async def _deliver(self, id_: str, text: str, kind: str, photo: bytes = b"") -> None:
        self._last = (id_, text, kind)
        async with self._city() as city:
            if photo:
                reply = await city.send_photo(photo, self._who, id_=id_, after_s=0)
            else:
                reply = await city.say(text, self._who, id_=id_, kind=kind, after_s=0, channel=self._channel)
            if not reply.text:  # of several photos at once only the first is answered
                return
            self.page.append(BOT + _without_chance(reply.as_lines()))
            assert (problem := broken_rule(reply)) == "", problem
            if (code := CODE_SHOWN.search(reply.text)) is not None and "像" not in reply.text:
                self._code = code[0]
            for desk in city.service.turns.organisation.desks.values():
                for held in await city.service.held_for(Person(PersonId("somebody"), DeskId(desk.id)), 100):
                    if held.number not in self._seen:
                        self._seen.add(held.number)
                        self.page.append(f"{DESKS}{desk.name}：{held.sector}。{'；'.join(held.reasons)}")

    async def _waits(self, told: str) -> None:
        async with self._city() as city:
            vault = city.service.turns.vault
            account, today = vault.account(self._channel, self._who), day_of(self._clock.now)
            work = partial(mailbox.add, vault=vault, account=account, reply=Reply(told), today=today)
            await city.service.database.turn(account, work)

    async def _cleaned(self) -> None:
        async with self._city() as city:
            while await city.service.evidence.work_once():
                pass
            for reply in await city.pushed(self._who):
                self.page.append(PUSHED + reply.as_lines())
                assert (problem := broken_rule(reply)) == "" and not reply.choices, problem

    def _city(self) -> Any:
        return _restarted(self._url, self._clock, self._n, self._files)


def _without_chance(told: str) -> str:
    """Random digits are shown as blanks; the example in the question for a code stays."""
    if "像 4827" in told:
        return told
    return TAIL.sub("尾号 ____", CODE_SHOWN.sub("____-____-____", told))


class _restarted:  # noqa: N801 - reads as a verb in `async with`
    """The whole service, made anew on the same file with the same clock."""

    def __init__(self, url: str, clock: Clock, seed: int, files: Path) -> None:
        self._open, self._clock = open_city(url, seed=seed, files=files, clock=clock), clock

    async def __aenter__(self) -> City:
        return await self._open.__aenter__()

    async def __aexit__(self, *error: object) -> None:
        await self._open.__aexit__(*error)  # type: ignore[arg-type]
