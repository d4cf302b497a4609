"""What comes from Telegram: each update is one turn, or is told why not; whatever is authentic and unreadable is kept."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from weakref import WeakValueDictionary

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from telegram.error import BadRequest, RetryAfter, TelegramError

from bot.channel import Busy, Hear, HearPhoto, NotTaken, Push, SaidDifferently
from bot.channels.telegram.api import Api, FileTooLarge
from bot.channels.telegram.outcomes import retry_after_s
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.polling import Poller
from bot.channels.telegram.sending import Sender
from bot.channels.telegram.update import (
    Arrived,
    Edited,
    Elsewhere,
    Meaning,
    Nothing,
    Other,
    Picture,
    Tap,
    Unreadable,
    Words,
    chat_guessed,
    raw_text,
    read,
)
from bot.pace import Pace as HeardPace
from handlers import said
from handlers.model import Heard, Millis

CHANNEL, PATH = "telegram", "/telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
BODY_BYTES_MAX, READ_S_MAX = 1 << 20, 30.0
"""An update of text is some kilobytes; the service itself sends it, over a good line."""
RETRY_AFTER_S = 2.0
FETCH_TRIES, FETCH_WAIT_S_MAX = 3, 5.0
SAID_AGAIN_S = {"elsewhere": 3600.0, "edited": 60.0, "unreadable": 60.0, "too fast": 20.0}
"""How long the same sentence is not said again in one chat: a busy group must not be answered line by line."""
REMEMBERED_MAX = 10_000
KEPT_KIND = "update"
"""Heard.kind of what was kept unread."""

log = structlog.get_logger()


@dataclass
class TelegramChannel:
    """`keep` stores a message that no turn can take, sealed; `hold` keeps the one lease to poll.

    Updates come by webhook if there is a `secret`, else by polling. Both raise nothing and lose nothing that is
    authentic: an update is acknowledged after its commit, and one that was not taken comes again.
    """

    api: Api
    hear: Hear
    hear_photo: HearPhoto
    keep: Callable[[Heard], Awaitable[None]]
    hold: Callable[[], Awaitable[bool]]
    now: Callable[[], Millis]
    photo_bytes_max: int
    messages_per_minute: int
    secret: str = field(default="", repr=False)
    pace: Pace = field(default_factory=Pace)
    name: str = CHANNEL
    sender: Sender = field(init=False, repr=False)
    _order: WeakValueDictionary[int, asyncio.Lock] = field(init=False, repr=False, default_factory=WeakValueDictionary)
    _said: dict[tuple[str, int], Millis] = field(init=False, repr=False, default_factory=dict)

    _heard_pace: HeardPace = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.sender = Sender(self.api, self.pace)
        self._heard_pace = HeardPace(self.messages_per_minute)

    def routes(self) -> Sequence[BaseRoute]:
        return [Route(PATH, self._webhook, methods=["POST"])] if self.secret else []

    async def send(self, push: Push) -> None:
        await self.sender.send(push)

    async def work_for_ever(self) -> None:
        """Poll, unless updates come by webhook; then only the connections are closed in the end."""
        try:
            if self.secret:
                await asyncio.Event().wait()
            await Poller(self.api, self.arrived, self.take, self.hold).for_ever()
        finally:
            await self.close()

    async def close(self) -> None:
        await self.sender.close()
        await self.api.close_connections()

    # ------------------------------------------------------------ webhook

    async def _webhook(self, request: Request) -> Response:
        """200 only after the commit; anything else makes the service send the update again."""
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self.secret.encode()):
            return Response(status_code=403)
        try:
            async with asyncio.timeout(READ_S_MAX):
                body = await _bounded(request)
        except (TimeoutError, ClientDisconnect):
            return Response(status_code=408)
        if body is None:
            return Response(status_code=413)
        try:
            raw: object = json.loads(body)
        except (ValueError, RecursionError):
            raw = body.decode("utf-8", "replace")
        try:
            await self.take(self.arrived(raw))
        except (Busy, NotTaken) as refused:
            again_s = getattr(refused, "retry_after_s", RETRY_AFTER_S)
            return Response(status_code=503, headers={"Retry-After": str(int(again_s) or 1)})
        return PlainTextResponse("ok")

    # ------------------------------------------------------------ one update

    def arrived(self, raw: object) -> Arrived:
        """An authentic update, whatever it may be."""
        try:
            return Arrived(raw, read(raw, self.photo_bytes_max), self.now())
        except Unreadable:
            return Arrived(raw, None, self.now())

    async def take(self, arrived: Arrived) -> None:
        """Take one update, in the order of its chat. Raises Busy, or NotTaken: it must come again."""
        meaning, received_at = arrived.meaning, arrived.received_at
        if meaning is None:
            await self._keep_unread(arrived.raw, received_at)
            return
        lock = self._order.setdefault(meaning.chat, asyncio.Lock())
        async with lock:
            try:
                if isinstance(meaning, Words | Tap | Picture | Other) and self._heard_pace.wait_s(
                    str(meaning.chat), received_at
                ):
                    await self._say_once("too fast", meaning.chat, said.TOO_FAST.text)
                    return
                await self._take(meaning, received_at)
            except SaidDifferently:  # the same number with other content: only the first counts
                log.warning("telegram_said_differently")
            except NotTaken as failed:
                if not failed.kept:
                    raise  # the service has it, and sends it again
                await self.sender.tell(meaning.chat, failed.reply.text)

    async def _take(self, meaning: Meaning, received_at: Millis) -> None:
        match meaning:
            case Words(chat=chat, id=id_, text=text, spoken_at=at):
                await self.hear(self._heard(chat, id_, text, received_at, spoken_at=at))
            case Tap() as tap:
                await self._tapped(tap, received_at)
            case Picture() as picture:
                await self._picture(picture, received_at)
            case Other(chat=chat, id=id_, kind=kind, caption=caption, spoken_at=at):
                heard = self._heard(chat, id_, "", received_at, spoken_at=at)
                await self._caption(heard, caption)
                await self.hear(replace(heard, kind=kind))
            case Edited(chat=chat):
                await self._say_once("edited", chat, said.EDITED)
            case Elsewhere(chat=chat, query=query):
                if query:
                    self.sender.acknowledge(query)
                await self._say_once("elsewhere", chat, said.ONLY_PRIVATE)
            case Nothing():
                pass

    async def _tapped(self, tap: Tap, received_at: Millis) -> None:
        """The second tap on the same buttons is only acknowledged; one on older buttons is a turn that says so."""
        if tap.message and self.sender.tapped_before(tap.chat, tap.message):
            self.sender.tapped_twice(tap.query)
            return
        await self.hear(self._heard(tap.chat, tap.id, tap.key, received_at, question=tap.question))
        self.sender.tapped(tap.chat, tap.message, tap.query)

    async def _picture(self, picture: Picture, received_at: Millis) -> None:
        """Of an album each photo comes alone: all have the time at which they came, not that of their download, so
        that only the first is answered."""
        heard = self._heard(picture.chat, picture.id, "", received_at, spoken_at=picture.spoken_at)
        await self._caption(heard, picture.caption)
        try:
            content = await self._fetched(picture.file)
        except FileTooLarge:
            await self.hear(replace(heard, kind=said.PHOTO_TOO_LARGE))
        except TelegramError as error:
            log.warning("telegram_photo_not_fetched", cause=type(error).__name__)
            await self.hear(replace(heard, kind=said.PHOTO_NOT_FETCHED))
        else:
            await self.hear_photo(replace(heard, kind="photo"), content)

    async def _caption(self, heard: Heard, caption: str) -> None:
        """Words under a photo count like any others, and before it; the answer is the photo's, since one is enough."""
        if caption:
            id_ = f"{heard.message_id}.caption"
            await self.hear(replace(heard, message_id=id_, text=caption, answers_in_call=True, claims_reply=False))

    async def _fetched(self, file: str) -> bytes:
        """The file, by up to three tries. FileTooLarge, or TelegramError when another try would not help either."""
        for tries in range(1, FETCH_TRIES + 1):
            try:
                return await self.api.fetch(file, self.photo_bytes_max)
            except BadRequest as error:
                if "too big" in error.message.lower():
                    raise FileTooLarge from None
                raise
            except TelegramError as error:
                wait_s = retry_after_s(error) if isinstance(error, RetryAfter) else float(tries)
                if tries == FETCH_TRIES or wait_s > FETCH_WAIT_S_MAX:
                    raise
                await asyncio.sleep(wait_s)
        raise AssertionError("the last try returns or raises")

    def _heard(
        self,
        chat: int,
        id_: str,
        text: str,
        received_at: Millis,
        *,
        spoken_at: Millis | None = None,
        question: str = "",
    ) -> Heard:
        return Heard(
            CHANNEL,
            str(chat),
            id_,
            text,
            received_at,
            spoken_at=spoken_at,
            answers_in_call=False,
            claims_reply=True,
            question=question,
        )

    # ------------------------------------------------------------ what is no turn

    async def _keep_unread(self, raw: object, received_at: Millis) -> None:
        """An authentic update may be a villager's: it is kept sealed, once, and its sender is asked to say it again."""
        text = raw_text(raw)
        id_ = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        chat = chat_guessed(raw)
        await self.keep(Heard(CHANNEL, str(chat or ""), id_, text, received_at, kind=KEPT_KIND))
        log.error("telegram_update_kept_unread", bytes=len(text))
        if chat is not None:
            await self._say_once("unreadable", chat, said.NOT_UNDERSTOOD)

    async def _say_once(self, what: str, chat: int, text: str) -> None:
        now, before = self.now(), self._said.get((what, chat))
        if before is not None and now - before < SAID_AGAIN_S[what] * 1000:
            return
        if len(self._said) >= REMEMBERED_MAX:
            self._said.clear()
        self._said[what, chat] = now
        self.sender.beside(self.sender.tell(chat, text))


async def _bounded(request: Request) -> bytes | None:
    """The body, whatever its announced length; None at the first byte too many."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            return None
    return bytes(body)
