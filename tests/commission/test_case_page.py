"""The case page: a preview shows nothing, the first who opens has it for ten minutes, every view is in the audit."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from starlette.applications import Starlette

from bot.pages.case import COOKIE, case_routes
from tests.commission.office import accepted, case, does, facts_about, filed, first, person, says, staffed
from tests.fakes.city import City, open_city
from tests.fakes.photos import photo

STORY = "沟子垮了一截，花了十好几万"
OPEN = {"reason": "办这件事"}


@asynccontextmanager
async def browsing(city: City) -> AsyncIterator[httpx.AsyncClient]:
    routes = case_routes(
        opened=city.service.case_page, photo=city.service.case_photo, new_cookie=lambda: secrets.token_urlsafe(32),
        base_url="https://lima.example", kept_s=600, account="铜仁立码监督",
    )  # fmt: skip
    transport = httpx.ASGITransport(Starlette(routes=routes))
    async with httpx.AsyncClient(transport=transport, base_url="https://lima.example") as client:
        yield client


async def link(city: City, who: str) -> str:
    shown = await does(city, who, first(await city.say("待办", who)), "打开网页")
    return "/case/" + shown.text.rpartition("/")[2]


async def test_a_preview_shows_nothing_and_the_first_who_opens_has_it(database_url: str) -> None:
    async with open_city(database_url) as city, browsing(city) as client, browsing(city) as other:
        await staffed(city, "T-3")
        report = await filed(city, story=STORY)
        path = await link(city, "T-3")
        door, unknown = await client.get(path), await client.get("/case/" + "x" * 43)
        assert door.text == unknown.text and door.status_code == unknown.status_code == 200, "a preview learns nothing"
        assert "set-cookie" not in door.headers
        for _ in range(3):
            await other.get(path)
        shown = await client.post(path, data=OPEN)
        assert STORY in shown.text and "杨同志 11月24日 T-3" in shown.text, "words, and a watermark of who reads"
        assert "哪一项：二组水沟修复（样例）" in shown.text
        for name, value in {"cache-control": "no-store, private", "referrer-policy": "no-referrer"}.items():
            assert shown.headers[name] == door.headers[name] == value
        cookie = shown.headers["set-cookie"]
        for word in ("HttpOnly", "Secure", "SameSite=strict", f"Path={path}", "Max-Age=600"):
            assert word in cookie
        second, unknown_post = await other.post(path, data=OPEN), await other.post("/case/" + "x" * 43, data=OPEN)
        assert (second.status_code, second.text) == (unknown_post.status_code, unknown_post.text) == (404, second.text)
        assert STORY in (await client.post(path, data={})).text, "whoever opened it may come back"
        assert STORY not in (await client.get(path)).text
        facts = await facts_about(city, report)
        assert [fact.detail["reason"] for fact in facts if fact.what == "viewed"] == ["办这件事"] * 2
        city.clock.step(601)
        assert (await client.post(path, data={})).text == second.text, "ten minutes are over"


async def test_a_link_that_nobody_opened_runs_out(tmp_path: object) -> None:
    async with open_city(f"sqlite:///{tmp_path}/lima.db") as city, browsing(city) as client:
        await staffed(city, "T-3")
        await filed(city)
        path = await link(city, "T-3")
        assert (await client.post(path, data={"reason": "看看"})).status_code == 404, "not without a reason of the list"
        city.clock.step(601)
        assert (await client.post(path, data=OPEN)).status_code == 404


async def test_everything_from_acceptance_to_conclusion_on_the_page(database_url: str) -> None:
    async with open_city(database_url) as city, browsing(city) as hers, browsing(city) as chiefs:
        await staffed(city, "T-1", "T-3")
        report = await filed(city)
        path = await link(city, "T-3")
        await hers.post(path, data=OPEN)

        async def does_on(client: httpx.AsyncClient, path: str, page: str, **form: str) -> str:
            version = re.search(r'name="version" value="(\d+)"', page)
            assert version is not None, page
            return (await client.post(path, data={"version": version[1], **form})).text

        page = (await hers.post(path, data={})).text
        page = await does_on(hers, path, page, action="accept", category="工程质量")
        assert "报上去了" in page
        chiefs_path = await link(city, "T-1")
        await chiefs.post(chiefs_path, data={"reason": "审批"})
        chiefs_page = (await chiefs.post(chiefs_path, data={})).text
        assert "杨同志拟：受理" in chiefs_page and "工程质量" in chiefs_page
        stale = chiefs_page
        assert "好，办了" in await does_on(chiefs, chiefs_path, chiefs_page, action="agree")
        assert "已经有人办了一步" in await does_on(chiefs, chiefs_path, stale, action="agree")
        assert (await case(city, report)).handler == "T-3"
        page = (await hers.post(path, data={})).text
        for text, says_ in (
            ("请打 13812345678 找我，沟子会修好的", "电话"),
            ("反映人说的沟子，我们看过了，已经修好", "反映人"),
            ("村支书受到党内警告处分，沟子已经修好", "处分"),
            ("修好了", "太短"),
        ):
            answered = await does_on(hers, path, page, action="answer", text=text)
            assert says_ in answered and text in answered, "told why, and nothing typed is lost"
        assert "发出去了" in await does_on(hers, path, page, action="answer", text="我们到现场看了，沟子下周开始修。")
        assert "沟子下周开始修" in (await says(city, "村民", "看", "看下一条")).text
        page = (await hers.post(path, data={})).text
        done = await does_on(
            hers, path, page, action="conclude", result="属实，已处理、已整改", evidence="量了沟，看了合同",
            text="我们量了沟，看了合同。您说的属实，已经返工修好。",
        )  # fmt: skip
        assert "报上去了" in done
        assert "您说的属实" in (await does(city, "T-1", first(await city.say("待办", "T-1")))).text


async def test_name_and_phone_open_to_the_handler_alone_with_a_reason_and_a_row_each(database_url: str) -> None:
    async with open_city(database_url) as city, browsing(city) as hers, browsing(city) as chiefs:
        await staffed(city, "T-1", "T-3")
        await city.scan("二组水沟")
        await says(city, "村民", "1", "1", "沟子垮了", "1", "3", "张某某 13812345678", "1")
        path = await link(city, "T-3")
        await hers.post(path, data=OPEN)
        ask = {"action": "contact", "text": "要核实"}
        assert "13812345678" not in (await hers.post(path, data=ask)).text, "not before acceptance"
        await accepted(city)
        assert "13812345678" not in (await hers.post(path, data={"action": "contact", "text": " "})).text, "no reason"
        assert "张某某 13812345678" in (await hers.post(path, data=ask)).text
        chiefs_path = await link(city, "T-1")
        await chiefs.post(chiefs_path, data=OPEN)
        assert "13812345678" not in (await chiefs.post(chiefs_path, data=ask)).text, (
            "the chief approves, and does not see it"
        )
        page = (await hers.post(path, data={})).text
        version = re.search(r'name="version" value="(\d+)"', page)
        assert version is not None
        told = {"action": "answer", "version": version[1], "text": "张某某，您好：沟子已经修好了，请放心。"}
        assert "反映人留的名字" in (await hers.post(path, data=told)).text
        report = (await city.service.held_for(person("T-3"), 1))[0].report
        opened = [fact for fact in await facts_about(city, report) if fact.what == "contact_opened"]
        assert [(fact.who, fact.detail["reason"]) for fact in opened] == [("T-3", "要核实")]


async def test_photos_are_shown_to_whoever_holds_the_page_and_nobody_else(tmp_path: object) -> None:
    async with open_city(f"sqlite:///{tmp_path}/lima.db") as city, browsing(city) as hers, browsing(city) as other:
        await staffed(city, "T-3")
        await city.scan("二组水沟")
        await says(city, "村民", "1", "1")
        await city.send_photo(photo(1))
        await says(city, "村民", "1", "1")
        while await city.service.evidence.work_once():
            pass
        path = await link(city, "T-3")
        await hers.post(path, data=OPEN)
        found = re.search(r'src="(/case/[^"]+/photo/[0-9a-f]+)"', (await hers.post(path, data={})).text)
        assert found is not None
        picture = await hers.get(found[1])
        assert picture.content[:2] == b"\xff\xd8" and picture.headers["cache-control"] == "no-store, private"
        assert (await other.get(found[1])).status_code == 404
        assert (await hers.get(found[1][:-4] + "0000")).status_code == 404
        assert (await hers.get(found[1], headers={"Cookie": f"{COOKIE}=x"})).status_code == 404


async def test_what_was_typed_on_a_page_that_ran_out_is_given_back(database_url: str) -> None:
    async with open_city(database_url) as city, browsing(city) as client:
        await staffed(city, "T-3")
        await filed(city)
        path = await link(city, "T-3")
        await client.post(path, data=OPEN)
        city.clock.step(601)
        gone = await client.post(path, data={"action": "answer", "version": "0", "text": "沟子<下周>开始修"})
        assert gone.status_code == 404 and "没有发出去" in gone.text and "沟子&lt;下周&gt;开始修" in gone.text


async def test_what_is_no_form_gets_the_same_page(database_url: str) -> None:
    async with open_city(database_url) as city, browsing(city) as client:
        await staffed(city, "T-3")
        await filed(city)
        path = await link(city, "T-3")
        broken = {"content-type": "multipart/form-data; boundary=x"}
        for content, headers in ((b"--x\r\nnonsense", broken), (b"--y", {"content-type": "multipart/form-data"})):
            gone = await client.post(path, content=content, headers=headers)
            assert gone.status_code == 404 and "没找到这件事" in gone.text
        assert STORY.split("，")[0] in (await client.post(path, data=OPEN)).text, "and the link is still good"
