"""The chat page: who somebody is, what works without scripts, and that nothing in it is alive or said aloud."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from bot.channel import Busy, NotTaken, SaidDifferently
from handlers.model import Choice, Reply
from tests.web.conftest import FORM, MESSAGES, PER_MINUTE, World

NASTY = "<script>alert(1)</script>\"'&{{7*7}}"


def hidden_ids(page: str) -> set[str]:
    return set(re.findall(r'name="id" value="([^"]*)"', page))


def kept(page: str) -> str:
    """What a browser would show in the input: HTML drops the first line break after the tag."""
    found = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", page, re.DOTALL)
    assert found
    return html.unescape(found[1])


# ---------------------------------------------------------------- who somebody is


async def test_the_first_visit_sets_the_cookie(client: httpx.AsyncClient) -> None:
    cookie = (await client.get("/")).headers["Set-Cookie"]
    name, *attributes = cookie.split("; ")
    assert re.fullmatch("lima_chat=[A-Za-z0-9_-]{43}", name)
    assert set(attributes) == {"HttpOnly", "Max-Age=34560000", "Path=/", "SameSite=lax", "Secure"}


async def test_the_cookie_is_not_secure_without_https(world: World) -> None:
    async with world.client(base_url="http://127.0.0.1:8000") as client:
        assert "Secure" not in (await client.get("/")).headers["Set-Cookie"]


@pytest.mark.parametrize("path", ["/", "/i/2AB-c", "/i/unknown"])
async def test_a_known_visitor_keeps_the_cookie(client: httpx.AsyncClient, path: str) -> None:
    await client.get("/")
    assert "Set-Cookie" not in (await client.get(path)).headers


@pytest.mark.parametrize("token", ["", "short", "a" * 42, "a" * 65, "a" * 42 + "!", "a" * 42 + "="])
async def test_a_malformed_cookie_is_replaced(world: World, client: httpx.AsyncClient, token: str) -> None:
    response = await client.get("/", headers={"Cookie": f"lima_chat={token}"})
    assert "lima_chat" in response.cookies
    client.cookies.clear()
    await client.post(MESSAGES, json={"id": "m", "text": "1"}, headers={"Cookie": f"lima_chat={token}"})
    assert world.heard[0].address != token


async def test_one_visitor_is_one_address(world: World, client: httpx.AsyncClient) -> None:
    await client.get("/i/2AB-c")
    await client.post(MESSAGES, json={"id": "m1", "text": "1"})
    await client.post(MESSAGES, data={"id": "m2", "text": "2"})
    assert {heard.address for heard in world.heard} == {client.cookies["lima_chat"]}


# ---------------------------------------------------------------- without scripts


async def test_the_question_that_stands_can_be_answered_by_buttons(world: World, client: httpx.AsyncClient) -> None:
    first = (await client.get("/")).text
    assert "不留名也行。" in first
    assert '<button class="option" name="text" value="1"><b class="key">1</b> <span>反映问题</span>' in first
    assert len(hidden_ids(first)) == 1
    answered = await client.post(MESSAGES, data={"id": hidden_ids(first).pop(), "text": "1"})
    assert answered.status_code == 200
    assert answered.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "主要牵涉谁？" in answered.text
    assert "村里的人" in answered.text
    assert world.heard[0].message_id in hidden_ids(first)
    assert not hidden_ids(answered.text) & hidden_ids(first), "the next message is another message"
    assert "主要牵涉谁？" in (await client.get("/")).text


async def test_a_form_shows_what_was_said(world: World, client: httpx.AsyncClient) -> None:
    response = await client.post(MESSAGES, data={"id": "m", "text": "第一行\r\n第二行"})
    assert world.heard[0].text == "第一行\n第二行"
    assert "您：</span>第一行\n第二行</p>" in response.text
    assert kept(response.text) == ""


async def test_a_scan_is_not_shown_as_a_command(client: httpx.AsyncClient) -> None:
    response = await client.post(MESSAGES, data={"id": "m", "text": "/start 2AB-c"})
    assert "（扫码）" in response.text
    assert "/start" not in response.text


@pytest.mark.parametrize(
    ("failure", "status", "same_id"),
    [
        (Busy(2), 503, True),
        (NotTaken(Reply("刚才这句没收到，对不住。"), kept=False), 503, True),
        (SaidDifferently(), 409, False),
    ],
)
async def test_a_failure_keeps_the_words(
    world: World, client: httpx.AsyncClient, failure: Exception, status: int, same_id: bool
) -> None:
    world.answer = failure
    response = await client.post(MESSAGES, data={"id": "m7", "text": "\n" + NASTY})
    assert response.status_code == status
    assert kept(response.text) == "\n" + NASTY
    assert (hidden_ids(response.text) == {"m7"}) is same_id
    assert 'href="/"' in response.text


async def test_a_failed_scan_can_be_tried_again(world: World, client: httpx.AsyncClient) -> None:
    world.answer = Busy(2)
    response = await client.post(MESSAGES, data={"id": "m7", "text": "/start 2AB-c"})
    assert 'value="/start 2AB-c"><span>再试一次' in response.text
    assert kept(response.text) == ""


async def test_too_fast_keeps_the_words_too(client: httpx.AsyncClient) -> None:
    await client.get("/")
    for number in range(PER_MINUTE):
        await client.post(MESSAGES, data={"id": f"m{number}", "text": "1"})
    response = await client.post(MESSAGES, data={"id": "late", "text": "还有"})
    assert response.status_code == 429
    assert kept(response.text) == "还有"
    assert hidden_ids(response.text) == {"late"}


async def test_errors_of_forms_are_pages(client: httpx.AsyncClient) -> None:
    response = await client.post(MESSAGES, content=b"id=m&text=" + b"a" * 5000, headers=FORM)
    assert response.status_code == 413
    assert "分成几段" in response.text
    assert response.text.startswith("<!doctype html>")


# ---------------------------------------------------------------- inert and silent


async def test_nothing_that_people_or_turns_say_is_alive(world: World, client: httpx.AsyncClient) -> None:
    world.answer = Reply(NASTY, (Choice('1"><b>', NASTY),))
    response = await client.post(MESSAGES, data={"id": "m", "text": NASTY})
    assert "<script>alert" not in response.text
    assert '<b>"' not in response.text
    assert response.text.count(html.escape(NASTY).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")) == 3


@pytest.mark.parametrize("path", ["/", "/i/2AB-c", "/i/unknown", "/demo", "/demo/desks"])
async def test_every_page_has_the_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "unsafe" not in policy
    assert ("frame-src" in policy) is (path == "/demo")


@pytest.mark.parametrize("path", ["/", "/i/2AB-c", "/i/unknown"])
async def test_titles_say_nothing(client: httpx.AsyncClient, path: str) -> None:
    page = (await client.get(path)).text
    assert re.findall("<title>(.*?)</title>", page) == ["铜仁立码监督"]
    assert '<html lang="zh-CN">' in page


@pytest.mark.parametrize("path", ["/", "/i/2AB-c", "/demo"])
async def test_pages_ask_nobody_else_and_hold_no_code(client: httpx.AsyncClient, path: str) -> None:
    page = (await client.get(path)).text
    assert all(address.startswith(("/", "data:,")) for address in re.findall(r'(?:src|href)="([^"]*)"', page))
    assert not re.search(r"<script(?! src=)|<style| style=| on[a-z]+=", page)


async def test_the_first_screen_is_small(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    size = len(page.content)
    for address in re.findall(r'(?:src|href)="(/static/[^"]*)"', page.text):
        asset = await client.get(address)
        assert asset.status_code == 200
        assert "immutable" in asset.headers["Cache-Control"]
        size += len(asset.content)
    assert size < 50_000


async def test_scripts_and_styles_are_packed_for_whoever_unpacks(client: httpx.AsyncClient) -> None:
    packed = await client.get("/static/chat.js", headers={"Accept-Encoding": "gzip, br"})
    plain = await client.get("/static/chat.js", headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < len(plain.content) / 2
    assert packed.content == plain.content
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize("name", ["none.js", "..%2fshell.py", "%2e%2e/shell.py", "page.css%00"])
async def test_no_other_file_is_served(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/static/{name}")).status_code == 404


async def test_an_outdated_address_is_not_kept_for_good(client: httpx.AsyncClient) -> None:
    assert (await client.get("/static/page.css?v=old")).headers["Cache-Control"] == "no-cache"
