"""What is said to people who did not just speak: 客服 inside its windows, a typed notice outside, and never content there.

What the platform does not let through waits in the mailbox; a lock screen shows one sentence that says nothing.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from bot.channel import Push, RecipientGone, SendFailed, WindowClosed
from bot.channels.wechat.api import Api, CallFailed
from bot.channels.wechat.books import Books
from bot.channels.wechat.limits import NEXT_MINUTE_S, PARTS_MAX, Next
from bot.channels.wechat.render import parts
from handlers import said
from handlers.dates import DAY_MS, day_start
from handlers.model import Millis, Reply
from handlers.notices import MAY_BE_SEEN
from handlers.rules.windows import Ledger

RETRY_AT_CONSOLE_S = 900.0
"""Somebody has to log in at the platform; until then every quarter of an hour."""
PAUSE_S = 0.2
"""Between the parts of one message, so that they arrive in order [M]."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Notice:
    """Templates for a nudge; empty ids are not used. `fields` hold fixed words, checked when the settings were read."""

    template: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    subscribed: str = ""
    subscribed_fields: Mapping[str, str] = field(default_factory=dict)
    subscribed_for_long: bool = False


class Pusher:
    def __init__(self, books: Books, api: Api, notice: Notice, now: Callable[[], Millis]) -> None:
        self._books, self._api, self._notice, self._now = books, api, notice, now
        self._may_push = True

    @property
    def parts_max(self) -> int:
        """One, if the account may not push at all: a reply must then be whole in the call."""
        return PARTS_MAX if self._may_push else 1

    async def send(self, push: Push) -> None:
        """Raises SendFailed, WindowClosed or RecipientGone, and nothing else."""
        if push.notice and push.notice not in MAY_BE_SEEN:
            await self._nudge(push)
            raise WindowClosed
        texts = parts(push.reply, PARTS_MAX)
        shown = hashlib.sha256(texts[0].encode()).hexdigest()[:16]
        now = self._now()

        def take(ledger: Ledger) -> list[str]:
            wanted = texts[1:] if len(texts) > 1 and ledger.shown == shown else texts
            return wanted if ledger.spend(len(wanted), now) else []

        wanted = await self._changed(push, take)
        if not wanted:
            await self._nudge(push)
            raise WindowClosed
        for n, text in enumerate(wanted):
            if n:
                await asyncio.sleep(PAUSE_S)
            try:
                await self._api.send_text(push.address, text)
            except CallFailed as failed:
                await self._failed(push, failed)

    async def _changed(self, push: Push, how: Callable[[Ledger], list[str]]) -> list[str]:
        try:
            return await self._books.change(push.address, how)
        except Exception as error:  # noqa: BLE001 - the database is busy or gone; the outbox row stays
            raise SendFailed(type(error).__name__) from None

    async def _failed(self, push: Push, failed: CallFailed) -> None:
        """What the platform's answer means for the outbox row; returns if the message has arrived after all."""
        match failed.next:
            case Next.DONE:
                return
            case Next.PERSON_GONE:
                raise RecipientGone
            case Next.NEXT_MINUTE:
                raise SendFailed(failed.cause, NEXT_MINUTE_S)
            case Next.NEXT_DAY:
                raise SendFailed(failed.cause, self._until_tomorrow_s())
            case Next.CONSOLE | Next.NEW_TOKEN:
                log.error("wechat_push_failed", errcode=failed.errcode)
                raise SendFailed(failed.cause, RETRY_AT_CONSOLE_S)
            case Next.OURS:
                log.error("wechat_push_failed", errcode=failed.errcode)
                self._may_push = self._may_push and failed.errcode != NOT_GRANTED
                raise WindowClosed
            case Next.PERSON_FIRST:
                await self._changed(push, _shut)
                await self._nudge(push)
                raise WindowClosed
            case _:
                raise SendFailed(failed.cause)

    def _until_tomorrow_s(self) -> float:
        """Quotas are counted by the day [D], which we take for the city's own."""
        now = self._now()
        return (day_start(now) + DAY_MS - now) / 1000

    # ------------------------------------------------------------ nudges

    async def _nudge(self, push: Push) -> None:
        """Once until the person is here again: that there is something, and nothing else. Failing is no failure."""
        now, notice = self._now(), self._notice

        def due(ledger: Ledger) -> list[str]:
            if not ledger.wait():
                return []
            ways = ["push"] if ledger.spend(1, now) else []
            if notice.subscribed and (notice.subscribed_for_long or ledger.grants.get(notice.subscribed, 0) > 0):
                ways.append("subscribed")
            return [*ways, "template"] if notice.template else ways

        for way in await self._changed(push, due):
            try:
                await self._nudge_by(way, push)
                return
            except CallFailed as failed:
                log.warning("wechat_nudge_failed", way=way, errcode=failed.errcode, cause=failed.cause)

    async def _nudge_by(self, way: str, push: Push) -> None:
        notice = self._notice
        if way == "push":
            await self._api.send_text(push.address, parts(Reply(said.ON_LOCK_SCREEN), 1)[0])
        elif way == "subscribed":
            await self._api.send_subscribed(push.address, notice.subscribed, dict(notice.subscribed_fields))
            if not notice.subscribed_for_long:
                await self._changed(push, lambda ledger: _used(ledger, notice.subscribed))
        else:
            await self._api.send_template(push.address, notice.template, dict(notice.fields), push.id.hex())


NOT_GRANTED = 48001
"""The account may not use 客服 [D]."""


def _shut(ledger: Ledger) -> list[str]:
    ledger.shut()
    return []


def _used(ledger: Ledger, template: str) -> list[str]:
    ledger.granted(template, -1)
    return []
