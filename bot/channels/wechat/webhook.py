"""The edge of the webhook: who may come in, and how much of what they bring is read. Nothing here knows of turns."""

from __future__ import annotations

import asyncio
import re

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from bot.channels.wechat.crypt import Foreign, Lock, NotOpened, Opened
from bot.channels.wechat.limits import BODY_BYTES_MAX, FRESH_S, READ_S_MAX
from handlers.model import Millis

XML_TYPES = frozenset({"text/xml", "application/xml"})
"""text/xml is what comes [M]."""
_ENCRYPT = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]{1,1048576})(?:\]\]>)?\s*</Encrypt>")
"""Read before any signature is proved, so not by an XML parser: the element is as plain as this [D]."""
_DIGITS = re.compile("[0-9]{1,12}")
NONCE_CHARS_MAX = 128
_SAYS = {
    400: "没看明白。",
    403: "不是微信服务器发来的，没有收。",
    405: "这里只收微信服务器发来的。",
    408: "只到了一半。",
    413: "太长了。",
    415: "这种收不了。",
    503: "这会儿忙，没有收，请再发。",
}


class Refused(Exception):
    """Not let in; nothing was stored."""

    def __init__(self, status: int) -> None:
        super().__init__(f"refused with {status}")
        self.status = status


class Stale(Refused):
    """Signed by the platform, but so long before or after our time: somebody repeats it, or our clock is wrong."""

    def __init__(self, off_s: int) -> None:
        super().__init__(403)
        self.off_s = off_s


class Garbage(Exception):
    """Signed by the platform, but it does not open: kept, since a real person may be behind it."""

    def __init__(self, raw: bytes) -> None:
        super().__init__("garbage")
        self.raw = raw


def refusal(status: int) -> Response:
    headers = {"Allow": "GET, POST"} if status == 405 else {"Retry-After": "1"} if status == 503 else None
    return PlainTextResponse(_SAYS[status], status, headers)


def verified(request: Request, lock: Lock, now: Millis) -> str:
    """The echo that proves to the platform that we know the token. Raises Refused (400 or 403) or Stale."""
    timestamp, nonce = _when(request)
    if not lock.signed(_one(request, "signature"), timestamp, nonce):
        raise Refused(403)
    _check_fresh(timestamp, now)
    return _one(request, "echostr")


async def opened(request: Request, lock: Lock, now: Millis) -> Opened:
    """What the platform pushed. Raises Refused (400, 403, 408, 413, 415), Stale or Garbage."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in XML_TYPES:
        raise Refused(415)
    timestamp, nonce = _when(request)
    if _one(request, "encrypt_type") != "aes":  # plain mode signs no body at all: whoever saw one address could speak
        raise Refused(403)
    body = await _bounded(request)
    found = _ENCRYPT.findall(body)
    if len(found) != 1:
        raise Refused(400)
    encrypted = found[0].decode()
    if not lock.signed(_one(request, "msg_signature"), timestamp, nonce, encrypted):
        raise Refused(403)
    _check_fresh(timestamp, now)
    try:
        return lock.open(encrypted)
    except Foreign:
        raise Refused(403) from None
    except NotOpened:
        raise Garbage(body) from None


def _when(request: Request) -> tuple[str, str]:
    timestamp, nonce = _one(request, "timestamp"), _one(request, "nonce")
    if not _DIGITS.fullmatch(timestamp) or not 1 <= len(nonce) <= NONCE_CHARS_MAX:
        raise Refused(400)
    return timestamp, nonce


def _check_fresh(timestamp: str, now: Millis) -> None:
    """What was signed long ago was written down by somebody. Asked after the signature, so that it tells of a clock."""
    off_s = int(timestamp) - now // 1000
    if abs(off_s) > FRESH_S:
        raise Stale(off_s)


def _one(request: Request, name: str) -> str:
    """A parameter that is there once; 400 for none, and for two that might be read differently by two readers."""
    found = request.query_params.getlist(name)
    if len(found) != 1:
        raise Refused(403 if name == "encrypt_type" else 400)
    return found[0]


async def _bounded(request: Request) -> bytes:
    """The body, whatever its announced length; reading stops at the first byte too many."""
    body = bytearray()
    try:
        async with asyncio.timeout(READ_S_MAX):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_BYTES_MAX:
                    raise Refused(413)
    except (TimeoutError, ClientDisconnect):
        raise Refused(408) from None
    return bytes(body)
