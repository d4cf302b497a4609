"""The platform's interface: a dozen calls over httpx, one token for all processes, failures that say what to do next.

No secret and no token is in any exception: what httpx raises holds addresses with the token in them, so it ends here,
and its own log lines, which hold them too, are switched off.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import structlog

from bot.channels.wechat.limits import (
    DAY_S,
    FORCE_EVERY_S,
    FORCED_A_DAY_MAX,
    TOKEN_EARLY_S,
    TOKEN_S_MAX,
    Next,
    next_for,
)

CONNECT_S, READ_S, MEDIA_S = 3.0, 8.0, 30.0
"""Ours. The platform's own answers take some hundred milliseconds [M]."""
ANSWER_BYTES_MAX = 1 << 20
"""Of JSON; files have a limit of their own."""
STABLE_TOKEN = "/cgi-bin/stable_token"
"""A POST, so that no address ever holds the secret; repeats give the same token [D]. Never mixed with `token` [D]."""

for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # at INFO they log addresses, and those hold the token

log = structlog.get_logger()


class CallFailed(Exception):
    """A call that did not do what it should. `next` says what to do; `errcode` is 0 if the platform said nothing.

    `ambiguous`: nobody knows whether it was done.
    """

    def __init__(self, cause: str, next_: Next, errcode: int = 0, *, ambiguous: bool = False) -> None:
        super().__init__(cause)
        self.cause, self.next, self.errcode, self.ambiguous = cause, next_, errcode, ambiguous


class TokenRejected(CallFailed):
    """A fresh token was not taken either: something is wrong that another one will not mend."""

    def __init__(self, errcode: int) -> None:
        super().__init__(f"token rejected, errcode {errcode}", Next.CONSOLE, errcode)


@dataclass(frozen=True, slots=True)
class Token:
    """`expires_s` on the wall clock; `forced_s`, `forced_day`, `forced_n`: when and how often it was asked for anew; `of`
    tells the account and secret that it was given for from others."""

    text: str = field(repr=False)
    expires_s: int
    forced_s: int = 0
    forced_day: int = 0
    forced_n: int = 0
    of: str = field(default="", repr=False)

    def as_kept(self) -> list[object]:
        return [self.text, self.expires_s, self.forced_s, self.forced_day, self.forced_n, self.of]


class Tokens:
    """One token for all callers in all processes: `read` and `write` are the shared place, sealed in the database."""

    def __init__(
        self,
        fetch: Callable[[bool], Awaitable[tuple[str, int]]],
        read: Callable[[], Awaitable[list[Any] | None]],
        write: Callable[[list[object]], Awaitable[None]],
        now_s: Callable[[], float] = time.time,
        of: str = "",
    ) -> None:
        self._fetch, self._read, self._write, self._now_s, self._of = fetch, read, write, now_s, of
        self._token: Token | None = None
        self._alone = asyncio.Lock()

    async def now(self) -> str:
        """A token that holds for a while. Twenty who ask at once make one call."""
        if not self._fresh(self._token):
            async with self._alone:
                if not self._fresh(self._token):
                    self._token = await self._kept()
                if not self._fresh(self._token):
                    await self._renew(force=False)
        assert self._token is not None
        return self._token.text

    async def after(self, rejected: str) -> str | None:
        """Another token than the one that was rejected; None if there is none to be had now.

        Whoever comes second, in this process or another, gets the one that the first has fetched.
        """
        async with self._alone:
            kept = await self._kept()
            if kept is not None and kept.text != rejected and self._fresh(kept):
                self._token = kept
                return kept.text
            if not self._may_force(kept):
                return None
            await self._renew(force=True)
            assert self._token is not None
            return self._token.text if self._token.text != rejected else None

    def _fresh(self, token: Token | None) -> bool:
        return token is not None and token.expires_s - TOKEN_EARLY_S > self._now_s()

    def _may_force(self, kept: Token | None) -> bool:
        now_s = int(self._now_s())
        if kept is None or now_s - kept.forced_s >= FORCE_EVERY_S:
            return kept is None or kept.forced_day != now_s // DAY_S or kept.forced_n < FORCED_A_DAY_MAX
        return False

    async def _renew(self, *, force: bool) -> None:
        text, expires_in_s = await self._fetch(force)
        now_s, old = int(self._now_s()), await self._kept()
        forced = (old.forced_s, old.forced_day, old.forced_n) if old else (0, 0, 0)
        if force:
            today = now_s // DAY_S
            forced = (now_s, today, forced[2] + 1 if forced[1] == today else 1)
        self._token = Token(text, now_s + min(expires_in_s, TOKEN_S_MAX), *forced, self._of)
        await self._write(self._token.as_kept())

    async def _kept(self) -> Token | None:
        found = await self._read()
        token = Token(*found) if found else None
        return token if token is not None and token.of == self._of else None


class Api:
    """The calls that we make. Each raises CallFailed, and nothing else."""

    def __init__(
        self,
        base: str,
        appid: str,
        secret: str,
        read: Callable[[], Awaitable[list[Any] | None]],
        write: Callable[[list[object]], Awaitable[None]],
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._base, self._appid, self._secret = base.rstrip("/"), appid, secret
        of = hashlib.sha256(f"{appid} {secret}".encode()).hexdigest()[:16]
        self.tokens = Tokens(self._fetch_token, read, write, now_s, of)
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    # ------------------------------------------------------------ the calls

    async def send_text(self, openid: str, text: str) -> None:
        """客服消息: inside its windows only."""
        await self._post(
            "/cgi-bin/message/custom/send", {"touser": openid, "msgtype": "text", "text": {"content": text}}
        )

    async def send_template(self, openid: str, template: str, fields: dict[str, str], id_: str) -> None:
        """模板消息; the same `id_` to the same person goes once in ten minutes [D]."""
        data = {name: {"value": value} for name, value in fields.items()}
        whole = {"touser": openid, "template_id": template, "data": data, "client_msg_id": id_}
        await self._post("/cgi-bin/message/template/send", whole)

    async def send_subscribed(self, openid: str, template: str, fields: dict[str, str]) -> None:
        """订阅通知: one for each time the person agreed, or as often as need be with a long-term template."""
        data = {name: {"value": value} for name, value in fields.items()}
        await self._post(
            "/cgi-bin/message/subscribe/bizsend", {"touser": openid, "template_id": template, "data": data}
        )

    async def media(self, media_id: str, bytes_max: int) -> bytes:
        """A file that somebody sent; the platform keeps it three days [D]."""
        content = await self._with_token("GET", "/cgi-bin/media/get", None, {"media_id": media_id}, bytes_max)
        if not isinstance(content, bytes):
            raise CallFailed("no file in the answer", Next.MEDIA_GONE)
        return content

    async def make_scene(self, scene: str) -> tuple[str, str]:
        """A permanent code: (ticket, the address that is printed). Each counts towards the account's 100,000 [D]."""
        wanted = {"action_name": "QR_LIMIT_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}}
        made = await self._post("/cgi-bin/qrcode/create", wanted)
        ticket, url = made.get("ticket"), made.get("url")
        if not isinstance(ticket, str) or not isinstance(url, str):
            raise CallFailed("no code in the answer", Next.LATER)
        return ticket, url

    async def menu(self) -> dict[str, Any] | None:
        """The account's menu as it stands; None if there is none."""
        try:
            found = await self._with_token("GET", "/cgi-bin/menu/get", None, {}, ANSWER_BYTES_MAX)
        except CallFailed as failed:
            if failed.errcode == NO_MENU:
                return None
            raise
        menu = found.get("menu") if isinstance(found, dict) else None
        return menu if isinstance(menu, dict) else None

    async def make_menu(self, menu: dict[str, Any]) -> None:
        await self._post("/cgi-bin/menu/create", menu)

    async def templates(self) -> dict[str, str]:
        """The account's 模板消息 templates: their text with its fields, by id."""
        found = await self._with_token("GET", "/cgi-bin/template/get_all_private_template", None, {}, ANSWER_BYTES_MAX)
        listed = found.get("template_list", []) if isinstance(found, dict) else []
        return {str(each.get("template_id")): str(each.get("content")) for each in listed if isinstance(each, dict)}

    # ------------------------------------------------------------ how they are made

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self._with_token("POST", path, body, {}, ANSWER_BYTES_MAX)
        return answer if isinstance(answer, dict) else {}

    async def _with_token(
        self, method: str, path: str, body: dict[str, Any] | None, query: dict[str, str], bytes_max: int
    ) -> dict[str, Any] | bytes:
        """One call, and one more with another token if the first was rejected."""
        token = await self.tokens.now()
        try:
            return await self._call(method, path, body, {"access_token": token, **query}, bytes_max)
        except CallFailed as failed:
            if failed.next is not Next.NEW_TOKEN:
                raise
            errcode = failed.errcode
        another = await self.tokens.after(token)
        if another is None:
            log.error("wechat_token_rejected", errcode=errcode)
            raise TokenRejected(errcode)
        try:
            return await self._call(method, path, body, {"access_token": another, **query}, bytes_max)
        except CallFailed as failed:
            if failed.next is not Next.NEW_TOKEN:
                raise
            errcode = failed.errcode
        log.error("wechat_token_rejected", errcode=errcode)
        raise TokenRejected(errcode)

    async def _fetch_token(self, force: bool) -> tuple[str, int]:
        wanted = {"grant_type": "client_credential", "appid": self._appid, "secret": self._secret}
        body = {**wanted, "force_refresh": force}
        try:
            answer = await self._call("POST", STABLE_TOKEN, body, {}, ANSWER_BYTES_MAX)
        except CallFailed as failed:
            if failed.next is not Next.NEW_TOKEN:
                raise
            errcode = failed.errcode
        else:
            errcode = 0
        if errcode:  # no token was shown, so it is the secret that is not taken [D]
            log.error("wechat_console", errcode=errcode)
            raise TokenRejected(errcode)
        token = answer.get("access_token") if isinstance(answer, dict) else None
        expires = answer.get("expires_in") if isinstance(answer, dict) else None
        if not isinstance(token, str) or not token or not isinstance(expires, int):
            raise CallFailed("no token in the answer", Next.LATER)
        return token, expires

    async def _call(
        self, method: str, path: str, body: dict[str, Any] | None, query: dict[str, str], bytes_max: int
    ) -> dict[str, Any] | bytes:
        """The platform's JSON, or the bytes of a file. The raise stands outside: httpx's own would hang on to it."""
        failed, content, is_json = await self._exchange(method, path, body, query, bytes_max)
        if failed is None and is_json:
            answer, failed = _answer(content)
            if answer is not None:
                return answer
        if failed is not None:
            if failed.next is Next.CONSOLE:
                log.error("wechat_console", errcode=failed.errcode)
            raise failed
        return content

    async def _exchange(
        self, method: str, path: str, body: dict[str, Any] | None, query: dict[str, str], bytes_max: int
    ) -> tuple[CallFailed | None, bytes, bool]:
        # The platform shows \uXXXX as it stands [C]: the body is UTF-8.
        sent = None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        content = bytearray()
        try:
            async with asyncio.timeout(MEDIA_S):
                async with self._http().stream(
                    method, self._base + path, params=query, content=sent, headers={"Content-Type": "application/json"}
                ) as response:
                    if response.status_code != 200:
                        return CallFailed(f"HTTP {response.status_code}", Next.LATER), b"", False
                    kind = response.headers.get("content-type", "")
                    async for chunk in response.aiter_bytes():
                        content += chunk
                        if len(content) > bytes_max:
                            return CallFailed("the answer is too long", Next.MEDIA_GONE), b"", False
        except (httpx.HTTPError, OSError, TimeoutError) as error:
            unknown = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
            return CallFailed(type(error).__name__, Next.LATER, ambiguous=unknown), b"", False
        return None, bytes(content), "json" in kind or "text/plain" in kind or content[:1] == b"{"

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            timeout = httpx.Timeout(READ_S, connect=CONNECT_S)
            self._client = httpx.AsyncClient(timeout=timeout, trust_env=False, follow_redirects=False)
        return self._client


NO_MENU = 46003
"""[D]"""


def _answer(content: bytes) -> tuple[dict[str, Any] | None, CallFailed | None]:
    """What the platform says; its errors come as HTTP 200 [D]."""
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        return None, CallFailed("the answer is no JSON", Next.LATER, ambiguous=True)
    errcode = answer.get("errcode", 0)
    if errcode == 0:
        return answer, None
    errcode = errcode if isinstance(errcode, int) else -1
    return None, CallFailed(f"errcode {errcode}", next_for(errcode), errcode)
