"""The whole gazetteer: names as people say, spell and mistype them; what is no name offers nothing."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from config import SAMPLE
from config.organisation import load_organisation
from handlers.rules.finding import Finder, folded, heard
from tests.finding import misspellings, syllables

FIRST = 4
ALL_MIN = 0.95
KINDS_MIN = {"错一个字": 0.75, "漏一个字": 0.75, "形近字": 0.88, "颠倒": 0.93, "拼音打错": 0.96, "拼音方言": 0.97}
"""What is below 0.99: a name of two characters, one of them another, may be a dozen names (docs/decisions/0017)."""
NOT_NAMES = Path(__file__).with_name("not_names.txt")

ORGANISATION = load_organisation(SAMPLE / "organisation")
FINDER = Finder(ORGANISATION)
YANMEN = ("520623101218", "520626108213", "520627003232", "520628207215")
"""The four 岩门村, the one of 本庄镇 first."""


def test_the_right_village_is_among_the_first_four_in_ninety_five_of_a_hundred() -> None:
    found: dict[str, list[bool]] = defaultdict(list)
    with misspellings.PAGE.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found[row["kind"]].append(row["village"] in FINDER.find(row["written"]).villages[:FIRST])
    shares = {kind: sum(right) / len(right) for kind, right in found.items()}
    assert set(shares) == set(misspellings.KINDS)
    assert sum(shares.values()) / len(shares) >= ALL_MIN, shares
    assert {kind: share for kind, share in shares.items() if share < KINDS_MIN.get(kind, 0.99)} == {}


def test_the_misspellings_and_the_syllables_are_what_their_rules_make() -> None:
    assert misspellings.page() == misspellings.PAGE.read_text(encoding="utf-8")
    assert syllables.page() == syllables.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("words", NOT_NAMES.read_text(encoding="utf-8").splitlines())
def test_what_is_no_name_offers_nothing(words: str) -> None:
    found = FINDER.find(words)
    assert (found.villages, found.area) == ((), "")


@pytest.mark.parametrize(
    "words",
    [
        "岩门",
        "岩门村",
        "岩门村村民委员会",
        "岩门村委会",
        "yanmen",
        "YanMen",
        "yánmén",
        "yan_men",
        "yanmencun",
        "岩门村三组",
        "我们岩门村",
        "眼门",
        "眼门村",
        "岩们村",
        "岩岩门",
        "铜仁岩门村",
        "贵州省铜仁市岩门村",
    ],
)
def test_a_short_name_is_all_villages_of_that_name(words: str) -> None:
    assert FINDER.find(words.replace("_", " ")).villages[:4] == YANMEN


@pytest.mark.parametrize(
    "words",
    [
        "石阡本庄岩门",
        "石阡县本庄镇岩门村",
        "本庄的岩门村",
        "本庄镇岩门",
        "石阡岩门",
        "benzhuang_yanmen",
        "benzhuangyanmen",
        "本庄yanmen",
        "bengzhuang_yanmeng",
        "本装岩门",
        "本庄眼门村",
        "本庄镇岩门村村民委员会",
        "本庄镇岩门村2组",
        "本庄镇门岩村",
        "本壮镇岩门",
        "本庄镇岸门",
    ],
)
def test_with_its_township_it_is_the_one(words: str) -> None:
    assert FINDER.find(words.replace("_", " ")).villages[:1] == YANMEN[:1]


def test_of_words_that_nothing_was_tuned_for_hardly_any_offers_something() -> None:
    """砍树 sounds like 杉树, 打井 nearly like 马井: asked about, and one tap away."""
    unseen = NOT_NAMES.with_name("not_names_unseen.txt").read_text(encoding="utf-8").splitlines()
    assert len([words for words in unseen if FINDER.find(words).villages]) <= len(unseen) // 20


def test_all_villages_of_a_name_are_found_and_told_apart() -> None:
    """Twelve villages are called 大坪村; 大坪社区 is one more."""
    found = FINDER.find("大坪村")
    assert found.sure and sum(ORGANISATION.villages[code].short_name == "大坪村" for code in found.villages) == 12
    for code in found.villages:
        with_township = ORGANISATION.township_of(code).name + "大坪"
        assert code in FINDER.find(with_township).villages[:2]


@pytest.mark.parametrize("words", ["鹿溪村", "鹿溪", "鹿溪村村民委会", "鹿溪村村民委会员", "luxi"])
def test_what_the_gazetteer_itself_misspells(words: str) -> None:
    assert {"德江县高山镇鹿溪村", "沿河土家族自治县官舟镇鹿溪村"} <= {
        ORGANISATION.place_name(code) for code in FINDER.find(words).villages
    }


@pytest.mark.parametrize("code", sorted(ORGANISATION.villages)[::7])
def test_every_village_is_found_by_its_whole_name_alone_or_among_its_namesakes(code: str) -> None:
    found = FINDER.find(ORGANISATION.place_name(code))  # type: ignore[arg-type]
    assert found.sure and code in found.villages[:2]


@pytest.mark.parametrize(
    ("words", "within", "area"),
    [
        ("石阡县", "", "520623"), ("石阡", "", "520623"), ("本庄镇", "", "520623101"), ("石阡县本庄镇", "", "520623101"),
        ("印江", "", "520625"), ("yinjiang", "", "520625"), ("松陶", "", "520628"), ("本装", "520623", "520623101"),
        ("石阡", "520623", ""),
    ],
)  # fmt: skip
def test_a_county_or_township_alone_is_a_place_to_look_in(words: str, within: str, area: str) -> None:
    assert FINDER.find(words, within).area == area


def test_inside_an_area_only_its_villages_are_meant() -> None:
    assert FINDER.find("岩门", "520623101").villages == YANMEN[:1]
    elsewhere = FINDER.find("岩门", "520602")
    assert not elsewhere.sure and all(code.startswith("520602") for code in elsewhere.villages)


@pytest.mark.parametrize(
    ("one", "other"),
    [("niu", "liu"), ("hua", "fa"), ("fu", "hu"), ("fei", "hui"), ("huang", "fang"), ("zhong", "zon"), ("ching", "cin"),
     ("shan", "sang"), ("nv", "lu"), ("feng", "hun")],
)  # fmt: skip
def test_what_the_dialect_does_not_tell_apart_is_one(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("words", "kept"),
    [("  岩门 村。", "岩门村"), ("ＹＡＮＭＥＮ", "yanmen"), ("lǘ", "lv"), ("lü", "lv"), ("138", ""), ("A1", ""), ("", ""),
     ("沟" * 31, ""), ("a" * 91, ""), ("岩门3组", "岩门"), ("岩门村第十二村民小组", "岩门村"), ("\u202e岩门", "岩门")],
    ids=ascii,
)  # fmt: skip
def test_what_is_heard_of_words(words: str, kept: str) -> None:
    assert heard(words) == kept
