"""The disk fills while many people talk: whoever was answered is kept, everybody else hears 没收到 and can say it again."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bot.channel import NotTaken
from tests.fakes.city import City, open_city
from tests.faults.stories import Line, balanced, filing, reports_of, turns_taken

PEOPLE = 60
PAGES_LEFT = (0, 12, 60)
PAGES_LEFT_LONG = range(100)


@pytest.mark.parametrize("some", range(len(PAGES_LEFT)))
async def test_what_was_answered_survives_a_full_disk(some: int, long: bool, tmp_path: Path) -> None:
    rounds = list(PAGES_LEFT_LONG)[some :: len(PAGES_LEFT)] if long else [PAGES_LEFT[some]]
    for pages_left in rounds:
        await _full_after(pages_left, f"sqlite:///{tmp_path}/lima-{pages_left}.db")


async def _full_after(pages_left: int, url: str) -> None:
    async with open_city(url) as city:
        code = await city.code_of("二组水沟")
        talks = [filing(f"人{n}", code, story="水沟垮了" * (1 + 40 * (n % 3))) for n in range(PEOPLE)]
        await _room_for(city, pages_left)

        answered: dict[str, str] = {}
        refused = await asyncio.gather(*(_talk(city, lines, answered) for lines in talks))
        assert any(refused), "the disk was never full"
        for refusal in filter(None, refused):
            assert not refusal.kept and "没收到" in refusal.reply.text

        assert await turns_taken(city) == len(answered)
        filed = await balanced(city)
        assert filed == sum(lines[-1].id in answered for lines in talks)
        for lines in talks:  # a retry of what was taken needs no room
            for line in lines:
                if line.id in answered:
                    assert (await city.service.hear(line.heard(60))).as_lines() == answered[line.id]

        await _room_for(city, 100_000)
        replies = await asyncio.gather(*(_talk(city, lines, {}, 600) for lines in talks))
        assert not any(replies)
        assert await turns_taken(city) == sum(map(len, talks))
        assert await balanced(city) == PEOPLE
        assert [len(await reports_of(city, lines[0].who)) for lines in talks] == [1] * PEOPLE
    check = sqlite3.connect(url.removeprefix("sqlite:///"))
    assert check.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    check.close()


async def _room_for(city: City, pages: int) -> None:
    writer: Any = city.service.database._writer  # type: ignore[attr-defined]  # the limit is the connection's own
    ((now,),) = await writer.execute_fetchall("PRAGMA page_count")
    await writer.execute_fetchall(f"PRAGMA max_page_count = {now + pages}")


async def _talk(city: City, lines: list[Line], answered: dict[str, str], later_s: float = 0.0) -> NotTaken | None:
    """Until the end, or until something is not taken."""
    for line in lines:
        try:
            reply = await city.service.hear(line.heard(later_s))
        except NotTaken as refusal:
            return refusal
        assert answered.setdefault(line.id, reply.as_lines()) == reply.as_lines()
    return None
