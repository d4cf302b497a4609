"""How well complaints are told from questions. What is missed still never goes out unseen: test_nothing_unseen.py."""

from __future__ import annotations

import pytest

from handlers.model import Help
from handlers.rules.recogniser import Kind, hear, is_danger
from tests.asking.measured import labelled, precision_and_recall, read


def test_there_are_enough_sentences_and_each_stands_once() -> None:
    whole = [text for name in ("sentences", "second", "third") for text, _ in read(name)]
    assert len(read("sentences")) >= 240 and len(set(whole)) == len(whole)


@pytest.mark.parametrize(
    ("name", "recall", "precision"),
    [("tuning", 1.0, 0.9), ("held_out", 1.0, 0.9), ("second", 0.93, 0.75), ("third", 0.95, 0.74)],
)
def test_complaints_are_heard(name: str, recall: float, precision: float) -> None:
    found = precision_and_recall(labelled(name), Kind.COMPLAINT)
    assert found[1] >= recall and found[0] >= precision, found


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
    assert is_danger("着 火 了")


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
