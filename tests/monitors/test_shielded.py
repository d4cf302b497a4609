"""Two towns, the same but for what one monitor did and what the people of the net are called: nobody of the village can
tell which one they are in.

Chief, deputy, cadre, the other monitors and a villager say the same random things in both and must hear the same; no
list, status, push or figure of theirs depends on a tip, on a report that was entered, or on who the monitors are.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

from handlers.model import PersonId, Reply
from handlers.rules.nets import Net
from tests.commission.office import accepted, does, says
from tests.fakes import nets
from tests.fakes.city import City, open_city
from tests.monitors.net import CADRES, helped, manned, slip, tip

PROBES = (*CADRES, "N-4", "N-5", "路人", "U-3")
"""Everybody of the village but the one who tells, somebody of no office, and an officer of another township."""
WORDS = (
    "菜单", "报", "清单", "查", "看", "日记", "代填", "网格", "待办", "超期", "周报", "反映", "岩门", "人工", "有人为难我", "退出",
    "游三妹", "监督员是谁", "1", "2", "3", "4", "0", "一段话",
)  # fmt: skip
SECRET = ("三万斤米", "屋后的坎垮了", "侯长明包了路", "我记的账", "查了仓库")
CHANCE = re.compile(r"\d{4}-\d{4}-\d{4}|尾号 \d{4}|/(case|diary)/\S+|[0-9A-Z]{3}-[0-9A-Z]{3}")
ROUNDS, STEPS = 6, 12


async def test_nobody_of_the_village_can_tell(database_url: str, long: bool, tmp_path: Path) -> None:
    chance = random.Random(20261124)
    async with open_city(database_url) as busy, open_city(f"sqlite:///{tmp_path}/quiet.db") as quiet:
        for city in (busy, quiet):
            await manned(city, "T-1", "T-3", "U-3")
        await quiet.staff(nets=_others(nets.nets()))
        heard = 0
        for round_ in range(ROUNDS * (5 if long else 1)):
            await _acts(busy, round_)
            quiet.clock.now = busy.clock.now
            for who in PROBES:
                heard += await _same(busy, quiet, who, chance)
        assert heard > ROUNDS * len(PROBES) * STEPS / 2
        assert len(await busy.desk("township:520602104")) > 0, "the busy town was busy"


def _others(wanted: list[tuple[Net, dict[PersonId, str]]]) -> list[tuple[Net, dict[PersonId, str]]]:
    """The same net of people who are called otherwise: who they are may make no difference either."""
    return [(net, {id_: f"另{n}" for n, id_ in enumerate(names)}) for net, names in wanted]


async def _acts(city: City, n: int) -> None:
    """What the monitor of the first group does, and what the township makes of it."""
    match n % 6:
        case 0:
            await tip(city, "N-3", "监督长侯长明包了路，三万斤米没有下账", item="")
        case 1:
            entry, _ = await slip(city, n + 1)
            await helped(city, "N-3", entry, "屋后的坎垮了，没人管")
        case 2:
            await says(city, "N-3", "日记", "写一条", "我记的账", "0", "清单", "开始", "1", "3", "退出")
        case 3:
            await accepted(city)
        case 4:
            inbox = await city.say("待办", "T-3")
            taken = next(choice.label for choice in inbox.choices if "受理" in choice.label)
            await does(city, "T-3", taken, "给反映人回话", ":我们查了仓库，米还在对账，对完了告诉您。", "发")
        case 5:
            await tip(city, "N-3", "村里的人又把米拉走了", about="4")
            await city.staff(nets=nets.nets())
    await city.pushed()


async def _same(busy: City, quiet: City, who: str, chance: random.Random) -> int:
    """The same things said in both towns; how many were answered with something to choose."""
    found = 0
    replies: tuple[Reply, Reply] = (Reply(""), Reply(""))
    for _ in range(STEPS):
        keys = [choice.key for choice in replies[0].choices]
        text = chance.choice(keys) if keys and chance.random() < 0.6 else chance.choice(WORDS)
        id_ = f"{who}-{chance.getrandbits(60)}"
        replies = (await busy.say(text, who, id_=id_), await quiet.say(text, who, id_=id_))
        one, other = (CHANCE.sub("____", reply.as_lines()) for reply in replies)
        assert one == other, f"{who} said {text}"
        assert not any(each in one for each in SECRET)
        found += bool(replies[0].choices)
    pushes = [[CHANCE.sub("____", each.text) for each in await city.pushed(who)] for city in (busy, quiet)]
    assert pushes[0] == pushes[1], f"pushed to {who}"
    return found
