"""Every number of the platform that we rely on, with where it comes from, and what to do about each of its errors.

[D] the platform's documentation · [C] its community, issues, other sources · [M] from memory · [V] tried with wechatpy
1.8.18. None of them was tried against the platform itself. Those of the windows stand in handlers/rules/windows.py.
"""

from __future__ import annotations

from enum import Enum

# ---------------------------------------------------------------- what comes in

ANSWER_S = 4.0
"""The platform hangs up after 5 s [D]; a second is left for the way."""
HOLD_S = 5.5
"""The first two deliveries are held beyond the platform's 5 s: an answer of ours would end its retries, silence does not
[D: "no answer in 5 s: disconnect and retry"]."""
DELIVERIES = 3
""""three times in total" [D], 5 s apart [C]."""
LAST_DELIVERY_AFTER_S = 9.0
"""A message this old is in its third delivery, even if another process had the first two. Ours, from the two above."""
FRESH_S = 600
"""A signature older or younger than this is no longer believed: the platform has no such rule, wechatpy neither [V]."""
OLDEST_DAYS = 30
"""As long as we know which messages were taken (storage/turns.py KEY_KEPT_DAYS): what is older cannot be told from a
replay."""
BODY_BYTES_MAX = 1 << 20
"""security.md §5 row 14. The platform's own bodies have a few kilobytes [M]."""
READ_S_MAX = 5.0
"""Whoever is slower than the platform's own patience is not the platform."""
HELD_MAX = 160
"""Requests that wait for a turn in one process; more are refused at once, so that nobody waits a second: some 300 turns a
second were measured on two cores that others used as well (python -m tests.bench wechat)."""
UNSUPPORTED = "【收到不支持的消息类型，暂无法显示】"
"""What the platform writes as text for a sticker and other kinds that it does not pass on [M]."""

# ---------------------------------------------------------------- what goes out

TEXT_BYTES_MAX = 2048
"""Of a text, in a passive reply and in 客服, UTF-8; undocumented, tried by users; beyond it 45002 [C]."""
PARTS_MAX = 4
"""One passive reply, and the three pushes that a tap allows (handlers/rules/windows.py). Ours, from that."""
THING_CHARS_MAX, STRING_CHARS_MAX, PHRASE_CHARS_MAX = 20, 32, 5
"""Template fields: thing, character_string (no Chinese), phrase (only Chinese); more is 47003, never cut [C]."""

# ---------------------------------------------------------------- the interface

TOKEN_EARLY_S = 300
"""stable_token renews in the last 5 minutes, and both tokens hold then [D]."""
TOKEN_S_MAX = 7200
"""[D]"""
FORCE_EVERY_S, FORCED_A_DAY_MAX = 30, 20
"""force_refresh of stable_token [D]."""
SCENES_MAX = 100_000
"""Permanent codes of an account [D]."""
SCENE_CHARS_MAX = 64
"""scene_str [D]."""
MENU_TOP_MAX, MENU_SUB_MAX = 3, 5
"""[D]"""
MEDIA_KEPT_DAYS = 3
"""[D]; bot/evidence.py tries for as long."""
DAY_S = 24 * 3600
NEXT_MINUTE_S = 60.0


class Next(Enum):
    """What an error of the platform means for whoever made the call."""

    LATER = "try again later"
    NEXT_MINUTE = "try again in a minute"
    NEXT_DAY = "the quota of the day is used up; not before the next"
    NEW_TOKEN = "the token is no longer taken: fetch one, try once more"
    PERSON_FIRST = "nothing goes to this person until they are here again"
    PERSON_GONE = "there is no such person"
    GRANT_GONE = "the person has not agreed to such notices, or no longer"
    MEDIA_GONE = "the file is not there any more"
    DONE = "it was done before"
    OURS = "our own mistake: an alarm, and the message waits to be fetched"
    CONSOLE = "only somebody at the console can mend it: an alarm, and try again later"


ERRORS = {
    -1: Next.LATER,  # busy [D]
    40001: Next.NEW_TOKEN,  # token or secret wrong [D]
    40014: Next.NEW_TOKEN,  # [D]
    42001: Next.NEW_TOKEN,  # token expired [D]
    40003: Next.PERSON_GONE,  # bad openid [D]
    40007: Next.MEDIA_GONE,  # media_id wrong or expired [D]
    43004: Next.PERSON_FIRST,  # not following [D]
    48002: Next.PERSON_FIRST,  # the person has switched messages of this account off [M]
    50005: Next.PERSON_FIRST,  # not following [M]
    43101: Next.GRANT_GONE,  # refused [C]
    45002: Next.OURS,  # text too long [D]
    45009: Next.NEXT_DAY,  # quota of the interface [D]
    45011: Next.NEXT_MINUTE,  # too often in a minute [D]
    45015: Next.PERSON_FIRST,  # window closed [D]
    45047: Next.PERSON_FIRST,  # pushes to this person used up [D]
    45065: Next.DONE,  # the same client_msg_id [D]
    47003: Next.OURS,  # template field [D]
    40037: Next.OURS,  # template id [D]
    40200: Next.OURS,  # account type not allowed, as for msgmenu [C]
    48001: Next.OURS,  # interface not granted to the account [D]
    40013: Next.CONSOLE,  # appid [D]
    40125: Next.CONSOLE,  # secret [D]
    40164: Next.CONSOLE,  # our address is not on the whitelist [C]
    61004: Next.CONSOLE,  # the same, as the guide has it [D]
    40243: Next.CONSOLE,  # secret frozen [D]
    48004: Next.CONSOLE,  # interface taken away from the account [D]
    50002: Next.CONSOLE,  # account restricted [D]
    89503: Next.CONSOLE,  # an administrator has to agree to calls from this address [M]
}


def next_for(errcode: int) -> Next:
    """Unknown errors are tried again: the outbox gives up by itself after a day."""
    return ERRORS.get(errcode, Next.LATER)
