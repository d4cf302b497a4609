"""The contract of POST /chat/messages (design.md §4): what is heard, and what each failure looks like."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from bot.channel import Busy, NotTaken, SaidDifferently
from handlers.model import Heard, Reply
from tests.web.conftest import ASKED, BASE_URL, BYTES_MAX, FORM, MESSAGES, PER_MINUTE, START_MS, World
from tests.wording import EMOJI, NEVER_SAID

ASKED_SHAPE = {
    "replies": [
        {"text": ASKED.text, "options": [{"key": "1", "label": "村里的人"}, {"key": "0", "label": "不弄了"}]},
    ]
}
GOOD = {"id": "m1", "text": "1"}


def told(response: httpx.Response) -> str:
    """The one sentence of an answer, in the shape and the words that every answer has."""
    body = response.json()
    assert list(body) == ["replies"]
    (reply,) = body["replies"]
    assert list(reply) == ["text", "options"]
    text: str = reply["text"]
    assert not NEVER_SAID.search(text)
    assert not EMOJI.search(text)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in text)
    return text


async def test_a_message_is_heard_and_answered(world: World, client: httpx.AsyncClient) -> None:
    response = await client.post(MESSAGES, json={"id": "A-b_9", "text": "您好"})
    assert response.status_code == 200
    assert response.json() == ASKED_SHAPE
    token = response.cookies["lima_chat"]
    assert world.heard == [Heard("web", token, "A-b_9", "您好", START_MS, network="203.0.113.0/24")]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.9", "198.51.100.0/24"),
        ("::ffff:198.51.100.9", "198.51.100.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("a-socket", ""),
    ],
)
async def test_the_network_is_the_peers_own(world: World, address: str, network: str) -> None:
    async with world.client(address=address) as client:
        await client.post(MESSAGES, json=GOOD, headers={"X-Forwarded-For": "192.0.2.1", "Forwarded": "for=192.0.2.1"})
    assert world.heard[0].network == network


@pytest.mark.parametrize(
    ("body", "heard"),
    [
        ('{"id":"m","text":""}', ""),
        ('{"id":"m","text":"  \\u200b"}', "  \u200b"),
        ('{"id":"m","text":"a\\ud800b\\u0000c"}', "a\ufffdb\ufffdc"),
        ('{"id":"m","text":"\\ud83d\\ude00"}', "\U0001f600"),
        ('{"id":"m","text":"<script>alert(1)</script>{{7*7}}"}', "<script>alert(1)</script>{{7*7}}"),
    ],
)
async def test_words_are_passed_on_as_they_are(world: World, client: httpx.AsyncClient, body: str, heard: str) -> None:
    response = await client.post(MESSAGES, content=body, headers={"Content-Type": "application/json; charset=utf-8"})
    assert response.status_code == 200
    assert world.heard[0].text == heard


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"1"',
        b"{}",
        b"[" * 3000,
        b"9" * 4000,
        b'{"id":"m"}',
        b'{"text":"1"}',
        b'{"id":"","text":"1"}',
        b'{"id":"  ","text":"1"}',
        b'{"id":"m\\n","text":"1"}',
        '{"id":"一","text":"1"}'.encode(),
        b'{"id":"' + b"m" * 65 + b'","text":"1"}',
        b'{"id":1,"text":"1"}',
        b'{"id":"m","text":1}',
        b'{"id":"m","text":null}',
        b'{"id":"m","text":["1"]}',
        b'{"id":"m","text":"1","address":"x"}',
    ],
)
async def test_400_for_what_is_no_message(world: World, client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post(MESSAGES, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert told(response)
    assert not world.heard


@pytest.mark.parametrize(
    "body", [b"", b"id=m", b"text=1", b"id=m&text=1&text=2", b"id=m&text=1&more=1", b"id=%00&text=1"]
)
async def test_400_for_a_form_that_is_no_message(world: World, client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post(MESSAGES, content=body, headers=FORM)
    assert response.status_code == 400
    assert "没有收到" in response.text
    assert not world.heard


async def test_409_for_the_same_id_with_other_words(world: World, client: httpx.AsyncClient) -> None:
    world.answer = SaidDifferently()
    response = await client.post(MESSAGES, json=GOOD)
    assert response.status_code == 409
    assert "没有收" in told(response)


async def chunks(count: int) -> AsyncIterator[bytes]:
    for _ in range(count):
        yield b" " * 1024


@pytest.mark.parametrize("length", [None, "10", str(10**12)])
async def test_413_whatever_length_is_announced(world: World, client: httpx.AsyncClient, length: str | None) -> None:
    headers = {"Content-Type": "application/json"} | ({"Content-Length": length} if length else {})
    response = await client.post(MESSAGES, content=chunks(BYTES_MAX // 1024 + 1), headers=headers)
    assert response.status_code == 413
    assert "分成几段" in told(response)
    assert not world.heard


async def test_a_body_of_exactly_the_limit_is_taken(client: httpx.AsyncClient) -> None:
    empty = len(json.dumps({"id": "m", "text": ""}))
    body = json.dumps({"id": "m", "text": "a" * (BYTES_MAX - empty)})
    response = await client.post(MESSAGES, content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 200


async def test_reading_stops_at_the_first_byte_too_many(world: World) -> None:
    """A body without end is answered, not read."""
    sent: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b" " * 1000, "more_body": True}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    await world.application()(_scope(), receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 413


async def test_408_when_the_line_drops_half_way(world: World) -> None:
    sent: list[dict[str, object]] = []
    parts: Iterator[dict[str, object]] = iter(
        [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    )

    async def receive() -> dict[str, object]:
        return next(parts)

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    await world.application()(_scope(), receive, send)  # type: ignore[arg-type]
    assert sent[0]["status"] == 408
    assert not world.heard


def _scope() -> dict[str, object]:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": MESSAGES,
        "raw_path": MESSAGES.encode(),
        "root_path": "",
        "query_string": b"",
        "scheme": "https",
        "headers": [(b"content-type", b"application/json"), (b"host", b"lima.example")],
        "client": ("203.0.113.77", 1),
        "server": ("lima.example", 443),
    }


@pytest.mark.parametrize("kind", [None, "", "text/plain", "multipart/form-data; boundary=x", "application/xml", "json"])
async def test_415_for_other_content(world: World, client: httpx.AsyncClient, kind: str | None) -> None:
    headers = {} if kind is None else {"Content-Type": kind}
    response = await client.post(MESSAGES, content=json.dumps(GOOD), headers=headers)
    assert response.status_code == 415
    assert "改发文字" in told(response)
    assert not world.heard


async def test_429_for_speaking_too_fast(world: World, client: httpx.AsyncClient) -> None:
    await client.get("/")
    for number in range(PER_MINUTE):
        assert (await client.post(MESSAGES, json={"id": f"m{number}", "text": "1"})).status_code == 200
    response = await client.post(MESSAGES, json={"id": "late", "text": "1"})
    assert response.status_code == 429
    assert "歇一分钟" in told(response)
    assert response.headers["Retry-After"] == str(60 // PER_MINUTE)
    assert len(world.heard) == PER_MINUTE
    world.at = type(world.at)(world.at + 12_000)
    assert (await client.post(MESSAGES, json={"id": "late", "text": "1"})).status_code == 200


async def test_leaving_the_cookie_away_is_no_way_to_speak_faster(world: World, client: httpx.AsyncClient) -> None:
    statuses = []
    for number in range(PER_MINUTE + 1):
        client.cookies.clear()
        statuses.append((await client.post(MESSAGES, json={"id": f"m{number}", "text": "1"})).status_code)
    assert statuses == [200] * PER_MINUTE + [429]


async def test_503_when_busy(world: World, client: httpx.AsyncClient) -> None:
    world.answer = Busy(1.2)
    response = await client.post(MESSAGES, json=GOOD)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "2"
    assert "12388" in told(response)


async def test_503_with_the_turns_own_words_when_it_failed(world: World, client: httpx.AsyncClient) -> None:
    world.answer = NotTaken(Reply("这会儿网不好，我没办成。您说的没有丢。"), kept=True)
    response = await client.post(MESSAGES, json=GOOD)
    assert response.status_code == 503
    assert told(response) == "这会儿网不好，我没办成。您说的没有丢。"
    assert "lima_chat" in response.cookies, "a retry must find the words under the same account"


@pytest.mark.parametrize(
    ("origin", "host", "status"),
    [
        (None, "lima.example", 200),
        (BASE_URL, "lima.example", 200),
        (BASE_URL.upper(), "lima.example", 200),
        (BASE_URL, "10.0.0.3:8000", 200),
        ("http://10.0.0.3:8000", "10.0.0.3:8000", 200),
        ("https://evil.example", "lima.example", 403),
        ("http://lima.example.evil.example", "lima.example", 403),
        ("https://lima.example:444", "lima.example", 403),
        ("null", "lima.example", 403),
        ("", "lima.example", 403),
        ("file://", "lima.example", 403),
        ("android-app://lima.example", "lima.example", 403),
    ],
)
async def test_the_origin_is_checked(
    world: World, client: httpx.AsyncClient, origin: str | None, host: str, status: int
) -> None:
    headers = {"Host": host} | ({} if origin is None else {"Origin": origin})
    response = await client.post(MESSAGES, json=GOOD, headers=headers)
    assert response.status_code == status
    assert len(world.heard) == (status == 200)
    if status == 403:
        assert told(response)
        assert "set-cookie" not in response.headers, "another site must not make a browser forget who it is"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_405_for_other_methods(client: httpx.AsyncClient, method: str) -> None:
    assert (await client.request(method, MESSAGES)).status_code == 405


async def test_405_for_a_restored_tab_shows_the_way_back(client: httpx.AsyncClient) -> None:
    response = await client.get(MESSAGES)
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert 'href="/"' in response.text


async def test_answers_are_never_kept_by_a_browser(client: httpx.AsyncClient) -> None:
    for response in (await client.post(MESSAGES, json=GOOD), await client.post(MESSAGES, content=b"")):
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
