"""The chat page, and the addresses that words and photos are sent to, with scripts or without."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.channel import Busy, Events, Hear, HearPhoto, NotTaken, SaidDifferently
from bot.channels.web.events import EventStream, Streams, after_of, shape
from bot.channels.web.message import FORM, JSON, Message, content_type, is_ours, network_of, read_message
from bot.channels.web.photo import read_photo
from bot.channels.web.refused import Refused, photo_sentence, sentence
from bot.pace import Pace
from bot.pages.shell import HEADERS, page, static_route
from bot.pages.visitor import Visitor, remember, visitor_of
from handlers.code import scanned
from handlers.model import Heard, Here, Millis, Reply

CHANNEL = "web"
MESSAGES, FILES, EVENTS = "/chat/messages", "/chat/files", "/chat/events"
PHOTOS_AT_ONCE_MAX = 32
"""Photos on their way in: each is held in memory whole. Over a bad line one takes minutes."""
PHOTO_BUSY_S = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. `same_id`: the message was not answered and should be sent again under its own id."""

    reply: Reply
    status: int = 200
    retry_after_s: float = 0.0
    same_id: bool = False


@dataclass
class WebChannel:
    """`current` reads the question that stands for a person, or the welcome; `new_token` makes 256 random bits."""

    hear: Hear
    hear_photo: HearPhoto
    events: Events
    current: Callable[[str], Awaitable[Reply]]
    base_url: str
    here: Here
    request_bytes_max: int
    photo_bytes_max: int
    messages_per_minute: int
    now: Callable[[], Millis]
    new_token: Callable[[], str]
    _pace: Pace = field(init=False, repr=False)
    _streams: Streams = field(init=False, repr=False, default_factory=Streams)
    _photos: int = field(init=False, repr=False, default=0)

    def __post_init__(self) -> None:
        self._pace = Pace(self.messages_per_minute)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self._open, methods=["GET"]),
            Route(MESSAGES, self._say, methods=["POST"]),
            Route(MESSAGES, self._look_only, methods=["GET"]),
            Route(FILES, self._send, methods=["POST"]),
            Route(FILES, self._look_only, methods=["GET"]),
            Route(EVENTS, self._listen, methods=["GET"]),
            static_route(),
        ]

    def close(self) -> None:
        """End what would go on for ever, so that a server that stops need not wait for it."""
        self._streams.end()

    # ------------------------------------------------------------ looking

    async def _open(self, request: Request) -> Response:
        """The page with the question that stands now, so that it can be answered without scripts.

        It names no event number: the page itself keeps the last that it showed, and asks for what came after.
        """
        visitor = visitor_of(request, self.new_token)
        response = self._page(visitor, Answer(await self.current(visitor.token)))
        remember(response, visitor, self.base_url)
        return response

    async def _look_only(self, request: Request) -> Response:
        """A browser that restores its tabs asks for the address of a form's answer: show the way back."""
        visitor = visitor_of(request, self.new_token)
        response = self._page(visitor, Answer(Reply(sentence(405, self.here)), 405))
        response.headers["Allow"] = "POST"
        return response

    async def _listen(self, request: Request) -> Response:
        """204 makes a browser stop asking: without the cookie there is nobody whom anything could be pushed to."""
        visitor = visitor_of(request, self.new_token)
        if visitor.is_new:
            return Response(status_code=204, headers=HEADERS)
        try:
            after = after_of(request)
        except ValueError:
            return self._not_listening(400)
        over = self._streams.enter(visitor.token)
        if over is None:
            return self._not_listening(503)
        return EventStream(self.events(visitor.token, after), self._streams, over)

    def _not_listening(self, status: int) -> Response:
        answer = Answer(Reply(sentence(status, self.here)), status)
        return _json(answer, [answer.reply])

    # ------------------------------------------------------------ words

    async def _say(self, request: Request) -> Response:
        visitor, message = visitor_of(request, self.new_token), None
        try:
            self._check_origin(request)
            message = await read_message(request, self.request_bytes_max)
            self._slow_down(visitor, network_of(request))
            answer = await self._take(visitor, network_of(request), message)
        except Refused as refused:
            # No cookie here: another site's page could otherwise make a browser forget who it is.
            return self._response(
                request, visitor, self._refusal(refused, sentence(refused.status, self.here)), message
            )
        response = self._response(request, visitor, answer, message)
        remember(response, visitor, self.base_url)
        return response

    async def _take(self, visitor: Visitor, network: str, message: Message) -> Answer:
        heard = Heard(CHANNEL, visitor.token, message.id, message.text, self.now(), network=network)
        return await self._answer(self.hear(heard), lambda status: sentence(status, self.here))

    # ------------------------------------------------------------ photos

    async def _send(self, request: Request) -> Response:
        visitor = visitor_of(request, self.new_token)
        try:
            self._check_origin(request)
            self._slow_down(visitor, network_of(request))
            answer = await self._take_photo(request, visitor)
        except Refused as refused:
            return await self._photo_response(request, visitor, self._refusal(refused, self._of_photos(refused.status)))
        response = await self._photo_response(request, visitor, answer)
        remember(response, visitor, self.base_url)
        return response

    async def _take_photo(self, request: Request, visitor: Visitor) -> Answer:
        if self._photos >= PHOTOS_AT_ONCE_MAX:
            raise Refused(503, PHOTO_BUSY_S)
        self._photos += 1
        try:
            photo = await read_photo(request, self.photo_bytes_max)
            heard = Heard(CHANNEL, visitor.token, photo.id, "", self.now(), kind="photo", network=network_of(request))
            return await self._answer(self.hear_photo(heard, photo.content), self._of_photos)
        finally:
            self._photos -= 1

    def _of_photos(self, status: int) -> str:
        return photo_sentence(status, self.here, self.photo_bytes_max)

    async def _photo_response(self, request: Request, visitor: Visitor, answer: Answer) -> Response:
        """A form without scripts asks for a page.

        A reply without text shows nothing, since of several photos only the first is answered; on a page the question
        that stands is shown then.
        """
        if "text/html" not in request.headers.get("accept", ""):
            return _json(answer, [answer.reply] if answer.reply.text else [])
        if not answer.reply.text:
            answer = Answer(await self.current(visitor.token))
        return self._page(visitor, answer, said="（照片）")

    # ------------------------------------------------------------ both

    def _check_origin(self, request: Request) -> None:
        if not is_ours(request, self.base_url):
            raise Refused(403)

    def _slow_down(self, visitor: Visitor, network: str) -> None:
        """Whoever brings no cookie is counted by network: leaving it away must not be a way to speak faster."""
        wait_s = self._pace.wait_s(f"network {network}" if visitor.is_new else visitor.token, self.now())
        if wait_s:
            raise Refused(429, wait_s)

    async def _answer(self, turn: Awaitable[Reply], told: Callable[[int], str]) -> Answer:
        try:
            return Answer(await turn)
        except Busy as busy:
            return Answer(Reply(told(503)), 503, busy.retry_after_s, same_id=True)
        except SaidDifferently:
            return Answer(Reply(told(409)), 409)
        except NotTaken as failed:
            return Answer(failed.reply, 503, same_id=True)

    def _refusal(self, refused: Refused, told: str) -> Answer:
        again_s = refused.retry_after_s
        return Answer(Reply(refused.told or told), refused.status, again_s, same_id=again_s > 0)

    def _response(self, request: Request, visitor: Visitor, answer: Answer, message: Message | None) -> Response:
        if content_type(request) != FORM:
            return _json(answer, [answer.reply])
        text = message.text if message else ""
        is_scan = scanned(text) is not None
        return self._page(
            visitor, answer, message=message, said="（扫码）" if is_scan else text.strip(), is_scan=is_scan
        )

    def _page(
        self,
        visitor: Visitor,
        answer: Answer,
        *,
        message: Message | None = None,
        said: str = "",
        is_scan: bool = False,
    ) -> Response:
        """The whole chat page; after a refusal with what the person typed, ready to be sent again."""
        text, failed = message.text if message else "", answer.status != 200
        whole = page(
            "chat.html",
            status=answer.status,
            account=self.here.account_name,
            said=said,
            reply=answer.reply,
            message_id=message.id if message and answer.same_id else self.new_token(),
            failed=failed,
            kept=text if failed and not is_scan else "",
            again=text if failed and is_scan else "",
            is_answer=message is not None or said != "",
            mailbox=_mailbox(visitor.token),
            photo_bytes_max=self.photo_bytes_max,
        )
        return _waiting(whole, answer)


def _mailbox(token: str) -> str:
    """What a page may know of its account: enough to notice that the browser has become somebody else."""
    return hashlib.sha256(token.encode()).hexdigest()[:8]


def _json(answer: Answer, replies: Sequence[Reply]) -> Response:
    body = orjson.dumps({"replies": [shape(each) for each in replies]})
    return _waiting(Response(body, answer.status, HEADERS, media_type=JSON), answer)


def _waiting(response: Response, answer: Answer) -> Response:
    if answer.retry_after_s:
        response.headers["Retry-After"] = str(math.ceil(answer.retry_after_s))
    return response
