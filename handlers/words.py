"""What people type, made plain: numerals in every dress, yes and no, and nothing that could deceive a reader."""

from __future__ import annotations

import re
import unicodedata

MARK_OPENS, MARK_CLOSES = "\ue000", "\ue001"
"""Private-use marks that stand for facts put in when a reply is rendered; never accepted from people."""

YES = frozenset(["好", "好的", "好吧", "是", "是的", "对", "对的", "要得", "嗯", "嗯嗯", "可以", "行", "同意"])
NO = frozenset(["不", "不要", "莫", "算了", "不弄了", "不用", "不用了", "不了", "退", "返回", "回去", "上一步", "取消"])

_NUMERALS = {"零": "0", "〇": "0", "一": "1", "二": "2", "两": "2", "三": "3", "四": "4", "五": "5",
             "六": "6", "七": "7", "八": "8", "九": "9", "壹": "1", "贰": "2", "叁": "3", "肆": "4"}  # fmt: skip
_NUMBERED = re.compile(r"(?:选|第|按|点|我选)?([0-9零〇一二两三四五六七八九壹贰叁肆])(?:号|个|项|选)?")
_DECEIVING = re.compile(
    "[\ue000-\uf8ff\U000f0000-\U0010ffff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u200b\u2060\ufeff\x00-\x08\x0b-\x1f\x7f-\x9f]"
)


def clean(typed: str) -> str:
    """The same words without private-use marks, control and bidirectional characters; a lone surrogate becomes a
    question mark.

    What a person can see is kept to the letter; what only deceives a reader is not (security.md §5 rows 12, 30).
    """
    whole = typed.encode("utf-8", "replace").decode("utf-8") if _has_surrogate(typed) else typed
    return _DECEIVING.sub("", whole.replace("\r\n", "\n")).strip()


def plain(typed: str) -> str:
    """Full-width made half-width, outer punctuation and spaces dropped: for comparing, never for keeping."""
    folded = unicodedata.normalize("NFKC", typed).strip()
    return folded.strip(" \t\n。.、,，!！?？:：;；~【】[]()（）“”\"'").strip()


def says_something(typed: str) -> bool:
    """Whether there is a letter, a character or a figure in it: only signs and pictures tell nobody anything."""
    return any(unicodedata.category(char)[0] in "LN" for char in typed)


def numeral(typed: str) -> str | None:
    """`1` for 1 １ 一 ① 1。 选1 1号 【1】 第一个; None for anything else (dialogues.md §0.4)."""
    found = _NUMBERED.fullmatch(plain(typed))
    return _NUMERALS.get(found[1], found[1]) if found else None


def is_yes(typed: str) -> bool:
    return plain(typed) in YES


def is_no(typed: str) -> bool:
    return plain(typed) in NO


def digits(typed: str) -> str:
    """Only the ASCII digits of what was typed, full-width ones included."""
    return re.sub(r"[^0-9]", "", unicodedata.normalize("NFKC", typed))


def has_phone(typed: str) -> bool:
    """Whether somebody could be called by what was typed: seven figures in a row, with or without a blank or a dash."""
    return re.search(r"(?:[0-9][ -]?){7}", unicodedata.normalize("NFKC", typed)) is not None


def _has_surrogate(typed: str) -> bool:
    try:
        typed.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
