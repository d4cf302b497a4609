"""Polling: one process, under a lease; what is confirmed to the service has been committed.

Confirming number n confirms all before it. So while one chat's update still runs (a photo on a slow line), those behind
it are taken, and fetched again and again unconfirmed, until it is done.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.channel import Busy, NotTaken
from bot.channels.telegram.api import POLL_S, Api
from bot.channels.telegram.outcomes import retry_after_s
from bot.channels.telegram.update import Arrived, number_of
from bot.logs import cause_of

LEASE_MS = 60_000
HOLD_AGAIN_S = 15.0
"""The lease is renewed that often; a poll takes up to 25 s, so that another process begins 20 s after this one's end."""
UNCONFIRMED_S = 0.2
"""How long to wait for what still runs before fetching again."""
REFUSED_S = 1.0
"""How long to wait before updates that were not taken are fetched again."""
WAIT_S_FIRST, WAIT_S_MAX, TOKEN_REFUSED_S = 1.0, 30.0, 60.0
UNNUMBERED_S = 30.0
"""An answer of which nothing can be confirmed comes again at once, for ever."""

log = structlog.get_logger()


@dataclass
class Poller:
    """`take` raises Busy or NotTaken for an update that must come again."""

    api: Api
    arrived: Callable[[object], Arrived]
    take: Callable[[Arrived], Awaitable[None]]
    hold: Callable[[], Awaitable[bool]]
    poll_s: float = POLL_S
    _after: int | None = None
    _taken: set[int] = field(default_factory=set, repr=False)
    _waiting: dict[int, deque[tuple[int, Arrived]]] = field(default_factory=dict, repr=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, repr=False)
    _refused: bool = False
    _held_at: float = float("-inf")

    async def for_ever(self) -> None:
        failures = 0
        try:
            while True:
                try:
                    await self.once()
                    failures = 0
                except Exception as error:  # noqa: BLE001 - whatever it is, polling goes on; the offset has not moved
                    failures += 1
                    await asyncio.sleep(_wait_s(error, failures))
        finally:
            for task in self._tasks:
                task.cancel()

    async def once(self) -> None:
        """Fetch, take what is new, confirm what is done. Raises TelegramError and what the database raises."""
        if not await self._may_poll():
            await asyncio.sleep(HOLD_AGAIN_S)
            return
        busy = bool(self._tasks) or self._refused
        got = await self.api.updates(self._after, 0.0 if busy else self.poll_s)
        numbered = {number: raw for raw in got if (number := number_of(raw)) is not None}
        for raw in got:
            if number_of(raw) is None:
                await self.take(self.arrived(raw))
        if got and not numbered:
            await asyncio.sleep(UNNUMBERED_S)
        for number in sorted(numbered):
            if number not in self._taken:
                self._enqueue(number, numbered[number])
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=UNCONFIRMED_S)
        self._confirm(sorted(numbered))
        if self._refused:
            self._refused = False
            await asyncio.sleep(REFUSED_S)

    async def _may_poll(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now - self._held_at < HOLD_AGAIN_S:
            return True
        if await self.hold():
            self._held_at = now
            return True
        self._held_at = float("-inf")
        return False

    def _enqueue(self, number: int, raw: object) -> None:
        """Behind what its chat has said before; chats run side by side."""
        arrived = self.arrived(raw)
        chat = arrived.meaning.chat if arrived.meaning is not None else 0
        queue = self._waiting.get(chat)
        if queue is None:
            queue = self._waiting[chat] = deque()
            task = asyncio.create_task(self._in_order(chat, queue))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if all(number != waiting for waiting, _ in queue):
            queue.append((number, arrived))

    async def _in_order(self, chat: int, queue: deque[tuple[int, Arrived]]) -> None:
        """What follows one that was not taken must come again as well, or it would overtake it."""
        try:
            while queue:
                number, arrived = queue[0]
                await self.take(arrived)
                self._taken.add(number)
                queue.popleft()
        except (Busy, NotTaken):
            self._refused = True
        except Exception as error:  # noqa: BLE001 - it is not confirmed, so it comes again
            self._refused = True
            log.error("telegram_update_failed", **cause_of(error))
        finally:
            del self._waiting[chat]

    def _confirm(self, numbers: list[int]) -> None:
        """Up to the first that is not done. The next fetch tells the service; all of it has been committed."""
        for number in numbers:
            if number not in self._taken:
                break
            self._after = number + 1
        if self._after is not None:
            self._taken = {number for number in self._taken if number >= self._after}


def _wait_s(error: Exception, failures: int) -> float:
    """How long to wait after a failed poll; its cause is told by type alone."""
    if isinstance(error, RetryAfter):
        return retry_after_s(error)
    wait_s = min(WAIT_S_FIRST * 2.0 ** min(failures - 1, 10), WAIT_S_MAX)
    if isinstance(error, TelegramError):
        # Conflict: a webhook is set, or another program polls with the same token.
        log.warning("telegram_poll_failed", cause=type(error).__name__, times=failures)
        return TOKEN_REFUSED_S if isinstance(error, InvalidToken | Conflict) else wait_s
    log.error("telegram_poll_failed", **cause_of(error))
    return wait_s
