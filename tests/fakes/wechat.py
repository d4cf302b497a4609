"""A platform of our own over loopback: it pushes as WeChat pushes, and answers as WeChat answers, as far as we know.

Everything is written from ../docs/wechat.md's sources and not with wechatpy, so that both sides cannot be wrong alike.
What met only this has not met WeChat.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import re
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import unescape

import httpx
import uvicorn
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.channel import Channel
from bot.channels.wechat import WechatChannel
from bot.delivery import Delivery
from bot.official_account import official_account
from config.settings import Settings
from tests.fakes.city import City

APPID, SECRET, TOKEN = "wx0123456789abcdef", "secret-of-the-account-7Kq", "limatoken"
AES_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh9"
"""Its last letter has bits that belong to no byte, as most keys of the platform [C: WxJava #1454]."""
OLD_AES_KEY = "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8"
ACCOUNT = "gh_lima"
TEXT_BYTES_MAX = 2048


# ---------------------------------------------------------------- the platform's side of safe mode


def sign(*parts: str) -> str:
    return hashlib.sha1("".join(sorted((TOKEN, *parts))).encode()).hexdigest()


def encrypt(plain: bytes, aes_key: str = AES_KEY, appid: str = APPID) -> str:
    key = base64.b64decode(aes_key + "=")
    whole = os.urandom(16) + len(plain).to_bytes(4, "big") + plain + appid.encode()
    padding = 32 - len(whole) % 32
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(whole + bytes([padding]) * padding) + encryptor.finalize()).decode()


def decrypt(encrypted: str, aes_key: str = AES_KEY) -> str:
    key = base64.b64decode(aes_key + "=")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    whole = decryptor.update(base64.b64decode(encrypted)) + decryptor.finalize()
    body = whole[16 : -whole[-1]]
    end = 4 + int.from_bytes(body[:4], "big")
    assert body[end:].decode() == APPID
    return body[4:end].decode()


def envelope(plain: bytes, now_s: int, *, aes_key: str = AES_KEY, appid: str = APPID) -> tuple[str, bytes]:
    """The query and the body of one push."""
    encrypted, nonce = encrypt(plain, aes_key, appid), os.urandom(5).hex()
    query = (
        f"signature={sign(str(now_s), nonce)}&timestamp={now_s}&nonce={nonce}&openid=x"
        f"&encrypt_type=aes&msg_signature={sign(str(now_s), nonce, encrypted)}"
    )
    return (
        query,
        f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode(),
    )


def element(name: str, value: str) -> str:
    return f"<{name}><![CDATA[{value.replace(']]>', ']]]]><![CDATA[>')}]]></{name}>"


def xml(openid: str, now_s: int | str, kind: str, **elements: str) -> bytes:
    inner = "".join(element(name, value) for name, value in elements.items())
    head = f"{element('ToUserName', ACCOUNT)}{element('FromUserName', openid)}<CreateTime>{now_s}</CreateTime>"
    return f"<xml>{head}{element('MsgType', kind)}{inner}</xml>".encode()


_REPLY = re.compile(
    r"<xml>\s*<Encrypt><!\[CDATA\[(.+?)\]\]></Encrypt>\s*<MsgSignature><!\[CDATA\[(.+?)\]\]></MsgSignature>"
    r"\s*<TimeStamp>(\d+)</TimeStamp>\s*<Nonce><!\[CDATA\[(.+?)\]\]></Nonce>\s*</xml>"
)


def answered(response: httpx.Response, aes_key: str = AES_KEY) -> str:
    """The text of a passive reply; empty for `success`. Everything about it must be as the platform wants it."""
    assert response.status_code == 200, (response.status_code, response.text)
    if response.text in ("success", ""):
        return ""
    found = _REPLY.fullmatch(response.text)
    assert found is not None, response.text
    assert found[2] == sign(found[3], found[4], found[1])
    inner = decrypt(found[1], aes_key)
    content = re.search(r"<Content><!\[CDATA\[(.*)\]\]></Content>", inner, re.DOTALL)
    assert content is not None and "<MsgType><![CDATA[text]]></MsgType>" in inner
    text = content[1].replace("]]]]><![CDATA[>", "]]>")
    assert "]]>" not in content[1].replace("]]]]><![CDATA[>", "")
    assert len(text.encode()) <= TEXT_BYTES_MAX
    return text


_LINK = re.compile(r'<a href="weixin://bizmsgmenu\?msgmenucontent=([^&"]+)&msgmenuid=[^"]+">(.*?)</a>')


def as_read(text: str) -> str:
    """What the person sees: links are their words."""
    return unescape(_LINK.sub(r"\2", text))


def links(text: str) -> list[str]:
    """What each option sends when it is tapped."""
    return [found[1] for found in _LINK.finditer(text)]


# ---------------------------------------------------------------- the platform's interface


@dataclass
class Follower:
    """What the platform counts of one person: times in seconds of its clock."""

    said_s: float = -1e9
    said_used: int = 0
    acted_s: float = -1e9
    acted_used: int = 0
    following: bool = True
    grants: Counter[str] = field(default_factory=Counter)

    def pushed(self, now_s: float) -> int:
        """The errcode of one 客服 message."""
        if not self.following:
            return 43004
        if now_s - self.acted_s < 60 and self.acted_used < 3:
            self.acted_used += 1
            return 0
        if now_s - self.said_s < 48 * 3600:
            self.said_used += 1
            return 0 if self.said_used <= 5 else 45047
        return 45047 if now_s - self.acted_s < 60 else 45015


@dataclass
class FakeWechat:
    """`fails` are errcodes for the next calls; `rejects` tokens are not taken; `slow_s` before every answer."""

    now_s: Callable[[], float]
    followers: dict[str, Follower] = field(default_factory=dict)
    sent: list[tuple[str, str, str]] = field(default_factory=list)
    """(how, openid, what)"""
    calls: Counter[str] = field(default_factory=Counter)
    fails: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    rejects: Callable[[str], bool] = lambda token: False
    rejection: int = 40001
    secret_refusal: int = 40125
    slow_s: float = 0.0
    files: dict[str, bytes] = field(default_factory=dict)
    scenes: list[str] = field(default_factory=list)
    menu: dict[str, Any] | None = None
    templates: dict[str, str] = field(default_factory=lambda: {"T1": "{{thing1.DATA}}"})
    done: set[tuple[str, str]] = field(default_factory=set)
    generation: int = 0
    base: str = ""

    def token(self) -> str:
        return f"token-{self.generation}-" + "t" * 100

    def application(self) -> Starlette:
        return Starlette(routes=[Route("/cgi-bin/{path:path}", self._call, methods=["GET", "POST"])])

    async def _call(self, request: Request) -> Response:
        path = request.path_params["path"]
        self.calls[path] += 1
        body = await request.json() if request.method == "POST" else {}
        if self.slow_s:
            await asyncio.sleep(self.slow_s)
        if self.statuses:
            return PlainTextResponse("bad gateway", self.statuses.pop(0))
        if path == "stable_token":
            return self._stable_token(body)
        if request.query_params.get("access_token") != self.token() or self.rejects(self.token()):
            return _error(self.rejection)
        if self.fails:
            return _error(self.fails.pop(0))
        if path == "media/get":
            return self._media(request.query_params["media_id"])
        return JSONResponse(self._answer(path, body))

    def _stable_token(self, body: dict[str, Any]) -> Response:
        assert body["grant_type"] == "client_credential" and body["appid"] == APPID
        if body["secret"] != SECRET:
            return _error(self.secret_refusal)
        if body["force_refresh"]:
            self.calls["forced"] += 1
            self.generation += 1
        return JSONResponse({"access_token": self.token(), "expires_in": 7200})

    def _media(self, media_id: str) -> Response:
        if media_id not in self.files:
            return _error(40007)
        return Response(self.files[media_id], media_type="image/jpeg")

    def _answer(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answers: dict[str, Callable[[dict[str, Any]], dict[str, Any] | int]] = {
            "message/custom/send": self._custom,
            "message/template/send": self._template,
            "message/subscribe/bizsend": self._subscribed,
            "qrcode/create": self._scene,
            "menu/create": self._make_menu,
            "menu/get": lambda _: {"menu": self.menu} if self.menu else 46003,
            "template/get_all_private_template": lambda _: {
                "template_list": [{"template_id": id_, "content": text} for id_, text in self.templates.items()]
            },
        }
        answer = answers[path](body)
        return {"errcode": answer, "errmsg": "said in English"} if isinstance(answer, int) else answer

    def _custom(self, body: dict[str, Any]) -> int:
        follower, text = self.followers.get(body["touser"]), body["text"]["content"]
        if follower is None:
            return 40003
        if len(text.encode()) > TEXT_BYTES_MAX:
            return 45002
        if not (errcode := follower.pushed(self.now_s())):
            self.sent.append(("custom", body["touser"], text))
        return errcode

    def _template(self, body: dict[str, Any]) -> int:
        if body["touser"] not in self.followers or body["template_id"] not in self.templates:
            return 40003 if body["touser"] not in self.followers else 40037
        if not self.followers[body["touser"]].following:
            return 43004
        if any(_field_is_wrong(name, each["value"]) for name, each in body["data"].items()):
            return 47003
        if (body["touser"], body["client_msg_id"]) in self.done:
            return 45065
        self.done.add((body["touser"], body["client_msg_id"]))
        self.sent.append(("template", body["touser"], str(body["data"])))
        return 0

    def _subscribed(self, body: dict[str, Any]) -> int:
        grants = self.followers[body["touser"]].grants
        if grants[body["template_id"]] < 1:
            return 43101
        grants[body["template_id"]] -= 1
        self.sent.append(("subscribed", body["touser"], str(body["data"])))
        return 0

    def _scene(self, body: dict[str, Any]) -> dict[str, Any]:
        assert body["action_name"] == "QR_LIMIT_STR_SCENE"
        scene = body["action_info"]["scene"]["scene_str"]
        assert 1 <= len(scene) <= 64
        self.scenes.append(scene)
        return {"ticket": f"gQ{scene}==", "url": f"http://weixin.qq.com/q/{scene}"}

    def _make_menu(self, body: dict[str, Any]) -> int:
        assert 1 <= len(body["button"]) <= 3
        self.menu = body
        return 0


def _error(errcode: int) -> Response:
    return JSONResponse({"errcode": errcode, "errmsg": "said in English"})


def _field_is_wrong(name: str, value: str) -> bool:
    if name.startswith("thing"):
        return len(value) > 20
    if name.startswith("character_string"):
        return len(value) > 32 or not value.isascii()
    return name.startswith("phrase") and len(value) > 5


@asynccontextmanager
async def loopback(application: Starlette) -> AsyncIterator[str]:
    """Served on a free port of this machine by this loop; its address."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(512)
    server = uvicorn.Server(uvicorn.Config(application, access_log=False, log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


# ---------------------------------------------------------------- a city with an official account


@dataclass
class Phone:
    """Somebody's WeChat: what they do comes to the webhook as the platform would bring it."""

    world: WechatCity
    openid: str
    n: int = 0
    last: bytes = b""

    @property
    def follower(self) -> Follower:
        return self.world.platform.followers.setdefault(self.openid, Follower())

    async def push(self, plain: bytes, **changed: Any) -> httpx.Response:
        self.last = plain
        return await self.world.deliver(plain, **changed)

    async def again(self) -> str:
        return answered(await self.world.deliver(self.last))

    def message(self, kind: str, **elements: str) -> bytes:
        self.n += 1
        self.world.city.clock.step(30)
        self.follower.said_s, self.follower.said_used = self.world.now_s, 0
        return xml(
            self.openid,
            self.world.now_s,
            kind,
            **elements,
            MsgId=str(10**16 + hash(self.openid) % 10**9 * 10**4 + self.n),
        )

    def event(self, event: str, **elements: str) -> bytes:
        self.world.city.clock.step(30)
        self.follower.acted_s, self.follower.acted_used = self.world.now_s, 0
        return xml(self.openid, self.world.now_s, "event", Event=event, **elements)

    async def say(self, text: str, **elements: str) -> str:
        return answered(await self.push(self.message("text", Content=text, **elements)))

    async def tap(self, key: str) -> str:
        """An option that was shown as a link; the id cannot be relied on."""
        before = (self.follower.said_s, self.follower.said_used)
        plain = self.message("text", Content=key, bizmsgmenuid="0")
        self.follower.said_s, self.follower.said_used = before
        self.follower.acted_s, self.follower.acted_used = self.world.now_s, 0
        return answered(await self.push(plain))

    async def photo(self, content: bytes) -> str:
        media_id = hashlib.sha256(f"{self.openid}{self.n}".encode()).hexdigest()
        self.world.platform.files[media_id] = content
        return answered(await self.push(self.message("image", PicUrl="http://mmbiz.qpic.cn/x/0", MediaId=media_id)))

    async def scan(self, code: str, *, following: bool = True) -> str:
        event, key = ("SCAN", code) if following else ("subscribe", f"qrscene_{code}")
        return answered(await self.push(self.event(event, EventKey=key, Ticket="TICKET")))

    async def do(self, event: str, **elements: str) -> str:
        return answered(await self.push(self.event(event, **elements)))


@dataclass
class WechatCity:
    city: City
    channel: WechatChannel
    platform: FakeWechat
    client: httpx.AsyncClient

    @property
    def now_s(self) -> int:
        return self.city.clock.now // 1000

    def phone(self, openid: str = "oUserOpenId0000000000000001") -> Phone:
        phone = Phone(self, openid)
        self.platform.followers.setdefault(openid, Follower())
        return phone

    async def deliver(self, plain: bytes, **changed: Any) -> httpx.Response:
        query, body = envelope(plain, self.now_s, **changed)
        return await self.client.post(f"/wechat?{query}", content=body, headers={"Content-Type": "text/xml"})

    @property
    def delivery(self) -> Delivery:
        service = self.city.service
        channels: dict[str, Channel] = {self.channel.name: self.channel}
        return Delivery(service.database, service.turns, lambda: self.city.clock.now, service.wake, channels)

    async def delivered(self) -> list[tuple[str, str, str]]:
        """Deliver what is due, and what the platform has been given by then."""
        while await self.delivery.work_once():
            pass
        return self.platform.sent


@asynccontextmanager
async def official(city: City, aes_key_previous: str = "", **wechat: Any) -> AsyncIterator[WechatCity]:
    platform = FakeWechat(lambda: city.clock.now / 1000)
    async with loopback(platform.application()) as base:
        platform.base = base
        given = {
            "appid": APPID, "token": TOKEN, "secret": SECRET, "aes_key": AES_KEY,
            "aes_key_previous": aes_key_previous, "api_base": base, **wechat,
        }  # fmt: skip
        channel = official_account(Settings(wechat=given), city.service)  # type: ignore[arg-type]
        assert channel is not None
        application = Starlette(routes=list(channel.routes()))
        transport = httpx.ASGITransport(app=application)
        async with httpx.AsyncClient(transport=transport, base_url="http://lima.example", timeout=30) as client:
            yield WechatCity(city, channel, platform, client)
        await channel.api.close()
