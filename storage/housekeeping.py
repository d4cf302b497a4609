"""What has run out is removed, a little at a time, so that no turn waits for it."""

from __future__ import annotations

from sqlalchemy import Table, bindparam, delete, func, null, select, tuple_, update

from handlers.dates import DAY_MS
from handlers.model import Millis
from storage import matters, schedule
from storage.statement import Rows, Statement, statement
from storage.tables import (
    conversations,
    draft_words,
    failed_turns,
    invites,
    links,
    mailbox,
    media,
    slips,
    tries,
    turns,
    wechat_people,
)
from storage.turns import KEY_KEPT_DAYS, REPLY_KEPT_DAYS

CHUNK = 200
"""Rows of one kind in one transaction, which stays below 50 ms (design.md §2.2)."""


def _expired(table: Table) -> tuple[Statement, Statement]:
    """Count, and remove at most `limit_`, of the rows of a table whose day is before `today`."""
    keys = (table.c.id,) if "id" in table.c else tuple(table.primary_key.columns)
    ripe = table.c.expires_day < bindparam("today")
    some = select(*keys).where(ripe).limit(bindparam("limit_"))
    return (
        statement(select(func.count()).select_from(table).where(ripe)),
        statement(delete(table).where((tuple_(*keys) if keys[1:] else keys[0]).in_(some))),
    )


_KINDS = {
    table.name: _expired(table)
    for table in (conversations, turns, failed_turns, tries, invites, links, mailbox, wechat_people, slips)
}
LATE_DAYS = 7
"""Replies this much too old are still found; after a longer stop their keys' own end removes them."""
_OLDEST_REPLY = KEY_KEPT_DAYS - REPLY_KEPT_DAYS
_REPLY_IS_OLD = (
    (turns.c.expires_day < bindparam("today") + _OLDEST_REPLY)
    & (turns.c.expires_day > bindparam("late") + _OLDEST_REPLY)
    & turns.c.reply.is_not(None)
)
_OLD_REPLIES = statement(select(func.count()).select_from(turns).where(_REPLY_IS_OLD))
_DROP_REPLIES = statement(
    update(turns)
    .where(turns.c.place.in_(select(turns.c.place).where(_REPLY_IS_OLD).limit(bindparam("limit_"))))
    .values(reply=null(), subject=null())
)
_EXPIRED = select(conversations.c.id).where(conversations.c.expires_day < bindparam("today"))
_DROP_EXPIRED_WORDS = statement(delete(draft_words).where(draft_words.c.conversation.in_(_EXPIRED)))
_DROP_EXPIRED_PHOTOS = statement(delete(media).where(media.c.holder.in_(_EXPIRED)))


def due(rows: Rows, today: int) -> dict[str, int]:
    """How many rows of each kind have run out."""
    found = {name: int(rows.all(count, today=today)[0][0]) for name, (count, _) in _KINDS.items()}
    found["matter_links"] = matters.old_links(rows, today)
    return {**found, "replies": int(rows.all(_OLD_REPLIES, today=today, late=today - LATE_DAYS)[0][0])}


def purge(rows: Rows, today: int) -> dict[str, int]:
    """Remove at most CHUNK rows of each kind; call again while anything was removed."""
    words = rows.run(_DROP_EXPIRED_WORDS, today=today)
    photos = rows.run(_DROP_EXPIRED_PHOTOS, today=today)
    done = {name: rows.run(remove, today=today, limit_=CHUNK) for name, (_, remove) in _KINDS.items()}
    replies = rows.run(_DROP_REPLIES, today=today, late=today - LATE_DAYS, limit_=CHUNK)
    parts = schedule.purge(rows, Millis(today * DAY_MS))
    done["matter_links"] = matters.forget_old_links(rows, today, CHUNK)
    return {**done, "parts": parts, "words": words, "photos": photos, "replies": replies}
