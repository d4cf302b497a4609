"""In quiet hours nobody is woken, and whoever speaks is answered."""

from __future__ import annotations

from pathlib import Path

from tests.commission.office import accepted, filed, staffed
from tests.fakes.city import City, open_city

NIGHT_S = 12 * 3600
"""From five past ten in the morning."""


async def _night(city: City) -> None:
    city.clock.step(NIGHT_S)


async def test_a_notice_of_the_night_comes_in_the_morning(tmp_path: Path) -> None:
    async with open_city(f"sqlite:///{tmp_path}/lima.db") as city:
        await staffed(city, "T-1", "T-3")
        await filed(city)
        await city.pushed("T-3")
        await _night(city)
        before = len(await city.pushed("村民")), len(await city.pushed("T-1"))
        await accepted(city)
        assert (len(await city.pushed("村民")), len(await city.pushed("T-1"))) == before
        city.clock.step(11 * 3600)
        assert (len(await city.pushed("村民")), len(await city.pushed("T-1"))) == (before[0] + 1, before[1] + 1)


async def test_what_is_urgent_wakes_the_desk(tmp_path: Path) -> None:
    async with open_city(f"sqlite:///{tmp_path}/lima.db") as city:
        await staffed(city, "X-5")
        await filed(city)
        await city.pushed("X-5")
        await _night(city)
        for text in ("有人为难我", "村里来人堵门", "1"):
            await city.say(text)
        assert "急的待办" in (await city.pushed("X-5"))[-1].text


async def test_a_notice_that_waits_holds_up_no_reply(tmp_path: Path) -> None:
    """On a channel that does not answer in the call the reply overtakes what waits for the morning."""
    async with open_city(f"sqlite:///{tmp_path}/lima.db") as city:
        from storage import outbox

        turns = city.service.turns
        await _night(city)
        now = city.clock.now
        due = turns.schedule.loud_at(now)
        to = ("telegram", "7")
        await city.service.database.turn(
            b"x",
            lambda rows: outbox.tell_notice(rows, turns.vault, turns.chance, to, ("reply_new", ""), now, due),
        )
        await city.service.database.turn(
            b"x", lambda rows: outbox.tell_notice(rows, turns.vault, turns.chance, to, ("photo_blurred", ""), now)
        )

        async def claimed(at: int) -> list[str]:
            work = lambda rows: outbox.claim(rows, turns.vault, at, 1000, 9)  # noqa: E731
            return [row.rest[0] for row in await city.service.database.turn(b"x", work)]

        assert await claimed(now) == ["photo_blurred"]
        assert await claimed(due + 2000) == ["reply_new"]


async def test_what_was_due_by_day_and_is_tried_at_night_waits_as_well(tmp_path: Path) -> None:
    async with open_city(f"sqlite:///{tmp_path}/lima.db") as city:
        await staffed(city, "T-3")
        await filed(city)
        await _night(city)
        assert await city.pushed("T-3") == []
        city.clock.step(12 * 3600)
        assert len(await city.pushed("T-3")) == 1
