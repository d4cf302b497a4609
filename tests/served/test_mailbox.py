"""What waits in a mailbox goes in the end: what was fetched after a week, the rest after its days; numbers never go back."""

from __future__ import annotations

from functools import partial

from handlers.dates import day_of
from handlers.model import Reply
from storage import housekeeping, mailbox
from tests.fakes.city import City, open_city

DAYS = 90


async def _into(city: City, text: str) -> int:
    turns, today = city.service.turns, day_of(city.clock.now)
    account = turns.account("wechat", "o-villager")
    put = partial(mailbox.add, vault=turns.vault, account=account, reply=Reply(text), today=today, days=DAYS)
    return await city.service.database.turn(account, put)


async def _unread(city: City) -> list[int]:
    turns = city.service.turns
    account = turns.account("wechat", "o-villager")
    return await city.service.database.read(partial(mailbox.unread, vault=turns.vault, account=account))


async def _purged(city: City, days: int) -> int:
    """How many rows of mailboxes are removed so many days later."""
    city.clock.step(days * 86400)
    today = day_of(city.clock.now)
    due = await city.service.database.read(lambda rows: housekeeping.due(rows, today))
    done = await city.service.database.turn(b"purge", lambda rows: housekeeping.purge(rows, today))
    assert done["mailbox"] == due["mailbox"]
    return done["mailbox"]


async def test_what_was_fetched_goes_after_a_week_and_the_rest_waits(database_url: str) -> None:
    async with open_city(database_url) as city:
        turns = city.service.turns
        account = turns.account("wechat", "o-villager")
        first, second = await _into(city, "一"), await _into(city, "二")
        today = day_of(city.clock.now)
        read = partial(mailbox.read_to, vault=turns.vault, account=account, n=first, today=today)
        await city.service.database.turn(account, read)
        assert await _purged(city, 7) == 0
        assert await _purged(city, 1) == 1 and await _unread(city) == [second]
        assert await _purged(city, 1) == 1 and await _unread(city) == [second], "how far it was read, and then nothing"
        assert await _purged(city, 80) == 0 and await _purged(city, 2) == 1 and await _unread(city) == []


async def test_an_emptied_mailbox_goes_on_above_what_was_seen(database_url: str) -> None:
    """A page asks for what came after the number that it showed last."""
    async with open_city(database_url) as city:
        last = [await _into(city, f"{n}") for n in range(3)][-1]
        assert await _purged(city, DAYS + 1) == 3
        assert await _into(city, "后来的") > last
        assert len(await _unread(city)) == 1
