"""The contract of GET /chat/events: numbered replies as server-sent events, and streams that always end."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from bot.channels.web import events
from handlers.model import Choice, Reply
from tests.web.conftest import EVENTS, World
from tests.web.test_messages import told

TOKEN = "t" * 43
OTHER = "o" * 43
ANSWERED = Reply("您反映的事有回话了。\n想看就发“查”。", (Choice("1", "看看"), Choice("0", "不用了")))


@pytest.fixture
def known(client: httpx.AsyncClient) -> httpx.AsyncClient:
    client.cookies.set("lima_chat", TOKEN)
    return client


async def test_replies_are_numbered_events(world: World, known: httpx.AsyncClient) -> None:
    world.pushed = [(7, ANSWERED), None, (9, Reply("收到了。"))]
    response = await known.get(EVENTS)
    assert response.status_code == 200
    start, first, heartbeat, second, rest = response.text.split("\n\n")
    assert start == "retry: 3000"
    assert first.split("\n")[:2] == ["id: 7", "event: reply"]
    assert json.loads(first.split("\n")[2].removeprefix("data: ")) == {
        "text": ANSWERED.text,
        "options": [{"key": "1", "label": "看看"}, {"key": "0", "label": "不用了"}],
    }
    assert heartbeat == ":"
    assert second.startswith("id: 9\n")
    assert rest == ""


async def test_nothing_on_the_way_may_hold_a_stream_back(known: httpx.AsyncClient) -> None:
    headers = (await known.get(EVENTS)).headers
    assert headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Accel-Buffering"] == "no"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "content-length" not in headers
    assert "set-cookie" not in headers


@pytest.mark.parametrize(
    ("query", "header", "after"),
    [("", None, None), ("?after=0", None, 0), ("?after=12", None, 12), ("?after=12", "15", 15), ("", "3", 3)],
)
async def test_it_goes_on_after_the_last_number(
    world: World, known: httpx.AsyncClient, query: str, header: str | None, after: int | None
) -> None:
    await known.get(EVENTS + query, headers={"Last-Event-ID": header} if header else {})
    assert world.asked_after == [(TOKEN, after)]


@pytest.mark.parametrize("given", ["-1", "x", "1.5", "9" * 19, "%00", "١"])
async def test_400_for_what_is_no_number(world: World, known: httpx.AsyncClient, given: str) -> None:
    response = await known.get(f"{EVENTS}?after={given}")
    assert response.status_code == 400
    assert told(response)
    assert not world.asked_after


@pytest.mark.parametrize("cookie", [None, "short"])
async def test_204_without_an_account(world: World, client: httpx.AsyncClient, cookie: str | None) -> None:
    response = await client.get(EVENTS, headers={"Cookie": f"lima_chat={cookie}"} if cookie else {})
    assert response.status_code == 204
    assert "set-cookie" not in response.headers
    assert not world.asked_after


async def test_a_failure_ends_the_stream_and_is_not_quoted(
    world: World, known: httpx.AsyncClient, capsys: pytest.CaptureFixture[str]
) -> None:
    world.pushed = [(1, ANSWERED), RuntimeError("黄家门口那一截垮了")]
    response = await known.get(EVENTS)
    assert response.text.count("event: reply") == 1
    printed = "".join(capsys.readouterr())
    assert "RuntimeError" in printed
    assert "黄家门口" not in printed


# ---------------------------------------------------------------- how streams end


class Listener:
    """One open stream, driven without a server."""

    def __init__(self, application: Starlette, token: str = TOKEN, stuck_after: int = 1000) -> None:
        self.stuck_after = stuck_after
        self.parts: list[bytes] = []
        self.first, self.gone = asyncio.Event(), asyncio.Event()
        self.status = 0
        self.task = asyncio.create_task(application(_scope(token), self._receive, self._send))  # type: ignore[arg-type]

    async def begun(self) -> None:
        await asyncio.wait_for(self.first.wait(), 30)

    async def ended(self) -> bytes:
        await asyncio.wait_for(self.task, 30)
        return self.parts[-1]

    async def _receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.parts.append(message["body"])
            self.first.set()
            if len(self.parts) == self.stuck_after:
                await asyncio.Event().wait()


def _scope(token: str) -> dict[str, object]:
    return {
        "type": "http",
        "method": "GET",
        "path": EVENTS,
        "root_path": "",
        "query_string": b"after=0",
        "headers": [(b"cookie", f"lima_chat={token}".encode())],
        "client": ("203.0.113.77", 1),
    }


async def test_a_stream_ends_when_the_client_goes(world: World) -> None:
    world.stays_open = True
    listener = Listener(world.application())
    await listener.begun()
    listener.gone.set()
    await listener.ended()
    assert world.streams_ended == 1


async def test_a_client_that_reads_no_more_leaves_nothing_behind(world: World) -> None:
    world.pushed = [(1, ANSWERED), (2, ANSWERED)]
    listener = Listener(world.application(), stuck_after=2)
    while len(listener.parts) < 2:  # noqa: ASYNC110 - nothing tells that a socket is full
        await asyncio.sleep(0)
    listener.gone.set()
    await listener.ended()
    assert world.streams_ended == 1


async def test_the_oldest_of_four_ends_and_is_told_not_to_come_back(world: World) -> None:
    world.stays_open = True
    application = world.application()
    own = []
    stranger = Listener(application, OTHER)
    for _ in range(4):
        own.append(Listener(application))
        await own[-1].begun()
    assert await own[0].ended() == events.ENOUGH
    assert not any(each.task.done() for each in (*own[1:], stranger))
    own.append(Listener(application))
    assert await own[1].ended() == events.ENOUGH
    for each in (*own[2:], stranger):
        each.gone.set()
        await each.ended()
    assert world.streams_ended == 6


async def test_all_streams_end_with_the_server(world: World) -> None:
    world.stays_open = True
    channel = world.channel()
    application = Starlette(routes=channel.routes())
    listeners = [Listener(application, token) for token in (TOKEN, OTHER)]
    for each in listeners:
        await each.begun()
    channel.close()
    assert [await each.ended() for each in listeners] == [b"", b""]
    assert world.streams_ended == 2


async def test_503_beyond_what_a_process_may_hold(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "STREAMS_MAX", 1)
    world.stays_open = True
    application = world.application()
    first = Listener(application)
    await first.begun()
    second = Listener(application, OTHER)
    await second.ended()
    assert second.status == 503
    first.gone.set()
    await first.ended()
    third = Listener(application, OTHER)
    await third.begun()
    assert third.status == 200
    third.gone.set()
    await third.ended()


async def test_a_cancelled_stream_leaves_nothing_behind(world: World) -> None:
    world.stays_open = True
    listener = Listener(world.application())
    await listener.begun()
    listener.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listener.task
    assert world.streams_ended == 1
