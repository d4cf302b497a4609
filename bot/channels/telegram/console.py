"""What `lima channels setup telegram` does: who the bot is, its commands and words, and how updates come. Doing it again
changes nothing that is so already."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from telegram import BotCommandScope, BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats, BotCommandScopeChat
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter, TelegramError

from bot.channels.telegram.api import ALLOWED, Api
from bot.channels.telegram.channel import PATH

WEBHOOK_CONNECTIONS_MAX = 40
"""So many updates at once; the service's own default [S]."""
VILLAGER_COMMANDS = (
    ("menu", "能做什么"),
    ("report", "反映问题"),
    ("status", "查进度"),
    ("stop", "先不说了"),
)
"""Of everybody in a private chat."""
OFFICER_COMMANDS = (("desk", "待办"), *VILLAGER_COMMANDS)
"""Of a chat that has bound itself as somebody's of the roster; only that chat is shown them."""
SHORT = "扫公示栏的码，看公示、提意见。"
DESCRIPTION = (
    "我是“{account}”。看得到：钱怎么发、工程怎么做、补贴给了谁。觉得不对，跟我说；不留名也行。\n"
    "Telegram 和这部手机里会留记录。急事请打 {calls}。"
)


def sentence(error: TelegramError) -> str:
    """What went wrong, for an operator; never the library's text, which may hold the token."""
    if isinstance(error, InvalidToken):
        return "telegram.token：Telegram 不认这个钥匙。请到 BotFather 那里核对，或换一个新的。"
    if isinstance(error, RetryAfter):
        return "Telegram 说太快了，请过几分钟再来。"
    if isinstance(error, BadRequest):
        return "Telegram 不接受这样的设置：多半是 base_url 不是它连得到的 https 网址。"
    if isinstance(error, NetworkError):
        return "连不上 Telegram：查这台机器出不出得去、telegram.api_base 对不对。"
    return f"没有设成（{type(error).__name__}）。"


async def set_up(
    api: Api, webhook: tuple[str, str] | None, account: str, calls: str, officers: Sequence[str] = ()
) -> AsyncIterator[str]:
    """Lines in Chinese as it goes. `webhook` is (base_url, secret), None for polling; `officers` are the chats of people
    of the roster. Raises TelegramError."""
    me = await api.get_me()
    yield f"机器人：@{me.username}（{me.first_name}）"
    yield f"码的深链接：https://t.me/{me.username}?start=码"
    yield await _commands(api, "单独聊天的命令", BotCommandScopeAllPrivateChats(), VILLAGER_COMMANDS)
    yield await _commands(api, "群里的命令", BotCommandScopeAllGroupChats(), ())
    for n, chat in enumerate(officers, 1):
        yield await _commands(api, f"名册上第 {n} 个人的命令", BotCommandScopeChat(int(chat)), OFFICER_COMMANDS)
    description = DESCRIPTION.format(account=account, calls=calls)
    if (await api.get_my_description()).description == description:
        yield "开头的介绍：已经是这样"
    else:
        await api.set_my_description(description)
        yield "开头的介绍：设好了"
    if (await api.get_my_short_description()).short_description == SHORT:
        yield "一句话介绍：已经是这样"
    else:
        await api.set_my_short_description(SHORT)
        yield "一句话介绍：设好了"
    yield await _updates(api, webhook)


async def _commands(api: Api, name: str, scope: BotCommandScope, wanted: tuple[tuple[str, str], ...]) -> str:
    there = tuple((each.command, each.description) for each in await api.get_my_commands(scope))
    if there == wanted:
        return f"{name}：已经是这样"
    if wanted:
        await api.set_my_commands(list(wanted), scope)
    else:
        await api.delete_my_commands(scope)
    return f"{name}：设好了（{len(wanted)} 个）"


async def _updates(api: Api, webhook: tuple[str, str] | None) -> str:
    """Nothing that waits is dropped. The secret cannot be read back, so a webhook is always set anew."""
    there = (await api.get_webhook_info()).url
    if webhook is None:
        if not there:
            return "收消息：程序自己去取，已经是这样"
        await api.delete_webhook(drop_pending_updates=False)
        return "收消息：去掉了 webhook，程序自己去取"
    base_url, secret = webhook
    url = base_url + PATH
    await api.set_webhook(
        url,
        secret_token=secret,
        allowed_updates=list(ALLOWED),
        max_connections=WEBHOOK_CONNECTIONS_MAX,
        drop_pending_updates=False,
    )
    return f"收消息：Telegram 送到 {url}" + ("" if there == url else "（原来不是）")
