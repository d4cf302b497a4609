"""The whole Telegram channel over a real database: the library's Bot, our poller or webhook, delivery, a fake service."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from telegram.request import HTTPXRequest

from bot.channels.telegram import Api, TelegramChannel
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.polling import LEASE_MS, Poller
from bot.delivery import Delivery
from tests.fakes.city import City, open_city
from tests.fakes.telegram import SECRET, TOKEN, FakeTelegram, fake_telegram, serving

NO_PACE = Pace(0, 0)


@dataclass
class Telegrammed:
    """`url` is our webhook's, if that is how updates come."""

    city: City
    fake: FakeTelegram
    channel: TelegramChannel
    delivery: Delivery
    url: str = ""

    async def start(self, title: str = "二组水沟", chat: int = 7) -> None:
        self.fake.says(chat, f"/start {await self.city.code_of(title)}")

    async def take(self, raw: Any) -> None:
        """One update, as a webhook would hand it over."""
        await self.channel.take(self.channel.arrived(raw))

    async def settle(self) -> None:
        await self.delivery.drain()
        while await self.delivery.work_once():
            pass


READ_S = 0.5
"""The fake is near; what does not come within this time does not come."""


def channel_of(
    city: City, url: str, *, secret: str = "", pace: Pace | None = None, per_minute: int = 10**6
) -> tuple[TelegramChannel, Delivery]:
    """As bot/app.py puts it together, with the city's clock."""
    service, channels = city.service, dict[str, Any]()
    delivery = Delivery(service.database, service.turns, lambda: city.clock.now, service.wake, channels)
    channel = TelegramChannel(
        api=Api(TOKEN, url, HTTPXRequest(64, read_timeout=READ_S)),
        hear=delivery.at_once(service.hear),
        hear_photo=delivery.at_once_for_photos(service.hear_photo),
        keep=service.keep,
        hold=lambda: service.hold("telegram", b"me", LEASE_MS),
        now=lambda: city.clock.now,
        photo_bytes_max=1_000_000,
        messages_per_minute=per_minute,
        secret=secret,
        pace=pace or NO_PACE,
    )
    channels["telegram"] = channel
    return channel, delivery


@contextlib.asynccontextmanager
async def telegrammed(
    url: str, how: str = "polling", *, pace: Pace | None = None, work: bool = True, **more: Any
) -> AsyncIterator[Telegrammed]:
    """A city of its own on a database; see `attached`."""
    async with open_city(url, **more) as city, attached(city, how, pace=pace, work=work) as whole:
        yield whole


@contextlib.asynccontextmanager
async def attached(
    city: City, how: str, *, pace: Pace | None = None, work: bool = True, per_minute: int = 10**6
) -> AsyncIterator[Telegrammed]:
    """`how`: polling, webhook, or none (updates are handed over by `take`). `work`: delivery runs by itself."""
    async with fake_telegram() as fake, contextlib.AsyncExitStack() as stack:
        secret = SECRET if how == "webhook" else ""
        channel, delivery = channel_of(city, fake.url, secret=secret, pace=pace, per_minute=per_minute)
        whole = Telegrammed(city, fake, channel, delivery)
        tasks = [asyncio.create_task(delivery.work_for_ever())] if work else []
        if how == "polling":
            poller = Poller(channel.api, channel.arrived, channel.take, channel.hold)
            tasks.append(asyncio.create_task(poller.for_ever()))
        if how == "webhook":
            whole.url = await stack.enter_async_context(serving(Starlette(routes=channel.routes()))) + "/telegram"
        try:
            yield whole
        finally:
            await delivery.drain()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await channel.close()
