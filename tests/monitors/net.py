"""Short cuts for tests of the nets: people bound, a tip, a report entered for somebody."""

from __future__ import annotations

from handlers.code import entry_number, query_code
from handlers.model import Reply
from tests.commission.office import says
from tests.fakes import nets
from tests.fakes.city import City

MONITORS, CADRES = ("N-3", "N-4", "N-5"), ("N-1", "N-2", "N-6")


async def manned(city: City, *officers: str) -> None:
    """The roster and the net, all of the net and these officers bound."""
    await city.staff(nets=nets.nets())
    for id_ in (*nets.POSTS, *officers):
        await city.bind(id_, id_)


async def tip(city: City, who: str, words: str, about: str = "1", item: str = "二组水沟") -> Reply:
    await says(city, who, "报", "1")
    await (city.scan(item, who) if item else city.say("不在公示里，直接说", who))
    reply = await says(city, who, about, words, "1", "1")
    if "当干部的" in reply.text:
        reply = await city.say("没有", who)
    reply = await city.say("对，报上去", who)
    assert "报上去了" in reply.text, reply.as_lines()
    return await city.say("0", who)


async def slip(city: City, n: int, village: str = nets.VILLAGE) -> tuple[str, str]:
    """登记号 and query code of a slip that lies in somebody's drawer."""
    entry, code = entry_number(n), query_code(n)
    await city.slip(entry, code, village)
    return entry, code


async def helped(city: City, who: str, entry: str, words: str) -> Reply:
    await says(city, who, "代填", entry, "不在公示里，直接说", "1", words, "1", "念完了，本人说对")
    return await city.say("本人同意，发出去", who)


async def asks_by_code(city: City, who: str, code: str) -> Reply:
    return await says(city, who, "查", "岩门", "1", code)
