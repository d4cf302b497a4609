"""The chat page, and the one address that messages are sent to, with scripts or without."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.channel import Busy, Hear, NotTaken, SaidDifferently
from bot.channels.web.message import FORM, Message, content_type, is_ours, network_of, read_message
from bot.channels.web.pace import Pace
from bot.channels.web.refused import Refused, sentence
from bot.pages.shell import HEADERS, page, static_route
from bot.pages.visitor import Visitor, remember, visitor_of
from handlers.code import scanned
from handlers.model import Heard, Here, Millis, Reply

CHANNEL = "web"
MESSAGES = "/chat/messages"


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
    current: Callable[[str], Awaitable[Reply]]
    base_url: str
    here: Here
    request_bytes_max: int
    messages_per_minute: int
    now: Callable[[], Millis]
    new_token: Callable[[], str]
    _pace: Pace = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._pace = Pace(self.messages_per_minute)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self._open, methods=["GET"]),
            Route(MESSAGES, self._say, methods=["POST"]),
            Route(MESSAGES, self._look_only, methods=["GET"]),
            static_route(),
        ]

    async def _open(self, request: Request) -> Response:
        """The page with the question that stands now, so that it can be answered without scripts."""
        visitor = visitor_of(request, self.new_token)
        response = self._page(Answer(await self.current(visitor.token)), None)
        remember(response, visitor, self.base_url)
        return response

    async def _look_only(self, request: Request) -> Response:
        """A browser that restores its tabs asks for the address of a form's answer: show the way back."""
        response = self._page(Answer(Reply(sentence(405, self.here)), 405), None)
        response.headers["Allow"] = "POST"
        return response

    async def _say(self, request: Request) -> Response:
        visitor, message = visitor_of(request, self.new_token), None
        try:
            if not is_ours(request, self.base_url):
                raise Refused(403)
            message = await read_message(request, self.request_bytes_max)
            self._slow_down(visitor, network_of(request))
            answer = await self._take(visitor, network_of(request), message)
        except Refused as refused:
            # No cookie here: another site's page could otherwise make a browser forget who it is.
            told = Reply(sentence(refused.status, self.here))
            answer = Answer(told, refused.status, refused.retry_after_s, refused.retry_after_s > 0)
            return self._response(request, answer, message)
        response = self._response(request, answer, message)
        remember(response, visitor, self.base_url)
        return response

    def _slow_down(self, visitor: Visitor, network: str) -> None:
        """Whoever brings no cookie is counted by network: leaving it away must not be a way to speak faster."""
        wait_s = self._pace.wait_s(f"network {network}" if visitor.is_new else visitor.token, self.now())
        if wait_s:
            raise Refused(429, wait_s)

    async def _take(self, visitor: Visitor, network: str, message: Message) -> Answer:
        heard = Heard(CHANNEL, visitor.token, message.id, message.text, self.now(), network=network)
        try:
            return Answer(await self.hear(heard))
        except Busy as busy:
            return Answer(Reply(sentence(503, self.here)), 503, busy.retry_after_s, same_id=True)
        except SaidDifferently:
            return Answer(Reply(sentence(409, self.here)), 409)
        except NotTaken as failed:
            return Answer(failed.reply, 503, same_id=True)

    def _response(self, request: Request, answer: Answer, message: Message | None) -> Response:
        response = self._page(answer, message) if content_type(request) == FORM else _json(answer)
        if answer.retry_after_s:
            response.headers["Retry-After"] = str(math.ceil(answer.retry_after_s))
        return response

    def _page(self, answer: Answer, message: Message | None) -> Response:
        """The whole chat page; after a refusal with what the person typed, ready to be sent again."""
        text = message.text if message else ""
        is_scan, failed = scanned(text) is not None, answer.status != 200
        return page(
            "chat.html",
            status=answer.status,
            account=self.here.account_name,
            said="（扫码）" if is_scan else text.strip(),
            reply=answer.reply,
            message_id=message.id if message and answer.same_id else self.new_token(),
            failed=failed,
            kept=text if failed and not is_scan else "",
            again=text if failed and is_scan else "",
            is_answer=message is not None,
        )


def _json(answer: Answer) -> Response:
    options = [{"key": choice.key, "label": choice.label} for choice in answer.reply.choices]
    return JSONResponse({"replies": [{"text": answer.reply.text, "options": options}]}, answer.status, HEADERS)
