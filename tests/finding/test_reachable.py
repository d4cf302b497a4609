"""All twelve 大坪村 of the real gazetteer can be reached in the chat: by their township, and level by level."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import SAMPLE
from config.organisation import load_organisation
from handlers.model import Reply, VillageCode
from handlers.rules.finding import listed
from tests.fakes import city as fake
from tests.fakes.city import City, open_city
from tests.wording import broken_rule

ORGANISATION = load_organisation(SAMPLE / "organisation")
NAMESAKES = [code for code, village in ORGANISATION.villages.items() if village.short_name == "大坪村"]
LONGEST = max(ORGANISATION.townships, key=lambda township: len(listed(ORGANISATION, township)))


@pytest.fixture(autouse=True)
def _real_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake, "organisation", lambda: ORGANISATION)


async def _says(city: City, who: str, *texts: str) -> Reply:
    reply = Reply("")
    for text in texts:
        reply = await city.say(text, who)
        assert broken_rule(reply) == ""
    return reply


async def _chosen(city: City, who: str, reply: Reply, village: str) -> Reply:
    """The village among what is offered."""
    name = ORGANISATION.place_name(VillageCode(village))
    if f"是{name}吗？" in reply.text:
        return await _says(city, who, "1")
    return await _says(city, who, next(choice.key for choice in reply.choices if choice.label == name))


async def test_all_namesakes_are_reached(tmp_path: Path) -> None:
    assert len(NAMESAKES) == 12
    async with open_city(f"sqlite:///{tmp_path}/lima.db", items=()) as city:
        for n, code in enumerate(NAMESAKES):
            township, county = ORGANISATION.township_of(code), ORGANISATION.county_of(code)
            offered = await _says(city, f"a{n}", "反映", "大坪村", "都不是", f"{township.name}大坪村")
            there = await _chosen(city, f"a{n}", offered, code)
            assert ORGANISATION.place_name(code) in there.text
            offered = await _says(city, f"b{n}", "反映", "不知道村名", county.name, township.name, "大坪村")
            there = await _chosen(city, f"b{n}", offered, code)
            assert ORGANISATION.place_name(code) in there.text


async def test_every_page_of_names_fits_a_message(tmp_path: Path) -> None:
    longest = ORGANISATION.townships[LONGEST]
    async with open_city(f"sqlite:///{tmp_path}/lima.db", items=()) as city:
        county = ORGANISATION.counties[longest.county].name
        reply = await _says(city, "c", "反映", "不知道村名", county, longest.name)
        read = reply.text
        while any(choice.label == "下一页" for choice in reply.choices):
            reply = await _says(city, "c", "下一页")
            read += reply.text
    names = [ORGANISATION.villages[code].short_name for code in ORGANISATION.villages_in(longest.code)]
    assert len(listed(ORGANISATION, longest.code)) > 1 and all(name in read for name in names)
