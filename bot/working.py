"""Workers: what is due is claimed by lease and done, so many at a time, for as long as the process runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import structlog

from bot.logs import cause_of

IDLE_S = 1.0
"""How long a worker that found nothing waits; what another process wrote is seen within this time."""
DRAIN_S_MAX = 5.0
"""A process that ends waits so long for what it has begun; the rest comes back when its leases run out."""

W = TypeVar("W")
log = structlog.get_logger()


@dataclass
class Worker(Generic[W]):
    """`claim` takes at most so many rows; `do` must leave each of them done or put off. What it raises is told in the
    log as `failed`, and the row comes back when its lease runs out."""

    claim: Callable[[int], Awaitable[Sequence[W]]]
    do: Callable[[W], Coroutine[Any, Any, None]]
    at_once_max: int
    failed: str
    _begun: set[asyncio.Task[None]] = field(default_factory=set, repr=False)

    async def once(self, most: int | None = None) -> bool:
        """Do what is due, side by side, at most so much; False if nothing was."""
        claimed = await self.claim(most or self.at_once_max)
        await asyncio.gather(*(self.do(each) for each in claimed))
        return bool(claimed)

    async def for_ever(self) -> None:
        while True:
            free, claimed = self.at_once_max - len(self._begun), False
            if free > 0:
                claimed = await self._begin_due(free)
            if self._begun and (claimed or free <= 0):
                await asyncio.wait(self._begun, timeout=IDLE_S, return_when=asyncio.FIRST_COMPLETED)
            elif not claimed:
                await asyncio.sleep(IDLE_S)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Start something by the side."""
        task = asyncio.create_task(self._told(work))
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)

    async def drain(self) -> None:
        """Wait for what was begun, at most DRAIN_S_MAX."""
        if self._begun:
            await asyncio.wait(self._begun, timeout=DRAIN_S_MAX)

    async def _begin_due(self, most: int) -> bool:
        try:
            claimed = await self.claim(most)
        except Exception as error:  # noqa: BLE001 - tried again; turns go on
            log.error(self.failed, **cause_of(error))
            return False
        for each in claimed:
            self.begin(self.do(each))
        return bool(claimed)

    async def _told(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # noqa: BLE001 - the lease runs out and the work is tried again
            log.error(self.failed, **cause_of(error))
