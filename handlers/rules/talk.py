"""What somebody who was not asked anything seems to be saying: thanks, a story, or neither. Pure words.

It decides nothing: words that begin a story are kept and asked about, and one tap throws them away again.
"""

from __future__ import annotations

import re

from handlers.words import digits, plain

STORY_CHARS_MIN = 4
"""水沟垮了: what is shorter is a word, and no story."""
THANKS = re.compile("(?:多谢|谢谢|感谢|谢了|麻烦)(?:你|您|你们|您们|大家|了|啦|哈|啊|哦|领导|同志)*")
_ASKS = re.compile(
    "(?:请问|我想问)?(?:你|您|这|那)?(?:们)?(?:怎么|咋个?|什么|啥|如何|是谁|是什么|是啥|叫什么|能不能|可不可以|会不会|有没有人|在不在|几点).{0,4}"
)
_GREETS = re.compile(
    "(?:早上|上午|中午|下午|晚上|大家|领导|同志)?(?:你|您)?(?:们)?(?:好|在吗|早安|晚安)(?:啊|呀|哈|领导|同志)*"
)
_CHINESE = re.compile("[\u4e00-\u9fff]")
CODE_DIGITS = 12


def is_thanks(words: str) -> bool:
    return THANKS.fullmatch(plain(words)) is not None


def is_greeting(words: str) -> bool:
    return _GREETS.fullmatch(plain(words)) is not None


def is_query_code(words: str) -> bool:
    """Twelve digits and nothing that is a word: whoever has a code may begin with it."""
    return len(digits(words)) == CODE_DIGITS and not any(char.isalpha() for char in words)


def begins_story(words: str) -> bool:
    """Not a greeting, not thanks, not a short question to us, and long enough to say something."""
    said = plain(words)
    is_short = any(each.fullmatch(said) for each in (THANKS, _ASKS, _GREETS))
    return len(_CHINESE.findall(said)) >= STORY_CHARS_MIN and not is_short
