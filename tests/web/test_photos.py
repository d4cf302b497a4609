"""The contract of POST /chat/files: what is heard, what is refused, and that no more is held than allowed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channel import Busy, NotTaken, SaidDifferently
from bot.channels.web import channel, photo
from handlers.model import Heard, Reply
from tests.web.conftest import ASKED, BASE_URL, FILES, PER_MINUTE, PHOTO_BYTES_MAX, START_MS, WELCOME, World
from tests.web.test_chat_page import hidden_ids
from tests.web.test_messages import ASKED_SHAPE, told

JPEG = b"\xff\xd8\xff\xe0 not one really \r\n--y\r\n"
HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9"}
STATUSES = {200, 400, 403, 413, 415, 429}


def form(*parts: tuple[str, bytes], end: bytes = b"--x--\r\n") -> bytes:
    heads = [(f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode(), value) for name, value in parts]
    return b"".join(head + value + b"\r\n" for head, value in heads) + end


async def posted(client: httpx.AsyncClient, body: Any, kind: str = "multipart/form-data; boundary=x") -> httpx.Response:
    return await client.post(FILES, content=body, headers={"Content-Type": kind})


async def test_a_photo_is_heard_and_answered(world: World, client: httpx.AsyncClient) -> None:
    response = await client.post(FILES, data={"id": "p1"}, files={"file": ("家里 <门牌>.exe", JPEG, "text/html")})
    assert response.status_code == 200
    assert response.json() == ASKED_SHAPE
    token = response.cookies["lima_chat"]
    assert world.heard == [Heard("web", token, "p1", "", START_MS, kind="photo", network="203.0.113.0/24")]
    assert world.photos == [JPEG]


async def test_the_parts_may_come_in_any_order(world: World, client: httpx.AsyncClient) -> None:
    assert (await posted(client, form(("file", JPEG), ("id", b"p1")))).status_code == 200
    assert world.photos == [JPEG]
    assert world.heard[0].message_id == "p1"


async def test_of_several_photos_only_the_first_is_answered(world: World, client: httpx.AsyncClient) -> None:
    world.answer = Reply("")
    response = await client.post(FILES, data={"id": "p2"}, files={"file": JPEG})
    assert response.status_code == 200
    assert response.json() == {"replies": []}


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x--\r\n",
        b"no form at all",
        form(("id", b"p1")),
        form(("file", JPEG)),
        form(("id", b"p1"), ("file", JPEG), end=b""),
        form(("id", b"p1"), ("id", b"p1"), ("file", JPEG)),
        form(("id", b"p1"), ("file", JPEG), ("file", JPEG)),
        form(("id", b"p1"), ("file", JPEG), ("more", b"")),
        form(("id", b""), ("file", JPEG)),
        form(("id", b"p 1"), ("file", JPEG)),
        form(("id", "一".encode()), ("file", JPEG)),
        form(("id", b"p" * 65), ("file", JPEG)),
        b"--x\r\nContent-Disposition: form-data\r\n\r\np1\r\n--x--\r\n",
        b"--x\r\n\r\np1\r\n--x--\r\n",
        b"--x\r\nA: " + b"a" * 9000 + b"\r\n\r\n\r\n--x--\r\n",
    ],
)
async def test_400_for_what_is_no_photo(world: World, client: httpx.AsyncClient, body: bytes) -> None:
    response = await posted(client, body)
    assert response.status_code == 400
    assert "重新选一张" in told(response)
    assert not world.heard


async def test_400_for_an_empty_photo_says_so(world: World, client: httpx.AsyncClient) -> None:
    response = await posted(client, form(("id", b"p1"), ("file", b"")))
    assert response.status_code == 400
    assert told(response) == "这张照片是空的，没发上来。请重新选一张。"
    assert not world.heard


@pytest.mark.parametrize("boundary", ["", "; boundary=", "; boundary=" + "x" * 71, '; boundary="\u00e9"'])
async def test_400_without_a_usable_boundary(client: httpx.AsyncClient, boundary: str) -> None:
    kind = f"multipart/form-data{boundary}".encode("latin-1")
    response = await client.post(FILES, content=form(), headers={b"Content-Type": kind})
    assert response.status_code == 400
    assert told(response)


async def test_409_for_the_same_id_with_another_photo(world: World, client: httpx.AsyncClient) -> None:
    world.answer = SaidDifferently()
    response = await posted(client, form(("id", b"p1"), ("file", JPEG)))
    assert response.status_code == 409
    assert "没有收" in told(response)


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 413)])
async def test_413_for_the_first_byte_too_many(world: World, client: httpx.AsyncClient, more: int, status: int) -> None:
    response = await posted(client, form(("id", b"p1"), ("file", b"a" * (PHOTO_BYTES_MAX + more))))
    assert response.status_code == status
    assert len(world.photos) == (status == 200)
    if more:
        assert "这张照片太大（超过0.0191兆），没发上来。\n请：截个图再发" in told(response)


async def test_413_whatever_surrounds_the_photo(world: World, client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(PHOTO_BYTES_MAX + photo.AROUND_BYTES_MAX >> 10):
            yield b"\r\n" * 512
        yield b"\r\n" * 512

    assert (await posted(client, chunks())).status_code in (400, 413)
    assert not world.heard


@pytest.mark.parametrize(
    "kind", ["", "image/jpeg", "application/json", "application/x-www-form-urlencoded", "multipart/mixed; boundary=x"]
)
async def test_415_for_other_content(world: World, client: httpx.AsyncClient, kind: str) -> None:
    response = await posted(client, JPEG, kind)
    assert response.status_code == 415
    assert "改发照片" in told(response)
    assert not world.heard


async def test_429_before_anything_is_read(world: World, client: httpx.AsyncClient) -> None:
    await client.get("/")
    for number in range(PER_MINUTE):
        await posted(client, form(("id", f"p{number}".encode()), ("file", JPEG)))
    read: list[int] = []

    async def chunks() -> AsyncIterator[bytes]:
        for number in range(3):
            read.append(number)
            yield b" "

    response = await posted(client, chunks())
    assert not read
    assert response.status_code == 429
    assert response.headers["Retry-After"] == str(60 // PER_MINUTE)
    assert "歇一分钟" in told(response)
    assert len(world.photos) == PER_MINUTE


@pytest.mark.parametrize("failure", [Busy(1.2), NotTaken(Reply("这会儿网不好，我没办成。您说的没有丢。"), kept=True)])
async def test_503_when_it_cannot_be_taken(world: World, client: httpx.AsyncClient, failure: Exception) -> None:
    world.answer = failure
    response = await posted(client, form(("id", b"p1"), ("file", JPEG)))
    assert response.status_code == 503
    assert response.headers.get("Retry-After") == ("2" if isinstance(failure, Busy) else None)
    assert told(response)
    assert "lima_chat" in response.cookies


async def test_503_for_more_photos_at_once_than_memory_is_meant_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "PHOTOS_AT_ONCE_MAX", 1)
    reading, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        reading.set()
        await go_on.wait()
        yield form(("id", b"p1"), ("file", JPEG))

    async with world.client() as client:
        first = asyncio.create_task(posted(client, slow()))
        await reading.wait()
        busy = await posted(client, form(("id", b"p2"), ("file", JPEG)))
        go_on.set()
        assert busy.status_code == 503
        assert busy.headers["Retry-After"] == "5"
        assert (await first).status_code == 200
        assert (await posted(client, form(("id", b"p2"), ("file", JPEG)))).status_code == 200


async def _one_answer(world: World, parts: Iterator[dict[str, object]]) -> dict[str, Any]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, object]:
        try:
            return next(parts)
        except StopIteration:
            await asyncio.Event().wait()
            raise AssertionError from None

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": FILES,
        "root_path": "",
        "query_string": b"",
        "headers": [(b"content-type", b"multipart/form-data; boundary=x"), (b"host", b"lima.example")],
        "client": ("203.0.113.77", 1),
    }
    await world.application()(scope, receive, send)  # type: ignore[arg-type]
    assert not world.heard
    return sent[0]


BEGUN = {"type": "http.request", "body": b'--x\r\nContent-Disposition: form-data; name="id"\r\n\r\n', "more_body": True}


async def test_408_when_the_line_drops_half_way(world: World) -> None:
    assert (await _one_answer(world, iter([BEGUN, {"type": "http.disconnect"}])))["status"] == 408


async def test_408_when_the_line_falls_silent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photo, "SILENCE_S_MAX", 0.05)
    assert (await _one_answer(world, iter([BEGUN])))["status"] == 408


async def test_a_slow_line_is_waited_for_as_long_as_it_carries_something(
    world: World, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photo, "SILENCE_S_MAX", 0.3)
    body = form(("id", b"p1"), ("file", JPEG))

    async def slowly() -> AsyncIterator[bytes]:
        for start in range(0, len(body), len(body) // 4):
            await asyncio.sleep(0.12)
            yield body[start : start + len(body) // 4]

    assert (await posted(client, slowly())).status_code == 200


async def test_a_photo_without_end_is_answered_not_read(world: World) -> None:
    def endless() -> Iterator[dict[str, object]]:
        yield BEGUN | {"body": b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n'}
        for read in range(0, PHOTO_BYTES_MAX + 1001, 1000):
            assert read <= PHOTO_BYTES_MAX + 1000
            yield BEGUN | {"body": b" " * 1000}

    assert (await _one_answer(world, endless()))["status"] == 413


@pytest.mark.parametrize(("origin", "status"), [(BASE_URL, 200), ("https://evil.example", 403), ("null", 403)])
async def test_the_origin_is_checked(world: World, client: httpx.AsyncClient, origin: str, status: int) -> None:
    response = await client.post(FILES, data={"id": "p1"}, files={"file": JPEG}, headers={"Origin": origin})
    assert response.status_code == status
    assert len(world.photos) == (status == 200)
    assert ("set-cookie" in response.headers) is (status == 200)


# ---------------------------------------------------------------- without scripts


async def test_a_form_gets_the_chat_page(world: World, client: httpx.AsyncClient) -> None:
    first = (await client.get("/")).text
    assert 'method="post" action="/chat/files" enctype="multipart/form-data"' in first
    assert "capture" not in first.partition("<form")[2]
    (id_,) = hidden_ids(first)
    response = await client.post(FILES, data={"id": id_}, files={"file": JPEG}, headers=HTML)
    assert response.status_code == 200
    assert "您：</span>（照片）</p>" in response.text
    assert "主要牵涉谁？" in response.text
    assert id_ not in hidden_ids(response.text)


async def test_a_page_shows_the_question_if_nothing_is_new(world: World, client: httpx.AsyncClient) -> None:
    await client.get("/")
    world.answer = Reply("")
    response = await client.post(FILES, data={"id": "p1"}, files={"file": JPEG}, headers=HTML)
    assert ASKED.text in response.text
    assert WELCOME.text not in response.text


async def test_a_refused_form_shows_the_way_back(client: httpx.AsyncClient) -> None:
    response = await client.post(FILES, data={"id": "p1"}, files={"file": ("", b"")}, headers=HTML)
    assert response.status_code == 400
    assert "这张照片是空的" in response.text
    assert 'href="/"' in response.text


async def test_405_for_a_restored_tab(client: httpx.AsyncClient) -> None:
    response = await client.get(FILES)
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert 'href="/"' in response.text


# ---------------------------------------------------------------- anything


NAMES = st.sampled_from(["id", "file", "more"]) | st.text(max_size=5)
PARTS = st.lists(st.tuples(NAMES, st.binary(max_size=200) | st.just(b"p1")), max_size=4)
BODIES = st.binary(max_size=2000) | PARTS.map(lambda parts: form(*parts)) | st.binary(max_size=40_000)
KINDS = st.sampled_from(["multipart/form-data; boundary=x", "multipart/form-data"]) | st.text(
    st.characters(min_codepoint=32, max_codepoint=126), max_size=40
).map(lambda more: f"multipart/form-data;{more}")


@settings(max_examples=300, deadline=None)
@given(KINDS, BODIES, st.integers(1, 50))
async def test_any_body_gets_an_answer_of_the_contract(kind: str, body: bytes, step: int) -> None:
    world = World()

    async def pieces() -> AsyncIterator[bytes]:
        size = max(1, len(body) // step)
        for start in range(0, len(body), size):
            yield body[start : start + size]

    async with world.client() as client:
        response = await posted(client, pieces(), kind)
    assert response.status_code in STATUSES
    assert len(world.photos) == (response.status_code == 200)
    assert told(response)
