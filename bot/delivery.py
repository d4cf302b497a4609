"""The outbox is delivered: rows are claimed by lease, sent, and removed; what fails is tried again, later each time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import structlog

from bot import desk_rows
from bot.channel import Channel, Push, RecipientGone, SendFailed, WindowClosed
from bot.turn import Turns
from handlers.dates import day_of
from handlers.model import Millis, Reply
from handlers.notices import notice
from storage import mailbox, outbox
from storage.engine import Database
from storage.outbox import Claimed
from storage.statement import Rows

LEASE_MS = 60_000
BATCH_MAX = 20
IDLE_S = 1.0
RETRY_S_FIRST, RETRY_S_MAX = 2.0, 900.0
"""Each failure doubles the wait, from two seconds to a quarter of an hour (security.md §4)."""
FETCHED = "web"
"""The channel whose people fetch what is pushed to them; a terminal can only be spoken to."""

log = structlog.get_logger()


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

    async def work_for_ever(self) -> None:
        while True:
            try:
                busy = await self.work_once()
            except Exception as error:  # noqa: BLE001 - the lease runs out and the rows are tried again
                log.error("delivery_failed", cause=type(error).__name__)
                busy = False
            if not busy:
                await asyncio.sleep(IDLE_S)

    async def work_once(self) -> bool:
        """Deliver what is due; False if nothing was."""
        vault, now = self.turns.vault, self.now()
        split = await self.database.turn(b"outbox", lambda rows: desk_rows.split_due(self.turns, rows, now, BATCH_MAX))
        claimed = await self.database.turn(b"outbox", lambda rows: outbox.claim(rows, vault, now, LEASE_MS, BATCH_MAX))
        for row in claimed:
            await self._deliver(row)
        return bool(claimed) or split > 0

    async def _deliver(self, row: Claimed) -> None:
        try:
            await self._sent(row)
        except RecipientGone:
            await self.database.turn(b"outbox", lambda rows: outbox.finish(rows, row))
        except SendFailed as failed:
            wait_s = failed.retry_after_s or min(RETRY_S_FIRST * 2 ** (row.attempts - 1), RETRY_S_MAX)
            at, cause = Millis(self.now() + int(wait_s * 1000)), failed.cause
            await self.database.turn(b"outbox", lambda rows: outbox.try_later(rows, row, at, cause))

    async def _sent(self, row: Claimed) -> None:
        if row.channel == FETCHED:
            await self._into_mailbox(row)
            return
        channel = self.channels.get(row.channel)
        reply = await self.database.read(lambda rows: self._reply(rows, row))
        if channel is None or reply is None:
            raise RecipientGone
        try:
            await channel.send(Push(row.id, row.address, reply, _notice_key(row)))
        except WindowClosed:
            await self._into_mailbox(row)
        else:
            await self.database.turn(b"outbox", lambda rows: outbox.finish(rows, row))

    def _reply(self, rows: Rows, row: Claimed) -> Reply | None:
        """What a row says now; None if what it spoke of is gone."""
        if row.kind == "notice":
            return notice(*row.rest)
        if row.kind == "officer":
            self.turns.refresh(rows)
            may = desk_rows.may_still_know(self.turns, rows, row)
            return notice(row.rest[2], "") if may else None
        return self.turns.reply_to(rows, row.channel, row.address, bytes.fromhex(row.rest[0]))

    async def _into_mailbox(self, row: Claimed) -> None:
        """The message and the end of its row in one transaction: exactly once."""
        account = self.turns.account(row.channel, row.address)

        def put(rows: Rows) -> None:
            if outbox.finish(rows, row) and (reply := self._reply(rows, row)) is not None:
                mailbox.add(rows, self.turns.vault, account, reply, day_of(self.now()))

        await self.database.turn(account, put)
        self.arrived(account)


def _notice_key(row: Claimed) -> str:
    return {"notice": row.rest[0], "officer": row.rest[-1]}.get(row.kind, "")
