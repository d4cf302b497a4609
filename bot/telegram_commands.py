"""What the command line does at Telegram."""

from __future__ import annotations

from rich.console import Console
from telegram.error import TelegramError

from bot import app
from bot.channels.telegram.api import Api
from bot.channels.telegram.console import sentence
from bot.channels.telegram.console import set_up as set_up_bot
from config.settings import Settings


async def set_up(settings: Settings, out: Console) -> None:
    """Refusal in Chinese if the service does not want it so."""
    telegram, here = settings.telegram, settings.here()
    if not telegram.token:
        raise app.Refusal("telegram.token：空着，Telegram 没有开。先看 docs/telegram.md：有几件事要单位先定。")
    webhook = (settings.server.base_url, telegram.secret) if telegram.mode == "webhook" else None
    api = Api(telegram.token, telegram.api_base)
    try:
        async for line in set_up_bot(api, webhook, here.account_name, here.calls):
            out.print(line, markup=False)
    except TelegramError as error:
        raise app.Refusal(sentence(error)) from None
    finally:
        await api.close_connections()
