"""Whoever leaves a channel for good takes the diary along, and is a monitor no more than anybody else."""

from __future__ import annotations

from functools import partial

from bot import standing
from handlers import said
from handlers.model import PersonId
from storage import severing
from storage.statement import Rows
from tests.commission.office import says
from tests.fakes import nets
from tests.fakes.city import open_city
from tests.faults.stories import everything
from tests.monitors.net import manned, tip


async def test_the_diary_and_its_links_go_with_whoever_leaves(database_url: str) -> None:
    async with open_city(database_url) as city:
        await manned(city)
        await says(city, "N-3", "日记", "写一条", "三组的路铺了一半", "导出")
        await says(city, "N-4", "日记", "写一条", "我的")
        await tip(city, "N-3", "沟子垮了")
        vault = city.service.turns.vault

        def leave(rows: Rows) -> list[int]:
            severing.sever(rows, vault, "web", "N-3", city.clock.now)
            return [len(rows.all(everything(table))) for table in ("diary", "links", "mine")]

        assert await city.service.database.turn(b"x", leave) == [1, 0, 0]
        assert len(await city.desk("township:520602104")) == 1, "the tip stays"
        assert "廉情" not in (await says(city, "N-3", "菜单")).text
        assert "廉情监督员" in (await says(city, "N-4", "0", "菜单")).text


async def test_an_officer_who_leaves_a_channel_stays_on_the_roster(database_url: str) -> None:
    async with open_city(database_url) as city:
        await manned(city, "T-3")
        vault = city.service.turns.vault
        work = partial(severing.sever, vault=vault, channel="web", address="T-3", now=city.clock.now)
        await city.service.database.turn(b"x", work)
        assert "待办 0 件" in (await city.say("待办", "T-3")).text


async def test_a_page_opened_again_after_the_net_has_changed_says_what_is_left(database_url: str) -> None:
    """It may change nothing: the next message goes on with what was told, and is not needed where nothing was."""
    async with open_city(database_url) as city:
        await manned(city)
        await says(city, "N-3", "报", "发现的问题", "不在公示里，直接说", "1", "沟子垮了")
        await says(city, "N-4", "报")
        await city.staff(nets=nets.nets("N-3", "N-4"))
        assert (await city.service.current("web", "N-3")) == said.STILL_THERE
        assert (await city.service.current("web", "N-4")) == said.NOT_FOUND
        reply = await says(city, "N-3", "好")
        assert "按群众用" in reply.text and "记下了" in reply.text
        assert "您说的：1 段话" in (await says(city, "N-3", "说完了")).text


async def test_a_monitors_lost_phone_shows_nothing_any_more(database_url: str) -> None:
    """Diary, status, menu: whoever found the phone may be a village cadre. The tip stays, and is found by its code."""
    async with open_city(database_url) as city:
        await manned(city)
        await says(city, "N-3", "日记", "写一条", "三组的路铺了一半")
        await tip(city, "N-3", "沟子垮了")
        turns = city.service.turns
        work = partial(standing.unbind, turns, person=PersonId("N-3"), now=city.clock.now)
        assert await city.service.database.turn(b"x", lambda rows: work(rows=rows))
        assert not await city.service.database.turn(b"x", lambda rows: work(rows=rows)), "once"
        for text in ("菜单", "日记", "看"):
            reply = await says(city, "N-3", text)
            assert "廉情" not in reply.as_lines() and "三组" not in reply.as_lines()
        assert "请先发村名" in (await says(city, "N-3", "查")).text
        assert len(await city.desk("township:520602104")) == 1
        assert "廉情监督员" in (await city.bind("N-3", "新手机")).text
