"""What somebody who was not asked anything seems to be saying: thanks, a story, or neither. Pure words.

It decides nothing: words that begin a story are kept and asked about, and one tap throws them away again.
"""

from __future__ import annotations

import re

from handlers.words import digits, plain

STORY_CHARS_MIN, MORE_CHARS_MIN = 4, 6
"""水沟垮了: what is shorter is a word, and no story. Where a question stands, a short answer is not one either."""
THANKS = re.compile("(?:多谢|谢谢|感谢|谢了|麻烦)(?:你|您|你们|您们|大家|了|啦|哈|啊|哦|领导|同志)*")
_ASKS = re.compile(
    "(?:请问|我想问)?(?:你|您|这|那)?(?:们)?(?:怎么|咋个?|什么|啥|如何|是谁|是什么|是啥|叫什么|能不能|可不可以|会不会|有没有人|在不在|几点).{0,4}"
)
_GREETS = re.compile(
    "(?:早上|上午|中午|下午|晚上|大家|领导|同志)?(?:你|您)?(?:们)?(?:好|在吗|早安|晚安)(?:啊|呀|哈|领导|同志)*"
)
_TO_US = re.compile(
    "(?:我|你|您|帮|请|要|想|先|不|别|莫|再|算了|等|重新|从头|改|删|掉|撤|取消|返回|退|回|发|出去|说|讲|看|听|念|一|下|遍|上|步|的|了|吧|嘛|刚才|话|怎么|个|这|点|选|哪)+"
)
"""我要改一下, 先不要发出去: what is only said to us and tells of nothing."""
_CHINESE = re.compile("[\u4e00-\u9fff]")
CODE_DIGITS = 12


def is_thanks(words: str) -> bool:
    return THANKS.fullmatch(plain(words)) is not None


def is_greeting(words: str) -> bool:
    return _GREETS.fullmatch(plain(words)) is not None


def is_query_code(words: str) -> bool:
    """Twelve digits and nothing that is a word: whoever has a code may begin with it."""
    return len(digits(words)) == CODE_DIGITS and not any(char.isalpha() for char in words)


def tells_more(words: str) -> bool:
    """The same of words that answer no question while a story is told: 哪个晓得 is an answer that we did not understand."""
    return begins_story(words) and len(_CHINESE.findall(words)) >= MORE_CHARS_MIN


def begins_story(words: str) -> bool:
    """Not a greeting, not thanks, not a short question or an order to us, and long enough to say something."""
    said = plain(words)
    is_short = any(each.fullmatch(said) for each in (THANKS, _ASKS, _GREETS, _TO_US))
    return len(_CHINESE.findall(said)) >= STORY_CHARS_MIN and not is_short
