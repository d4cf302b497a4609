"""What the channel is handed besides turns: windows, the mailbox, the token's place, and what must be kept or severed.

Channels know no storage: bot/official_account.py keeps these books.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from handlers.model import Heard, Millis, Reply
from handlers.rules.windows import Ledger

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told:
    """A reply, and whether it should also say that something waits."""

    reply: Reply
    hint: bool = False


class Books(Protocol):
    async def hear(self, heard: Heard, act: str, media_id: str) -> Told:
        """Take a message; its window opens in the same transaction. Raises what Hear raises (bot/channel.py)."""
        ...

    async def push_later(self, heard: Heard, shown: str) -> None:
        """Push the stored reply to a message, without its first part if that (its digest) was shown already."""
        ...

    async def quarantine(self, raw: bytes, now: Millis) -> None:
        """Keep sealed what was signed and could not be read."""
        ...

    async def leave(self, openid: str, message_id: str, now: Millis) -> bool:
        """Sever and delete all of a person's; False if that was done for this very event."""
        ...

    async def change(self, openid: str, how: Callable[[Ledger], T]) -> T:
        """Look at and change a person's windows, in one transaction."""
        ...

    async def shared(self) -> list[Any] | None: ...

    async def share(self, whole: list[object]) -> None: ...
