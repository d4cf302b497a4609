"""What an update means to us. The library builds it; whatever it, or we, cannot make sense of is Unreadable."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from telegram import CallbackQuery, Chat, ChatMember, Message, Update

from handlers.model import Millis
from handlers.said import PHOTO_TOO_LARGE
from handlers.words import clean

PHOTO_TYPES = ("image/jpeg", "image/png", "image/webp")
"""Of documents; what a photo really is, its cleaning finds out from its bytes (security.md §3)."""
_KINDS = {
    "voice": "语音",
    "video": "小视频",
    "video_note": "小视频",
    "audio": "音乐",
    "venue": "位置",
    "location": "位置",
    "contact": "名片",
    "sticker": "贴纸",
    "animation": "动图",
    "document": "文件",
    "poll": "投票",
    "dice": "骰子",
    "game": "游戏",
    "story": "动态",
    "paid_media": "收费的照片",
    "invoice": "账单",
    "checklist": "清单",
}
"""A venue is also a location and an animation also a document, so these come first."""
WITHIN_MS = 999
"""The service tells whole seconds: the latest that it can have been."""
OTHER_KIND = "消息"
_SERVICE = (
    *("pinned_message", "message_auto_delete_timer_changed", "write_access_allowed", "users_shared", "chat_shared"),
    *("migrate_to_chat_id", "migrate_from_chat_id", "new_chat_members", "left_chat_member", "new_chat_title"),
    *("new_chat_photo", "delete_chat_photo", "group_chat_created", "supergroup_chat_created", "channel_chat_created"),
    *("forum_topic_created", "forum_topic_closed", "forum_topic_reopened", "video_chat_started", "video_chat_ended"),
    *("successful_payment", "refunded_payment", "connected_website", "proximity_alert_triggered", "boost_added"),
)
"""The service telling of itself: nobody said anything. A group that became a supergroup is among them."""
_ADDRESSED = re.compile(r"^(/[A-Za-z0-9_]+)@[A-Za-z0-9_]+")
_BUTTON = re.compile("([0-9a-f]{1,32}):([0-9]{1,2})")
OLD_QUESTION = "0"
"""Of a button whose data we cannot have written: it belongs to no question that stands."""
_MEMBERS = ("member", "administrator", "creator")


class Unreadable(Exception):
    """An update that nobody can make sense of; its text stays out of this."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text in a private chat. `id` is the same for every copy of an update, and no other's."""

    chat: int
    id: str
    text: str
    spoken_at: Millis | None


@dataclass(frozen=True, slots=True)
class Tap:
    """A button of ours. `message` is 0 if the service does not say which message it hung under."""

    chat: int
    id: str
    query: str
    message: int
    question: str
    key: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo, or a document that is one; of an album each photo is an update of its own."""

    chat: int
    id: str
    file: str
    caption: str
    spoken_at: Millis | None


@dataclass(frozen=True, slots=True)
class Other:
    """Something that we cannot take; `kind` is what it is called, in Chinese, or a kind of handlers/said.py."""

    chat: int
    id: str
    kind: str
    caption: str
    spoken_at: Millis | None


@dataclass(frozen=True, slots=True)
class Edited:
    chat: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A group: what is said there is not taken. `query` is the tap to acknowledge, if it was one."""

    chat: int
    query: str = ""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nobody said anything to us: a channel's post, a service message, somebody who blocks us."""

    chat: int = 0


Meaning = Words | Tap | Picture | Other | Edited | Elsewhere | Nothing


@dataclass(frozen=True, slots=True)
class Arrived:
    """One update, when we first had it; `meaning` is None for what is unreadable."""

    raw: object
    meaning: Meaning | None
    received_at: Millis


def number_of(raw: object) -> int | None:
    """The update's number, as far as it can be read: polling must get past updates that nobody can read."""
    number = raw.get("update_id") if isinstance(raw, dict) else None
    if isinstance(number, str) and re.fullmatch("[0-9]{1,18}", number):
        return int(number)
    return number if type(number) is int and 0 <= number < 2**63 else None


def chat_guessed(raw: object) -> int | None:
    """The chat of an unreadable update, if that much is there: to ask its sender to say it again."""
    for name in ("message", "edited_message"):
        part = raw.get(name) if isinstance(raw, dict) else None
        chat = part.get("chat") if isinstance(part, dict) else None
        if isinstance(chat, dict) and type(chat.get("id")) is int and chat.get("type") == "private":
            return int(chat["id"])
    return None


def read(raw: object, photo_bytes_max: int) -> Meaning:
    """Unreadable, and nothing else, is raised."""
    try:
        if not isinstance(raw, dict) or type(raw.get("update_id")) is not int or raw["update_id"] < 0:
            raise Unreadable
        update = Update.de_json(raw, None)
        return _meant(update, photo_bytes_max)
    except Exception:  # noqa: BLE001 - TypeError, KeyError, OverflowError…: whatever it was, the update is kept
        raise Unreadable from None


def _meant(update: Update, photo_bytes_max: int) -> Meaning:
    if update.callback_query is not None:
        return _tapped(update.update_id, update.callback_query)
    if update.message is not None:
        return _said(update.update_id, update.message, photo_bytes_max)
    if update.edited_message is not None:
        chat = update.edited_message.chat
        return Edited(_id(chat)) if chat.type == Chat.PRIVATE else Nothing()
    if (changed := update.my_chat_member) is not None:
        joined = changed.new_chat_member.status in _MEMBERS and changed.old_chat_member.status not in _MEMBERS
        in_group = changed.chat.type in (Chat.GROUP, Chat.SUPERGROUP)
        return (
            Elsewhere(_id(changed.chat)) if in_group and joined and _may_speak(changed.new_chat_member) else Nothing()
        )
    return Nothing()


def _may_speak(member: ChatMember) -> bool:
    return member.status != "restricted"


def _said(number: int, message: Message, photo_bytes_max: int) -> Meaning:
    chat = _id(message.chat)
    service = any(getattr(message, name, None) for name in _SERVICE)
    if message.chat.type != Chat.PRIVATE:
        in_group = message.chat.type in (Chat.GROUP, Chat.SUPERGROUP)
        return Elsewhere(chat) if in_group and not service else Nothing()
    id_ = f"{number}.{_whole(message.message_id)}"
    spoken_at = Millis(int(message.date.timestamp()) * 1000 + WITHIN_MS)
    if message.text is not None:
        return Words(chat, id_, _ADDRESSED.sub(r"\1", _typed(message.text)), spoken_at)
    caption = _typed(message.caption or "")
    sizes = [(_whole(each.file_size or 0), _words(each.file_id)) for each in message.photo]
    document = message.document
    if document is not None and not message.animation and document.mime_type in PHOTO_TYPES:
        sizes = [(_whole(document.file_size or 0), _words(document.file_id))]
    if sizes:
        fitting = [file for size, file in sizes if size <= photo_bytes_max]
        if not fitting:
            return Other(chat, id_, PHOTO_TOO_LARGE, caption, spoken_at)
        return Picture(chat, id_, fitting[-1], caption, spoken_at)  # the service lists the largest last [S]
    kind = next((says for name, says in _KINDS.items() if getattr(message, name, None)), "")
    if not kind and service:
        return Nothing(chat)
    return Other(chat, id_, kind or OTHER_KIND, caption, spoken_at)


def _tapped(number: int, query: CallbackQuery) -> Meaning:
    """The message may be missing or out of reach: then the chat is the private one of whoever tapped."""
    message = query.message
    chat = message.chat if message is not None else None
    id_ = _words(query.id)
    if chat is not None and chat.type != Chat.PRIVATE:
        return Elsewhere(_id(chat), id_)
    whose = _id(chat) if chat is not None else _whole(query.from_user.id)
    found = _BUTTON.fullmatch(_typed(query.data or ""))
    question, key = (found[1], found[2]) if found else (OLD_QUESTION, "")
    at = _whole(message.message_id) if message is not None else 0
    return Tap(whose, f"{number}.{id_}", id_, at, question, key)


def _id(chat: Chat) -> int:
    return _whole(chat.id)


def _whole(value: object) -> int:
    if type(value) is not int or abs(value) >= 2**63:
        raise Unreadable
    return value


def _words(value: object) -> str:
    """A text; an id must be writable as one."""
    if not isinstance(value, str):
        raise Unreadable
    value.encode()
    return value


def _typed(value: object) -> str:
    """What somebody typed: nothing of it that can be seen is refused."""
    if not isinstance(value, str):
        raise Unreadable
    return clean(value)


def parts_of(text: str, units_max: int) -> Iterator[str]:
    """A text in pieces of at most so many UTF-16 units, as the service counts them; cut between lines where it can be."""
    while _units(text) > units_max:
        cut = units = 0
        for letter in text:
            units += 1 + (letter > "\uffff")
            if units > units_max:
                break
            cut += 1
        line = text.rfind("\n", 1, cut)
        end = line if line > 0 else cut
        yield text[:end]
        text = text[end:].lstrip("\n")
    if text:
        yield text


def _units(text: str) -> int:
    return len(text) + sum(letter > "\uffff" for letter in text)


def button(question: str, key: str) -> str:
    """What a button carries back: at most 64 bytes, ids only."""
    return f"{question or OLD_QUESTION}:{key}"


def raw_text(raw: object) -> str:
    """An unreadable update as it is kept; ASCII, since lone surrogates are no text that could be sealed."""
    return json.dumps(raw)
