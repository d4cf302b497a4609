"""Words of danger: wherever they are said, the numbers come first, what stood goes on, and no word is lost."""

from __future__ import annotations

import pytest

from handlers.code import SCAN
from handlers.villager.urgent import DANGER_FIRST
from storage import conversations
from storage.statement import Rows
from tests.fakes.city import City, open_city
from tests.wording import broken_rule

STORY = ("1", "1", "沟子垮了")
STEPS: dict[str, tuple[str, ...]] = {
    "nothing": (),
    "welcome": ("你好",),
    "menu": ("菜单",),
    "card": ("扫",),
    "detail": ("扫", "2"),
    "asking": ("扫", "3"),
    "whom": ("扫", "1"),
    "story": ("扫", "1", "1"),
    "more": ("扫", *STORY),
    "review": ("扫", *STORY, "1"),
    "name": ("扫", *STORY, "1", "3"),
    "receipt": ("扫", *STORY, "1", "1"),
    "place": ("反映",),
    "code": ("查",),
    "human": ("人工",),
    "safety": ("保密",),
    "human over a story": ("扫", *STORY, "人工"),
    "help": ("菜单", "4"),
    "need": ("菜单", "4", "1", "岩门", "1"),
    "form": ("菜单", "4", "1", "岩门", "1", "2"),
    "nothing waits": ("看",),
}
DANGERS = ("有人打人，打得出血", "后山塌方了，快点来", "她喝药了")


async def _words_kept(city: City) -> list[str]:
    """Everything that the person's conversations hold."""
    vault = city.service.turns.vault

    def read(rows: Rows) -> list[str]:
        drafts = conversations.every(rows, vault, vault.account("web", "村民"))
        steps = ("story", "form", "brought", "question", "village", "more")
        return [text for draft in drafts for step in steps for text in conversations.words(rows, draft, step)]

    return await city.service.database.read(read)


@pytest.mark.parametrize("at", STEPS)
async def test_the_numbers_come_first_and_all_goes_on(database_url: str, at: str) -> None:
    danger = DANGERS[len(at) % len(DANGERS)]
    async with open_city(database_url) as city:
        if at in ("asking", "form"):
            await city.staff()
            for person in ("G-1", "M-1"):
                await city.bind(person, f"账号{person}")
        before = ""
        for text in STEPS[at]:
            before = (await city.say(f"{SCAN} {await city.code_of('二组水沟')}" if text == "扫" else text)).text
        shown = await city.say(danger)
        assert all(number in "\n".join(shown.text.split("\n")[:3]) for number in ("110", "120", "119")), shown.text
        assert broken_rule(shown) == ""
        assert danger in await _words_kept(city)
        if shown.text.split("\n")[0] == DANGER_FIRST and "先顾人" in shown.text:
            back = await city.say("1")
            if not at.startswith(("human", "safety", "nothing")):
                assert before.split("\n")[-1] in back.text or "“" in back.text, back.text
            assert danger in await _words_kept(city) or "打" in danger


async def test_help_is_asked_for_with_what_was_said(database_url: str) -> None:
    async with open_city(database_url) as city:
        await city.staff()
        await city.bind("M-1", "账号M-1")
        await city.scan("二组水沟")
        for text in ("隔壁着火了，房子烧光了", "1"):
            shown = await city.say(text)
        assert "您刚才说的记着了" in shown.text
        shown = await city.say("1")
        assert "隔壁着火了，房子烧光了" in shown.text and "碧江区民政局" in shown.text
