"""The diary's page: a link opens once, for whoever asked for it, and shows nothing before."""

from __future__ import annotations

import re

import httpx
from starlette.applications import Starlette

from bot.pages.diary import diary_routes
from tests.commission.office import says
from tests.fakes.city import City, open_city
from tests.monitors.net import manned

NOTE = "三组的路铺了一半 <b>"


def _client(city: City) -> httpx.AsyncClient:
    application = Starlette(routes=diary_routes(city.service.diary, "样例账号"))
    transport = httpx.ASGITransport(app=application)
    return httpx.AsyncClient(transport=transport, base_url="http://lima.example")


async def _link(city: City, who: str) -> str:
    reply = await says(city, who, "日记", "导出")
    found = re.search(r"/diary/\S+", reply.text)
    assert found is not None, reply.as_lines()
    return found[0]


async def test_a_link_opens_once_and_shows_nothing_before(database_url: str) -> None:
    async with open_city(database_url) as city, _client(city) as client:
        await manned(city)
        await says(city, "N-3", "日记", "写一条", NOTE, "写一条", "问了一家", "0")
        link = await _link(city, "N-3")
        door = await client.get(link)
        assert door.status_code == 200 and "三组" not in door.text
        assert door.text == (await client.get("/diary/" + "x" * 44)).text
        page = await client.post(link)
        assert page.status_code == 200 and page.text.index("三组的路铺了一半 &lt;b&gt;") < page.text.index("问了一家")
        assert "no-store" in page.headers["cache-control"]
        again = await client.post(link)
        assert again.status_code == 404 and "三组" not in again.text


async def test_a_link_too_old_unknown_or_of_a_dropped_diary_is_the_same_nothing(database_url: str) -> None:
    async with open_city(database_url) as city, _client(city) as client:
        await manned(city)
        await says(city, "N-3", "日记", "写一条", NOTE)
        late = await _link(city, "N-3")
        city.clock.step(601)
        dropped = await _link(city, "N-3")
        await says(city, "N-3", "日记", "全部删掉", "全部删掉")
        answers = {(await client.post(link)).text for link in (late, dropped, "/diary/" + "x" * 44, "/diary/short")}
        assert len(answers) == 1


async def test_a_case_page_does_not_open_with_it_nor_it_with_a_case_page(database_url: str) -> None:
    async with open_city(database_url) as city, _client(city) as client:
        await manned(city)
        await says(city, "N-3", "日记", "写一条", NOTE)
        token = (await _link(city, "N-3")).removeprefix("/diary/")
        assert await city.service.case_page(token, "cookie", {"reason": "办这件事"}) is None
        assert (await client.post(f"/diary/{token}")).status_code == 200


async def test_a_full_diary_says_so_and_tips_are_filed_all_the_same(database_url: str) -> None:
    from handlers.model import Here
    from tests.monitors.net import tip

    async with open_city(database_url, here=Here(diary_entries_max=2)) as city:
        await manned(city)
        await says(city, "N-3", "日记", "写一条", "一", "写一条", "二二")
        assert "满了" in (await says(city, "N-3", "写一条", "三三")).text
        await tip(city, "N-3", "沟子垮了")
