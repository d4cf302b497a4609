"""security.md §5, rows 1 to 20: what a webhook must refuse, keep aside or swallow. Rows 16 to 18 are Telegram's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import app
from config.settings import Settings
from handlers.dates import DAY_MS
from storage import turns
from storage.packed import unpacked
from tests.fakes.city import open_city
from tests.fakes.wechat import (
    AES_KEY,
    OLD_AES_KEY,
    TOKEN,
    Phone,
    WechatCity,
    answered,
    encrypt,
    envelope,
    official,
    sign,
    xml,
)
from tests.faults.stories import everything

TURNS, FAILED = everything("turns"), everything("failed_turns")
XML = {"Content-Type": "text/xml"}


async def kept(world: WechatCity) -> tuple[int, int]:
    """Turns taken, and what was set aside."""

    def count(rows: object) -> tuple[int, int]:
        return len(rows.all(TURNS)), len(rows.all(FAILED))  # type: ignore[attr-defined]

    return await world.city.service.database.read(count)


async def post(world: WechatCity, query: str, body: bytes, headers: dict[str, str] = XML) -> int:
    return (await world.client.post(f"/wechat?{query}", content=body, headers=headers)).status_code


# ---------------------------------------------------------------- rows 1, 2, 3, 14, 15: refused, and no row


async def test_row_1_no_or_a_wrong_signature(world: WechatCity, phone: Phone) -> None:
    query, body = envelope(phone.message("text", Content="菜单"), world.now_s)
    for wrong in (
        query.replace("msg_signature=", "msg_signature=0"),
        query.replace("&msg_signature=" + query.rpartition("=")[2], ""),
        query.replace("timestamp=1", "timestamp=2"),
        query + "&msg_signature=" + "0" * 40,
        query.replace("nonce=", "nonce=0"),
        query.replace("nonce=", "nonce=%F0%9F%98%80"),
        "",
    ):
        assert await post(world, wrong, body) in (400, 403), wrong
    other = envelope(phone.message("text", Content="反映"), world.now_s)[1]
    assert await post(world, query, other) == 403, "one captured address does not sign another body"
    assert await kept(world) == (0, 0)
    assert await post(world, query, body) == 200


async def test_row_1_a_signature_from_another_time(world: WechatCity, phone: Phone) -> None:
    query, body = envelope(phone.message("text", Content="菜单"), world.now_s)
    world.city.clock.step(3600)
    assert await post(world, query, body) == 403
    for now_s in (1, world.now_s + 3600):
        query, body = envelope(phone.message("text", Content="菜单"), now_s)
        assert await post(world, query, body) == 403
    assert await kept(world) == (0, 0)


async def test_row_2_a_plain_body(world: WechatCity, phone: Phone) -> None:
    plain, now = phone.message("text", Content="菜单"), str(world.now_s)
    signed = f"signature={sign(now, 'n')}&timestamp={now}&nonce=n"
    for query in (signed, f"{signed}&encrypt_type=raw", f"{signed}&encrypt_type=aes&msg_signature={sign(now, 'n')}"):
        assert await post(world, query, plain) in (400, 403)
    assert await kept(world) == (0, 0)


async def test_row_3_another_account(world: WechatCity, phone: Phone) -> None:
    query, body = envelope(phone.message("text", Content="菜单"), world.now_s, appid="wxffffffffffffffff")
    assert await post(world, query, body) == 403
    assert await kept(world) == (0, 0)


async def test_row_14_too_long_and_too_slow(world: WechatCity, monkeypatch: pytest.MonkeyPatch) -> None:
    query, body = envelope(b"<xml/>", world.now_s)
    assert await post(world, query, body + b" " * (1 << 20)) == 413
    monkeypatch.setattr("bot.channels.wechat.webhook.READ_S_MAX", 0.05)

    async def slowly() -> AsyncIterator[bytes]:
        yield body[:10]
        await asyncio.sleep(1)
        yield body[10:]

    slow = await world.client.post(f"/wechat?{query}", content=slowly(), headers=XML)
    assert slow.status_code == 408
    assert await kept(world) == (0, 0)


async def test_row_15_another_method_or_kind_of_content(world: WechatCity) -> None:
    query, body = envelope(b"<xml/>", world.now_s)
    assert (await world.client.put(f"/wechat?{query}", content=body)).status_code == 405
    for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        assert await post(world, query, body, {"Content-Type": kind}) == 415
    assert await kept(world) == (0, 0)


# ---------------------------------------------------------------- rows 4, 5: nothing new


async def test_row_4_a_thousand_replays(world: WechatCity, phone: Phone, long: bool) -> None:
    query, body = envelope(phone.message("text", Content="菜单"), world.now_s)
    for _ in range(1000 if long else 100):
        assert await post(world, query, body) == 200
    assert await kept(world) == (1, 0)


async def test_row_5_older_than_what_we_remember(world: WechatCity, phone: Phone) -> None:
    old = xml(phone.openid, world.now_s - 31 * DAY_MS // 1000, "text", Content="菜单", MsgId="5")
    assert answered(await world.deliver(old)) == ""
    assert await kept(world) == (0, 0)


# ---------------------------------------------------------------- rows 6 to 9, 12: from outside refused, from inside kept

BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><xml><Content>&b;</Content></xml>'
XXE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><MsgType>&a;</MsgType></xml>'
DEEP = b"<xml>" + b"<a>" * 20_000 + b"</a>" * 20_000 + b"</xml>"
HEAD = (
    "<ToUserName>gh_lima</ToUserName><FromUserName>oUserOpenId0000000000000001</FromUserName><CreateTime>1</CreateTime>"
)
ODD = {
    "empty": b"",
    "a": b"<a/>",
    "xml": b"<xml/>",
    "bomb": BOMB,
    "xxe": XXE,
    "deep": DEEP,
    "twice": f"<xml>{HEAD}<MsgType>text</MsgType><MsgType>event</MsgType></xml>".encode(),
    "nested": f"<xml>{HEAD}<MsgType><b>text</b></MsgType></xml>".encode(),
    "two senders": b"<xml><FromUserName>oA12345</FromUserName><FromUserName>oB12345</FromUserName><MsgType>text</MsgType></xml>",
    "nested words": f"<xml>{HEAD}<MsgType>text</MsgType><Content><b>x</b></Content><MsgId>1</MsgId></xml>".encode(),
    "no media": f"<xml>{HEAD}<MsgType>image</MsgType><MsgId>1</MsgId></xml>".encode(),
    "no event": f"<xml>{HEAD}<MsgType>event</MsgType></xml>".encode(),
    "bad utf-8": b"<xml><MsgType>text</MsgType><Content>\xff\xfe</Content></xml>",
    "nul": b"<xml><MsgType>text</MsgType><Content>\x00</Content></xml>",
    "control": f"<xml>{HEAD}<MsgType>text</MsgType><Content>\x0b</Content></xml>".encode(),
    "surrogate": f"<xml>{HEAD}<MsgType>text</MsgType><Content>&#xD800;</Content></xml>".encode(),
    "no address": b"<xml><FromUserName>../../x</FromUserName><MsgType>text</MsgType><Content>x</Content></xml>",
    "a list": b"[1, 2]",
    "unclosed": b"<xml><MsgType>text",
}


@pytest.mark.parametrize("name", ODD)
async def test_rows_6_to_9_and_12_signed_but_unreadable_is_kept_and_kindly_answered(
    world: WechatCity, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    async with asyncio.timeout(30):  # a bomb of entities would take hours
        response = await world.deliver(ODD[name])
    told = answered(response)
    assert told == "" or "没看明白，已经存下" in told
    assert (told != "") == (HEAD.encode() in ODD[name]), "whoever can be told is told"
    assert await kept(world) == (0, 1)
    await world.deliver(ODD[name])
    assert await kept(world) == (0, 1), "copies are one row"

    def look(rows: object) -> str:
        key, sealed, _ = rows.all(FAILED)[0]  # type: ignore[attr-defined]
        vault = world.city.service.turns.vault
        return str(unpacked(vault.unbox(sealed, turns.FAILED, "failed_turns.sealed", key))[5])

    assert await world.city.service.database.read(look) == ODD[name].decode("utf-8", "backslashreplace")
    assert "wechat_unreadable" in "".join(capfd.readouterr())


@pytest.mark.parametrize("name", ODD)
async def test_rows_6_to_9_and_12_unsigned_it_leaves_nothing(world: WechatCity, name: str) -> None:
    query, _ = envelope(b"<xml/>", world.now_s)
    assert await post(world, query, ODD[name]) in (400, 403)
    assert await post(world, "", ODD[name]) in (400, 403)
    assert await kept(world) == (0, 0)


async def test_row_8_deep_in_less_than_a_tenth_of_a_second(world: WechatCity) -> None:
    query, body = envelope(DEEP, world.now_s)
    for content in (body, DEEP):
        began = time.process_time()
        await post(world, query, content)
        assert time.process_time() - began < 0.1


async def test_what_is_signed_and_does_not_open_is_kept(world: WechatCity) -> None:
    now = str(world.now_s)
    lost = encrypt(b"<xml/>", OLD_AES_KEY)
    for garbage in ("QUJD", "A" * 43, lost, lost[:-4], encrypt(b"<xml/>")[:-24]):
        query = f"timestamp={now}&nonce=n&encrypt_type=aes&msg_signature={sign(now, 'n', garbage)}"
        body = f"<xml><Encrypt><![CDATA[{garbage}]]></Encrypt></xml>".encode()
        assert await post(world, query, body) == 200
        assert (await kept(world))[0] == 0
    assert await kept(world) == (0, 5)


async def test_what_could_not_even_be_kept_comes_again(world: WechatCity, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> None:
        raise OSError("disk")

    with monkeypatch.context() as broken:
        broken.setattr(type(world.city.service.database), "turn", full)
        assert (await world.deliver(b"<a/>")).status_code == 503
    assert (await world.deliver(b"<a/>")).status_code == 200


# ---------------------------------------------------------------- rows 10, 11, 13, 20


@pytest.mark.parametrize("created", ["abc", "1" + "0" * 30, "-5", ""])
async def test_row_10_a_time_that_is_none(world: WechatCity, phone: Phone, created: str) -> None:
    plain = xml(phone.openid, created, "text", Content="菜单", MsgId="10")
    assert "我能做这些" in answered(await world.deliver(plain))
    event = xml(phone.openid, created, "event", Event="CLICK", EventKey="人工")
    assert "找人说" in answered(await world.deliver(event))
    assert await kept(world) == (2, 0)


@pytest.mark.parametrize("id_", [None, "abc", "-1", "9" * 40])
async def test_row_11_a_message_without_a_number(world: WechatCity, phone: Phone, id_: str | None) -> None:
    elements = {"Content": "菜单"} if id_ is None else {"Content": "菜单", "MsgId": id_}
    plain = xml(phone.openid, world.now_s, "text", **elements)
    first = answered(await world.deliver(plain))
    assert "我能做这些" in first and answered(await world.deliver(plain)) == first
    assert await kept(world) == (1, 0)
    assert "我能做这些" in answered(await world.deliver(plain.replace("菜单".encode(), b"menu")))
    assert await kept(world) == (2, 0)


async def test_row_13_a_kind_that_we_never_heard_of(world: WechatCity, phone: Phone) -> None:
    assert "我收不了" in answered(await world.deliver(phone.message("hologram", Content="x")))
    assert answered(await world.deliver(phone.event("hologram"))) == ""
    assert await kept(world) == (0, 0)


async def test_row_19_there_is_no_editing_and_the_same_number_with_other_words_is_not_taken(
    world: WechatCity, phone: Phone
) -> None:
    await phone.say("菜单")
    assert answered(await world.deliver(phone.last.replace("菜单".encode(), "反映".encode()))) == ""
    assert await kept(world) == (1, 0)


async def test_row_20_where_it_says_it_comes_from_changes_nothing(world: WechatCity, phone: Phone) -> None:
    query, body = envelope(phone.message("text", Content="菜单"), world.now_s)
    headers = {**XML, "X-Forwarded-For": "203.0.113.1"}
    assert await post(world, query.replace("nonce=", "nonce=0"), body, headers) == 403
    assert await post(world, query, body, headers) == 200


@pytest.mark.parametrize("left_out", ["appid", "token", "secret", "aes_key"])
def test_row_s_half_a_channel_does_not_start(left_out: str) -> None:
    whole = {"appid": "wx0123456789abcdef", "token": TOKEN, "secret": "s", "aes_key": AES_KEY}
    settings_ = Settings(wechat={**whole, left_out: ""})  # type: ignore[arg-type]
    with pytest.raises(app.Refusal, match=f"wechat.{left_out}"):
        app.refuse_half_a_channel(settings_)
    assert not settings_.wechat.on and Settings(wechat=whole).wechat.on  # type: ignore[arg-type]


# ---------------------------------------------------------------- anything at all

NAMES = st.sampled_from(
    ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId", "Event", "EventKey", "MediaId", "OpenID",
     "Recognition", "bizmsgmenuid", "ScanCodeInfo", "Ticket"]
)  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(["oUserOpenId0000000000000001", "gh_lima", "text", "event", "image", "SCAN", "subscribe", "unsubscribe",
                     "CLICK", "菜单", "1", "", "1795484700", "qrscene_", "]]>", "<b/>", "&amp;", "&bomb;", "\x0b"]),
    st.text(max_size=30),
    st.integers().map(str),
)  # fmt: skip


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """From nearly right to nothing at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=300))
    wrapped = draw(st.sampled_from(["{}", "<![CDATA[{}]]>", "<b>{}</b>"]))
    elements = draw(st.lists(st.tuples(NAMES, VALUES), max_size=9))
    inner = "".join(f"<{name}>{wrapped.replace('{}', value)}</{name}>" for name, value in elements)
    if draw(st.booleans()):
        head = HEAD.replace("<CreateTime>1<", "<CreateTime>1795484700<")
        inner = f"{head}<MsgType>{draw(st.sampled_from(['text', 'event', 'image', 'voice']))}</MsgType>{inner}"
    root = draw(st.sampled_from(["xml", "xml", "xml", "a"]))
    return f"<{root}>{inner}</{root}>".encode("utf-8", "surrogatepass")


async def test_five_thousand_bodies_signed_and_not(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Never a 5xx, never a row from an unsigned one, never a lost signed one."""
    folder = tmp_path_factory.mktemp("bodies")
    async with open_city(f"sqlite:///{folder}/lima.db") as city, official(city) as world:
        world.channel._pace._per_minute = 10**9

        @settings(max_examples=2500, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(bodies(), min_size=2, max_size=2))
        def collect(drawn: list[bytes]) -> None:
            found.extend(drawn)

        found: list[bytes] = []
        collect()
        assert len(found) >= 5000
        for start in range(0, len(found), 100):
            before = await kept(world)
            await asyncio.gather(*(_forged(world, plain, n) for n, plain in enumerate(found[start : start + 50])))
            assert await kept(world) == before
            for response in await asyncio.gather(*(world.deliver(p) for p in found[start + 50 : start + 100])):
                assert response.status_code == 200
                answered(response)
        taken, aside = await kept(world)
        assert taken > 50 and aside > 500


async def _forged(world: WechatCity, plain: bytes, n: int) -> None:
    query, body = envelope(plain, world.now_s)
    forged = query.replace("msg_signature=", f"msg_signature={n % 10}")
    assert 400 <= await post(world, forged, body) < 500


async def test_a_signed_message_is_a_turn_a_row_aside_or_nothing_to_take(world: WechatCity, phone: Phone) -> None:
    """Each signed body leaves exactly what it should: told by reading it a second time, without the webhook."""
    from bot.channels.wechat.message import TEXT, Unreadable, read

    chance = [*ODD.values(), phone.message("text", Content="菜单"), phone.event("CLICK", EventKey="菜单")]
    for plain in chance:
        before = await kept(world)
        await world.deliver(plain)
        after = await kept(world)
        try:
            wanted = (1, 0) if read(plain).kind == TEXT else (0, 0)
        except Unreadable:
            wanted = (0, 1)
        assert (after[0] - before[0], after[1] - before[1]) == wanted, plain


async def test_forged_and_replayed(world: WechatCity, phone: Phone, long: bool) -> None:
    """100,000 under --long: not one row more than the one true message leaves."""
    query, body = envelope(phone.message("text", Content="菜单"), world.now_s)
    assert await post(world, query, body) == 200
    for n in range(50_000 if long else 300):
        forged = query.replace("nonce=", f"nonce={n}")
        assert await post(world, forged, body) == 403
        assert await post(world, query, body) == 200 or n % 7
    assert await kept(world) == (1, 0)
