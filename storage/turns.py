"""Messages that were taken, with the reply that each got; and messages whose turn failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, literal, null, select, union_all, update
from sqlalchemy.dialects.postgresql import insert

from handlers.model import AccountId, Choice, Heard, Reply
from storage.packed import packed, padded, unpacked
from storage.statement import Row, Rows, statement
from storage.tables import failed_turns as failed_table
from storage.tables import place_of
from storage.tables import turns as table
from storage.vault import Vault

REPLY_KEPT_DAYS = 1
KEY_KEPT_DAYS = 30
"""Replies for a day, keys for thirty (design.md §2.2)."""
REPLY, FAILED = "reply", "failed"
_FAILED_DAY = -1
"""Stands in place of a day where the row is the copy of a message whose turn failed."""


@dataclass(frozen=True, slots=True)
class Taken:
    """`reply` still has its marks; None if it has expired. `gone`: it went with its subject."""

    digest: bytes
    reply: Reply | None
    conversation: bytes
    gone: bool


@dataclass(frozen=True, slots=True)
class Found:
    """`taken` if the message was answered before; `failed`, the sealed copy, if its turn has failed before."""

    taken: Taken | None
    failed: bytes | None


_FIND = statement(
    union_all(
        select(table.c.digest, table.c.reply, table.c.expires_day).where(table.c.place == bindparam("place_")),
        select(literal(b""), failed_table.c.sealed, literal(_FAILED_DAY)).where(
            failed_table.c.key == bindparam("failed_key_")
        ),
    )
)
_KEEP = statement(insert(table), "place", "key", "digest", "reply", "subject", "expires_day")
_TAKE_EVENT = statement(
    insert(table).on_conflict_do_nothing(), "place", "key", "digest", "reply", "subject", "expires_day"
)
_FORGET = statement(update(table).where(table.c.subject == bindparam("subject_")).values(reply=null()))
_DROP = statement(delete(table).where(table.c.place == bindparam("place_")))
_KEEP_FAILED = statement(insert(failed_table).on_conflict_do_nothing(), "key", "sealed", "expires_day")
_DROP_FAILED = statement(delete(failed_table).where(failed_table.c.key == bindparam("key")))


def key_of(vault: Vault, account: AccountId, message_id: str) -> bytes:
    return vault.index("turns.key", account, message_id)


def digest_of(vault: Vault, heard: Heard) -> bytes:
    return vault.index("turns.digest", heard.kind, heard.text, heard.photo.sha256 if heard.photo else b"")


def reply_expires_day(expires_day: int) -> int:
    """The last day of a stored reply whose key expires on that day."""
    return expires_day - KEY_KEPT_DAYS + REPLY_KEPT_DAYS


def find(rows: Rows, vault: Vault, key: bytes, today: int) -> Found:
    """What is kept of a message: one question for both, since every turn asks it."""
    taken, failed = None, None
    for digest, boxed, expires_day in rows.all(_FIND, place_=place_of(key), failed_key_=key):
        if expires_day == _FAILED_DAY:
            failed = boxed
        else:
            taken = _taken(vault, key, (digest, boxed, expires_day), today)
    return Found(taken, failed)


def _taken(vault: Vault, key: bytes, row: Row, today: int) -> Taken:
    digest, boxed, expires_day = row
    if boxed is None:
        return Taken(digest, None, b"", gone=today <= reply_expires_day(expires_day))
    text, choices, delay_s, conversation, *question = unpacked(vault.unbox(boxed, REPLY, "turns.reply", key))
    reply = Reply(text, tuple(Choice(*choice) for choice in choices), delay_s, *question)
    return Taken(digest, reply, bytes.fromhex(conversation), gone=False)


def keep(
    rows: Rows, vault: Vault, key: bytes, digest: bytes, today: int, reply: Reply, conversation: bytes,
    subject: bytes | None,
) -> None:  # fmt: skip
    """`reply` with its marks, the conversation that its words stand in, and the report it speaks of, if any."""
    whole: list[Any] = [reply.text, [[c.key, c.label] for c in reply.choices], reply.delay_s, conversation.hex()]
    if reply.question:
        whole.append(reply.question)
    rows.run(
        _KEEP,
        place=place_of(key),
        key=key,
        digest=digest,
        reply=vault.box(packed(whole), REPLY, "turns.reply", key),
        subject=subject,
        expires_day=today + KEY_KEPT_DAYS,
    )


def drop_failed(rows: Rows, key: bytes) -> None:
    """The message is taken now: what was kept of a copy whose turn failed goes."""
    rows.run(_DROP_FAILED, key=key)


def forget_about(rows: Rows, subject: bytes) -> None:
    """Every stored reply of one account about one report: a retry then hears that it is not found."""
    rows.run(_FORGET, subject_=subject)


def take_event(rows: Rows, key: bytes, digest: bytes, today: int) -> bool:
    """Mark something that is answered with nothing as taken; False if it was before."""
    return (
        rows.run(
            _TAKE_EVENT,
            place=place_of(key),
            key=key,
            digest=digest,
            reply=None,
            subject=None,
            expires_day=today + KEY_KEPT_DAYS,
        )
        > 0
    )


def drop(rows: Rows, key: bytes) -> None:
    """All that is kept of one message, also if its turn failed."""
    rows.run(_DROP, place_=place_of(key))
    rows.run(_DROP_FAILED, key=key)


def keep_failed(rows: Rows, vault: Vault, key: bytes, heard: Heard, today: int) -> None:
    """The whole message, sealed, with the time it first came; a second failure changes nothing."""
    whole = [heard.received_at, heard.channel, heard.address, heard.message_id, heard.kind, heard.text]
    boxed = vault.box(padded(whole), FAILED, "failed_turns.sealed", key)
    rows.run(_KEEP_FAILED, key=key, sealed=boxed, expires_day=today + KEY_KEPT_DAYS)


def first_received(vault: Vault, key: bytes, failed: bytes) -> int:
    """When a message whose turn failed before first came, in ms."""
    return int(unpacked(vault.unbox(failed, FAILED, "failed_turns.sealed", key))[0])
