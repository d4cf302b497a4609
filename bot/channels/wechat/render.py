"""A reply as the chat window shows it: options that can be tapped, parts that fit, XML that holds whatever was said."""

from __future__ import annotations

import re

from wechatpy.replies import TextReply

from bot.channels.wechat.limits import TEXT_BYTES_MAX
from handlers.model import Choice, Reply
from handlers.said import CUT_OUT, GOES_ON

_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 cannot hold at all; wechatpy lets it through [V]."""
_LIKE_A_LINK = re.compile("<(?=/?[aA])")
_TAPPED = '<a href="weixin://bizmsgmenu?msgmenucontent={key}&msgmenuid={key}">【{key}】{label}</a>'
"""Sends `key` when tapped; undocumented [C], in passive replies [M]. It also works typed: what comes back is matched by
its words, never by its id, since some get "0" for the id [C]."""


def parts(reply: Reply, parts_max: int, bytes_max: int = TEXT_BYTES_MAX) -> list[str]:
    """A reply in as many messages as it takes, at most `parts_max`, none longer than `bytes_max`.

    Options stand together at the end of the last. What is too long loses its middle, and says so.
    """
    options = _options(reply.choices, bytes_max)
    text = plain(reply.text)
    whole = "\n".join(part for part in (text, options) if part)
    if size(whole) <= bytes_max:
        return [whole]
    room = bytes_max - size(GOES_ON) - 1
    pieces = split(text, room)
    last = "\n".join(part for part in (pieces[-1], options) if part)
    ends = [last] if size(last) <= bytes_max else [f"{pieces[-1]}\n{GOES_ON}", options]
    found = [*(f"{piece}\n{GOES_ON}" for piece in pieces[:-1]), *ends]
    if len(found) <= parts_max:
        return found
    room = max(bytes_max - size(options) - size(CUT_OUT) - 2, 0)
    if parts_max == 1:
        return ["\n".join(part for part in (split(text, room)[0] if room else "", CUT_OUT, options) if part)]
    last = "\n".join(part for part in (CUT_OUT, end_of(text, room), options) if part)
    return [*found[: parts_max - 1], last]


def plain(text: str) -> str:
    """Words that neither break the XML nor become a link of their own."""
    return _LIKE_A_LINK.sub("＜", _NO_XML.sub("", text))


def size(text: str) -> int:
    return len(text.encode())


def split(text: str, bytes_max: int) -> list[str]:
    """Pieces of at most `bytes_max` bytes, cut between characters, after a line's end where one is near."""
    pieces, raw = [], text.encode()
    while len(raw) > bytes_max:
        piece = raw[:bytes_max].decode("utf-8", "ignore")
        line_end = piece.rfind("\n")
        if line_end > len(piece) // 2:
            piece = piece[: line_end + 1]
        pieces.append(piece.rstrip("\n"))
        raw = raw[len(piece.encode()) :]
    return [*pieces, raw.decode()]


def end_of(text: str, bytes_max: int) -> str:
    return text.encode()[-bytes_max:].decode("utf-8", "ignore") if bytes_max else ""


def _options(choices: tuple[Choice, ...], bytes_max: int) -> str:
    """Links if they fit into one message, plain lines otherwise."""
    labels = [(choice.key, plain(choice.label).replace("<", "＜").replace(">", "＞")) for choice in choices]
    links = "\n".join(_TAPPED.format(key=key, label=label) for key, label in labels)
    if size(links) <= bytes_max:
        return links
    return "\n".join(f"【{key}】{label}" for key, label in labels).encode()[:bytes_max].decode("utf-8", "ignore")


def as_xml(openid: str, account: str, text: str, now_s: int) -> str:
    """A passive text reply. wechatpy does not escape the end of CDATA [V]: it is cut in two, and reads as it was."""
    safe = text.replace("]]>", "]]]]><![CDATA[>")
    return str(TextReply(source=account, target=openid, content=safe, time=now_s).render())
