"""没解决: the desk above looks again, once, with the words of the first report before it; who handled that learns nothing."""

from __future__ import annotations

from tests.commission.office import accepted, case, chosen, does, filed, first, newest, person, says, staffed
from tests.commission.test_case_page import OPEN, browsing, link
from tests.fakes.city import City, open_city

STORY, ANSWER = "沟子垮了一截，花了十好几万", "我们到现场看了，查了账和合同"


async def concluded(city: City, officer: str, chief: str) -> None:
    await accepted(city, officer, chief)
    await does(
        city,
        officer,
        first(await city.say("待办", officer)),
        "办结",
        "属实",
        ":看了账和合同，到了现场",
        "用范文",
        "报批",
    )
    await does(city, chief, first(await city.say("待办", chief)), "同意")


async def rated(city: City, how: str, *then: str) -> str:
    reply = await city.say("看", "村民")
    while not any(choice.label.startswith("没解决") for choice in reply.choices):
        reply = await chosen(city, "村民", reply, "知道了")
    await chosen(city, "村民", reply, how)
    return (await says(city, "村民", *then)).text if then else ""


async def test_the_desk_above_reads_what_was_said_and_answered(database_url: str) -> None:
    async with open_city(database_url) as city, browsing(city) as county:
        await staffed(city, "T-1", "T-3", "X-2", "X-6")
        await filed(city, story=STORY)
        await concluded(city, "T-3", "T-1")
        there = await rated(city, "没解决", "3")
        assert "碧江区纪委监委会再看一遍" in there and "查询码" in there
        again = await case(city, await newest(city, "村民"))
        assert (again.facts.desk, again.source) == ("county:520602", "again")
        assert [held.report for held in await city.service.held_for(person("X-6"), 9)] == [again.report]
        assert [held.report for held in await city.service.held_for(person("T-3"), 9)] != [again.report]
        path = await link(city, "X-6")
        page = (await county.post(path, data=OPEN)).text
        assert STORY in page and ANSWER in page and "太慢了" in page and "那一件的承办单位看不到" in page
        assert "看了账和合同，到了现场" not in page, "evidence stays where it was written"

        await concluded(city, "X-6", "X-2")
        text = await rated(city, "没解决", "0")
        assert "查询码" not in text, "nobody looks a third time by this way: it would go round for ever"
        assert (await newest(city, "村民")) == again.report


async def test_what_was_solved_is_not_looked_at_again(database_url: str) -> None:
    async with open_city(database_url) as city:
        await staffed(city, "T-1", "T-3")
        report = await filed(city, story=STORY)
        await concluded(city, "T-3", "T-1")
        await rated(city, "解决了一部分")
        assert await newest(city, "村民") == report
