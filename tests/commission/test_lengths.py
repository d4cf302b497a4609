"""The longest of everything still fits a message: names, places, units, evidence and answers at their limits."""

from __future__ import annotations

from dataclasses import replace

from handlers.model import Person
from handlers.rules.wording import ANSWER_CHARS_MAX, QUESTION_CHARS_MAX
from tests.commission.office import accepted, does, filed, first, says, staffed
from tests.fakes import people
from tests.fakes.city import open_city
from tests.wording import broken_rule

LONG = "欧阳上官诸葛司马东方独孤令狐慕容尉迟长孙"
"""Twenty characters, the longest name that a roster takes."""


async def test_at_their_longest_messages_keep_the_rules(tmp_path: object) -> None:
    async with open_city(f"sqlite:///{tmp_path}/lima.db") as city:
        await staffed(city, "T-1", "T-2", "T-3")
        ties = frozenset(f"碧江区某某某某某某单位第{n}科" for n in range(20)) | {"520602104202"}
        listed: list[tuple[Person, str]] = [
            (replace(p, ties=ties) if p.id == "T-2" else p, LONG) for p, _ in people.people()
        ]
        await city.staff(listed)
        replies = [await city.say(f"绑定 {await city.invite('T-2')}", "T-2")]
        await city.say("0", "T-2")
        await filed(city)
        replies += [await does(city, "T-2", first(await city.say("待办", "T-2")))]
        await accepted(city)
        replies += [
            await does(city, "T-3", first(await city.say("待办", "T-3")), "追问反映人", ":" + "问" * QUESTION_CHARS_MAX)
        ]
        await city.say("1", "T-3")
        await city.say("看")
        replies += [await says(city, "村民", "看")]
        replies += [
            await does(
                city, "T-3", first(await city.say("待办", "T-3")), "办结", "查不了", ":" + "证" * 100,
                ":" + "答" * ANSWER_CHARS_MAX,
            )
        ]  # fmt: skip
        await city.say("1", "T-3")
        replies += [await does(city, "T-3", first(await city.say("待办", "T-3")))]
        replies += [await does(city, "T-1", first(await city.say("待办", "T-1")))]
        await city.say("同意", "T-1")
        replies += [await says(city, "村民", "看")]
        for reply in replies:
            assert broken_rule(reply, officer=True) == ""
