"""What the edges call: channels hear, pages look. Everything asynchronous about a turn is here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from weakref import WeakValueDictionary

import structlog

from bot import pictures
from bot.case_page import Pages, View
from bot.channel import Busy, NotTaken, SaidDifferently
from bot.evidence import Evidence, NoRoom
from bot.logs import cause_of
from bot.paper.chart import Chart, png
from bot.turn import Turns
from handlers import said
from handlers.code import placard_of
from handlers.model import AccountId, Heard, ItemId, Millis, Person, Placard, PlacardId, Reply, Upload
from storage import diary, files, leases, mailbox, matters, reports
from storage.diary import Entry
from storage.engine import Database, QueueFull, StorageFull
from storage.matters import Answer
from storage.meter import Meter, NoMeter
from storage.reports import Held
from storage.statement import Rows

Also = Callable[[Rows], None]
"""What a channel writes down in the transaction of a turn."""
HEARTBEAT_S, POLL_S = 20.0, 2.0
"""Design.md §4; a push that another process delivered is seen within two seconds."""
RETRY_AFTER_S = 2.0
"""A full queue of 2048 turns is drained in about a second."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Service:
    """One database, and the turns that run on it."""

    database: Database
    turns: Turns
    evidence: Evidence
    now: Callable[[], Millis]
    meter: Meter = field(default_factory=NoMeter)
    _woken: WeakValueDictionary[bytes, asyncio.Event] = field(default_factory=WeakValueDictionary)

    async def hear_photo(self, heard: Heard, content: bytes) -> Reply:
        """Take a photo: it is sealed on disk before the turn speaks of it, and gone if the turn does not take it."""
        try:
            upload: Upload | None = await self.evidence.keep(content)
        except NoRoom:
            log.error("no_room_for_photos")
            raise NotTaken(said.no_room(self.turns.here), kept=False) from None
        try:
            return await self.hear(replace(heard, photo=upload))
        except asyncio.CancelledError:
            upload = None  # its turn may still run and take the photo: an orphan is the sweeper's
            raise
        finally:
            if upload is not None:
                await self.evidence.drop_unless_kept(upload)

    async def hear_promised(self, heard: Heard, source: str, also: Also | None = None) -> Reply:
        """Take a photo that its channel's platform keeps under `source`: it enters the draft now and is fetched later."""
        return await self.hear(replace(heard, photo=self.evidence.promise(source)), also)

    async def events(self, channel: str, address: str, after: int | None) -> AsyncIterator[tuple[int, Reply] | None]:
        """What is pushed to a person after event `after` (None: from now on); None every HEARTBEAT_S of quiet."""
        account, vault = self.turns.account(channel, address), self.turns.vault
        if after is None:
            after = await self.database.read(lambda rows: mailbox.last(rows, vault, account))
        quiet_s = 0.0
        woken = self._woken.setdefault(account, asyncio.Event())  # kept by its streams alone
        while True:
            woken.clear()
            found = await self.database.read(partial(mailbox.after, vault=vault, account=account, n=after))
            for after, reply in found:
                yield after, reply
            quiet_s = 0.0 if found else quiet_s
            if quiet_s >= HEARTBEAT_S:
                quiet_s = 0.0
                yield None
            try:
                async with asyncio.timeout(POLL_S):
                    await woken.wait()
            except TimeoutError:
                quiet_s += POLL_S

    def wake(self, account: bytes) -> None:
        """Something lies in an account's mailbox: its streams in this process look at once, others within POLL_S."""
        if (woken := self._woken.get(account)) is not None:
            woken.set()

    async def hear(self, heard: Heard, also: Also | None = None) -> Reply:
        """Take one message; see bot/channel.py for what it raises. Nothing is acknowledged before the commit.

        `also` runs in the turn's transaction, for every copy of the message.
        """
        began, outcome = time.perf_counter(), "lost"
        try:
            reply = await self._heard(heard, also)
            outcome = "taken"
        except Busy:
            outcome = "busy"
            raise
        except SaidDifferently:
            outcome = "said_differently"
            raise
        except NotTaken as failed:
            outcome = "kept" if failed.kept else "lost"
            raise
        finally:
            self.meter.heard(heard.channel, outcome, time.perf_counter() - began)
        if reply.delay_s:
            await asyncio.sleep(reply.delay_s)
        return reply

    async def _heard(self, heard: Heard, also: Also | None) -> Reply:
        lane = self.turns.account(heard.channel, heard.address)

        def take(rows: Rows) -> Reply:
            if also is not None:
                also(rows)
            return self.turns.take(rows, heard, lane)

        try:
            return await self.database.turn(lane, take)
        except QueueFull:
            raise Busy(RETRY_AFTER_S) from None
        except StorageFull:
            log.error("disk_full")
            raise NotTaken(said.not_kept(self.turns.here), kept=False) from None
        except SaidDifferently:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, the message is kept and the person is told
            log.error("turn_failed", **cause_of(error))
            raise await self._failed(lane, heard, also) from None

    async def _failed(self, lane: AccountId, heard: Heard, also: Also | None) -> NotTaken:
        """“您说的没有丢” is said only if the message is stored."""

        def keep(rows: Rows) -> None:
            if also is not None:
                also(rows)
            self.turns.keep_failed(rows, heard)

        try:
            await self.database.turn(lane, keep)
        except Exception as error:  # noqa: BLE001 - told to the person as not kept
            log.error("turn_failed", **cause_of(error))
            return NotTaken(said.not_kept(self.turns.here), kept=False)
        return NotTaken(said.down(self.turns.here), kept=True)

    async def keep(self, heard: Heard) -> None:
        """Keep what no turn can take, sealed among the messages whose turn failed. Busy: it was not kept."""
        lane = self.turns.account(heard.channel, heard.address)
        try:
            await self.database.turn(lane, lambda rows: self.turns.keep_failed(rows, heard))
        except (QueueFull, StorageFull):
            raise Busy(RETRY_AFTER_S) from None

    async def hold(self, name: str, holder: bytes, lease_ms: int) -> bool:
        """Be the one process that does something, for so long; False while another is."""
        now = self.now()
        return await self.database.turn(b"leases", lambda rows: leases.hold(rows, name, holder, now, lease_ms))

    async def current(self, channel: str, address: str) -> Reply:
        """The question that stands for a person now, or the welcome."""

        def look(rows: Rows) -> Reply:
            self.turns.refresh(rows)
            return self.turns.current(rows, channel, address, self.now())

        return await self.database.read(look)

    async def placard(self, code: str) -> Placard | None:
        """What a printed code shows; None for a code that is not ours."""
        id_ = placard_of(code, self.turns.placard_keys)
        return None if id_ is None else await self.database.read(lambda rows: self._placard(rows, id_))

    async def answers_about(self, item: ItemId) -> list[Answer]:
        """What was asked about an item and answered for everybody."""
        return await self.database.read(lambda rows: matters.answers_about(rows, item))

    async def case_page(self, token: str, cookie: str, asked: Mapping[str, str]) -> View | None:
        """Open a case page, or do what one of its forms asks for; None: there is no such page for this visitor."""
        pages, now = Pages(self.turns), self.now()
        lane = self.turns.vault.index("case", token)
        return await self.database.turn(lane, lambda rows: pages.opened(rows, now, token, cookie, asked))

    async def case_photo(self, token: str, cookie: str, id_: bytes) -> bytes | None:
        """A photo of an opened case page."""
        pages, now, lane = Pages(self.turns), self.now(), self.turns.vault.index("case", token)
        photo = await self.database.turn(lane, lambda rows: pages.photo(rows, now, token, cookie, id_))
        if photo is None:
            return None
        try:
            sealed = await asyncio.to_thread(self.evidence.folder.read, photo.id, files.CLEAN)
        except FileNotFoundError:
            return None
        return files.open_sealed(photo.key, sealed, photo.id)

    async def diary(self, token: str) -> list[Entry] | None:
        """All of a diary, to whoever opens its link first; None: there is no such page."""
        now, lane = self.now(), self.turns.vault.index("diary", token)
        return await self.database.turn(lane, lambda rows: diary.lent(rows, self.turns.vault, token, now))

    async def chart(self, ticket: str) -> bytes | None:
        """The chart that a link is good for, drawn; None: there is no such picture."""
        now = self.now()

        def look(rows: Rows) -> Chart | None:
            self.turns.refresh(rows)
            return pictures.chart(self.turns, rows, ticket, now)

        found = await self.database.read(look)
        return None if found is None else await asyncio.to_thread(png, found)

    async def held_for(self, person: Person, limit: int) -> list[Held]:
        """What a person may see, through visibility."""
        return await self.database.read(lambda rows: reports.held_for(rows, self.turns.vault, person, limit))

    def _placard(self, rows: Rows, id_: PlacardId) -> Placard | None:
        self.turns.catalogue.refresh(rows)
        return self.turns.catalogue.placard(rows, id_)
