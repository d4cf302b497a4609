"""A draft with words waits for its person, whatever else is looked at in between; and what is thrown away is that draft."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from handlers import said
from handlers.code import SCAN
from handlers.model import Here
from storage import conversations
from tests.fakes import nets
from tests.fakes.city import City, open_city
from tests.faults.stories import account_of, everything, reports_of

STORY = "水沟垮了"


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    async with open_city(f"sqlite:///{tmp_path}/lima.db", files=tmp_path / "files") as opened:
        yield opened


async def _says(city: City, *texts: str) -> str:
    for text in texts:
        told = (await city.say(text)).as_lines()
    return told


async def _begins(city: City, title: str = "二组水沟", village: str = "520602104201") -> None:
    """A report, stopped in the middle of its story."""
    await city.say(f"{SCAN} {await city.code_of(title, village)}")
    assert "记下了" in await _says(city, "1", "1", f"{title}：{STORY}")


async def _drafts(city: City) -> list[str]:
    """What is kept of the person's words, the current draft first, then the last parked."""
    vault, account = city.service.turns.vault, account_of(city, "村民")

    def look(rows: object) -> list[str]:
        current = conversations.current(rows, vault, account)  # type: ignore[arg-type]
        parked = conversations.parked(rows, vault, account)  # type: ignore[arg-type]
        drafts = [draft for draft in (current, *parked) if draft is not None]
        return [words for draft in drafts for words in conversations.words(rows, draft, "story")]  # type: ignore[arg-type]

    return await city.service.database.read(look)


async def test_looking_around_pushes_no_draft_out(city: City) -> None:
    await _begins(city)
    for title in ("村级光伏", "临时救助", "机耕道", "耕地地力", "村级光伏", "临时救助"):
        await city.scan(title)
        await _says(city, "保密")
    assert "没说完" in await _says(city, "反映")
    assert "记下了" in await _says(city, "1")
    assert await _drafts(city) == [f"二组水沟：{STORY}"]


@pytest.mark.parametrize("aside", ["保密", "人工"])
async def test_what_is_gone_on_with_or_deleted_is_the_draft(city: City, aside: str) -> None:
    """And not the placard that was looked at last."""
    await _begins(city)
    await city.scan("村级光伏")
    await _says(city, aside)
    assert "没说完" in await _says(city, "反映")
    assert "记下了" in await _says(city, "1")

    await city.scan("村级光伏")
    await _says(city, aside)
    assert "删掉了" in await _says(city, "反映", "3")
    assert await _drafts(city) == []


async def test_the_draft_of_a_placard_is_gone_on_with_though_the_placard_was_looked_at(city: City) -> None:
    await _begins(city)
    await city.scan("村级光伏")
    await city.scan("二组水沟")
    await _says(city, "保密")
    await city.scan("二组水沟")
    assert "没说完" in await _says(city, "1")
    assert "记下了" in await _says(city, "1")
    await city.scan("二组水沟")
    await _says(city, "保密")
    await city.scan("二组水沟")
    await _says(city, "1", "2")
    assert await _drafts(city) == []


async def test_an_aside_leads_back_to_what_it_interrupted(city: City) -> None:
    await _begins(city)
    await city.scan("村级光伏")
    card = (await city.scan("临时救助")).text
    for _ in range(3):
        assert await _says(city, "保密", "0") == await _says(city, "人工", "1")
    assert (await city.service.current("web", "村民")).text == card
    assert await _drafts(city) == [f"二组水沟：{STORY}"]


async def test_five_drafts_wait_and_the_sixth_takes_the_place_of_the_oldest(city: City) -> None:
    titles = ("二组水沟", "村级光伏", "临时救助", "耕地地力")
    for title in titles:
        await _begins(city, title)
    await _begins(city, "村级光伏", "520602104202")
    await city.scan("机耕道")
    await _says(city, "保密", "0", "人工", "1")
    all_five = [f"{title}：{STORY}" for title in ("村级光伏", *reversed(titles))]
    assert await _drafts(city) == all_five, "a question that was interrupted pushes none out"
    await _begins(city, "耕地地力", "520602104202")
    await _says(city, "菜单")
    assert await _drafts(city) == [f"耕地地力：{STORY}", *all_five[:4]]


async def test_a_list_that_was_ticked_pushes_no_words_out(city: City) -> None:
    await city.staff(nets=nets.nets())
    await city.bind("N-3", "村民")
    await _says(city, "清单", "1", "1")
    titles = ("二组水沟", "村级光伏", "临时救助", "耕地地力")
    for title in titles:
        await _begins(city, title)
    assert "没填完" in await _says(city, "清单"), "there was room for it"
    await _begins(city, "村级光伏", "520602104202")
    all_five = [f"{title}：{STORY}" for title in ("村级光伏", *reversed(titles))]
    assert await _drafts(city) == all_five
    assert "约 2 分钟" in await _says(city, "清单"), "the list has gone for the fifth"
    assert await _says(city, "1", "1", "退出") == said.LEFT.text
    assert await _drafts(city) == all_five


async def test_the_receipt_of_one_report_too_many_is_shown_all_the_same(tmp_path: Path) -> None:
    """What an account can find again is bounded; the oldest goes, and is still found by its code."""
    here = Here(reports_mine_max=2)
    async with open_city(f"sqlite:///{tmp_path}/lima.db", here, files=tmp_path / "files") as city:
        for n, title in enumerate(("二组水沟", "村级光伏", "村级光伏")):
            await _begins(city, title, "520602104202" if n == 2 else "520602104201")
            assert "发出去了" in await _says(city, "1", "1"), f"report {n + 1}"
        assert len(await reports_of(city, "村民")) == 2
        assert "您反映过 2 件" in await _says(city, "查")


async def test_hiding_a_report_leaves_no_conversation_about_it(city: City) -> None:
    """Also none that waits behind an aside."""
    await _begins(city)
    await _says(city, "1", "1", "保密")
    assert "报村名" in await _says(city, "查", "1", "1", "2")
    subjects = await city.service.database.read(lambda rows: [row[3] for row in rows.all(everything("conversations"))])
    assert subjects == []
