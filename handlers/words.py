"""What people type, made plain: numerals in every dress, yes and no, and nothing that could deceive a reader."""

from __future__ import annotations

import re
import unicodedata

MARK_OPENS, MARK_CLOSES = "\ue000", "\ue001"
"""Private-use marks that stand for facts put in when a reply is rendered; never accepted from people."""

YES = frozenset(["好", "好的", "好吧", "是", "是的", "对", "对的", "要得", "嗯", "嗯嗯", "可以", "行", "同意"])
BACK = frozenset(["返回", "上一步", "回上一步", "回到上一步", "退回", "上一页", "前一页"])
"""What nobody means as an answer, also where any words are taken."""
NO = frozenset(["不", "不要", "莫", "算了", "不弄了", "不用", "不用了", "不了", "退", "返回", "回去", "上一步", "取消"])

_NUMERALS = {"零": "0", "〇": "0", "一": "1", "二": "2", "两": "2", "三": "3", "四": "4", "五": "5",
             "六": "6", "七": "7", "八": "8", "九": "9", "壹": "1", "贰": "2", "叁": "3", "肆": "4"}  # fmt: skip
_NUMBERED = re.compile(r"(?:选|第|按|点|我选)?([0-9零〇一二两三四五六七八九壹贰叁肆])(?:号|个|项|选)?")
_PAIRS = (
    "東东個个們们這这來来說说話话錢钱貪贪汙污領领導导幹干書书記记長长縣县鎮镇鄉乡會会計计組组補补貼贴醫医療疗險险殺杀點点為为麼么給给發发沒没見见親亲關关係系開开門门車车樓楼買买賣卖騙骗嚇吓報报復复舉举檢检"
    "違违規规賄贿紅红禮礼煙烟請请著着災灾藥药農农輕轻燒烧氣气電电觸触斷断餓饿飯饭學学費费頂顶傷伤搶抢賭赌資资問问題题誰谁裡里裏里還还讓让過过對对錯错專专員员辦办處处團团隊队黨党戶户產产業业項项圖图畝亩溝沟"
    "橋桥壩坝龍龙應应該该當当從从後后國国實实際际數数單单證证據据簽签質质爛烂壞坏驗验貧贫窮穷殘残養养職职權权勢势強强佔占擋挡壓压負负認认識识聽听聞闻選选幫帮詢询進进淨净寫写訴诉狀状術术臺台灣湾銀银難难愁愁"
    "匯汇換换歲岁兒儿孫孙媽妈爺爷婦妇舊旧亂乱麗丽蓋盖牆墙豬猪雞鸡魚鱼鴨鸭馬马塊块萬万億亿幾几兩两雙双鬥斗搖摇擾扰懷怀憑凭獎奖鋪铺鋼钢鐵铁鍋锅離离遺遗塗涂渦涡"
)
_TRADITIONAL = str.maketrans(dict(zip(*(_PAIRS[start::2] for start in (0, 1)), strict=True)))
"""As far as our own words need it: for comparing, never for keeping."""
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


def simplified(typed: str) -> str:
    return typed.translate(_TRADITIONAL)


def plain(typed: str) -> str:
    """Full-width made half-width, traditional characters simplified, outer punctuation and spaces dropped: for comparing, never for keeping."""
    folded = simplified(unicodedata.normalize("NFKC", typed)).strip()
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
