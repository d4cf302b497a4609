"""The longest names and words there may be still fit a message (dialogues.md §0.1)."""

from __future__ import annotations

import re
from dataclasses import replace

from config.organisation import NAME_CHARS_MAX, PHONE_CHARS_MAX
from handlers.matters import CONCERN_CHARS_MAX, QUESTION_CHARS_MAX, REPLY_CHARS_MAX
from handlers.model import DeskId
from handlers.organisation import Department
from tests.asking.test_nothing_unseen import _all_matters, _staffed
from tests.fakes.city import City, open_city
from tests.wording import broken_rule


def _lengthened(city: City) -> None:
    organisation = city.service.turns.organisation

    def longest(name: str) -> str:
        return name + "长" * (NAME_CHARS_MAX - len(name))

    def department(each: Department) -> Department:
        phone = each.phone + "1" * (PHONE_CHARS_MAX - len(each.phone))
        name = each.name if each.place == "520602104" else longest(each.name)
        return replace(each, name=name, phone=phone)

    desks = {id_: replace(desk, name=longest(desk.name)) for id_, desk in organisation.desks.items()}
    departments = {DeskId(id_): department(each) for id_, each in organisation.departments.items()}
    object.__setattr__(city.service.turns, "organisation", replace(organisation, desks=desks, departments=departments))


async def test_whatever_is_longest_fits(database_url: str) -> None:
    async with open_city(database_url) as city:
        await _staffed(city)
        _lengthened(city)
        question = "水沟修到三组不" + "不" * (QUESTION_CHARS_MAX - 7)
        concern = "家里没米了，二组" + "饿" * (CONCERN_CHARS_MAX - 8)
        answer = "三组的明年报上去" + "长" * (REPLY_CHARS_MAX - 8)
        await city.scan("二组水沟")
        said = [
            (
                "村民",
                ("3", question, "2", "菜单", "4", "3", "1", "岩门", "1", "2", concern, "1", "1", "1", "催", "催", "查"),
            ),
            ("账号G-1", ("待办", "1", "1", answer, "1")),
            ("账号M-1", ("待办", "1", "1", answer, "1")),
            ("账号X-5", ("问答", "1", "1", "急难")),
            ("村民", ("看", "2", "看", "1")),
        ]
        for who, texts in said:
            for text in texts:
                reply = await city.say(text, who)
                assert (wrong := broken_rule(reply, officer=who != "村民")) == "", wrong
                assert not re.search("没听懂|不要紧", reply.text), (text, reply)
        assert {each.kind: each.how for each in await _all_matters(city)} == {
            "question": "answered",
            "concern": "answered",
        }
