"""What somebody who was not asked anything seems to be saying: thanks, a story, or neither. Pure words.

It decides nothing: words that begin a story are kept and asked about, and one tap throws them away again.
"""

from __future__ import annotations

import re

from handlers.words import digits, plain

STORY_CHARS_MIN, MORE_CHARS_MIN = 4, 6
"""水沟垮了: what is shorter is a word, and no story. Where a question stands, a short answer is not one either."""
DIFFERENT_MIN = 3
"""哈哈哈哈 tells nothing."""
ASIDE_CHARS_MAX = 18
_ASIDES = {
    "safety": re.compile(
        "(?:.*(?:会不会|怕不怕|怕被|害怕|担心|万一|能不能).{0,8}(?:报复|整我|晓得是我|知道是我|查到我|查出我|找到我|认出我|泄露|泄密|说出去|漏出去|传出去).*"
        "|(?:会|要)?遭报复(?:不|吗|么)?|(?:你们)?(?:保不保密|保密吗|会保密吗|安不安全)|哪个看得到.{0,6}|谁(?:会|能)看到?.{0,6})"
    ),
    "human": re.compile(
        "我?(?:不会用|不会弄|不会打字|不会按|不会写字?|不识字|不认字|认不到字|听不懂|搞不懂|搞不来|弄不来|眼睛.{0,2}(?:看不见|看不清|不好|花))(?:这个|手机)?[了啊嘛呀]?"
        "|(?:你们)?(?:几点|什么时候|哪天)上班|(?:你们的?)?(?:电话|号码)(?:是)?(?:多少|好多|几号)|(?:你们的?)?(?:地址|单位)?在哪[里点]?|我?(?:要|想)?(?:跟人|和人|找人|打电话)(?:说|讲|问)?"
    ),
    "status": re.compile(
        "(?:我的?)?(?:查询)?码.{0,3}(?:丢|掉了|不见|找不到|忘|没了|没得了|搞丢).{0,3}|我?(?:丢|搞丢|忘记?|找不到|查不到|记不得|没有|没得)了?(?:我的)?(?:查询)?码了?"
    ),
    "welcome": re.compile(
        "喂+|听得[到见](?:不|吗|没)?|有人(?:吗|没得|不|在吗)|你是(?:哪个|谁|啥子?|什么|人还是机器.*|真人吗?|机器人?吗?)|(?:怎么|咋个?)用|有什么用"
    ),
}
"""What is said to us, and which conversation answers it: short, and nothing that belongs to a story."""
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


def aside(words: str) -> str:
    """The conversation that answers a short question to us, or somebody who cannot go on; empty for all else."""
    said = plain(words)
    if len(said) > ASIDE_CHARS_MAX:
        return ""
    if gives_up(words):
        return "status"
    return next((name for name, each in _ASIDES.items() if each.fullmatch(said)), "")


_GIVES_UP = re.compile(
    "我?(?:要|想)?(?:撤回|撤诉|撤销|撤案|不告|不反映|不想反映|不想告|不举报|不想举报|取消举报|取消反映)了?"
)


def gives_up(words: str) -> bool:
    """我不想反映了: of what is being told it means to stop; of what was sent, to withdraw it."""
    return _GIVES_UP.fullmatch(plain(words)) is not None


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
    characters = _CHINESE.findall(said)
    return len(characters) >= STORY_CHARS_MIN and len(set(characters)) >= DIFFERENT_MIN and not is_short
