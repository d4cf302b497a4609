"""Whole report conversations through Telegram, in process and with the network stubbed, in interleaved rounds.

Ours: durable, sealed, answered through the outbox, SQLite with FULL sync. Against python-telegram-bot's
ConversationHandler with PicklePersistence saved after every update, the same with nothing stored at all, and aiogram 3
with MemoryStorage. Every peer gets the update as JSON text, sends the same words and buttons, and its library builds
each request whole; only the socket is missing. No pace (1.1 s a chat would measure the pace), deliberate_s is 0.
Ours also takes the buttons of the question before away, one request more a reply, which the peers do not.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiogram import Bot as AiogramBot
from aiogram import Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import InlineKeyboardButton as AiogramButton
from aiogram.types import InlineKeyboardMarkup as AiogramKeyboard
from aiogram.types import Message as AiogramMessage
from aiogram.types import Update as AiogramUpdate
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import (
    Application,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    filters,
)
from telegram.request import BaseRequest, RequestData

from bot.channels.telegram import Api, TelegramChannel
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.update import read
from bot.delivery import Delivery
from handlers.model import Here
from tests.bench.row import Row
from tests.fakes.city import START, open_city

ROUNDS, CHATS, REPORTS = 5, (1, 64), {1: 20, 64: 3}
KNOWN = 500
"""People who have talked before: their data stay in the pickle, which is written whole every time."""
TOKEN = "123456789:AAFakeTokenThatMustNeverShowUpAnywhere_0"
STORY = "去年冬天修的沟子，才半年就垮了一截，说是花了十好几万"
TALK = ("1", "1", STORY, "1", "1")
SAYS = (
    "您好，我是“立码”，帮您看公示、提意见。\n您扫的是：\n二组水沟修复\n钱：12万元\n地点：岩门村二组\n现在：已完工",
    "好。随时可以停；没发出去的，干部收不到。\n您要说的事，主要牵涉谁？",
    "请说说怎么回事：什么时候、在哪里、多少钱。照片也可以发。",
    "记下了。还有要说的、照片，接着发。",
    "请看一遍，对不对：\n地方：坝黄镇岩门村\n牵涉：村里的人\n您说的：1 段话",
    "发出去了。请抄在纸上，别写是做什么的：\n\n  4827-3916-0527",
)
BUTTONS = ("【1】对，发出去", "【2】我要改", "【3】留名字和电话", "【0】先不发")
Take = Callable[[str], Awaitable[object]]


class Phones:
    """The people: each says the next line when the reply to the last is shown."""

    def __init__(self, code: str) -> None:
        self.lines = (f"/start {code}", *TALK)
        self._shown: dict[int, asyncio.Event] = {}
        self._number = self._people = 0

    def shown(self, chat: int) -> None:
        self._shown[chat].set()

    async def talk(self, take: Take, chats: int, reports: int) -> tuple[float, float]:
        """Updates a second of the clock, and of a processor: the second is steadier where others work beside."""
        began, began_cpu, n = time.perf_counter(), time.process_time(), chats * reports * len(self.lines)
        await asyncio.gather(*(self._person(take, 1000 + chat, reports) for chat in range(chats)))
        return n / (time.perf_counter() - began), n / (time.process_time() - began_cpu)

    async def _person(self, take: Take, chat: int, reports: int) -> None:
        """One report after the other, each in a chat of its own: a second one on the same item would be a supplement."""
        for _ in range(reports):
            self._people += 1
            each = chat + self._people * 100
            shown = self._shown[each] = asyncio.Event()
            for line in self.lines:
                shown.clear()
                await take(self._update(each, line))
                await shown.wait()

    def _update(self, chat: int, text: str) -> str:
        self._number += 1
        who = {"id": chat, "is_bot": False, "first_name": "村民", "language_code": "zh-hans"}
        message = {
            "message_id": self._number,
            "date": START // 1000,
            "chat": {"id": chat, "type": "private", "first_name": "村民"},
            "from": who,
            "text": text,
        }
        if text.startswith("/"):
            message["entities"] = [{"type": "bot_command", "offset": 0, "length": 6}]
        return json.dumps({"update_id": self._number, "message": message})


def _answer(chat: int) -> str:
    sent = {"message_id": 1, "date": 1, "chat": {"id": chat, "type": "private"}, "text": "x"}
    return json.dumps({"ok": True, "result": sent})


# ---------------------------------------------------------------- the four


class _Request(BaseRequest):
    """The library's own seam for a network: the request is built whole, and answered at once."""

    def __init__(self, phones: Phones) -> None:
        self._phones = phones

    @property
    def read_timeout(self) -> float:
        return 5.0

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *timeouts: Any, **more: Any
    ) -> tuple[int, bytes]:
        named, data = url.rpartition("/")[2], request_data.json_parameters if request_data else {}
        if named == "getMe":
            return 200, b'{"ok":true,"result":{"id":1,"is_bot":true,"first_name":"b","username":"b"}}'
        if named != "sendMessage":
            return 200, b'{"ok":true,"result":true}'
        chat = int(data["chat_id"])
        self._phones.shown(chat)
        return 200, _answer(chat).encode()


@asynccontextmanager
async def _ours(folder: Path) -> AsyncIterator[tuple[Take, Phones]]:
    here = Here(deliberate_s=0)
    async with open_city(f"sqlite:///{folder}/lima.db", here, files=folder / "evidence") as city:
        phones, service, channels = Phones(await city.code_of("二组水沟")), city.service, dict[str, Any]()
        delivery = Delivery(service.database, service.turns, lambda: START, service.wake, channels)
        channel = channels["telegram"] = TelegramChannel(
            api=Api(TOKEN, "http://127.0.0.1:9", _Request(phones), _Request(phones)),
            hear=delivery.at_once(service.hear),
            hear_photo=delivery.at_once_for_photos(service.hear_photo),
            keep=service.keep,
            hold=lambda: service.hold("telegram", b"bench", 60_000),
            now=lambda: START,
            photo_bytes_max=10**7,
            messages_per_minute=10**6,
            pace=Pace(0, 0),
        )

        async def take(body: str) -> None:
            await channel.take(channel.arrived(json.loads(body)))

        yield take, phones
        await delivery.drain()
        await channel.sender.settled()


@asynccontextmanager
async def _handler(folder: Path, *, pickled: bool, known: int = 0) -> AsyncIterator[tuple[Take, Phones]]:
    """python-telegram-bot as its examples use it."""
    phones = Phones("CODE")
    request, builder = _Request(phones), Application.builder().token(TOKEN).updater(None)
    builder = builder.request(request).get_updates_request(_Request(phones))
    if pickled:
        builder = builder.persistence(PicklePersistence(folder / "bot.pickle", update_interval=10**6))
    application = builder.build()
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton(each, callback_data=each[1])] for each in BUTTONS])

    def step(n: int) -> Callable[[Update, ContextTypes.DEFAULT_TYPE], Awaitable[int]]:
        async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
            assert update.message is not None and context.user_data is not None
            context.user_data[n] = update.message.text
            await update.message.reply_text(SAYS[n], reply_markup=keyboard)
            return n if n < len(SAYS) - 1 else ConversationHandler.END

        return answer

    start, text = CommandHandler("start", step(0)), filters.TEXT & ~filters.COMMAND
    states: Any = {n - 1: [MessageHandler(text, step(n))] for n in range(1, len(SAYS))}
    named = {"name": "report", "persistent": True} if pickled else {}
    application.add_handler(ConversationHandler([start], states, [start], **named))
    await application.initialize()
    for other in range(known):
        application.user_data[other].update(dict(enumerate((*TALK, STORY))))
    if known:
        application.mark_data_for_update_persistence(user_ids=list(range(known)))
        await application.update_persistence()

    async def take(body: str) -> None:
        update = Update.de_json(json.loads(body), application.bot)
        await application.process_update(update)
        if pickled:
            await application.update_persistence()

    yield take, phones
    await application.shutdown()


class _Steps(StatesGroup):
    s0, s1, s2, s3, s4 = State(), State(), State(), State(), State()


class _Session(AiohttpSession):
    """As above: the form is built and the answer is checked; only the socket is missing."""

    def __init__(self, phones: Phones) -> None:
        super().__init__()
        self._phones = phones

    async def make_request(self, bot: Any, method: Any, timeout: int | None = None) -> Any:  # noqa: ASYNC109
        self.build_form_data(bot=bot, method=method)
        self._phones.shown(int(method.chat_id))
        return self.check_response(bot=bot, method=method, status_code=200, content=_answer(method.chat_id)).result


@asynccontextmanager
async def _aiogram(folder: Path) -> AsyncIterator[tuple[Take, Phones]]:
    phones = Phones("CODE")
    bot, dispatcher = AiogramBot(TOKEN, session=_Session(phones)), Dispatcher(storage=MemoryStorage())
    keyboard = AiogramKeyboard(inline_keyboard=[[AiogramButton(text=b, callback_data=b[1])] for b in BUTTONS])
    states = [_Steps.s0, _Steps.s1, _Steps.s2, _Steps.s3, _Steps.s4]

    def step(n: int) -> Callable[[AiogramMessage, FSMContext], Awaitable[None]]:
        async def answer(message: AiogramMessage, state: FSMContext) -> None:
            await state.update_data({str(n): message.text})
            await state.set_state(states[n]) if n < len(states) else await state.clear()
            await message.answer(SAYS[n], reply_markup=keyboard)

        return answer

    dispatcher.message.register(step(0), lambda message: (message.text or "").startswith("/start"))
    for n in range(1, len(SAYS)):
        dispatcher.message.register(step(n), states[n - 1])

    async def take(body: str) -> None:
        update = AiogramUpdate.model_validate(json.loads(body), context={"bot": bot})
        await dispatcher.feed_update(bot, update)

    yield take, phones
    await bot.session.close()


_FOUR: dict[str, Callable[[Path], Any]] = {
    "ours": _ours,
    "pickled": lambda folder: _handler(folder, pickled=True),
    "pickled, known": lambda folder: _handler(folder, pickled=True, known=KNOWN),
    "nothing stored": lambda folder: _handler(folder, pickled=False),
    "aiogram": _aiogram,
}
NAMES = {
    "pickled": "PTB, pickled every update",
    "pickled, known": f"PTB, pickled, {KNOWN} people known",
    "nothing stored": "PTB, nothing stored",
    "aiogram": "aiogram, MemoryStorage",
}
AIMS = {"pickled": "aim 5", "pickled, known": "no aim", "nothing stored": "aim 0.5", "aiogram": "aim 0.8"}


def run(rounds: int = ROUNDS) -> list[Row]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the peers, about how their handlers are put together
        return asyncio.run(_run(rounds))


async def _run(rounds: int) -> list[Row]:
    rows = []
    for chats in CHATS:
        reports = REPORTS[chats] if rounds >= ROUNDS else 1
        rates: dict[str, list[tuple[float, float]]] = {name: [] for name in _FOUR}
        for _ in range(rounds):
            for name in _FOUR:
                rates[name].append(await _rate(name, chats, reports))
        for name in _FOUR:
            for which, unit in enumerate(("updates/s", "updates/s of a CPU")):
                value = statistics.median(each[which] for each in rates[name])
                says = f"{NAMES.get(name, name)}, {chats} chats"
                if name == "ours":
                    rows.append(Row("telegram", says, value, unit))
                    continue
                pairs = zip(rates["ours"], rates[name], strict=True)
                ratio = statistics.median(a[which] / b[which] for a, b in pairs)
                rows.append(Row("telegram", says, value, unit, f"it ({AIMS[name]})", ratio))
    return rows + await _profile(2_000 if rounds >= ROUNDS else 50)


async def _rate(name: str, chats: int, reports: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory(prefix="lima-bench-") as folder:
        async with _FOUR[name](Path(folder)) as (take, phones):
            await phones.talk(take, min(chats, 4), 1)
            return await phones.talk(take, chats, reports)


# ---------------------------------------------------------------- where it goes


async def _profile(n: int) -> list[Row]:
    """Microseconds of a processor for each part alone; the rest of an update is the turn, its commit, and the end of its row."""
    phones = Phones("CODE")
    api = Api(TOKEN, "http://127.0.0.1:9", _Request(phones), _Request(phones))
    phones._shown[7] = asyncio.Event()
    keyboard = [[{"text": each, "callback_data": each[1]}] for each in BUTTONS]
    bodies = [phones._update(7, "1") for _ in range(n)]

    def us(began: float) -> float:
        return (time.process_time() - began) / n * 1e6

    began = time.process_time()
    for body in bodies:
        read(json.loads(body), 10**7)
    reading, began = us(began), time.process_time()
    for _ in range(n):
        await api.say(7, SAYS[0], keyboard, protect=False)
    sending, began = us(began), time.process_time()
    for _ in range(n):
        await api.edit_message_reply_markup(7, 1)
    taking_away = us(began)
    with tempfile.TemporaryDirectory(prefix="lima-bench-") as folder:
        async with _ours(Path(folder)) as (take, people):
            _, rate = await people.talk(take, 64, 1 + n // 1000)
    whole = 1e6 / rate
    parts = {
        "profile, 64 chats: an update": whole,
        "of it reading (PTB de_json)": reading,
        "of it sending (PTB request)": sending,
        "of it taking buttons away (PTB)": taking_away,
        "of it turn, commit, outbox, delivery": whole - reading - sending - taking_away,
    }
    return [Row("telegram", name, value, "us of a CPU") for name, value in parts.items()]
