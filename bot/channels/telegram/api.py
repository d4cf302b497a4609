"""python-telegram-bot's Bot as transport: its types and calls, none of its dispatching (docs/decisions/0010).

The token is part of every address that is called. So nothing here tells an address: libraries that would are silenced,
and what the library raises becomes one of our failures, without its text (bot/channels/telegram/outcomes.py).
"""

from __future__ import annotations

import logging
import os
from typing import Any
from urllib.parse import quote

from telegram import Bot
from telegram.error import BadRequest
from telegram.request import BaseRequest, HTTPXRequest

from bot.logs import TALKATIVE

os.environ.setdefault("PTB_TIMEDELTA", "true")
"""The library then gives durations as it will in its next version, and does not warn of that at every flood limit."""
POLL_S, UPDATES_MAX = 25.0, 100
"""How long one poll waits for news [S: the service cuts at 50 s]; how many updates one answer holds at most [S]."""
READ_S, CONNECTIONS_MAX = 5.0, 64
FILE_READ_S, FILE_BYTES_MAX = 20.0, 20 * 1024 * 1024
"""getFile serves at most 20 MB [V: the library's constant]."""
ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member")


Keyboard = list[list[dict[str, str]]]
"""Rows of buttons, each {text, callback_data}; empty for none."""


class FileTooLarge(Exception):
    """The service does not serve the file, or it is larger than we take."""


class Api(Bot):
    """One bot. It is usable without `initialize`, which would need the network to start."""

    def __init__(
        self,
        token: str,
        api_base: str,
        request: BaseRequest | None = None,
        get_updates_request: BaseRequest | None = None,
    ) -> None:
        for name in TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
        super().__init__(
            token,
            base_url=f"{api_base}/bot",
            base_file_url=f"{api_base}/file/bot",
            request=request or HTTPXRequest(CONNECTIONS_MAX, read_timeout=READ_S),
            get_updates_request=get_updates_request or HTTPXRequest(2, read_timeout=READ_S),
        )

    async def updates(self, after: int | None, wait_s: float) -> list[object]:
        """Raw updates from number `after` on, which confirms all before it. The library's own call would lose a whole
        answer to one update that it cannot read. Raises TelegramError."""
        asked = {"offset": after, "timeout": int(wait_s), "limit": UPDATES_MAX, "allowed_updates": list(ALLOWED)}
        got: Any = await self._post("getUpdates", asked, read_timeout=wait_s + READ_S)
        return got if isinstance(got, list) else []

    async def say(self, chat: int, text: str, keyboard: Keyboard, *, protect: bool) -> int:
        """Send words; the number of the message. As send_message, but of the answer only that number is read: to build
        the whole message again takes the library longer than to send it. Raises TelegramError."""
        asked: dict[str, Any] = {"chat_id": chat, "text": text, "link_preview_options": {"is_disabled": True}}
        if keyboard:
            asked["reply_markup"] = {"inline_keyboard": keyboard}
        if protect:
            asked["protect_content"] = True
        told: Any = await self._post("sendMessage", asked)
        number = told.get("message_id") if isinstance(told, dict) else None
        return number if type(number) is int else 0

    async def fetch(self, file_id: str, bytes_max: int) -> bytes:
        """A file, whole. FileTooLarge, or TelegramError."""
        most = min(bytes_max, FILE_BYTES_MAX)
        told: Any = await self._post("getFile", {"file_id": file_id})
        path, size = (told.get("file_path"), told.get("file_size")) if isinstance(told, dict) else (None, None)
        if isinstance(size, int) and size > most:
            raise FileTooLarge
        if not isinstance(path, str) or path.startswith("/") or "://" in path or ".." in path.split("/"):
            raise BadRequest("no path to the file")  # the library would even open a file of this machine
        content = await self._request[1].retrieve(f"{self.base_file_url}/{quote(path)}", read_timeout=FILE_READ_S)
        if len(content) > most:
            raise FileTooLarge
        return content

    async def close_connections(self) -> None:
        for request in self._request:
            await request.shutdown()
