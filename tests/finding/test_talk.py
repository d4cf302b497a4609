"""What begins a story, what is thanks or a greeting, what is for somebody else: tables of what people type."""

from __future__ import annotations

import pytest

from handlers.rules.scope import ELSEWHERE, elsewhere
from handlers.rules.talk import aside, begins_story, is_greeting, is_query_code, is_thanks, tells_more


@pytest.mark.parametrize(
    "words",
    [
        "水沟垮了",
        "我们村修路的钱不对头",
        "低保没有我家",
        "村长把补助给了他老表",
        "怎么低保名单里没有我家的名字",
        "补贴 800 没到账",
    ],
)
def test_a_story_begins(words: str) -> None:
    assert begins_story(words) and not is_thanks(words) and not is_greeting(words)


@pytest.mark.parametrize(
    "words",
    ["修路", "低保", "啥子", "谢谢你们", "多谢领导", "早上好", "领导好", "你是谁", "怎么用", "这是什么", "能不能打电话", "请问怎么弄",
     "123", "asdfghjkl", "？？？", "", "138 1234 5678"],
)  # fmt: skip
def test_no_story_begins(words: str) -> None:
    assert not begins_story(words)


@pytest.mark.parametrize("words", ["谢谢", "谢谢。", "谢谢你", "多谢了", "感谢领导", "谢谢您啦"])
def test_thanks(words: str) -> None:
    assert is_thanks(words)


@pytest.mark.parametrize("words", ["你好", "您好啊", "早上好", "晚上好", "领导好", "大家好"])
def test_greetings(words: str) -> None:
    assert is_greeting(words)


@pytest.mark.parametrize(
    ("words", "is_code"),
    [("482739160527", True), ("4827-3916-0527", True), ("４８２７ ３９１６ ０５２７", True), ("48273916052", False),
     ("码 482739160527", False), ("13800000000", False), ("", False)],
)  # fmt: skip
def test_a_query_code(words: str, is_code: bool) -> None:
    assert is_query_code(words) is is_code


@pytest.mark.parametrize(
    ("words", "whose"),
    [
        ("隔壁家修房子滴水到我家", "neighbours"),
        ("和邻居为地界吵架", "neighbours"),
        ("我要打官司离婚", "law"),
        ("老板拖欠工资三个月", "wages"),
        ("我家的牛被偷了", "crime"),
        ("买到假货退不了", "services"),
        ("邻居是村长，占我家地", ""),
        ("老板欠我工钱，是村里的工程", ""),
        ("低保名单里没有我家", ""),
        ("法院判了，书记不执行", ""),
        ("水沟垮了没人管", ""),
        ("", ""),
    ],
)
def test_what_is_for_somebody_else(words: str, whose: str) -> None:
    assert elsewhere(words) == whose


def test_only_numbers_of_the_whole_country_are_told() -> None:
    assert {each.phone for each in ELSEWHERE.values()} <= {"110", "12333", "12345", "12348"}


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("会不会被报复", "safety"),
        ("村长会不会晓得是我说的", "safety"),
        ("我不会用这个", "human"),
        ("你们几点上班", "human"),
        ("我的查询码不见了", "status"),
        ("没有码", "status"),
        ("喂喂", "welcome"),
        ("你是人还是机器", "welcome"),
        ("我家存折的密码忘了", ""),
        ("二维码掉了", ""),
        ("村长怕被我们晓得他把低保给了他家亲戚，会不会被报复", ""),
        ("低保什么时候发", ""),
        ("组长不会写字乱填表", ""),
        ("", ""),
    ],
)
def test_what_is_asked_of_us_is_answered(words: str, name: str) -> None:
    assert aside(words) == name


@pytest.mark.parametrize("words", ["哈哈哈哈哈哈", "我要改一下", "先不要发出去", "再说一遍"])
def test_laughter_and_orders_are_no_story(words: str) -> None:
    assert not begins_story(words) and not tells_more(words)
