"""The sample: a whole city, and items that could hang on its walls."""

from __future__ import annotations

from collections import Counter

import pytest

from config import SAMPLE
from config.items import load_items
from config.organisation import load_organisation
from handlers.model import DeskId, Item, ItemKind, Sector, VillageCode
from handlers.organisation import Organisation
from handlers.words import clean

RICH = VillageCode("520623101218")
TODAY = "2026-11-24"


@pytest.fixture(scope="module")
def whole() -> Organisation:
    return load_organisation(SAMPLE / "organisation")


@pytest.fixture(scope="module")
def items(whole: Organisation) -> tuple[Item, ...]:
    return load_items(SAMPLE / "items.csv", whole)


def test_the_whole_city(whole: Organisation) -> None:
    assert (len(whole.counties), len(whole.zones)) == (10, 60)
    assert (len(whole.townships), len(whole.villages), len(whole.desks)) == (181, 2947, 192)
    assert not any(desk.phone for desk in whole.desks.values())
    names = {place: whole.desks[DeskId(place)].name for place in ("city:5206", "county:520602")}
    assert names == {"city:5206": "铜仁市纪委监委", "county:520602": "碧江区纪委监委"}
    assert whole.desks[DeskId("township:520602101")].name == "坝黄镇纪委"
    assert whole.desks[DeskId("township:520602002")].name == "环北街道纪工委"


def test_ten_items_in_every_sector_and_every_kind_in_each(items: tuple[Item, ...]) -> None:
    assert Counter(item.sector for item in items) == dict.fromkeys(Sector, 10)
    assert {(item.sector, item.kind) for item in items} == {(sector, kind) for sector in Sector for kind in ItemKind}


def test_one_village_has_a_rich_board(whole: Organisation, items: tuple[Item, ...]) -> None:
    assert whole.place_name(RICH) == "石阡县本庄镇岩门村"
    assert 8 <= sum(RICH in item.areas for item in items) <= 24
    assert len([item for item in items if item.areas == ("5206",)]) <= 4
    assert {area[:6] for item in items for area in item.areas if area != "5206"} == set(whole.counties)


def test_small_circles_and_ended_items_are_among_them(items: tuple[Item, ...]) -> None:
    assert sum(item.facts.beneficiaries < 10 for item in items) >= 3
    assert [item.id for item in items if item.facts.ends_on and item.facts.ends_on < TODAY] == [
        "education-yard-yanmen", "civil-relief-yanmen",
    ]  # fmt: skip


def test_every_item_is_marked_and_written_as_people_write(items: tuple[Item, ...]) -> None:
    unwanted = set(",;:!?()\"'") | {"提交", "工单", "线索", "上传", "附件", "验证码"}
    for item in items:
        facts = item.facts
        assert facts.title.endswith("（样例）")
        assert facts.published <= TODAY
        text = "".join([facts.title, facts.amount, facts.source, facts.standard, facts.period, facts.place, facts.unit,
                        facts.status, facts.listed_at, *facts.details])  # fmt: skip
        assert not [word for word in unwanted if word in text], item.id
        assert clean(text) == text
        assert 3 <= len(facts.details) <= 8 or item.id in ("civil-relief-yanmen",)
