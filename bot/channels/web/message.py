"""What was sent: the body of a request becomes one message, or is refused with a status that says why."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import ClientDisconnect, Request

from bot.channels.web.refused import Refused

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
READ_S_MAX = 30.0
"""A body of some kilobytes is here by then, even over a bad line; whoever is slower holds a connection on purpose."""
ID = re.compile("[A-Za-z0-9_-]{1,64}")
_UNSPEAKABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL and lone surrogates: no database and no UTF-8 holds them."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message under its sender's own id."""

    id: str
    text: str


def content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def is_ours(request: Request, base_url: str) -> bool:
    """Whether the sending page was ours. Old browsers name no origin; then only SameSite guards."""
    origin = request.headers.get("origin")
    if origin is None:
        return True
    scheme, _, place = origin.lower().partition("://")
    own = urlsplit(base_url.lower())
    if scheme == own.scheme and place == own.netloc:
        return True
    return scheme in ("http", "https") and place != "" and place == request.headers.get("host", "").lower()


async def read_message(request: Request, bytes_max: int) -> Message:
    """Raises Refused: 400, 408, 413 or 415."""
    kind = content_type(request)
    if kind not in (JSON, FORM):
        raise Refused(415)
    try:
        async with asyncio.timeout(READ_S_MAX):
            body = await _bounded(request, bytes_max)
    except TimeoutError:
        raise Refused(408) from None
    return _message(_json_fields(body) if kind == JSON else _form_fields(body))


async def _bounded(request: Request, bytes_max: int) -> bytes:
    """The body, whatever its announced length; reading stops at the first byte too many."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > bytes_max:
                raise Refused(413)
    except ClientDisconnect:
        raise Refused(408) from None
    return bytes(body)


def _json_fields(body: bytes) -> object:
    """RecursionError: some kilobytes of brackets are nested deeper than the parser goes."""
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Refused(400) from None


def _form_fields(body: bytes) -> object:
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=2)
    except ValueError:
        raise Refused(400) from None
    return {name: value.replace("\r\n", "\n") for name, value in pairs} if len(dict(pairs)) == len(pairs) else None


def _message(fields: object) -> Message:
    match fields:
        case {"id": str() as id_, "text": str() as text, **more} if not more and ID.fullmatch(id_):
            return Message(id_, _UNSPEAKABLE.sub("\ufffd", text))
        case _:
            raise Refused(400)


def network_of(request: Request) -> str:
    """The peer's address prefix, /24 or /48: enough to slow down guessing, too little to name a household.

    What a request says of itself (X-Forwarded-For) is believed only from [server] trusted_proxies, by uvicorn.
    """
    return _prefix(request.client.host if request.client else "")


@lru_cache(maxsize=4096)
def _prefix(host: str) -> str:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or ipaddress.IPv6Address(int(address))
    return str(ipaddress.ip_network((address, 24 if address.version == 4 else 48), strict=False))
