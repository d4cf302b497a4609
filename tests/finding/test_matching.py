"""Which items first words may be about: on the sample village with thirty of them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from handlers.rules.matching import FOUND_MAX, matching

_VILLAGE = "520623101218"
_ROWS = list(csv.DictReader(Path("config/sample/items.csv").read_text(encoding="utf-8-sig").splitlines()))
TITLES = [row["title"] for row in _ROWS if any(_VILLAGE.startswith(area) for area in row["areas"].split())]
ABOUT = [
    ("我们村光伏电站的钱不对", "光伏收益"),
    ("太阳能发电的钱没分", "光伏收益"),
    ("低保评了有车的人", "农村低保"),
    ("哪个吃低保都是支书说了算", "农村低保"),
    ("二组的沟子才半年就垮了", "二组水沟"),
    ("高标准农田的田坎没砌", "高标准农田"),
    ("岩门村五组修的路只有两里", "五组机耕道"),
    ("种地补贴少发了", "耕地地力"),
    ("退耕的钱去年就没打了", "退耕还林"),
    ("娃娃的营养餐一天到晚吃洋芋", "营养餐"),
    ("高龄津贴没得", "高龄津贴"),
    ("合作社分红我家没得", "合作社分红"),
    ("大病报销的钱少了", "大病医疗救助"),
    ("棉被都发给他亲戚了", "过冬补助"),
]
ABOUT_NONE = ["组长打牌不做事", "他们说话不算话", "岩门村的事没人管", "我要举报村长", "asdf", ""]


@pytest.mark.parametrize(("words", "title"), ABOUT)
def test_the_item_that_is_meant_is_offered(words: str, title: str) -> None:
    found = [TITLES[n] for n in matching(words, TITLES, "岩门")]
    assert any(title in each for each in found), found
    assert len(found) <= FOUND_MAX


@pytest.mark.parametrize("words", ABOUT_NONE)
def test_what_names_nothing_offers_nothing(words: str) -> None:
    assert matching(words, TITLES, "岩门") == []
