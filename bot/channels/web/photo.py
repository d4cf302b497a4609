"""A photo on its way in: it is held in memory alone, never more of it than allowed, and nothing about it is believed.

What it is, a worker finds out later from its bytes; its name and announced type are not even looked at.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from bot.channels.web.message import ID, content_type
from bot.channels.web.refused import EMPTY_PHOTO, Refused

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MULTIPART = "multipart/form-data"
AROUND_BYTES_MAX = 64 * 1024
"""Boundaries, the headers of both parts, the id."""
SILENCE_S_MAX = 30.0
"""A line that carried nothing for so long is dead; the page sends the same photo again under its id."""
READ_S_MAX = 600.0
"""A megabyte over a bad 2G line (15 kbit/s) takes nine minutes; whoever is slower holds a connection on purpose."""
_BOUNDARY = re.compile(b"[ -~]{1,70}")


@dataclass(frozen=True, slots=True)
class Photo:
    """One file under its sender's own id."""

    id: str
    content: bytes


async def read_photo(request: Request, photo_bytes_max: int) -> Photo:
    """Raises Refused: 400, 408, 413 or 415."""
    if content_type(request) != MULTIPART:
        raise Refused(415)
    boundary = parse_options_header(request.headers["content-type"])[1].get(b"boundary", b"")
    if not _BOUNDARY.fullmatch(boundary):
        raise Refused(400)
    parts = _Parts(boundary, photo_bytes_max)
    await _feed(request, parts, photo_bytes_max + AROUND_BYTES_MAX)
    return parts.photo()


async def _feed(request: Request, parts: _Parts, bytes_max: int) -> None:
    """Reading stops at the first byte too many, whatever was announced, and when the line falls silent."""
    loop, size = asyncio.get_running_loop(), 0
    until = loop.time() + READ_S_MAX
    try:
        async with asyncio.timeout(SILENCE_S_MAX) as patience:
            async for chunk in request.stream():
                patience.reschedule(min(loop.time() + SILENCE_S_MAX, until))
                size += len(chunk)
                if size > bytes_max:
                    raise Refused(413)
                parts.feed(chunk)
    except (TimeoutError, ClientDisconnect):
        raise Refused(408) from None


class _Parts:
    """The two parts that are wanted. Any other is refused as soon as its head is read, so nothing unasked is held."""

    def __init__(self, boundary: bytes, photo_bytes_max: int) -> None:
        self._bytes_max = {b"id": 64, b"file": photo_bytes_max}
        self._too_long = {b"id": 400, b"file": 413}
        self._kept: dict[bytes, bytearray] = {}
        self._header, self._value, self._part, self._whole = bytearray(), bytearray(), b"", False
        callbacks: MultipartCallbacks = {
            "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers_finished,
            "on_part_data": self._on_part_data,
            "on_end": self._on_end,
        }
        self._parser = MultipartParser(boundary, callbacks)

    def feed(self, chunk: bytes) -> None:
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise Refused(400) from None

    def photo(self) -> Photo:
        id_, content = self._kept.get(b"id"), self._kept.get(b"file")
        if not self._whole or id_ is None or content is None:
            raise Refused(400)
        name = id_.decode("ascii", "replace")
        if not ID.fullmatch(name):
            raise Refused(400)
        if not content:
            raise Refused(400, told=EMPTY_PHOTO)
        return Photo(name, bytes(content))

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._part = parse_options_header(bytes(self._value))[1].get(b"name", b"")
        self._header, self._value = bytearray(), bytearray()

    def _on_headers_finished(self) -> None:
        if self._part not in self._bytes_max or self._part in self._kept:
            raise Refused(400)
        self._kept[self._part] = bytearray()

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        kept = self._kept[self._part]
        if len(kept) + end - start > self._bytes_max[self._part]:
            raise Refused(self._too_long[self._part])
        kept += data[start:end]

    def _on_end(self) -> None:
        self._whole = True
