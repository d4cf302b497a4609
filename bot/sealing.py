"""The audit's one sealer: whatever was noted is chained within a second or two; by a lease, in whichever process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from handlers.model import Millis
from storage import audit
from storage.engine import Database
from storage.vault import Vault

LEASE_MS = 30_000
IDLE_S = 1.0

log = structlog.get_logger()


@dataclass(frozen=True)
class Sealing:
    """Chains the audit of one database."""

    database: Database
    vault: Vault
    now: Callable[[], Millis]

    async def work_for_ever(self) -> None:
        while True:
            try:
                busy = await self.work_once()
            except Exception as error:  # noqa: BLE001 - what is loose stays so and is chained the next time
                log.error("sealing_failed", cause=type(error).__name__)
                busy = 0
            if not busy:
                await asyncio.sleep(IDLE_S)

    async def work_once(self) -> int:
        """Chain what is loose; how many rows."""
        now = self.now()
        return await self.database.turn(b"audit", lambda rows: audit.seal(rows, self.vault, now, LEASE_MS))
