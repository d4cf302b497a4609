"""The official account (服务号): one address that the platform pushes to, and what we push to people.

verify → decrypt → read → turn → the reply in the same call, under the key that opened the message. A message comes up
to three times: all copies wait for the same turn, and the last one answers that it is still being done.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.channel import Busy, NotTaken, Push, SaidDifferently
from bot.channels.wechat.api import Api
from bot.channels.wechat.books import Books, Told
from bot.channels.wechat.crypt import Lock, Opened
from bot.channels.wechat.limits import (
    ANSWER_S,
    DELIVERIES,
    HELD_MAX,
    HOLD_S,
    LAST_DELIVERY_AFTER_S,
    OLDEST_DAYS,
)
from bot.channels.wechat.message import LEFT, NOTHING, PHOTO, TEXT, UNTAKEN, Incoming, Unreadable, read
from bot.channels.wechat.pushing import Notice, Pusher
from bot.channels.wechat.render import as_xml, parts
from bot.channels.wechat.webhook import Garbage, Refused, Stale, opened, refusal, verified
from bot.pace import MINUTE_MS, Pace
from handlers import said
from handlers.dates import DAY_MS
from handlers.menu import opened_by
from handlers.model import Heard, Here, Millis, Reply
from handlers.rules.windows import Ledger
from handlers.script import Go

CHANNEL, PATH = "wechat", "/wechat"
COUNTED_MAX = 10_000
"""Messages whose deliveries are counted; three seconds of full load, and a message is done with after fifteen."""

log = structlog.get_logger()


@dataclass
class _Pending:
    """A turn under way, and whether the platform has stopped waiting for it."""

    task: asyncio.Task[Told]
    given_up: bool = False


@dataclass
class WechatChannel:
    """`notice` says which templates may nudge somebody whose windows are closed."""

    books: Books
    api: Api
    lock: Lock
    here: Here
    messages_per_minute: int
    notice: Notice
    now: Callable[[], Millis]
    answer_s: float = ANSWER_S
    hold_s: float = HOLD_S
    name: str = CHANNEL
    _pending: dict[str, _Pending] = field(init=False, repr=False, default_factory=dict)
    _counted: OrderedDict[str, int] = field(init=False, repr=False, default_factory=OrderedDict)
    _held: int = field(init=False, repr=False, default=0)
    _stale_at: int = field(init=False, repr=False, default=0)
    _following: set[asyncio.Task[bool]] = field(init=False, repr=False, default_factory=set)
    _pace: Pace = field(init=False, repr=False)
    _pusher: Pusher = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._pace = Pace(self.messages_per_minute)
        self._pusher = Pusher(self.books, self.api, self.notice, self.now)

    def routes(self) -> Sequence[BaseRoute]:
        return [Route(PATH, self._verify, methods=["GET"]), Route(PATH, self._hear, methods=["POST"])]

    async def send(self, push: Push) -> None:
        """Raises what a Channel's send raises (bot/channel.py)."""
        await self._pusher.send(push)

    async def work_for_ever(self) -> None:
        """Nothing to be done but to close the line in the end."""
        try:
            await asyncio.Event().wait()
        finally:
            await self.api.close()

    # ------------------------------------------------------------ the webhook

    async def _verify(self, request: Request) -> Response:
        try:
            return PlainTextResponse(verified(request, self.lock, self.now()))
        except Refused as refused:
            return self._refused(refused)

    async def _hear(self, request: Request) -> Response:
        if self._held >= HELD_MAX:
            return refusal(503)
        self._held += 1
        try:
            found = await opened(request, self.lock, self.now())
            return await self._answered(found)
        except Refused as refused:
            return self._refused(refused)
        except Garbage as garbage:
            return await self._set_aside(garbage.raw)
        finally:
            self._held -= 1

    def _refused(self, refused: Refused) -> Response:
        """A wrong clock of ours silences everybody: that is told, once a minute, since repeats look the same."""
        now = self.now()
        if isinstance(refused, Stale) and now - self._stale_at >= MINUTE_MS:
            self._stale_at = now
            log.error("wechat_stale", off_s=refused.off_s)
        return refusal(refused.status)

    async def _answered(self, found: Opened) -> Response:
        try:
            incoming = read(found.plain)
        except Unreadable as unreadable:
            response = await self._set_aside(found.plain)
            if response.status_code == 200 and unreadable.openid:
                return self._passive(found, unreadable.openid, unreadable.account, parts(said.NOT_READ, 1)[0])
            return response
        if incoming.kind == LEFT:
            return await self._left(incoming)
        if incoming.kind == NOTHING:
            return await self._noted(incoming)
        if not incoming.known:
            log.warning("wechat_unknown_kind")
            return self._passive(found, incoming.openid, incoming.account, said.unsupported(incoming.text).text)
        if incoming.created_s is not None and self.now() - incoming.created_s * 1000 > OLDEST_DAYS * DAY_MS:
            return _nothing()
        return await self._turn(found, incoming)

    async def _set_aside(self, raw: bytes) -> Response:
        """From a real person, and not to be read: kept, and somebody looks."""
        log.error("wechat_unreadable", bytes=len(raw))
        try:
            await self.books.quarantine(raw, self.now())
        except Exception as error:  # noqa: BLE001 - whatever it was, it was not kept: the platform brings it again
            log.error("wechat_not_kept", cause=type(error).__name__)
            return refusal(503)
        return _nothing()

    async def _left(self, incoming: Incoming) -> Response:
        try:
            severed = await self.books.leave(incoming.openid, incoming.message_id, self.now())
        except Exception as error:  # noqa: BLE001 - the platform brings it again
            log.error("wechat_not_severed", cause=type(error).__name__)
            return refusal(503)
        log.info("wechat_left", severed=severed)
        return _nothing()

    async def _noted(self, incoming: Incoming) -> Response:
        """An event that nobody is answered for."""
        if incoming.grants:

            def grant(ledger: Ledger) -> None:
                for template, n in incoming.grants:
                    ledger.granted(template, n)

            try:
                await self.books.change(incoming.openid, grant)
            except Exception as error:  # noqa: BLE001 - a grant that is not counted is a notice less
                log.error("wechat_grant_not_kept", cause=type(error).__name__)
        if incoming.status and incoming.status != "success":
            log.warning("wechat_notice_failed")
        return _nothing()

    # ------------------------------------------------------------ a turn, and its copies

    async def _turn(self, found: Opened, incoming: Incoming) -> Response:
        n = self._delivery(incoming)
        key = f"{incoming.openid} {incoming.message_id}"
        pending = self._pending.get(key)
        if pending is None:
            if n == 1 and self._pace.wait_s(incoming.openid, self.now()):
                self._counted.pop(key, None)
                return self._passive(found, incoming.openid, incoming.account, said.TOO_FAST.text)
            pending = _Pending(asyncio.create_task(self._take(incoming)))
            self._pending[key] = pending
            pending.task.add_done_callback(lambda _: self._pending.pop(key, None))
        await _settled(pending.task, self.answer_s if n >= DELIVERIES else self.hold_s)
        if pending.task.done():
            return await self._outcome(found, incoming, pending.task, last=n >= DELIVERIES)
        if n < DELIVERIES:
            return refusal(503)  # the platform has hung up by now, and comes again
        if not pending.given_up:
            pending.given_up = True
            pending.task.add_done_callback(lambda task: self._follow_up(incoming, task))
        return self._passive(found, incoming.openid, incoming.account, said.SENDING.text)

    def _delivery(self, incoming: Incoming) -> int:
        """Which delivery this is; told by its age if another process had those before."""
        key = f"{incoming.openid} {incoming.message_id}"
        n = self._counted[key] = self._counted.pop(key, 0) + 1
        if len(self._counted) > COUNTED_MAX:
            self._counted.popitem(last=False)
        age_s = self.now() / 1000 - incoming.created_s if incoming.created_s is not None else 0.0
        return max(n, DELIVERIES) if age_s >= LAST_DELIVERY_AFTER_S else n

    async def _take(self, incoming: Incoming) -> Told:
        return await self.books.hear(self._heard(incoming), incoming.act, _media_id(incoming))

    def _heard(self, incoming: Incoming) -> Heard:
        created = incoming.created_s
        # The platform's seconds are cut off: the last moment that they may mean, so that nobody is called too hasty.
        spoken_at = None if created is None else Millis(created * 1000 + 999)
        kind = {TEXT: "text", PHOTO: "photo", UNTAKEN: incoming.text}[incoming.kind]
        text = incoming.text if incoming.kind == TEXT else ""
        return Heard(CHANNEL, incoming.openid, incoming.message_id, text, self.now(), kind, spoken_at)

    async def _outcome(self, found: Opened, incoming: Incoming, task: asyncio.Task[Told], *, last: bool) -> Response:
        """What was not stored is refused, so that it comes again; the last time the person is told."""
        try:
            told = task.result()
        except Busy:
            reply = said.busy(self.here) if last else None
        except SaidDifferently:
            log.warning("wechat_said_differently")
            return _nothing()
        except NotTaken as failed:
            reply = failed.reply if failed.kept or last else None
        else:
            return await self._reply(found, incoming, told)
        if reply is None:
            return refusal(503)
        return self._passive(found, incoming.openid, incoming.account, parts(reply, 1)[0])

    async def _reply(self, found: Opened, incoming: Incoming, told: Told) -> Response:
        """The first part goes back in the call; the rest is pushed."""
        if not told.reply.text:
            return _nothing()
        reply = told.reply
        if told.hint and opened_by(incoming.text) != Go("waiting"):
            reply = Reply(f"{reply.text}\n{said.SOMETHING_WAITS}", reply.choices)
        shown = parts(reply, self._pusher.parts_max)
        if len(shown) > 1:
            # Without the hint: the same first part must be found again when the rest is pushed.
            shown = parts(told.reply, self._pusher.parts_max)
        if len(shown) > 1 and not await self._pushed_later(incoming, digest(shown[0])):
            shown = parts(told.reply, 1)
        return self._passive(found, incoming.openid, incoming.account, shown[0])

    async def _pushed_later(self, incoming: Incoming, shown: str) -> bool:
        try:
            await self.books.push_later(self._heard(incoming), shown)
        except Exception as error:  # noqa: BLE001 - then the reply is cut to one part, which can be answered
            log.error("wechat_rest_not_queued", cause=type(error).__name__)
            return False
        return True

    def _follow_up(self, incoming: Incoming, task: asyncio.Task[Told]) -> None:
        """The turn has ended after the platform had hung up for good: its reply is pushed."""
        if not task.cancelled() and task.exception() is None and task.result().reply.text:
            following = asyncio.create_task(self._pushed_later(incoming, ""))
            self._following.add(following)
            following.add_done_callback(self._following.discard)

    def _passive(self, found: Opened, openid: str, account: str, text: str) -> Response:
        now_s = self.now() // 1000
        xml = as_xml(openid, account, text, now_s)
        return Response(self.lock.close(xml, found.key, str(now_s), secrets.token_hex(8)), media_type="text/xml")


async def _settled(task: asyncio.Task[Told], seconds: float) -> None:
    """Until a task is done, or so long; it goes on. asyncio.wait does the same for many tasks at twice the price."""
    if task.done():
        return
    loop = asyncio.get_running_loop()
    woken = loop.create_future()

    def wake(_: object = None) -> None:
        if not woken.done():
            woken.set_result(None)

    timer = loop.call_later(seconds, wake)
    task.add_done_callback(wake)
    try:
        await woken
    finally:
        timer.cancel()
        task.remove_done_callback(wake)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _media_id(incoming: Incoming) -> str:
    return incoming.text if incoming.kind == PHOTO else ""


def _nothing() -> Response:
    """`success` ends the retries and shows nothing [D]."""
    return PlainTextResponse("success")
