"""What a question or an answer to a reporter must not say (domain.md §8, dialogues.md §16). Pure: it knows words only.

It catches the plain cases and says why; whoever approves an answer reads it as well.
"""

from __future__ import annotations

import re

PHONE_DIGITS_MIN = 7
_PHONE = re.compile(rf"(?:\d[ -]?){{{PHONE_DIGITS_MIN},}}")
_OWN_HOTLINES = re.compile(r"(?<!\d)(?:12388|12345|110|120|119)(?!\d)")
_WHO = re.compile(r"你是谁|您是谁|叫什么|姓名|名字|电话|手机号|微信号|身份证|住在?哪|门牌|哪一?家的")
_OTHERS = re.compile(
    r"举报人|反映人|检举人|别人(也)?(反映|举报|说)|其他人(也)?(反映|举报|说)|也有人(反映|举报)|有人(反映|举报)|还有人"
)
_PUNISHED = re.compile(r"处分|警告|记过|降级|撤职|开除|留党察看|党纪|政务")
QUESTION_CHARS_MAX = 100
ANSWER_CHARS_MIN, ANSWER_CHARS_MAX = 10, 120
"""An answer fits one message with the line above it."""


def question_fault(words: str) -> str:
    """What is wrong with a question to a reporter; empty if nothing."""
    if _WHO.search(words) or _PHONE.search(words):
        return "不能问对方是谁、叫什么、电话多少。请换个问法。"
    if _OTHERS.search(words):
        return "不要提到其他人怎么说。请换个问法。"
    return ""


def answer_fault(words: str) -> str:
    """What is wrong with an answer; empty if nothing."""
    if len(words) < ANSWER_CHARS_MIN:
        return "太短了。请写清楚：查了什么、结果怎样、现在怎么办了。"
    if _PHONE.search(_OWN_HOTLINES.sub("", words)):
        return "不要写电话号码。要给电话，就写 12388。"
    if _OTHERS.search(words):
        return "不要提到反映人，也不要提到别人怎么说。请改一改。"
    if _PUNISHED.search(words):
        return "不写被反映的人受了什么处分。请只写事情查得怎样、钱和工程怎么办了。"
    return ""


def names_somebody(words: str, contact: str) -> bool:
    """Whether an answer holds a name or number that the reporter left."""
    return any(part in words for part in re.findall(r"[\u4e00-\u9fff]{2,4}|\d{7,}", contact) if part not in _COMMON)


_COMMON = frozenset(("电话", "晚上", "早上", "上午", "下午", "中午", "点后", "点以后", "方便", "手机"))
