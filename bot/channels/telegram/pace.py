"""How fast may be sent: about one message a second to one chat, about thirty a second in all [S: not documented
firmly, and varying]. The first message to a chat never waits."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from bot.channel import SendFailed

CHAT_S = 1.1
"""Between two messages to one chat."""
ALL_PER_S = 30.0
WAIT_S_MAX = 5.0
"""Whoever would wait longer goes back to the outbox: a row is claimed for 30 s at least, a call may take 16 s."""
CHATS_MAX = 10_000


class Pace:
    """`chat_s` 0 and `all_per_s` 0 mean no limit (benches, which print that)."""

    def __init__(self, chat_s: float = CHAT_S, all_per_s: float = ALL_PER_S) -> None:
        self._chat_s, self._all_s = chat_s, 1 / all_per_s if all_per_s else 0.0
        self._free_at: OrderedDict[int, float] = OrderedDict()
        self._all_free_at = 0.0

    async def wait(self, chat: int) -> None:
        """Until a message to `chat` may go out. SendFailed, without a try, if that is not soon."""
        now = asyncio.get_running_loop().time()
        # A second's worth may go out at once after a quiet second.
        at = max(now, self._free_at.get(chat, 0.0), self._all_free_at - 1.0)
        if at - now > WAIT_S_MAX:
            raise SendFailed("paced", at - now, tried=False)
        self._free_at[chat] = at + self._chat_s
        self._free_at.move_to_end(chat)
        while len(self._free_at) > CHATS_MAX:
            self._free_at.popitem(last=False)
        self._all_free_at = max(self._all_free_at, now) + self._all_s
        if at > now:
            await asyncio.sleep(at - now)
