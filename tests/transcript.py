"""Transcripts are tests: each page of tests/dialogues is one, and a clerk could correct it.

Lines of `村民：` (or any other speaker) are spoken; everything else is compared. Between turns the whole service is
taken down and made anew on the same file, so that every page also tests a restart. In brackets:
（扫：二组水沟） scans a placard, （扫龙井：耕地） one of another village · （过2小时） moves the clock · （钟走3天） moves it day by day, and each day the clock strikes · （连点） says the next line half a second later ·
（重复） delivers the last message again · （换手机） goes on as somebody who was never here · （发来：位置） sends what
we cannot take · （照片：好的） sends a
photo (also 看不清, 不是照片) · （照片洗好了） lets the worker and the delivery run; what they push is 立码（推送） · （看推送） lets the delivery run and shows what it pushed to whom · （离开：镇纪委）
imports the roster without somebody, （名册加：） with everybody · （邀请：镇纪委） makes the code BXND9999 for somebody · （在微信里） speaks there · （等着：……） is a message that could
 not be pushed · （纸条） prints a slip with the 登记号 12345-67889 · （查询码） types the code shown last · （坏码） scans a code that is not ours.
Lines of `→ 承办单位：` are what a desk may see then; they are written by `--rewrite-dialogues` like the replies.
"""

from __future__ import annotations

import asyncio
import difflib
import re
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.standing import StillHandling
from handlers.code import entry_number, query_code, query_code_shown
from handlers.dates import day_of
from handlers.model import DeskId, Person, PersonId, Reply
from storage import mailbox
from tests.fakes import nets, people, photos
from tests.fakes.city import City, Clock, clock_of, open_city
from tests.wording import broken_rule

SPEAKERS = {
    "村民": "",
    "镇纪委": "T-3",
    "镇干部二": "T-4",
    "副书记": "T-2",
    "书记": "T-1",
    "外镇": "U-3",
    "外镇书记": "U-1",
    "县室": "X-3",
    "县干部": "X-6",
    "指挥长": "X-2",
    "案管": "X-5",
    "县里书记": "X-1",
    "市干部": "C-4",
    "市领导": "C-2",
    "市案管": "C-3",
    "政府经办": "G-1",
    "民政经办": "M-1",
    "监督长": "N-1",
    "副监督长": "N-2",
    "监督员一": "N-3",
    "监督员二": "N-4",
    "监督员三": "N-5",
    "村干部": "N-6",
}
"""Who speaks, and who of the roster (tests/fakes/people.py) that is; they are bound when they first speak."""
SPEAKS = re.compile(rf"^({'|'.join(SPEAKERS)})：(.*)$")
ASIDE = re.compile(r"^（(.*)）$")
BOT, PUSHED = "立码：", "立码（推送）："
PHOTOS: dict[str, Callable[[int], bytes]] = {
    "好的": photos.photo,
    "看不清": lambda _: photos.blurred(),
    "不是照片": lambda _: b"no picture at all",
}
DESKS = "→ "
SLIP = (entry_number(12345678), query_code(4827391605))
"""登记号 and query code of the slip that （纸条） prints."""
LINK = re.compile(r"/(case|chart|diary)/[A-Za-z0-9_.-]+")
CODE_SHOWN = re.compile(r"\d{4}-\d{4}-\d{4}")
TAIL = re.compile(r"尾号 \d{4}")
DAYS = re.compile(r"钟走(\d+)天")
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
        self._is_bound: list[str] = []
        self._open: Any = None
        self._up: Any = None
        self._spoke = ""
        self._pushed: dict[str, int] = {}
        self._several = any(SPEAKERS.get(line.partition("：")[0]) for line in self._lines)
        self._channel = "web"

    async def play(self) -> str:
        with tempfile.TemporaryDirectory(prefix="lima-page-") as folder:
            self._url, self._files = f"sqlite:///{folder}/lima.db", Path(folder) / "evidence"
            try:
                await self._play_lines()
            finally:
                await self._restart()
        return "\n".join(self.page) + "\n"

    async def _play_lines(self) -> None:
        for line in self._lines:
            if line.startswith("#"):
                self.page.append(line)
            elif (spoken := SPEAKS.match(line)) is not None:
                self.page.append(line)
                await self._turn_to(spoken[1])
                await self._say(spoken[2])
            elif (aside := ASIDE.match(line)) is not None:
                self.page.append(line)
                await self._aside(aside[1])

    async def _turn_to(self, who: str) -> None:
        """Whoever speaks next. The first officer brings the roster; each is bound when first heard."""
        if who != self._spoke:
            await self._restart()
        self._spoke = who
        if SPEAKERS[who]:
            await self._bound(who)
            self._who = who
        else:
            self._who = "村民" if self._phones == 1 else f"村民{self._phones}"

    async def _bound(self, who: str) -> None:
        if who in self._is_bound:
            return
        async with self._city() as city:
            if not self._is_bound:
                await city.staff(nets=nets.nets())
            await city.invite(SPEAKERS[who], f"BXND{len(self._is_bound):04}")
        self._is_bound.append(who)
        for n, text in enumerate((f"绑定 BXND{len(self._is_bound) - 1:04}", "1")):
            self._clock.step(30)
            self._n += 1
            async with self._city() as city:
                await city.say(text, who, id_=f"bind-{who}-{n}", after_s=0)

    async def _aside(self, what: str) -> None:
        kind, _, rest = what.partition("：")
        if (passed := HOURS.fullmatch(what)) is not None:
            self._clock.step(int(passed[1]) * SECONDS[passed[2]])
        elif (days := DAYS.fullmatch(what)) is not None:
            await self._days(int(days[1]))
        elif what == "连点":
            self._hurry = True
        elif what == "看推送":
            await self._pushed_to_everybody()
        elif kind == "离开":
            async with self._city() as city:
                try:
                    gone = [SPEAKERS[who] for who in rest.split("、")]
                    await city.staff(people.people(*gone), nets.nets(*gone))
                except StillHandling as still:
                    self.page.append(f"→ 名册没有导入：{still}")
        elif kind == "邀请":
            async with self._city() as city:
                await city.staff(nets=nets.nets())
                await city.invite(SPEAKERS[rest], "BXND9999")
        elif kind == "名册加":
            async with self._city() as city:
                await city.staff(nets=nets.nets())
        elif what == "纸条":
            async with self._city() as city:
                await city.slip(*SLIP)
            self._code = query_code_shown(SLIP[1])
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
        elif kind == "扫龙井":
            async with self._city() as city:
                code = await city.code_of(rest, "520602105202")
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
            assert (problem := broken_rule(reply, officer=self._is_officer)) == "", problem
            if (code := CODE_SHOWN.search(reply.text)) is not None and "像" not in reply.text:
                self._code = code[0]
            for desk in city.service.turns.organisation.desks.values():
                for held in await city.service.held_for(Person(PersonId("somebody"), DeskId(desk.id)), 100):
                    if held.number not in self._seen:
                        self._seen.add(held.number)
                        self.page.append(f"{DESKS}{desk.name}：{held.sector}。{'；'.join(held.reasons)}")

    async def _pushed_to_everybody(self) -> None:
        """What was pushed since the last time, to whom: people of the roster first."""
        async with self._city() as city:
            for who in (*self._is_bound, "村民"):
                pushed = await city.pushed(who)
                for reply in pushed[self._pushed.get(who, 0) :]:
                    self.page.append(f"立码（推送给{who}）：{reply.as_lines()}")
                    assert (problem := broken_rule(reply)) == "" and not reply.choices, problem
                self._pushed[who] = len(pushed)

    async def _days(self, n: int) -> None:
        async with self._city() as city:
            clock = clock_of(city)
            await clock.strike()
            for _ in range(n):
                self._clock.step(SECONDS["天"])
                await clock.strike()

    async def _waits(self, told: str) -> None:
        async with self._city() as city:
            vault = city.service.turns.vault
            account, today = vault.account(self._channel, self._who), day_of(self._clock.now)
            work = partial(mailbox.add, vault=vault, account=account, reply=Reply(told), today=today, days=90)
            await city.service.database.turn(account, work)

    async def _cleaned(self) -> None:
        async with self._city() as city:
            while await city.service.evidence.work_once(1):  # one by one, so that their order is always the same
                pass
            for reply in await city.pushed(self._who):
                self.page.append(PUSHED + reply.as_lines())
                assert (problem := broken_rule(reply)) == "" and not reply.choices, problem

    @property
    def _is_officer(self) -> bool:
        """Villagers and people of a net have four options, officers nine."""
        return SPEAKERS.get(self._who, "N-")[:2] != "N-" and bool(SPEAKERS.get(self._who))

    @asynccontextmanager
    async def _city(self) -> AsyncIterator[City]:
        """The whole service, made anew on the same file; where several people speak, whenever another one speaks."""
        if self._open is None:
            self._open = open_city(self._url, seed=self._n, files=self._files, clock=self._clock)
            self._up = await self._open.__aenter__()
        yield self._up
        if not self._several:
            await self._restart()

    async def _restart(self) -> None:
        if self._open is not None:
            before, self._open = self._open, None
            await before.__aexit__(None, None, None)


def _without_chance(told: str) -> str:
    """Random digits are shown as blanks; the example in the question for a code stays."""
    if "像 4827" in told:
        return told
    told = LINK.sub(r"/\1/____", told)
    return TAIL.sub("尾号 ____", CODE_SHOWN.sub("____-____-____", told))
