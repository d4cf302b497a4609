"""`lima channels setup wechat`: the menu, and whatever can be asked of the account before anybody follows it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from bot.channels.wechat.api import Api, CallFailed
from bot.channels.wechat.limits import MENU_SUB_MAX, MENU_TOP_MAX
from bot.channels.wechat.pushing import Notice

MENU: dict[str, Any] = {
    "button": [
        {"type": "scancode_waitmsg", "name": "扫码看", "key": "scan", "sub_button": []},
        {"type": "click", "name": "反映", "key": "反映", "sub_button": []},
        {
            "name": "更多",
            "sub_button": [
                {"type": "click", "name": "查进度", "key": "查", "sub_button": []},
                {"type": "click", "name": "看新内容", "key": "看", "sub_button": []},
                {"type": "click", "name": "谁看得到", "key": "保密", "sub_button": []},
                {"type": "click", "name": "找人说", "key": "人工", "sub_button": []},
                {"type": "click", "name": "菜单", "key": "菜单", "sub_button": []},
            ],
        },
    ]
}
"""At most 3 by 5; 4 汉字 on top, 7 below [D]. A click comes as its key, which is the word that one would type; with
scancode_waitmsg the scanned address comes to us instead of being opened. Old clients ignore that type [D]."""
assert len(MENU["button"]) <= MENU_TOP_MAX and all(len(b["sub_button"]) <= MENU_SUB_MAX for b in MENU["button"])

SAYS = {
    40013: "AppID 不对：到“设置与开发 → 基本配置”里重新抄。",
    40125: "AppSecret 不对，或者刚重置过：重新抄一遍。",
    40164: "这台机器的地址不在 IP 白名单里：到“设置与开发 → 基本配置 → IP白名单”里加上。",
    61004: "这台机器的地址不在 IP 白名单里：到“设置与开发 → 基本配置 → IP白名单”里加上。",
    40243: "AppSecret 被冻结了：到公众平台解冻。",
    48001: "这个号没有这项接口的权限：要已认证的服务号。",
    45009: "今天的接口次数用完了：明天再来。",
    45011: "问得太快：过一分钟再来。",
    48004: "微信停了这个号的这项接口：到公众平台看通知。",
    50002: "微信限制了这个号：到公众平台看通知。",
    89503: "微信要管理员同意这台机器来用：请管理员看手机上的微信，点同意，再来一次。",
    40001: "微信不认 AppSecret，或者不认刚拿到的令牌：先重新抄一遍 AppSecret；还不行，看看是不是别的程序也在用这个号的密码。",
}


def sentence(failed: CallFailed) -> str:
    """What went wrong, for whoever runs the command."""
    if failed.errcode in SAYS:
        return SAYS[failed.errcode]
    if failed.errcode:
        return f"微信没有办成（errcode {failed.errcode}）。"
    return f"连不上微信（{failed.cause}）：看看这台机器能不能上网、api_base 写得对不对。"


async def set_up(api: Api, notice: Notice, base_url: str) -> AsyncIterator[str]:
    """One line for each thing done or found; doing it again changes nothing. Raises CallFailed."""
    await api.tokens.now()
    yield "AppID、AppSecret、IP 白名单：都对，拿到了令牌。"
    before = await api.menu()
    if before is not None and _bare(before) == _bare(MENU):
        yield "菜单：已经是这样，没有动。"
    else:
        await api.make_menu(MENU)
        yield "菜单：设好了。手机上要等几分钟，或者取消关注再关注，才看得见。"
    async for line in _templates(api, notice):
        yield line
    yield f"还要在公众平台上填服务器地址：{base_url}/wechat，选“安全模式”，令牌和密钥和 lima.toml 里一样。"
    if not base_url.startswith("https://"):
        yield "注意：base_url 不是 https:// 开头，微信只往外网的 80 或 443 端口发。"


async def _templates(api: Api, notice: Notice) -> AsyncIterator[str]:
    if notice.template:
        found = (await api.templates()).get(notice.template)
        if found is None:
            yield "模板消息：账号里没有 wechat.template 写的这个模板。"
        else:
            wrong = [name for name in notice.fields if f"{{{{{name}.DATA}}}}" not in found]
            yield f"模板消息：模板里没有这些字段：{'、'.join(wrong)}。" if wrong else "模板消息：模板和字段都对。"
    if not notice.template and not notice.subscribed:
        yield "模板消息和订阅通知都没有设：窗口过了的人，要等他自己来才看得到新内容。"


def _bare(menu: dict[str, Any]) -> list[Any]:
    """What counts of a menu: the platform adds and leaves out empty lists."""
    buttons = menu.get("button")
    return [
        (b.get("type", ""), b.get("name"), b.get("key", ""), _bare({"button": b.get("sub_button", [])}))
        for b in (buttons if isinstance(buttons, list) else [])
        if isinstance(b, dict)
    ]
