"""How well complaints are told from questions. What is missed still never goes out unseen: test_nothing_unseen.py."""

from __future__ import annotations

import pytest

from handlers.model import DeskId, Help
from handlers.organisation import Department
from handlers.rules.recipient import may_concern
from handlers.rules.recogniser import Kind, despairs, hear, is_danger
from tests.asking.measured import labelled, precision_and_recall, read


def test_there_are_enough_sentences_and_each_stands_once() -> None:
    whole = [text for name in ("sentences", "second", "third", "fourth", "fifth") for text, _ in read(name)]
    assert len(read("sentences")) >= 240 and len(set(whole)) == len(whole)


@pytest.mark.parametrize(
    ("name", "recall", "precision"),
    [
        ("tuning", 1.0, 0.9),
        ("held_out", 1.0, 0.9),
        ("second", 0.93, 0.75),
        ("third", 0.95, 0.74),
        ("fourth", 1.0, 0.8),
        ("fifth", 1.0, 0.85),
    ],
)
def test_complaints_are_heard(name: str, recall: float, precision: float) -> None:
    found = precision_and_recall(labelled(name), Kind.COMPLAINT)
    assert found[1] >= recall and found[0] >= precision, found


@pytest.mark.parametrize(("name", "of_all", "kept_back"), [("fourth", 40, 30), ("fifth", 25, 15)])
def test_people_without_a_name_or_a_title_are_kept_from_departments(name: str, of_all: int, kept_back: int) -> None:
    """Before whom words may concern was made on the fourth set it was 5 of 40 and 1 of 25."""
    township = Department(DeskId("department:x"), "520602104", "坝黄镇人民政府", "", frozenset())
    places = ("坝黄镇", "岩门村")
    refused = [label for text, label in labelled(name) if may_concern(text, hear(text), township, places)]
    complaints = refused.count(Kind.COMPLAINT)
    assert sum(label == Kind.COMPLAINT for _, label in labelled(name)) == of_all
    assert complaints >= kept_back and len(refused) - complaints <= 2, refused


@pytest.mark.parametrize(
    ("told", "is_kept_back"),
    [
        ("我住坝黄镇岩门村三组，组长把米领走了", False),
        ("坝黄镇把我们的米领走了", True),
        ("管事的把米领走了", True),
        ("村里管事的把米领走了", False),
    ],
)
def test_an_address_accuses_nobody_and_a_role_may(told: str, is_kept_back: bool) -> None:
    township = Department(DeskId("department:x"), "520602104", "坝黄镇人民政府", "", frozenset())
    assert may_concern(told, hear(told), township, ("坝黄镇", "岩门村")) == is_kept_back


@pytest.mark.parametrize("told", ["想死了算了", "喝农药死了干净", "活起没意思"])
def test_despair_is_heard_as_danger(told: str) -> None:
    assert despairs(told) and is_danger(told)


@pytest.mark.parametrize("name", ["tuning", "held_out", "second"])
def test_need_is_heard(name: str) -> None:
    precision, recall = precision_and_recall(labelled(name), Kind.URGENT)
    assert recall >= 0.95 and precision >= 0.9


@pytest.mark.parametrize(
    "told",
    [
        "隔壁在打人",
        "着火了",
        "后山塌方了",
        "她喝药了",
        "要出人命了",
        "有人跳河",
        "娃儿掉水里了",
        "被车撞了",
        "老人昏倒了",
    ],
)
def test_danger_is_heard(told: str) -> None:
    assert is_danger(told)


@pytest.mark.parametrize(
    "told", ["请打我电话", "打我的电话也行", "打工的工资", "低保要哪些材料", "着急用钱", "有救命钱没有"]
)
def test_what_only_sounds_like_danger_is_none(told: str) -> None:
    assert not is_danger(told)


def test_blanks_and_full_width_hide_nothing() -> None:
    assert hear("会 计 扣 了 我 两 百").kind == hear("会计扣了我２００").kind == Kind.COMPLAINT
    assert is_danger("着 火 了") and is_danger("有人要殺我")
    assert hear("我們村長貪污低保錢") == hear("我们村长贪污低保钱")


@pytest.mark.parametrize(
    ("told", "need"),
    [
        ("家里没米下锅了", Help.FOOD),
        ("停水七天了，老人没水喝", Help.WATER),
        ("我们寨子停电三天了", Help.POWER),
        ("我得了癌症，没钱医", Help.MEDICAL),
        ("房子垮了一面墙，没地方住", Help.HOUSING),
        ("娃儿要失学了", Help.SCHOOL),
    ],
)
def test_what_is_needed(told: str, need: Help) -> None:
    assert hear(told).help == need
