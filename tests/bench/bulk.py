"""A million reports in minutes: the product's own filing, without the conversations that lead to it.

tests/bench/test_bulk.py shows that what it stores is what conversations store.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from handlers.model import About, Heard, Millis, Placard, VillageCode
from handlers.rules.routing import route
from storage import outbox, reports
from storage.statement import Rows
from tests.fakes.city import START, VILLAGES, City

CHUNK = 2000
DAY_MS = 24 * 3_600_000
WORDS = "去年冬天修的沟子，才半年就垮了一截，说是花了十好几万"


async def load(city: City, n: int, told: Callable[[int], None] = lambda done: None, first: int = 0) -> None:
    """File `n` reports of `n` people over the villages, sectors and a year of days."""
    chance = random.Random(first)
    database = city.service.database
    turns = city.service.turns
    posted: list[Placard] = []
    for village in VILLAGES:
        code = VillageCode(village)
        posted += await database.read(lambda rows, code=code: turns.catalogue.posted(rows, code))  # type: ignore[misc]
    for start in range(first, first + n, CHUNK):
        people = range(start, min(start + CHUNK, first + n))

        def chunk(rows: Rows, people: range = people) -> None:
            for number in people:
                placard, about = chance.choice(posted), chance.choice(list(About))
                file(city, rows, number, placard, about, Millis(START - chance.randrange(365) * DAY_MS))

        await database.turn(b"bulk", chunk)
        told(people.stop - first)


def file(city: City, rows: Rows, number: int, placard: Placard, about: About, at: Millis) -> None:
    """One report as `file_report` of bot/turn.py files it."""
    turns = city.service.turns
    address = f"bulk {number}"
    heard = Heard("web", address, "m", "", at)
    routing, due_day = route(placard.village, about, turns.organisation), reports.first_due(turns.when(at))
    new = reports.NewReport(placard, placard.item.version, about, routing, (("story", WORDS),), "", heard, due_day)
    account = turns.vault.account("web", address)
    made = reports.file(rows, turns.vault, new, account, turns.chance, turns.here.reports_mine_max)
    outbox.tell_desk(rows, turns.vault, turns.chance, routing.desk, made.report, at)
