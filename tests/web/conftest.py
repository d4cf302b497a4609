"""A channel whose turns are a list of what was heard, and pages over a handful of made-up notices."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from bot.channels.web import WebChannel
from bot.pages.demo import DemoDesk, DemoPlacard, DemoRow, demo_routes
from bot.pages.item import item_route
from handlers.model import (
    Choice,
    Facts,
    Heard,
    Here,
    Item,
    ItemId,
    ItemKind,
    Millis,
    Placard,
    PlacardId,
    Reply,
    Sector,
    VillageCode,
)
from storage.matters import Answer

BASE_URL = "https://lima.example"
BYTES_MAX = 4096
PHOTO_BYTES_MAX = 20_000
PER_MINUTE = 5
WELCOME = Reply("您好！我是“铜仁立码监督”。\n不留名也行。", (Choice("1", "反映问题"), Choice("0", "先看看")))
ASKED = Reply("主要牵涉谁？", (Choice("1", "村里的人"), Choice("0", "不弄了")))
START_MS = Millis(1_795_500_000_000)  # 2026-11-24 in China
MESSAGES, FILES, EVENTS = "/chat/messages", "/chat/files", "/chat/events"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def facts(**changed: Any) -> Facts:
    whole = {
        "title": "二组水沟修复（样例）",
        "amount": "28.6万元",
        "source": "县级农田水利资金",
        "standard": "每米260元",
        "period": "2026年10月至12月",
        "place": "本庄镇岩门村二组",
        "unit": "本庄镇人民政府",
        "status": "正在施工",
        "listed_at": "二组路口公示牌",
        "published": "2026-10-16",
        "beneficiaries": 53,
        "details": ("沟宽0.6米",),
    }
    return Facts(**{**whole, **changed})


def placard(*, retired: bool = False, **changed: Any) -> Placard:
    item = Item(ItemId("ditch"), 1, Sector.AGRICULTURE, ItemKind.PROJECT, facts(**changed), ("520623101218",))
    return Placard(PlacardId(7), VillageCode("520623101218"), item, retired)


@dataclass
class World:
    """What the channel is handed. `answer` is what the next turn does: a reply, or a failure to raise."""

    heard: list[Heard] = field(default_factory=list)
    photos: list[bytes] = field(default_factory=list)
    pushed: list[tuple[int, Reply] | Exception | None] = field(default_factory=list)
    """What the stream yields before it ends; an exception is raised."""
    stays_open: bool = False
    asked_after: list[tuple[str, int | None]] = field(default_factory=list)
    streams_ended: int = 0
    answer: Reply | Exception = ASKED
    placards: dict[str, Placard] = field(default_factory=dict)
    answered: list[Answer] = field(default_factory=list)
    desks: list[DemoDesk] = field(default_factory=list)
    at: Millis = START_MS
    tokens: Any = field(default_factory=lambda: (f"{number:043d}" for number in itertools.count(1)))

    async def hear(self, heard: Heard) -> Reply:
        self.heard.append(heard)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def hear_photo(self, heard: Heard, content: bytes) -> Reply:
        self.photos.append(content)
        return await self.hear(heard)

    async def events(self, address: str, after: int | None) -> AsyncIterator[tuple[int, Reply] | None]:
        self.asked_after.append((address, after))
        try:
            for event in self.pushed:
                if isinstance(event, Exception):
                    raise event
                yield event
            if self.stays_open:
                await asyncio.Event().wait()
        finally:
            self.streams_ended += 1

    async def current(self, address: str) -> Reply:
        return ASKED if any(heard.address == address for heard in self.heard) else WELCOME

    async def find(self, code: str) -> Placard | None:
        return self.placards.get(code)

    async def asked(self, item: str) -> list[Answer]:
        return self.answered

    async def posted(self) -> list[DemoPlacard]:
        return [DemoPlacard(f"{BASE_URL}/i/{code}", code, "二组水沟<修复>", "岩门村") for code in self.placards]

    async def all_desks(self) -> list[DemoDesk]:
        return self.desks

    def channel(self, base_url: str = BASE_URL, per_minute: int = PER_MINUTE) -> WebChannel:
        return WebChannel(
            hear=self.hear,
            hear_photo=self.hear_photo,
            events=self.events,
            current=self.current,
            base_url=base_url,
            here=Here(),
            request_bytes_max=BYTES_MAX,
            photo_bytes_max=PHOTO_BYTES_MAX,
            messages_per_minute=per_minute,
            now=lambda: self.at,
            new_token=lambda: next(self.tokens),
        )

    def application(self, **changed: Any) -> Starlette:
        channel = self.channel(**changed)
        item = item_route(
            channel,
            find=self.find,
            asked=self.asked,
            place_name=lambda village: f"石阡县本庄镇岩门村（{village}）",
        )
        demo = demo_routes(placards=self.posted, desks=self.all_desks, here=Here())
        return Starlette(routes=[*channel.routes(), item, *demo])

    def client(self, *, address: str = "203.0.113.77", **changed: Any) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.application(**changed), client=(address, 4711))
        return httpx.AsyncClient(transport=transport, base_url=changed.get("base_url", BASE_URL))


@pytest.fixture
def world() -> World:
    row = DemoRow("KFB-JZJ", "11月24日", "农业农村", "石阡县本庄镇岩门村", ("牵涉的是镇上的干部", "交给石阡县纪委监委"))
    desks = [DemoDesk("本庄镇纪委", "township", ()), DemoDesk("石阡县纪委监委", "county", (row,))]
    return World(placards={"2AB-c": placard()}, desks=desks)


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client() as opened:
        yield opened
