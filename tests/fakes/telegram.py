"""A Bot API of our own on the loopback: it hands out updates, takes messages, and fails as it is told to.

It keeps to what the documents say of the real one: an answered offset confirms all updates before it; unconfirmed ones
come again; a webhook that does not say 2xx gets the same update again. What it has never met is the real one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "123456789:AAFakeTokenThatMustNeverShowUpAnywhere_0"
SECRET = "a-secret-that-only-the-service-knows"
NOW = 1_795_484_700
"""The city's clock in seconds; a message's date."""
POLL_S_MAX = 1.0
"""The fake cuts long polls short, so that tests end soon."""


@dataclass(frozen=True)
class Call:
    """One call of a method, as it came."""

    method: str
    data: dict[str, Any]
    answered: int

    @property
    def chat(self) -> int:
        return int(self.data.get("chat_id", 0))

    @property
    def text(self) -> str:
        return str(self.data.get("text", self.data.get("caption", "")))

    @property
    def buttons(self) -> dict[str, str]:
        """What each button carries, by the number on it."""
        rows = (self.data.get("reply_markup") or {}).get("inline_keyboard", [])
        return {row[0]["text"][1]: row[0]["callback_data"] for row in rows}


@dataclass
class Fault:
    """What becomes of the next call of a method (for one chat, or any).

    `status` 0: no answer ever comes. `arrives`: the message is shown to its chat all the same.
    """

    status: int
    description: str = "fault"
    parameters: dict[str, Any] = field(default_factory=dict)
    arrives: bool = False
    chat: int = 0


@dataclass
class FakeTelegram:
    """`calls` are all calls in their order; `messages` what really arrived, by chat."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    messages: dict[int, list[Call]] = field(default_factory=lambda: defaultdict(list))
    updates: list[Any] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    kept: dict[str, Any] = field(default_factory=dict)
    confirmed: int = 0
    ids: count[int] = field(default_factory=lambda: count(1001))
    message_ids: count[int] = field(default_factory=lambda: count(1))
    file_wait_s: float = 0.0
    now: Callable[[], int] = lambda: NOW
    polls: int = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    # ------------------------------------------------------------ what people do

    def update(self, **parts: Any) -> dict[str, Any]:
        """An update of any kind, queued for polling."""
        whole = {"update_id": next(self.ids), **parts}
        self.push(whole)
        return whole

    def push(self, raw: Any) -> None:
        self.updates.append(raw)
        self._news.set()

    def message(self, chat: int, **parts: Any) -> dict[str, Any]:
        return {
            "message_id": next(self.message_ids),
            "date": self.now(),
            "chat": private(chat),
            "from": user(chat),
            **parts,
        }

    def says(self, chat: int, text: str, **parts: Any) -> dict[str, Any]:
        return self.update(message=self.message(chat, text=text, **parts))

    def taps(self, chat: int, shown: Call, key: str, *, message: bool = True) -> dict[str, Any]:
        """Somebody taps a button under a message that the bot has sent."""
        query = {"id": str(next(self.ids)), "from": user(chat), "chat_instance": "1", "data": shown.buttons[key]}
        if message:
            query["message"] = {"message_id": shown.answered, "date": NOW, "chat": private(chat), "text": shown.text}
        return self.update(callback_query=query)

    def sends_photo(self, chat: int, content: bytes, **parts: Any) -> dict[str, Any]:
        return self.update(message=self.message(chat, photo=self.photo(content), **parts))

    def photo(self, content: bytes) -> list[dict[str, Any]]:
        name = f"photo{len(self.files)}"
        self.files[name] = content
        small = {"file_id": "small", "file_unique_id": "s", "width": 90, "height": 90, "file_size": 900}
        return [
            small,
            {"file_id": name, "file_unique_id": name, "width": 1280, "height": 960, "file_size": len(content)},
        ]

    def document(self, content: bytes, mime_type: str) -> dict[str, Any]:
        name = f"document{len(self.files)}"
        self.files[name] = content
        return {"file_id": name, "file_unique_id": name, "mime_type": mime_type, "file_size": len(content)}

    # ------------------------------------------------------------ what tests look at

    async def shown(self, chat: int, n: int, timeout_s: float = 60.0) -> list[Call]:
        """Wait until `n` messages have arrived in a chat, and a moment longer for one too many."""
        async with asyncio.timeout(timeout_s):
            while len(self.messages[chat]) < n:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        await asyncio.sleep(0.02)
        return self.messages[chat]

    async def last(self, chat: int, n: int) -> Call:
        """The n-th message of a chat, which must be its last."""
        found = await self.shown(chat, n)
        assert len(found) == n, [each.text for each in found]
        return found[-1]

    def called(self, method: str) -> list[Call]:
        return [call for call in self.calls if call.method == method]

    async def all_confirmed(self, timeout_s: float = 60.0) -> None:
        """Wait until the poller has confirmed everything that can be."""
        numbers = [raw["update_id"] for raw in self.updates if isinstance(raw, dict) and "update_id" in raw]
        last = max(int(number) for number in numbers)
        async with asyncio.timeout(timeout_s):
            while self.confirmed <= last:  # noqa: ASYNC110
                await asyncio.sleep(0.005)

    # ------------------------------------------------------------ the service

    def fails(self, method: str, *faults: Fault) -> None:
        self.faults[method].extend(faults)

    async def posts(self, url: str, raw: Any, *, secret: str = SECRET, tries: int = 50) -> int:
        """A webhook call, again and again until it is taken. How many calls it took."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret}
        async with httpx.AsyncClient() as client:
            for n in range(1, tries + 1):
                with contextlib.suppress(httpx.TransportError):
                    if (await client.post(url, json=raw, headers=headers)).status_code == 200:
                        return n
                await asyncio.sleep(0.05)
        raise AssertionError("never taken")

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route(f"/bot{TOKEN}/{{method}}", self._called, methods=["POST"]),
                Route(f"/file/bot{TOKEN}/{{path:path}}", self._file),
            ]
        )

    async def _called(self, request: Request) -> Response:
        method = request.path_params["method"]
        data = await _data(request)
        if method == "getUpdates":
            return await self._get_updates(data)
        fault = self._fault(method, int(data.get("chat_id", 0)))
        answered = next(self.message_ids)
        call = Call(method, data, answered)
        self.calls.append(call)
        if (fault is None or fault.arrives) and method in ("sendMessage", "sendPhoto"):
            self.messages[call.chat].append(call)
        if fault is not None:
            if not fault.status:
                await asyncio.sleep(60)
            told = {"ok": False, "error_code": fault.status, "description": fault.description}
            if fault.parameters:
                told["parameters"] = fault.parameters
            return JSONResponse(told, fault.status)
        return JSONResponse({"ok": True, "result": self._result(call)})

    def _fault(self, method: str, chat: int) -> Fault | None:
        waiting = self.faults[method]
        if waiting and waiting[0].chat in (0, chat):
            return waiting.popleft()
        return None

    def _result(self, call: Call) -> Any:
        if call.method in ("sendMessage", "sendPhoto"):
            return {"message_id": call.answered, "date": NOW, "chat": private(call.chat), "text": call.text}
        if call.method == "getFile":
            name = call.data["file_id"]
            return {"file_id": name, "file_unique_id": name, "file_path": f"photos/{name}"}
        if call.method == "getMe":
            return {"id": 123456789, "is_bot": True, "first_name": "立码", "username": "lima_test_bot"}
        if call.method.startswith("getMy") or call.method == "getWebhookInfo":
            return self._kept(call)
        if call.method.startswith("setMy"):
            self.kept[_key(call)] = call.data
        if call.method in ("setWebhook", "deleteWebhook"):
            self.kept["webhook"] = call.data if call.method == "setWebhook" else {}
        return True

    def _kept(self, call: Call) -> Any:
        if call.method == "getWebhookInfo":
            url = self.kept.get("webhook", {}).get("url", "")
            return {"url": url, "has_custom_certificate": False, "pending_update_count": 0}
        kept = self.kept.get(_key(call).replace("getMy", "setMy"), {})
        if call.method == "getMyCommands":
            return kept.get("commands", [])
        return {name: kept.get(name, "") for name in ("description", "short_description")}

    async def _get_updates(self, data: dict[str, Any]) -> Response:
        self.polls += 1
        fault = self._fault("getUpdates", 0)
        if fault is not None:
            return JSONResponse(
                {"ok": False, "error_code": fault.status, "description": fault.description}, fault.status
            )
        if (offset := data.get("offset")) is not None:
            self.confirmed = max(self.confirmed, int(offset))
        until = asyncio.get_running_loop().time() + min(float(data.get("timeout", 0)), POLL_S_MAX)
        while not (waiting := self._unconfirmed()):
            left = until - asyncio.get_running_loop().time()
            if left <= 0:
                break
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), left)
        return JSONResponse({"ok": True, "result": waiting[: int(data.get("limit", 100))]})

    def _unconfirmed(self) -> list[Any]:
        return [raw for raw in self.updates if not isinstance(raw, dict) or self._is_open(raw.get("update_id"))]

    def _is_open(self, number: Any) -> bool:
        return not isinstance(number, int | str) or int(number) >= self.confirmed

    async def _file(self, request: Request) -> Response:
        await asyncio.sleep(self.file_wait_s)
        fault = self._fault("file", 0)
        if fault is not None:
            return Response(status_code=fault.status)
        content = self.files.get(request.path_params["path"].removeprefix("photos/"))
        return Response(content) if content is not None else Response(status_code=404)


def private(chat: int) -> dict[str, Any]:
    return {"id": chat, "type": "private", "first_name": "村民"}


def user(chat: int) -> dict[str, Any]:
    return {"id": chat, "is_bot": False, "first_name": "村民"}


def group(chat: int) -> dict[str, Any]:
    return {"id": chat, "type": "supergroup", "title": "岩门村群"}


def _key(call: Call) -> str:
    return f"{call.method} {json.dumps(call.data.get('scope'))}"


async def _data(request: Request) -> dict[str, Any]:
    """Form fields; the library sends what is not text as JSON inside them."""
    async with request.form() as form:
        data: dict[str, Any] = {}
        for name, value in form.items():
            if not isinstance(value, str):
                data[name] = await value.read()
                continue
            try:
                data[name] = json.loads(value) if value[:1] in "[{tf0123456789-" else value
            except ValueError:
                data[name] = value
            if name in ("text", "caption", "file_id", "callback_query_id"):
                data[name] = value
        return data


@contextlib.asynccontextmanager
async def serving(application: Any) -> AsyncIterator[str]:
    """An application on a port of the loopback, in this loop."""
    config = uvicorn.Config(application, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(128)
        task = asyncio.create_task(server._serve([listening]))  # `serve` would catch the test's signals
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            server.force_exit = True
            await task


@contextlib.asynccontextmanager
async def fake_telegram() -> AsyncIterator[FakeTelegram]:
    fake = FakeTelegram()
    async with serving(fake.application()) as url:
        fake.url = url
        yield fake
