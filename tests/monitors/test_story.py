"""One month in 岩门村: three monitors, a chief who is the subject of a tip, a neighbour who cannot hear, an officer."""

from __future__ import annotations

from tests.commission.office import accepted, does, first, says
from tests.fakes import nets, people
from tests.fakes.city import City, clock_of, open_city
from tests.monitors.net import asks_by_code, helped, manned, slip, tip

DAY_S = 86_400
ANSWER = "我们看了账，问了卖米的人，三万斤米少了一万二，钱已经追回村里的账上。"


async def _days(city: City, n: int) -> None:
    clock = clock_of(city)
    for _ in range(n):
        city.clock.step(DAY_S)
        await clock.strike()


async def test_a_month(database_url: str) -> None:
    async with open_city(database_url) as city:
        # The township builds its net; what is missing shows, and no name.
        await manned(city, "T-1", "T-3", "X-3", "U-3")
        grid = await city.say("网格", "T-3")
        assert "三组：没有监督员" in grid.text and "大坪村：还没有建网" in grid.text
        assert not any(name in grid.text for name in nets.NAMES.values())
        await city.say("0", "T-3")

        # 24 November: 游三妹 of the first group tells of the chief himself. 涂光华 tells of the ditch, by its code.
        await tip(city, "N-3", "监督长侯长明把集体的三万斤米卖了，没有开会，没有下账", item="")
        await tip(city, "N-4", "二组的沟子，11月20日垮了两米")
        chief = [await city.say(text, "N-1") for text in ("菜单", "0", "查", "0", "看", "0", "网格", "0")]
        assert not any("11月24日" in reply.as_lines() for reply in chief)
        assert await city.pushed("N-1") == []

        # 侯长明, who knows nothing of it, tells of the ditch too, as the committee does.
        await tip(city, "N-1", "我们对了账，沟子的钱多付了两万")
        inbox = await city.say("待办", "T-3")
        assert "新收 3" in inbox.text
        heads = [(await does(city, "T-3", choice.label)).text for choice in inbox.choices[:3]]
        assert sorted("村监委" in head for head in heads) == [False, False, True]

        # 樊秀英 of the second group goes to old 吴, who cannot hear and reads a little: a slip, his words, his nod.
        await _days(city, 3)
        entry, code = await slip(city, 2026)
        assert "撕给本人" in (await helped(city, "N-5", entry, "我的低保停了三个月，没有人说为什么")).text
        waits = await asks_by_code(city, "老吴的孙子", code)
        assert "收到了，还没有人接办" in waits.text
        assert "码" in (await city.say("查", "N-5")).text, "she has none to look at, and is asked for a code"
        await city.say("0", "N-5")

        # The township takes the oldest in hand, the secretary agrees.
        for _ in range(4):
            await accepted(city)
        await city.pushed()
        assert "接下来办了" in (await asks_by_code(city, "老吴的孙子", code)).text
        assert await city.pushed("N-5") == []

        # December: the rice is found out about. Only the result reaches 游三妹; the chief hears nothing at all.
        await _days(city, 18)
        await _conclude(city)
        told = await _read_all(city, "N-3")
        assert any("查完了，结果是：部分属实。" in text for text in told)
        assert not any("一万二" in text for text in told)
        own = await _read_all(city, "N-1")
        assert any("结果是" in text for text in own) and not any("米" in text for text in own)
        assert {each.text for each in await city.pushed("N-1")} == {"您看过的公示有新内容。想看，发“看”。"}

        # At the end of the month the township changes a monitor: she finds what she told, and no menu.
        await city.staff(people.people(), nets.nets("N-4"))
        assert "廉情" not in (await says(city, "N-4", "0", "菜单")).as_lines()
        assert "您反映过 1 件" in (await city.say("查", "N-4")).text
        assert "一组：1 个监督员，按户数要 2 个" in (await city.say("网格", "T-3")).text


async def _conclude(city: City) -> None:
    """Every case in hand is concluded by T-3, partly true, and agreed by T-1."""
    for _ in range(4):
        inbox = await city.say("待办", "T-3")
        label = next(choice.label for choice in inbox.choices if " 受理 " in choice.label)
        await does(city, "T-3", label, "办结", "部分属实", ":账和合同", f":{ANSWER}", "报批")
        await does(city, "T-1", first(await city.say("待办", "T-1")), "同意")
    await city.pushed()


async def _read_all(city: City, who: str) -> list[str]:
    """What “看” shows, until nothing is new."""
    found = []
    for _ in range(6):
        reply = await city.say("看", who)
        found.append(reply.text)
        await city.say("1", who)
        await city.say("0", who)
    return found
