"""The Telegram channel: updates by polling or webhook, replies through the outbox."""

from bot.channels.telegram.api import Api
from bot.channels.telegram.channel import TelegramChannel

__all__ = ["Api", "TelegramChannel"]
