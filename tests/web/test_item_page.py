"""The notice behind a printed code."""

from __future__ import annotations

import httpx
import pytest

from storage.matters import Answer
from tests.web.conftest import MESSAGES, World, placard
from tests.web.test_chat_page import hidden_ids


async def test_the_notice_says_what_hangs_on_the_wall(client: httpx.AsyncClient) -> None:
    response = await client.get("/i/2AB-c")
    assert response.status_code == 200
    for said in (
        "二组水沟修复（样例）",
        "28.6万元（县级农田水利资金）",
        "每米260元",
        "本庄镇岩门村二组",
        "2026年10月至12月",
        "本庄镇人民政府",
        "正在施工",
        "53户（人）",
        "沟宽0.6米",
        "二组路口公示牌",
        "公示日期：2026年10月16日",
        "石阡县本庄镇岩门村",
        "农业农村",
        "和实际不一样，我要反映",
    ):
        assert said in response.text
    assert 'class="ended"' not in response.text


async def test_the_button_opens_the_code_in_the_chat(world: World, client: httpx.AsyncClient) -> None:
    page = (await client.get("/i/2AB-c")).text
    assert 'action="/chat/messages"' in page
    assert 'name="text" value="/start 2AB-c"' in page
    response = await client.post(MESSAGES, data={"id": hidden_ids(page).pop(), "text": "/start 2AB-c"})
    assert response.status_code == 200
    assert world.heard[0].text == "/start 2AB-c"


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "少于10户"), (9, "少于10户"), (10, "10户（人）"), (9999, "9999户（人）"), (260_000, "26万户（人）")],
)
async def test_few_are_not_counted(world: World, client: httpx.AsyncClient, count: int, said: str) -> None:
    world.placards["few"] = placard(beneficiaries=count)
    assert said in (await client.get("/i/few")).text


@pytest.mark.parametrize(("ends_on", "ended"), [("", False), ("2026-11-24", False), ("2026-11-23", True)])
async def test_an_ended_notice_is_marked(world: World, client: httpx.AsyncClient, ends_on: str, ended: bool) -> None:
    world.placards["old"] = placard(ends_on=ends_on)
    page = (await client.get("/i/old")).text
    assert ("这个公示 2026年11月23日 结束了" in page) is ended
    assert ("我有话说" in page) is ended


async def test_a_retired_notice_is_still_shown(world: World, client: httpx.AsyncClient) -> None:
    world.placards["old"] = placard(retired=True)
    response = await client.get("/i/old")
    assert response.status_code == 200
    assert "已撤下，内容是当时公示的" in response.text
    assert "28.6万元" in response.text


@pytest.mark.parametrize("code", ["nope", "a" * 65, "..%2f..", "%00", "a%20b", "岩门", "<b>", "2AB-c%0A"])
async def test_an_unknown_code_is_answered_kindly(client: httpx.AsyncClient, code: str) -> None:
    response = await client.get(f"/i/{code}")
    assert response.status_code == 404
    if "%2f" not in code:
        assert "这个码不是我们的，或已经作废。" in response.text
        assert "不会要您输银行卡、付钱、下载东西" in response.text
    assert "<b>" not in response.text
    assert "nope" not in response.text
    assert "岩门" not in response.text


async def test_an_unknown_code_can_be_replaced_by_a_village(world: World, client: httpx.AsyncClient) -> None:
    page = (await client.get("/i/nope")).text
    assert 'value="反映">打村名找' in page
    await client.post(MESSAGES, data={"id": hidden_ids(page).pop(), "text": "反映"})
    assert world.heard[0].text == "反映"


async def test_a_malformed_code_is_not_even_looked_up(world: World, client: httpx.AsyncClient) -> None:
    world.placards["a b"] = placard()
    assert (await client.get("/i/a%20b")).status_code == 404


async def test_facts_are_inert(world: World, client: httpx.AsyncClient) -> None:
    world.placards["x"] = placard(title="<img src=x>", details=("<script>",), source="")
    page = (await client.get("/i/x")).text
    assert "<img" not in page
    assert "<script>" not in page
    assert "28.6万元（" not in page


async def test_what_was_asked_stands_below_and_is_only_text(world: World, client: httpx.AsyncClient) -> None:
    assert "大家问过的" not in (await client.get("/i/2AB-c")).text
    world.answered.append(Answer("修到<b>三组</b>不", "本庄镇人民政府", "明年再修。"))
    page = (await client.get("/i/2AB-c")).text
    assert (
        "大家问过的" in page and "问：修到&lt;b&gt;三组&lt;/b&gt;不" in page and "本庄镇人民政府答：明年再修。" in page
    )


async def test_a_list_is_shown_without_whole_names_and_phones(world: World, client: httpx.AsyncClient) -> None:
    world.placards["list"] = placard(details=("张小三 1200元 13812345678", "户主：龙家富"))
    page = (await client.get("/i/list")).text
    assert "张*三 1200元 138****5678" in page and "户主：龙*富" in page
    assert "张小三" not in page and "13812345678" not in page and "龙家富" not in page
