"""Nets come with the roster: one transaction, one state whatever the order, and nobody's binding is lost by the way."""

from __future__ import annotations

import random
from dataclasses import replace

from storage.nets import Nets
from storage.statement import Rows
from tests.fakes import nets, people
from tests.fakes.city import COUNTIES, City, open_city
from tests.monitors.net import manned


async def _stored(city: City) -> tuple[object, object]:
    found = Nets(COUNTIES)

    def look(rows: Rows) -> None:
        found.refresh(rows, city.service.turns.vault)

    await city.service.database.read(look)
    return found.by_village, found.listed_for_inviting()


async def test_any_order_of_imports_ends_in_one_state(database_url: str) -> None:
    chance = random.Random(5)
    async with open_city(database_url) as city:
        await city.staff(nets=nets.nets())
        wanted = await _stored(city)
        assert len(wanted[1]) == 6  # type: ignore[arg-type]
        for _ in range(12):
            for step in chance.sample(("people", "both", "fewer", "less"), 4):
                match step:
                    case "people":
                        await city.staff()
                    case "both":
                        await city.staff(nets=nets.nets())
                    case "fewer":
                        await city.staff(nets=nets.nets("N-3", "N-1"))
                    case "less":
                        await city.staff(people.people("C-4"), nets=nets.nets())
            await city.staff(nets=[(replace(net), dict(names)) for net, names in nets.nets()])
            assert await _stored(city) == wanted


async def test_an_import_of_the_roster_alone_leaves_monitors_bound(database_url: str) -> None:
    async with open_city(database_url) as city:
        await manned(city, "T-3")
        await city.staff(people.people("C-4"))
        assert "廉情监督员" in (await city.say("菜单", "N-3")).text
        assert "待办" in (await city.say("菜单", "T-3")).as_lines()


async def test_whoever_is_not_in_the_net_any_more_is_not_bound(database_url: str) -> None:
    async with open_city(database_url) as city:
        await manned(city)
        await city.staff(nets=nets.nets("N-3"))
        assert "廉情" not in (await city.say("菜单", "N-3")).text
        await city.staff(nets=nets.nets())
        assert "廉情" not in (await city.say("菜单", "N-3")).text, "back in the net, one binds anew"
        assert "廉情监督员" in (await city.bind("N-3", "N-3")).text


async def test_nothing_of_a_net_lies_open_in_the_database(database_url: str) -> None:
    async with open_city(database_url) as city:
        await manned(city)
        from tests.faults.stories import everything

        def look(rows: Rows) -> bytes:
            return repr([rows.all(everything(name)) for name in ("nets", "bindings", "invites", "audit")]).encode()

        whole = await city.service.database.read(look)
        for name in (*nets.NAMES.values(), "一组", "户代表会推选"):
            assert name.encode() not in whole and repr(name.encode())[2:-1].encode() not in whole
