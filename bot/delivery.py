"""The outbox is delivered: rows are claimed by lease, sent, and removed; what fails is tried again, later each time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from bot import desk_rows, digests, matters, reminders
from bot.channel import (
    Channel,
    Hear,
    HearPhoto,
    Push,
    RecipientGone,
    RecipientMoved,
    SendFailed,
    SendRefused,
    WindowClosed,
)
from bot.logs import cause_of
from bot.paper import chart
from bot.turn import Turns
from bot.working import Worker
from handlers.dates import day_of
from handlers.model import Heard, Millis, PersonId, Reply
from handlers.notices import AT_ONCE, notice
from storage import mailbox, outbox
from storage.engine import Database
from storage.outbox import Claimed
from storage.statement import Rows

log = structlog.get_logger()

LEASE_MS = 60_000
BATCH_MAX = 20
"""Rows in hand at once. Each is of another person, so that one whose platform is slow holds up nobody else."""
RETRY_S_FIRST, RETRY_S_MAX = 2.0, 900.0
"""Each failure doubles the wait, from two seconds to a quarter of an hour (security.md §4)."""
DIGEST = "digest"
FETCHED = "web"
"""The channel whose people fetch what is pushed to them; a terminal can only be spoken to."""


@dataclass(frozen=True)
class Delivery:
    """Web pushes go into the account's mailbox; `arrived` wakes the account's streams in this process.

    `channels` are the others, by name: they are sent to, and what a platform does not let through waits in the mailbox.
    """

    database: Database
    turns: Turns
    now: Callable[[], Millis]
    arrived: Callable[[bytes], None]
    channels: Mapping[str, Channel] = field(default_factory=dict)
    _worker: Worker[Claimed] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_worker", Worker(self._claim, self._deliver, BATCH_MAX, "delivery_failed"))

    async def work_for_ever(self) -> None:
        await self._worker.for_ever()

    async def work_once(self) -> bool:
        """Deliver what is due; False if nothing was."""
        return await self._worker.once()

    async def drain(self) -> None:
        """Finish what is being sent, for a few seconds."""
        await self._worker.drain()

    def at_once(self, hear: Hear) -> Hear:
        """The same, for a channel that does not answer in the call: after the commit the reply is on its way."""

        async def heard_and_sent(heard: Heard) -> Reply:
            return self._send_at_once(heard, await hear(heard))

        return heard_and_sent

    def at_once_for_photos(self, hear_photo: HearPhoto) -> HearPhoto:
        async def heard_and_sent(heard: Heard, content: bytes) -> Reply:
            return self._send_at_once(heard, await hear_photo(heard, content))

        return heard_and_sent

    def _send_at_once(self, heard: Heard, reply: Reply) -> Reply:
        if reply.row:
            row = outbox.handed_over(self.turns.vault, reply.row, heard.channel, heard.address)
            self._worker.begin(self._deliver(row, reply))
        return reply

    async def _split(self) -> int:
        """What waits for a desk becomes a row for each of its people."""
        now = self.now()
        return await self.database.turn(b"outbox", lambda rows: desk_rows.split_due(self.turns, rows, now, BATCH_MAX))

    async def _claim(self, most: int) -> Sequence[Claimed]:
        await self._split()
        vault, now = self.turns.vault, self.now()
        return await self.database.turn(b"outbox", lambda rows: outbox.claim(rows, vault, now, LEASE_MS, most))

    async def _deliver(self, row: Claimed, known: Reply | None = None) -> None:
        """A row, and then what waits behind it for the same person."""
        after: Claimed | None = row
        while after is not None:
            after, known = await self._delivered(after, known), None

    async def _delivered(self, row: Claimed, known: Reply | None) -> Claimed | None:
        """Send one row and settle it; the next for the same person, claimed, if this one is out of the way."""
        if (loud_at := self._loud_at(row)) > self.now():
            return await self._quieten(row, loud_at)
        try:
            return await self._sent(row, known)
        except RecipientGone:
            return await self._finish(row)
        except RecipientMoved as moved:
            vault, now, address = self.turns.vault, self.now(), moved.address
            await self.database.turn(b"outbox", lambda rows: outbox.readdress(rows, vault, row, address, now))
        except SendRefused as refused:
            cause = refused.cause
            await self.database.turn(b"outbox", lambda rows: outbox.bury(rows, row, cause))
        except SendFailed as failed:
            wait_s = failed.retry_after_s or min(RETRY_S_FIRST * 2 ** (row.attempts - 1), RETRY_S_MAX)
            at, cause, tried = Millis(self.now() + int(wait_s * 1000)), failed.cause, failed.tried
            await self.database.turn(b"outbox", lambda rows: outbox.try_later(rows, row, at, cause, tried=tried))
        return None

    def _loud_at(self, row: Claimed) -> Millis:
        """Asked again where it is sent: a row may have been tried before, or written by a process whose clock is wrong."""
        now = self.now()
        return now if row.kind == "reply" or _notice_key(row) in AT_ONCE else self.turns.schedule.loud_at(now)

    async def _quieten(self, row: Claimed, until: Millis) -> Claimed | None:
        """It waits for the morning; what is behind it does not."""
        vault, now = self.turns.vault, self.now()

        def quieten(rows: Rows) -> Claimed | None:
            outbox.quieten(rows, row, until)
            return outbox.claim_next(rows, vault, row, now, LEASE_MS)

        return await self.database.turn(b"outbox", quieten)

    async def _sent(self, row: Claimed, known: Reply | None) -> Claimed | None:
        if row.channel == FETCHED:
            await self._into_mailbox(row)
            return None
        channel = self.channels.get(row.channel)
        reply = known or await self.database.read(lambda rows: self._reply(rows, row))
        if channel is None or reply is None:
            raise RecipientGone
        try:
            picture = await asyncio.to_thread(_chart, row) if row.kind == DIGEST else b""
            protect = self.turns.roster.person_of(self.turns.account(row.channel, row.address)) is not None
            await channel.send(Push(row.id, row.address, reply, _notice_key(row), picture, protect))
        except WindowClosed:
            await self._into_mailbox(row)
            return None
        return await self._finish(row)

    async def _finish(self, row: Claimed) -> Claimed | None:
        vault, now = self.turns.vault, self.now()

        def finish(rows: Rows) -> Claimed | None:
            outbox.finish(rows, row)
            return outbox.claim_next(rows, vault, row, now, LEASE_MS)

        return await self.database.turn(b"outbox", finish)

    def _reply(self, rows: Rows, row: Claimed) -> Reply | None:
        """What a row says now; None if what it spoke of is gone."""
        if row.kind == "notice":
            return notice(*row.rest)
        if row.kind == "officer":
            self.turns.refresh(rows)
            if matters.is_row(kind := row.rest[2]):
                return notice(kind, "") if desk_rows.may_still_hear(self.turns, rows, row) else None
            case, kind = desk_rows.still_known(self.turns, rows, row), row.rest[2]
            if case is None:
                return None
            if reminders.is_reminder(kind):
                person = self.turns.roster.people[PersonId(row.rest[0])]
                return Reply(reminders.said(self.turns, case, kind, person, self.now()))
            return notice(kind, "")
        if row.kind == DIGEST:
            self.turns.refresh(rows)
            text = digests.pushed(self.turns, row)
            return Reply(text) if text else None
        return self.turns.reply_to(rows, row.channel, row.address, bytes.fromhex(row.rest[0]))

    async def _into_mailbox(self, row: Claimed) -> None:
        """The message and the end of its row in one transaction: exactly once."""
        account = self.turns.account(row.channel, row.address)

        def put(rows: Rows) -> None:
            if outbox.finish(rows, row) and (reply := self._reply(rows, row)) is not None:
                today, days = day_of(self.now()), self.turns.here.mailbox_days
                mailbox.add(rows, self.turns.vault, account, reply, today, days)

        await self.database.turn(account, put)
        self.arrived(account)


def _chart(row: Claimed) -> bytes:
    """Drawn when it is sent; a chart that cannot be drawn keeps no digest back."""
    try:
        return chart.png(chart.Chart.from_json(row.rest[-1]))
    except Exception as error:  # noqa: BLE001 - the words go out, and the operator sees why there is no picture
        log.error("chart_failed", **cause_of(error))
        return b""


def _notice_key(row: Claimed) -> str:
    """Its key in handlers/notices.py; empty for the reply to a turn."""
    if row.kind == DIGEST:
        return DIGEST
    return "" if row.kind == "reply" else row.rest[-1 if row.kind == "officer" else 0].partition(" ")[0]
