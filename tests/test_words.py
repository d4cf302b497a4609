"""What people type: numerals in every dress, yes and no, and nothing that deceives a reader."""

from __future__ import annotations

import pytest

from handlers.words import MARK_CLOSES, MARK_OPENS, clean, digits, is_no, is_yes, numeral, plain


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("1", "1 １ 一 ① 壹 1。 1、 1. 选1 第一 第一个 1号 一号 【1】 （1） (1) 按1 点1 我选1 1！ “1” 1项 选一"),
        ("2", "2 ２ 二 两 ② 贰 2。 选2 第二个 2号 两个 第二项 【2】"),
        ("3", "3 ３ 三 ③ 叁 选3 第三个"),
        ("4", "4 ４ 四 ④ 肆 选4 第四"),
        ("9", "9 ９ 九 ⑨"),
        ("0", "0 ０ 零 〇 0。 选0 【0】"),
    ],
)
def test_a_number_is_a_number_in_every_dress(key: str, typed: str) -> None:
    assert {each: numeral(each) for each in typed.split()} == dict.fromkeys(typed.split(), key)


@pytest.mark.parametrize(
    "typed",
    ["", "10", "11", "十", "1和2", "一万", "一下", "说1", "1元", "-1", "1月", "一二", "选", "第", "号", "a", "١", "½"],
)
def test_what_only_looks_like_a_number_is_none(typed: str) -> None:
    assert numeral(typed) is None


@pytest.mark.parametrize("typed", ["好", "是", "对", "要得", "嗯", "好。", "是的！", " 可以 ", "同意"])
def test_yes(typed: str) -> None:
    assert is_yes(typed) and not is_no(typed)


@pytest.mark.parametrize("typed", ["不", "莫", "算了", "不弄了", "取消", "返回", "退", "不用了。", " 不要 "])
def test_no(typed: str) -> None:
    assert is_no(typed) and not is_yes(typed)


@pytest.mark.parametrize("typed", ["", "好像不是", "不是不好", "对面", "是他", "莫得", "不知道"])
def test_a_longer_sentence_is_neither(typed: str) -> None:
    assert not is_yes(typed) and not is_no(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("水沟垮了", "水沟垮了"),
        ("  水沟垮了\n", "水沟垮了"),
        ("第一行\r\n第二行", "第一行\n第二行"),
        ("一\t二\n三", "一\t二\n三"),
        (f"{MARK_OPENS}report|00|code{MARK_CLOSES}", "report|00|code"),
        ("\U000f0000a\U0010fffdb", "ab"),
        ("张\u202e三\u202c李\u2066四\u2069", "张三李四"),
        ("a\u200eb\u200fc\u061cd", "abcd"),
        ("\u200b\u2060\ufeff", ""),
        ("a\x00b\x07c\x1bd\x7fe\x85f", "abcdef"),
        ("a\ud800b", "a?b"),
        ("<b>'; DROP TABLE reports; --{{x}}", "<b>'; DROP TABLE reports; --{{x}}"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("सर्दी क्\u200dष", "सर्दी क्\u200dष"),
        ("𠮷野家㑇", "𠮷野家㑇"),
    ],
    ids=ascii,
)
def test_what_can_be_seen_is_kept_and_what_deceives_is_not(typed: str, kept: str) -> None:
    assert clean(typed) == kept
    assert clean(kept) == kept, "once is enough"


def test_no_mark_survives_whatever_stands_around_it() -> None:
    """A person cannot write what rendering would take for a mark."""
    for codepoint in (*range(0xE000, 0xF900), 0xF0000, 0xFFFFD, 0x100000, 0x10FFFD):
        assert clean(f"前{chr(codepoint)}后") == "前后"
    assert clean(f"{MARK_OPENS}\u200b{MARK_OPENS}words|story|{MARK_CLOSES}") == "words|story|"


def test_comparing_drops_the_dress_and_keeping_does_not() -> None:
    assert plain("【反映】。") == "反映"
    assert plain("ＭＥＮＵ") == "MENU"
    assert clean("【反映】。") == "【反映】。"
    assert digits("８00元，再加 1２") == "80012"
    assert digits("八百") == ""
