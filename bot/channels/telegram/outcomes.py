"""What the service's refusals mean for a message: each of the library's errors becomes one of ours, without its text."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError, TimedOut

from bot.channel import RecipientGone, RecipientMoved, SendFailed, SendRefused

TOKEN_REFUSED_S = 300.0
"""A refused token is an operator's matter; asking more often would not help."""
_NOTHING_TO_DO = ("message is not modified", "message to edit not found", "query is too old")
_GONE = ("chat not found", "user is deactivated", "peer_id_invalid", "have no rights to send a message")

T = TypeVar("T")


def is_done(error: TelegramError) -> bool:
    """What was wanted is so already, or is not wanted any more: a second tap, an old button."""
    return isinstance(error, BadRequest) and any(part in error.message.lower() for part in _NOTHING_TO_DO)


def retry_after_s(error: RetryAfter) -> float:
    """A number or a timedelta, as the library is told (bot/channels/telegram/api.py)."""
    asked = error.retry_after
    return float(asked) if isinstance(asked, int | float) else asked.total_seconds()


async def sent(call: Awaitable[T]) -> T:
    """Await one call. Raises what Channel.send may raise, and nothing else."""
    try:
        return await call
    except RetryAfter as error:
        raise SendFailed("retry_after", retry_after_s(error)) from None
    except Forbidden:  # blocked, or never started
        raise RecipientGone from None
    except ChatMigrated as error:
        raise RecipientMoved(str(error.new_chat_id)) from None
    except InvalidToken:
        raise SendFailed("token_refused", TOKEN_REFUSED_S) from None
    except BadRequest as error:
        if any(part in error.message.lower() for part in _GONE):
            raise RecipientGone from None
        raise SendRefused("bad_request") from None
    except TimedOut:  # it may have arrived: it is sent again, and may come twice
        raise SendFailed("timed_out") from None
    except TelegramError as error:
        raise SendFailed(type(error).__name__.lower()) from None
