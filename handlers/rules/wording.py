"""What a question or an answer to a reporter must not say (domain.md §8, dialogues.md §16). Pure: it knows words only.

It catches the plain cases and says why; whoever approves an answer reads it as well.
"""

from __future__ import annotations

import re

PHONE_DIGITS_MIN = 7
_PHONE = re.compile(rf"(?:\d[ -]?){{{PHONE_DIGITS_MIN},}}")
_NO_PHONE = re.compile(
    r"(?<!\d)(?:19|20)\d\d[-/. ]?(?:1[0-2]|0?[1-9])[-/. ]?(?:[12]\d|3[01]|0?[1-9])(?!\d)|\d[\d,.]*(?=[元块万亿亩米户人份斤吨])"
)
"""Dates and amounts: also many digits, and no telephone."""
_OWN_HOTLINES = re.compile(r"(?<!\d)(?:12388|12345|110|120|119)(?!\d)")
_WHO = re.compile(r"你是谁|您是谁|叫什么|姓名|名字|电话|手机号|微信号|身份证|住在?哪|门牌|哪一?家的")
_OTHERS = re.compile(
    r"举报人|反映人|检举人|别人(也)?(反映|举报|说)|其他人(也)?(反映|举报|说)|也有人(反映|举报)|有人(反映|举报)|还有(别的|其他)?人(也|都)?(反映|举报|说|讲)"
)
_PUNISHED = re.compile(r"处分|警告|记过|降级|撤职|开除|留党察看|党纪|政务")
QUESTION_CHARS_MAX = 100
ANSWER_CHARS_MIN, ANSWER_CHARS_MAX = 10, 120
"""An answer fits one message with the line above it."""


def has_phone(words: str) -> bool:
    """Whether there is a telephone number that is not one of the public hotlines."""
    return _PHONE.search(_NO_PHONE.sub("", _OWN_HOTLINES.sub("", words))) is not None


def question_fault(words: str) -> str:
    """What is wrong with a question to a reporter; empty if nothing."""
    if _WHO.search(words) or has_phone(words):
        return "不能问对方是谁、叫什么、电话多少。请换个问法。"
    if _OTHERS.search(words):
        return "不要提到其他人怎么说。请换个问法。"
    return ""


def answer_fault(words: str) -> str:
    """What is wrong with an answer; empty if nothing."""
    if len(words) < ANSWER_CHARS_MIN:
        return "太短了。请写清楚：查了什么、结果怎样、现在怎么办了。"
    if has_phone(words):
        return "不要写电话号码。要给电话，就写 12388。"
    if _OTHERS.search(words):
        return "不要提到反映人，也不要提到别人怎么说。请改一改。"
    if _PUNISHED.search(words):
        return "不写被反映的人受了什么处分。请只写事情查得怎样、钱和工程怎么办了。"
    return ""


def names_somebody(words: str, contact: str) -> bool:
    """Whether an answer holds a name or number that the reporter left, however they wrote it: 我叫王二妹 as well."""
    names = {
        run[at : at + n]
        for run in re.findall(r"[\u4e00-\u9fff]{2,}", contact)
        for at in range(len(run) - 1)
        for n in (2, 3, 4)
        if len(run) == n or run[at] in _SURNAMES
    }
    return any(part in words for part in {*names, *re.findall(r"\d{7,}", contact)} - _COMMON)


_COMMON = frozenset(
    (
        "电话",
        "晚上",
        "早上",
        "上午",
        "下午",
        "中午",
        "点后",
        "点以后",
        "方便",
        "方便接",
        "手机",
        "时间",
        "何时",
        "任何",
        "高兴",
        "安全",
        "文件",
        "石阡",
        "石阡县",
        "江口",
        "江口县",
        "龙井",
        "万山",
        "白天",
    )
)
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金"
    "石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤冉麻代滕吉安饶舒符欧阳杜申满简游涂樊葛聂文柳洪施翁"
)
"""The commonest, and those of the city."""


_TITLES = "书记|支书|主任|镇长|乡长|局长|科长|股长|村长|组长|会计|站长|所长|校长|老师|医生|同志|经办|干事"
_PERSON = re.compile(
    f"[{''.join(sorted(_SURNAMES))}][\u4e00-\u9fff]{{0,2}}?(?:{_TITLES})|叫[\u4e00-\u9fff]{{2,3}}(?:的|，|。|$)"
)
REPLY_CHARS_MIN = 6


def public_fault(words: str) -> str:
    """What is wrong with an answer that a department gives, and that everybody may read; empty if nothing."""
    if len(words) < REPLY_CHARS_MIN:
        return "太短了。请写清楚：去哪里、带什么、什么时候。"
    if _PHONE.search(_OWN_HOTLINES.sub("", words)):
        return "不要写电话号码。群众看得到你们单位的电话。"
    if _PERSON.search(words):
        return "不要写人名、某书记某主任。请只写单位、窗口。"
    return "不要提到别人怎么说。请改一改。" if _OTHERS.search(words) else ""
