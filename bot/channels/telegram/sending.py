"""Showing messages in a chat: words and buttons, a picture, and what happens to the buttons before."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import TelegramError

from bot.channel import Push, RecipientGone, RecipientMoved, SendFailed, SendRefused
from bot.channels.telegram.api import Api, Keyboard
from bot.channels.telegram.outcomes import is_done, sent
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.update import button, parts_of
from bot.logs import cause_of
from handlers.model import Reply
from handlers.said import ANSWERED_BELOW, TAPPED_TWICE

TEXT_UNITS_MAX, CAPTION_UNITS_MAX = 4096, 1024
"""UTF-16 units [S; the library's constants say the same numbers]."""
LABEL_CHARS_MAX = 14
"""A longer label is cut off on a small phone [M]; then the lines stand in the text as well."""
CHATS_MAX = 10_000
BESIDE_MAX = 200
"""Small things done beside the messages, such as taking buttons away; more than this are left undone."""

log = structlog.get_logger()


@dataclass
class Sender:
    """Sends to chats of one bot. What it remembers of buttons is lost with the process; old ones are then told so."""

    api: Api
    pace: Pace
    _asked: OrderedDict[int, int] = field(default_factory=OrderedDict, repr=False)
    _tapped: OrderedDict[tuple[int, int], None] = field(default_factory=OrderedDict, repr=False)
    _beside: set[asyncio.Task[None]] = field(default_factory=set, repr=False)

    async def send(self, push: Push) -> None:
        """See Channel.send. A text in several pieces begins anew when one of them fails."""
        chat = _chat(push.address)
        keyboard, text, last = _keyboard(push.reply), _text(push.reply), 0
        if push.picture:
            inside = len(text.encode("utf-16-le")) // 2 <= CAPTION_UNITS_MAX
            await self.pace.wait(chat)
            shown = await sent(
                self.api.send_photo(
                    chat,
                    push.picture,
                    caption=text if inside else None,
                    reply_markup=_markup(keyboard) if inside else None,
                    protect_content=push.protect or None,
                )
            )
            text, last = "" if inside else text, shown.message_id
        *before, end = list(parts_of(text, TEXT_UNITS_MAX)) or [""]
        for part in before:
            await self._say(chat, part, [], push.protect)
        if end:
            last = await self._say(chat, end, keyboard, push.protect)
        if not push.notice:
            self._now_asks(chat, last if keyboard else 0)

    async def tell(self, chat: int, text: str) -> None:
        """A sentence that need not arrive."""
        try:
            await self._say(chat, text, [], False)
        except (SendFailed, SendRefused, RecipientGone, RecipientMoved) as error:
            log.info("telegram_not_told", cause=type(error).__name__)

    # ------------------------------------------------------------ buttons

    def tapped_before(self, chat: int, message: int) -> bool:
        """Whether buttons of this message have been answered by a tap already."""
        return (chat, message) in self._tapped

    def tapped(self, chat: int, message: int, query: str) -> None:
        """A tap was taken: stop its clock, take the buttons away. The first is the one that counts."""
        if message:
            self._tapped[chat, message] = None
            while len(self._tapped) > CHATS_MAX:
                self._tapped.popitem(last=False)
        if self._asked.get(chat) == message:
            del self._asked[chat]
        self.beside(self.api.answer_callback_query(query))
        if message:
            self._take_away(chat, message)

    def tapped_twice(self, query: str) -> None:
        self.beside(self.api.answer_callback_query(query, text=TAPPED_TWICE))

    def acknowledge(self, query: str) -> None:
        self.beside(self.api.answer_callback_query(query, text=ANSWERED_BELOW))

    def _now_asks(self, chat: int, message: int) -> None:
        """A new question stands: the buttons of the one before go, however it was answered."""
        before = self._asked.pop(chat, 0)
        if message:
            self._asked[chat] = message
            while len(self._asked) > CHATS_MAX:
                self._asked.popitem(last=False)
        if before:
            self._take_away(chat, before)

    def _take_away(self, chat: int, message: int) -> None:
        self.beside(self.api.edit_message_reply_markup(chat, message))

    def beside(self, call: Coroutine[Any, Any, object]) -> None:
        """A call that need not succeed, and that nothing waits for."""
        if len(self._beside) >= BESIDE_MAX:
            call.close()
            return
        task = asyncio.create_task(_tried(call))
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def settled(self) -> None:
        """When all that was begun beside the messages is done."""
        while self._beside:
            await asyncio.wait(self._beside)

    async def close(self) -> None:
        for task in self._beside:
            task.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)

    async def _say(self, chat: int, text: str, keyboard: Keyboard, protect: bool) -> int:
        await self.pace.wait(chat)
        return await sent(self.api.say(chat, text, keyboard, protect=protect))


async def _tried(call: Coroutine[Any, Any, object]) -> None:
    try:
        await call
    except TelegramError as error:
        if not is_done(error):
            log.info("telegram_not_done", cause=type(error).__name__)
    except Exception as error:  # noqa: BLE001 - nobody waits for it
        log.error("telegram_not_done", **cause_of(error))


def _chat(address: str) -> int:
    try:
        return int(address)
    except ValueError:
        raise RecipientGone from None


def _is_short(reply: Reply) -> bool:
    return all(len(choice.label) <= LABEL_CHARS_MAX for choice in reply.choices)


def _text(reply: Reply) -> str:
    return reply.text if _is_short(reply) else reply.as_lines()


def _keyboard(reply: Reply) -> Keyboard:
    """One button a line, with the number that can be typed instead."""
    return [
        [{"text": f"【{choice.key}】{choice.label}", "callback_data": button(reply.question, choice.key)}]
        for choice in reply.choices
    ]


def _markup(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    rows = [
        [InlineKeyboardButton(each["text"], callback_data=each["callback_data"]) for each in row] for row in keyboard
    ]
    return InlineKeyboardMarkup(rows) if rows else None
