"""What the platform pushes, made into one plain value. wechatpy reads the XML; nothing of what it finds is believed.

Its parser raises KeyError, TypeError, AttributeError, ValueError and ExpatError on what it does not expect, and gives
lists and dicts for elements that come twice or are nested.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import Any
from xml.parsers.expat import ExpatError

from wechatpy.parser import parse_message

from bot.channels.wechat.limits import UNSUPPORTED
from handlers.rules.windows import ACTED, SAID

OPENID = re.compile("[A-Za-z0-9_-]{6,64}")
"""28 characters today [M]; whatever is no plain token is nobody's address."""
_NUMBER = re.compile("[0-9]{1,20}")
SECONDS_MAX = 10**11
"""Beyond the year 5000: not a time."""
_IN_ADDRESS = re.compile("/i/([0-9A-Za-z-]{1,40})$")
_NESTED_MAX = 50
"""The platform nests four deep [C]; a parser that goes 20,000 deep is a trap (security.md §5 row 8)."""
_PERSON, _ACCOUNT = (
    re.compile(f"<{name}>(?:<!\\[CDATA\\[)?([A-Za-z0-9_-]{{6,64}})(?:\\]\\]>)?</{name}>".encode())
    for name in ("FromUserName", "ToUserName")
)
_CDATA = re.compile(rb"<!\[CDATA\[.*?\]\]>", re.DOTALL)
_TAG = re.compile(b"<(/?)[A-Za-z_]")

TEXT, PHOTO, UNTAKEN, NOTHING, LEFT = "text", "photo", "untaken", "nothing", "left"
_UNTAKEN = {
    "voice": "语音",
    "video": "小视频",
    "shortvideo": "小视频",
    "location": "位置",
    "link": "链接",
    "file": "文件",
}
LEAVING = frozenset({"unsubscribe", "user_authorization_revoke", "user_authorization_cancellation"})
"""After these the platform wants everything of the person deleted [D]."""
BY_OPENID = frozenset({"user_authorization_revoke", "user_authorization_cancellation", "user_info_modified"})
"""Events whose person stands in OpenID; FromUserName is the platform [D]."""
SUBSCRIPTIONS = frozenset({"subscribe_msg_popup_event", "subscribe_msg_change_event", "subscribe_msg_sent_event"})
"""[D]; wechatpy 1.8.18 does not know them [V]."""


class Unreadable(Exception):
    """Signed, so from a real person, but not what we can read. `openid` is theirs if at least that is clear."""

    def __init__(self, openid: str = "", account: str = "") -> None:
        super().__init__("unreadable")
        self.openid, self.account = openid, account


@dataclass(frozen=True, slots=True)
class Incoming:
    """One push. All of it plain strings and numbers.

    kind        text, photo (`text` is its MediaId), untaken (`text` names the kind in Chinese), nothing, left
    account     the official account's own name, which a reply comes from
    message_id  the same for every delivery of the same push
    created_s   the platform's time in seconds, if it gives a believable one
    act         what it opens: said or acted (handlers/rules/windows.py)
    known       false for a kind of message that we have never heard of
    event       the event's name in small letters, if it is one
    grants      (template, +1 or -1) of one-time notices agreed to or taken back
    """

    openid: str
    account: str
    message_id: str
    kind: str
    text: str = ""
    created_s: int | None = None
    act: str = SAID
    known: bool = True
    event: str = ""
    status: str = ""
    grants: tuple[tuple[str, int], ...] = field(default=())


def read(plain: bytes) -> Incoming:
    """Raises Unreadable, and nothing else."""
    try:
        if _depth(plain) > _NESTED_MAX:
            raise Unreadable
        data = parse_message(plain.decode("utf-8"))._data
        if not isinstance(data, dict):
            raise Unreadable
    except Unreadable:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, ExpatError, RecursionError):
        raise Unreadable(_only(_PERSON, plain), _only(_ACCOUNT, plain)) from None
    fields = _Fields(data)
    try:
        return _event(fields, plain) if fields.text("MsgType").lower() == "event" else _message(fields, plain)
    except _Odd:
        raise Unreadable(fields.person(), fields.account()) from None


class _Odd(Exception):
    """An element that must be plain text is missing, nested or doubled."""


class _Fields:
    """Elements of the message, each plain text or refused."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._data = data

    def text(self, name: str, default: str | None = None) -> str:
        found = self._data.get(name)
        if found is None and (default is not None or name in self._data):
            return default or ""
        if not isinstance(found, str):
            raise _Odd
        return found

    def optional(self, name: str) -> str:
        """Empty also for what is nested or doubled: an element that nothing hangs on."""
        found = self._data.get(name)
        return found if isinstance(found, str) else ""

    def inner(self, name: str) -> Any:
        return self._data.get(name)

    def openid(self, name: str) -> str:
        found = self.text(name)
        if not OPENID.fullmatch(found):
            raise _Odd
        return found

    def person(self) -> str:
        found = self.optional("FromUserName")
        return found if OPENID.fullmatch(found) else ""

    def account(self) -> str:
        found = self.optional("ToUserName")
        return found if OPENID.fullmatch(found) else ""

    def created_s(self) -> int | None:
        found = self.optional("CreateTime")
        return int(found) if _NUMBER.fullmatch(found) and int(found) < SECONDS_MAX else None


def _depth(plain: bytes) -> int:
    """How deep elements are nested, by counting tags outside CDATA; few tags cannot be nested deep."""
    if plain.count(b"<") <= _NESTED_MAX:
        return 0
    depth = most = 0
    for tag in _TAG.finditer(_CDATA.sub(b"", plain)):
        depth += -1 if tag[1] else 1
        most = max(most, depth)
        if most > _NESTED_MAX:
            break
    return most


def _only(element: re.Pattern[bytes], plain: bytes) -> str:
    """What stands in an element that is there once, in what no parser could read."""
    found = element.findall(plain)
    return found[0].decode() if len(found) == 1 else ""


def _message(fields: _Fields, plain: bytes) -> Incoming:
    openid, account, created = fields.openid("FromUserName"), fields.account(), fields.created_s()
    id_ = fields.optional("MsgId")
    message_id = f"m {id_}" if _NUMBER.fullmatch(id_) else f"h {hashlib.sha256(plain).hexdigest()}"
    kind = fields.text("MsgType").lower()
    act = ACTED if fields.optional("bizmsgmenuid") else SAID
    if kind == "text":
        words = fields.text("Content", "")
        if words == UNSUPPORTED:
            return Incoming(openid, account, message_id, UNTAKEN, "表情", created, act)
        return Incoming(openid, account, message_id, TEXT, words, created, act)
    if kind == "image":
        return Incoming(openid, account, message_id, PHOTO, fields.text("MediaId"), created, act)
    if kind == "voice" and (heard := fields.optional("Recognition")):
        return Incoming(openid, account, message_id, TEXT, heard, created, act)
    known = kind in _UNTAKEN
    return Incoming(openid, account, message_id, UNTAKEN, _UNTAKEN.get(kind, "消息"), created, act, known)


def _event(fields: _Fields, plain: bytes) -> Incoming:
    event, key = fields.text("Event").lower(), fields.optional("EventKey")
    openid = fields.openid("OpenID") if event in BY_OPENID else fields.openid("FromUserName")
    created, account = fields.created_s(), fields.account()
    when = fields.optional("CreateTime") if created is not None else hashlib.sha256(plain).hexdigest()
    message_id = f"e {openid} {when} {event} {key}"
    nothing = Incoming(openid, account, message_id, NOTHING, "", created, ACTED, event=event)
    if event in LEAVING:
        return replace(nothing, kind=LEFT)
    if said := _said_by(event, key, fields):
        return replace(nothing, kind=TEXT, text=said)
    grants = tuple(_grants(event, fields)) if event in SUBSCRIPTIONS else ()
    return replace(nothing, status=fields.optional("Status"), grants=grants)


def _said_by(event: str, key: str, fields: _Fields) -> str:
    """What an event comes to if it had been typed; empty if it is no word to us."""
    if event in ("subscribe_scan", "scan"):  # wechatpy has cut `qrscene_` off [V]
        return f"/start {key}"
    if event == "subscribe":  # `last_trade_no_…` in the key is no scene [V]
        return "你好"
    if event == "click":
        return key
    if event == "scancode_waitmsg":
        info = fields.inner("ScanCodeInfo")
        result = info.get("ScanResult") if isinstance(info, dict) else None
        found = _IN_ADDRESS.search(result) if isinstance(result, str) else None
        return f"/start {found[1] if found else '-'}"
    return ""


def _grants(event: str, fields: _Fields) -> list[tuple[str, int]]:
    """One-time notices agreed to (+1), taken back or sent (-1)."""
    outer = fields.inner({"subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
                          "subscribe_msg_change_event": "SubscribeMsgChangeEvent"}.get(event, "SubscribeMsgSentEvent"))  # fmt: skip
    found = outer.get("List") if isinstance(outer, dict) else None
    listed = found if isinstance(found, list) else [found]
    grants = []
    for each in listed:
        if not isinstance(each, dict) or not isinstance(template := each.get("TemplateId"), str):
            continue
        if event == "subscribe_msg_popup_event" and each.get("SubscribeStatusString") == "accept":
            grants.append((template[:64], 1))
        elif event == "subscribe_msg_change_event" and each.get("SubscribeStatusString") == "reject":
            grants.append((template[:64], -1000))
    return grants
