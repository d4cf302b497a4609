"""One driver a channel: how a person acts in it, on payloads as they were recorded, and what the person then sees.

What a channel does not have, its driver says with None.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette

from bot.channel import Channel
from bot.channels.web import WebChannel
from bot.delivery import Delivery
from handlers.code import SCAN
from handlers.model import Here
from storage import mailbox, outbox
from tests.fakes.city import City
from tests.fakes.wechat import Follower, WechatCity, answered, as_read, links, official

PAYLOADS = Path(__file__).parent / "payloads"


class Driver(ABC):
    """`channel` and `who` are what the storage knows them by."""

    channel: str
    who: str
    fetches: str | None = None
    """The word with which the person fetches what waits; None if their page fetches it."""

    def __init__(self, city: City) -> None:
        self.city, self.n = city, 0

    @classmethod
    @abstractmethod
    def opened(cls, city: City) -> Any:
        """`async with` gives a driver."""

    @abstractmethod
    async def does(self, kind: str, text: str = "", *, again: bool = False, file: bytes = b"") -> str | None:
        """Act; what is shown then. `kind` is text, tap, scan, photo, voice, location, unsupported, edit or stop."""

    @abstractmethod
    async def pushed(self) -> list[str]:
        """What appeared on the phone without the person's doing anything."""

    @abstractmethod
    def shut(self) -> None:
        """From now on the platform lets nothing be pushed to the person, if it ever refuses."""

    @abstractmethod
    def go(self) -> bool:
        """The person is no more, as the platform sees it; False if the channel cannot know."""

    def channels(self) -> dict[str, Channel]:
        return {}

    async def deliver(self) -> None:
        service = self.city.service
        delivery = Delivery(service.database, service.turns, lambda: self.city.clock.now, service.wake, self.channels())
        while await delivery.work_once():
            pass

    async def tell(self, notice: str) -> None:
        turns, now = self.city.service.turns, self.city.clock.now

        def put(rows: Any) -> None:
            outbox.tell_notice(rows, turns.vault, turns.chance, (self.channel, self.who), (notice, ""), now)

        await self.city.service.database.turn(b"tell", put)

    def recorded(self, name: str, text: str) -> str:
        self.n += 1
        whole = (PAYLOADS / self.channel / name).read_text("utf-8")
        given = {"who": self.who, "now": self.city.clock.now // 1000, "id": 1000 + self.n, "text": text}
        return re.sub(r"\{(who|now|id|text)\}", lambda mark: str(given[mark[1]]), whole)


class WebDriver(Driver):
    """The chat page. It has no voices, no places, no editing and no leaving: its page cannot send them."""

    channel, who = "web", "w" * 43

    def __init__(self, city: City, client: httpx.AsyncClient) -> None:
        super().__init__(city)
        self.client, self.last = client, ("", b"", "")

    @classmethod
    @asynccontextmanager
    async def opened(cls, city: City) -> AsyncIterator[WebDriver]:
        service = city.service
        page = WebChannel(
            hear=service.hear, hear_photo=service.hear_photo, events=lambda a, n: service.events("web", a, n),
            current=lambda a: service.current("web", a), base_url="http://lima.example", here=Here(),
            request_bytes_max=65536, photo_bytes_max=10**7, messages_per_minute=10**6, now=lambda: city.clock.now,
            new_token=lambda: cls.who,
        )  # fmt: skip
        transport = httpx.ASGITransport(app=Starlette(routes=page.routes()))
        cookies = {"lima_chat": cls.who}
        async with httpx.AsyncClient(transport=transport, base_url="http://lima.example", cookies=cookies) as client:
            yield cls(city, client)

    async def does(self, kind: str, text: str = "", *, again: bool = False, file: bytes = b"") -> str | None:
        self.city.clock.step(0 if again else 30)
        if kind in ("voice", "location", "unsupported", "stop"):
            return None
        if kind == "edit":
            body = self.last[1].replace(self.last[2].encode(), text.encode())
            refused = await self.client.post(self.last[0], content=body, headers={"Content-Type": "application/json"})
            assert refused.status_code == 409
            return ""
        if not again and kind == "photo":
            head, _, tail = self.recorded("photo.txt", "").replace("\n", "\r\n").partition("{file}")
            self.last = ("/chat/files", head.encode() + file + tail.encode(), "")
        elif not again:
            said = f"{SCAN} {text}" if kind == "scan" else text
            self.last = ("/chat/messages", self.recorded("text.json", said).encode(), said)
        is_photo = self.last[0] == "/chat/files"
        kind_of = "multipart/form-data; boundary=lima" if is_photo else "application/json"
        response = await self.client.post(self.last[0], content=self.last[1], headers={"Content-Type": kind_of})
        assert response.status_code == 200, response.text
        (reply,) = response.json()["replies"]
        return "\n".join([reply["text"], *(f"【{o['key']}】{o['label']}" for o in reply["options"])])

    async def pushed(self) -> list[str]:
        turns = self.city.service.turns
        account = turns.account(self.channel, self.who)
        found = await self.city.service.database.read(lambda rows: mailbox.after(rows, turns.vault, account, 0))
        return [reply.text for _, reply in found]

    def shut(self) -> None:
        """A page that is closed fetches when it is opened again."""

    def go(self) -> bool:
        return False


class WechatDriver(Driver):
    channel, who = "wechat", "oUserOpenId0000000000000001"
    fetches = "看"

    def __init__(self, city: City, world: WechatCity) -> None:
        super().__init__(city)
        self.world, self.last, self.seen = world, b"", 0
        world.platform.followers[self.who] = Follower()

    @classmethod
    @asynccontextmanager
    async def opened(cls, city: City) -> AsyncIterator[WechatDriver]:
        async with official(city) as world:
            yield cls(city, world)

    async def does(self, kind: str, text: str = "", *, again: bool = False, file: bytes = b"") -> str | None:
        self.city.clock.step(0 if again else 30)
        if kind == "edit":  # nobody can edit in WeChat; the same number with other words could only be forged
            return answered(await self.world.deliver(self.last.replace(b"<Content>", b"<Content>!")))
        if not again:
            if kind == "photo":
                text = f"media{self.n}"
                self.world.platform.files[text] = file
            self.last = self.recorded(f"{kind}.xml", text).encode()
            follower = self.world.platform.followers[self.who]
            if kind in ("tap", "scan"):
                follower.acted_s, follower.acted_used = self.world.now_s, 0
            else:
                follower.said_s, follower.said_used = self.world.now_s, 0
        told = answered(await self.world.deliver(self.last))
        if kind in ("text", "tap", "scan") and "【" in told:
            assert links(told), "options can be tapped"
        return as_read(told)

    async def pushed(self) -> list[str]:
        return [as_read(what) for _, _, what in self.world.platform.sent]

    def channels(self) -> dict[str, Channel]:
        return {self.channel: self.world.channel}

    def shut(self) -> None:
        self.city.clock.step(49 * 3600)

    def go(self) -> bool:
        del self.world.platform.followers[self.who]
        return True
