"""The web channel: a chat page, and one address that messages are sent to."""

from bot.channels.web.channel import WebChannel

__all__ = ["WebChannel"]
