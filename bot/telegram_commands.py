"""What the command line does at Telegram."""

from __future__ import annotations

from rich.console import Console
from telegram.error import TelegramError

from bot import app
from bot.channels.telegram.api import Api
from bot.channels.telegram.channel import CHANNEL
from bot.channels.telegram.console import sentence
from bot.channels.telegram.console import set_up as set_up_bot
from config.settings import Settings
from storage.statement import Rows


async def set_up(settings: Settings, out: Console) -> None:
    """Refusal in Chinese if the service does not want it so."""
    telegram, here = settings.telegram, settings.here()
    if not telegram.token:
        raise app.Refusal("telegram.token：空着，Telegram 没有开。先看 docs/telegram.md：有几件事要单位先定。")
    webhook = (settings.server.base_url, telegram.secret) if telegram.mode == "webhook" else None
    officers = await _officers(settings)
    api = Api(telegram.token, telegram.api_base)
    try:
        async for line in set_up_bot(api, webhook, here.account_name, here.calls, officers):
            out.print(line, markup=False)
    except TelegramError as error:
        raise app.Refusal(sentence(error)) from None
    finally:
        await api.close_connections()


async def _officers(settings: Settings) -> list[str]:
    """The chats of everybody of the roster who has bound one."""
    async with app.opened(app.assemble(settings)) as installation:
        roster, vault = installation.service.turns.roster, installation.service.turns.vault

        def look(rows: Rows) -> list[str]:
            roster.refresh(rows, vault)
            bound = (roster.bound(person) for person in sorted(roster.people))
            return [each.address for each in bound if each is not None and each.channel == CHANNEL]

        return await installation.database.read(look)
