"""The demo: codes to click, a phone, and desks that see no words."""

from __future__ import annotations

import re

import httpx

from bot.pages.demo import qr
from tests.web.conftest import World


async def test_the_page_shows_codes_phone_and_desks(client: httpx.AsyncClient) -> None:
    page = (await client.get("/demo")).text
    assert '<iframe id="phone" name="phone" src="/"' in page
    assert 'href="/i/2AB-c" target="phone"' in page
    assert page.count("<svg viewBox=") == 1
    assert "二组水沟&lt;修复&gt;" in page
    assert len(re.findall("<li><b>", page)) == 3
    assert 'lang="en"' in page


async def test_a_desk_sees_number_day_sector_place_and_why(client: httpx.AsyncClient) -> None:
    part = (await client.get("/demo/desks")).text
    for seen in ("KFB-JZJ", "11月24日", "农业农村", "石阡县本庄镇岩门村", "牵涉的是镇上的干部", "区（县）"):
        assert seen in part
    assert "<html" not in part


async def test_a_bypassed_desk_sees_nothing_not_even_a_count(world: World, client: httpx.AsyncClient) -> None:
    part = (await client.get("/demo/desks")).text
    township = part.split("</article>")[0]
    assert "本庄镇纪委" in township
    assert "这里什么也没有，数目也没有" in township
    assert not re.search(r"\d", township.replace("h3", ""))
    world.desks.clear()
    assert (await client.get("/demo/desks")).text.strip() == ""


async def test_words_never_reach_the_desks(world: World, client: httpx.AsyncClient) -> None:
    await client.post("/chat/messages", json={"id": "m", "text": "黄家门口那一截垮了"})
    assert world.heard
    for path in ("/demo", "/demo/desks"):
        assert "黄家门口" not in (await client.get(path)).text


def test_a_code_is_drawn_once() -> None:
    assert qr("https://lima.example/i/A") is qr("https://lima.example/i/A")
    assert qr("https://lima.example/i/A") != qr("https://lima.example/i/B")
