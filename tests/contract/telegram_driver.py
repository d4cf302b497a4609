"""Telegram as the contract test drives a channel: what a person does becomes an update, what they see are messages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from bot.channel import Channel
from handlers.code import SCAN
from handlers.said import EDITED
from tests.contract.drivers import Driver
from tests.fakes.city import City
from tests.fakes.telegram import Call, Fault
from tests.fakes.telegrammed import Telegrammed, attached


class TelegramDriver(Driver):
    """One person in one chat. There is no leaving by itself: whoever blocks the bot is known by the next refusal."""

    channel, who = "telegram", "7"
    fetches: str | None = None

    def __init__(self, city: City, whole: Telegrammed, chat: int = 7) -> None:
        super().__init__(city)
        self.whole, self.fake, self.chat = whole, whole.fake, chat
        self.who, self._seen, self._last = str(chat), 0, dict[str, Any]()

    @classmethod
    @asynccontextmanager
    async def opened(cls, city: City) -> AsyncIterator[TelegramDriver]:
        async with attached(city, "none", work=False) as whole:
            yield cls(city, whole)

    async def does(
        self, kind: str, text: str = "", *, again: bool = False, file: bytes = b"", after_s: float = 30
    ) -> str | None:
        """Act; what is shown then. A repeated update shows nothing new, so the reply that stands there is told."""
        self.city.clock.step(0 if again else after_s)
        if kind == "stop":
            return None
        if not again:
            self._last = _DOES[kind](self, text, file)
        await self.whole.take(self._last)
        await self.whole.delivery.drain()
        await self.whole.channel.sender.settled()
        shown = self._new()
        assert len(shown) <= 1 and not (again and shown)
        if kind == "edit":
            return "" if [call.text for call in shown] == [EDITED] else None
        return _as_lines(shown[0] if shown else self.fake.messages[self.chat][-1]) if shown or again else ""

    async def pushed(self) -> list[str]:
        return [call.text for call in self._new()]

    async def deliver(self) -> None:
        """What is due, and what the service asks to be sent later."""
        await self.whole.settle()
        self.city.clock.step(6)
        await self.whole.settle()

    def channels(self) -> dict[str, Channel]:
        return dict(self.whole.delivery.channels)

    def shut(self) -> None:
        """There are no windows: the service may ask to wait."""
        self.fake.fails("sendMessage", Fault(429, "Too Many Requests", {"retry_after": 5}, chat=self.chat))

    def go(self) -> bool:
        self.fake.fails("sendMessage", Fault(403, "Forbidden: bot was blocked by the user", chat=self.chat))
        return True

    def _new(self) -> list[Call]:
        found = self.fake.messages[self.chat][self._seen :]
        self._seen += len(found)
        return found

    def _message(self, **parts: Any) -> dict[str, Any]:
        return self.fake.update(message=self.fake.message(self.chat, **parts))

    def _tap(self, key: str, _: bytes) -> dict[str, Any]:
        """A button of the last message that has some."""
        shown = next(call for call in reversed(self.fake.messages[self.chat]) if call.buttons)
        return self.fake.taps(self.chat, shown, key)

    def _edit(self, text: str, _: bytes) -> dict[str, Any]:
        edited = self.fake.message(self.chat, text=text, edit_date=self.city.clock.now // 1000)
        return self.fake.update(edited_message=edited)


_DOES: dict[str, Callable[[TelegramDriver, str, bytes], dict[str, Any]]] = {
    "text": lambda it, text, _: it._message(text=text),
    "scan": lambda it, code, _: it._message(text=f"{SCAN} {code}"),
    "tap": TelegramDriver._tap,
    "photo": lambda it, _, file: it._message(photo=it.fake.photo(file)),
    "voice": lambda it, _, __: it._message(voice={"file_id": "v", "file_unique_id": "v", "duration": 3}),
    "location": lambda it, _, __: it._message(location={"latitude": 27.5, "longitude": 109.2}),
    "unsupported": lambda it, _, __: it._message(
        video={"file_id": "v", "file_unique_id": "v", "width": 1, "height": 1, "duration": 3}
    ),
    "edit": TelegramDriver._edit,
}


def _as_lines(call: Call) -> str:
    """The text with what stands on the buttons, as on the phone; long labels stand in the text already."""
    rows = (call.data.get("reply_markup") or {}).get("inline_keyboard", [])
    labels = [row[0]["text"] for row in rows]
    return call.text if labels and labels[-1] in call.text else "\n".join([call.text, *labels])
