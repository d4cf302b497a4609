"""A villager at a terminal: the same turns, without a phone."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from bot.channel import Busy, Hear, NotTaken
from handlers.code import SCAN
from handlers.model import Heard, Millis, Reply

CHANNEL = "terminal"
BUSY = Reply("这会儿人多，请过几秒再发一次。")


async def talk(
    hear: Hear,
    now: Callable[[], Millis],
    read: Callable[[], str | None],
    show: Callable[[Reply], None],
    address: str,
    code: str = "",
) -> None:
    """Read messages until `read` gives None. Scans `code` first, or says hello."""
    text: str | None = f"{SCAN} {code}" if code else "你好"
    while text is not None:
        heard = Heard(CHANNEL, address, secrets.token_hex(8), text, now())
        try:
            show(await hear(heard))
        except Busy:
            show(BUSY)
        except NotTaken as failed:
            show(failed.reply)
        text = read()
