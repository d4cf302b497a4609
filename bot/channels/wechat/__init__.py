"""The WeChat official account (服务号): a webhook in safe mode, and a thin client for what is pushed."""

from bot.channels.wechat.channel import WechatChannel

__all__ = ["WechatChannel"]
