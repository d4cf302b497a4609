"""`lima serve` as it is run: a journey over HTTP, kills, commands beside it, a second one refused, a clean end."""

from __future__ import annotations

import asyncio
import csv
import io
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.served.process import Served, Visitor, lima, serving, visiting

CODE = re.compile(r"\d{4}-\d{4}-\d{4}")
STORY = ["1", "1", "去年冬天修的沟子，才半年就垮了一截", "1"]
NO_WAIT = {"LIMA_LIMITS__DELIBERATE_S": "0", "LIMA_LIMITS__MESSAGES_PER_MINUTE": "100000"}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("served") / "city"
    done = lima("init", "--sample", str(folder), cwd=folder.parent)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def codes(prepared: Path) -> dict[str, str]:
    """Placard codes of 岩门村 by title, as `lima placards --csv` prints them."""
    done = lima("placards", "--csv", cwd=prepared)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len({row["code"] for row in rows}) == len(rows) > 2947
    assert all(row["url"].endswith(f"/i/{row['code']}") for row in rows)
    return {row["item"]: row["code"] for row in rows if row["village"].endswith("本庄镇岩门村")}


def _ditch(codes: dict[str, str]) -> str:
    return next(code for title, code in codes.items() if "水沟" in title)


@pytest.fixture
async def served(prepared: Path) -> AsyncIterator[Served]:
    async with serving(prepared, **NO_WAIT) as process:
        yield process


async def _file(visitor: Visitor, code: str) -> str:
    """One whole report; the query code."""
    for text in (f"/start {code}", *STORY):
        reply = await visitor.say(text)
    if "得了多少" in reply["text"]:
        reply = await visitor.say("1")
    assert "请看一遍" in reply["text"], reply
    found = CODE.search((await visitor.say("1"))["text"])
    assert found
    return found[0]


async def test_a_journey_from_the_printed_code_to_the_answer(served: Served, codes: dict[str, str]) -> None:
    async with visiting(served.url) as visitor:
        page = await visitor.client.get(f"/i/{_ditch(codes)}")
        assert page.status_code == 200 and "岩门村二组水沟修复" in page.text
        query = await _file(visitor, _ditch(codes))
        again = await visitor.send(*visitor.said[-1][:2])
        assert again == visitor.said[-1][2]
        assert query in again["text"]
    async with visiting(served.url) as elsewhere:
        await elsewhere.say("查")
        await elsewhere.say("本庄镇岩门")
        await elsewhere.say("1")
        assert "本庄镇纪委" in (await elsewhere.say(query))["text"]
        differently = await elsewhere.client.post("/chat/messages", json={"id": "m1", "text": "别的话"})
        assert differently.status_code == 409
    assert served.stop()
    told = served.log.read_text()
    assert "水沟" not in told and query not in told and _ditch(codes) not in told


async def test_killed_three_times_and_nothing_that_was_acknowledged_is_lost(
    prepared: Path, codes: dict[str, str]
) -> None:
    acknowledged: list[str] = []
    for round_ in range(3):
        async with serving(prepared, **NO_WAIT) as process:
            people = [asyncio.create_task(_busy(process, codes, acknowledged)) for _ in range(4)]
            await asyncio.sleep(0.7 + 0.2 * round_)
            process.kill()
            await asyncio.gather(*people)
    assert len(acknowledged) > 3 and len(set(acknowledged)) == len(acknowledged)
    async with serving(prepared, **{**NO_WAIT, "LIMA_LIMITS__RECEIPT_TRIES_NETWORK_H": "100000"}) as process:
        async with visiting(process.url) as visitor:
            for query in acknowledged:
                await visitor.say("查")
                for text in ("本庄镇岩门", "1"):
                    await visitor.say(text)
                assert "交给了" in (await visitor.say(query))["text"], "an acknowledged report is gone"


async def _busy(process: Served, codes: dict[str, str], acknowledged: list[str]) -> None:
    """A person who reports again and again, until the line drops."""
    while True:
        try:
            async with visiting(process.url) as visitor:
                acknowledged.append(await _file(visitor, _ditch(codes)))
        except httpx.HTTPError:
            return


async def test_commands_beside_a_loaded_server_and_no_turn_fails(served: Served, codes: dict[str, str]) -> None:
    async with asyncio.TaskGroup() as group:
        people = [group.create_task(_some(served, codes, 6)) for _ in range(6)]
        for command in (["check"], ["placards", "--csv"], ["import", "items", "items.csv"], ["purge"]):
            done = await asyncio.to_thread(lima, *command, cwd=served.folder)
            assert done.returncode == 0, done.stderr + done.stdout
    assert sum(person.result() for person in people) == 36


async def _some(served: Served, codes: dict[str, str], n: int) -> int:
    for _ in range(n):
        async with visiting(served.url) as visitor:
            await _file(visitor, _ditch(codes))
    return n


async def test_a_second_server_on_the_same_file_is_refused(served: Served) -> None:
    done = await asyncio.to_thread(lima, "serve", cwd=served.folder, LIMA_SERVER__PORT="1024")
    assert done.returncode == 1 and "一个文件只能有一个" in done.stderr
    done = await asyncio.to_thread(lima, "migrate", cwd=served.folder)
    assert done.returncode == 1 and "一个文件只能有一个" in done.stderr


def test_a_sample_ring_is_not_served_to_the_public(prepared: Path) -> None:
    done = lima("serve", cwd=prepared, LIMA_SERVER__BASE_URL="https://lima.example.gov.cn")
    assert done.returncode == 1 and "样例的钥匙" in done.stderr


async def test_the_same_on_postgresql_with_two_servers(
    prepared: Path, codes: dict[str, str], postgresql_url: str
) -> None:
    url = {"LIMA_DATABASE__URL": postgresql_url}
    done = lima("import", "items", "items.csv", cwd=prepared, **url)
    assert done.returncode == 0, done.stderr
    async with serving(prepared, **NO_WAIT, **url) as one, serving(prepared, **NO_WAIT, **url) as other:
        async with visiting(one.url) as visitor:
            query = await _file(visitor, _ditch(codes))
        async with visiting(other.url) as elsewhere:
            for text in ("查", "本庄镇岩门", "1"):
                await elsewhere.say(text)
            assert "交给了" in (await elsewhere.say(query))["text"]
        assert one.stop() and other.stop()


async def test_an_open_stream_does_not_hold_up_the_end(served: Served) -> None:
    async with visiting(served.url) as visitor:
        async with visitor.client.stream("GET", "/chat/events?after=0") as stream:
            assert stream.status_code == 200
            began = asyncio.get_running_loop().time()
            assert await asyncio.to_thread(served.stop)
            assert asyncio.get_running_loop().time() - began < 8, "it waited for the stream"


async def test_an_unknown_page_is_answered_kindly(served: Served) -> None:
    async with visiting(served.url) as visitor:
        answer = await visitor.client.get("/nothing/here")
        assert (answer.status_code, "没有这一页" in answer.text) == (404, True)


def test_a_port_that_is_taken_is_said_before_anything_begins(prepared: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = lima("serve", cwd=prepared, LIMA_SERVER__PORT=str(taken.getsockname()[1]))
    assert done.returncode == 1 and "端口用不了" in done.stderr and "serving" not in done.stdout + done.stderr
