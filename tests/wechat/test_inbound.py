"""What people do in WeChat, as the platform brings it, through the real webhook."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.channels.wechat.crypt import Lock
from bot.channels.wechat.limits import OLDEST_DAYS
from bot.channels.wechat.message import read
from handlers import said
from handlers.model import VillageCode
from storage.turns import KEY_KEPT_DAYS
from tests.fakes import photos
from tests.fakes.city import open_city
from tests.fakes.wechat import (
    AES_KEY,
    OLD_AES_KEY,
    TOKEN,
    Phone,
    WechatCity,
    answered,
    as_read,
    envelope,
    links,
    official,
    sign,
    xml,
)
from tests.faults.stories import balanced, everything, reports_of

VECTORS = json.loads((Path(__file__).parents[1] / "contract" / "wechat-vectors.json").read_text("utf-8"))
TURNS, FAILED = everything("turns"), everything("failed_turns")


async def rows_of(world: WechatCity, statement: object) -> int:
    return len(await world.city.service.database.read(lambda rows: rows.all(statement)))  # type: ignore[arg-type]


# ---------------------------------------------------------------- what an implementation that is not wechatpy has made


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_what_others_encrypted_opens_and_reads(vector: dict[str, str]) -> None:
    lock = Lock(vector["token"], (OLD_AES_KEY, vector["encoding_aes_key"]), vector["appid"])
    encrypted = vector["body"].partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
    assert lock.signed(vector["msg_signature"], vector["timestamp"], vector["nonce"], encrypted)
    assert lock.signed(vector["signature"], vector["timestamp"], vector["nonce"])
    assert not lock.signed(vector["msg_signature"], vector["timestamp"], vector["nonce"] + "1", encrypted)
    opened = lock.open(encrypted)
    assert opened.plain.decode() == vector["plain"]
    incoming = read(opened.plain)
    wanted = {
        "text": ("text", "低保公示 👍 a]]>b", "said"),
        "menu_text": ("text", "匿名", "acted"),
        "image": ("photo", "MID", "said"),
        "voice": ("untaken", "语音", "said"),
        "location": ("untaken", "位置", "said"),
        "subscribe_scan": ("text", "/start item:2024-001", "acted"),
        "scan": ("text", "/start item:2024-001", "acted"),
        "unsubscribe": ("left", "", "acted"),
        "tmpl_finish": ("nothing", "", "acted"),
    }
    assert (incoming.kind, incoming.text, incoming.act) == wanted[vector["name"]]
    assert incoming.openid == "oUserOpenId0000000000000001" and incoming.account == "gh_lima"
    assert incoming.status == ("failed:user block" if vector["name"] == "tmpl_finish" else "")


# ---------------------------------------------------------------- talking


async def test_a_whole_report_by_scan_tap_word_and_photo(world: WechatCity, phone: Phone) -> None:
    card = await phone.scan(await world.city.code_of("二组水沟"), following=False)
    assert "二组水沟修复" in card
    assert links(card)[0] == "1" and links(card)[-1] == "0"
    assert "【1】和实际不一样" in as_read(card)
    assert "主要牵涉谁" in await phone.tap("1")
    assert "怎么回事" in await phone.say("一")
    assert "【1】" in as_read(await phone.say("去年修的沟子垮了"))
    assert "收到第 1 张" in await phone.photo(photos.photo(1))
    review = await phone.tap("1")
    assert "1 段话，1 张照片" in review and "看不到您的微信" in review
    assert "去年修的沟子垮了" in await phone.say("4")
    receipt = await phone.tap("1")
    assert "发出去了" in receipt
    assert await balanced(world.city) == 1
    while await world.city.service.evidence.work_once():
        pass
    assert world.platform.calls["media/get"] == 1
    assert len(await reports_of(world.city, phone.openid, "wechat")) == 1


async def test_follow_menu_and_words_come_to_the_same(world: WechatCity, phone: Phone) -> None:
    assert "您好！我是" in await phone.do("subscribe")
    assert "您好！我是" in await phone.do("subscribe", EventKey="last_trade_no_4002392001201705020000")
    assert "是哪个村" in await phone.do("CLICK", EventKey="反映")
    assert "我能做这些" in await phone.do("CLICK", EventKey="菜单")
    code = await world.city.code_of("机耕道")
    info = {"ScanCodeInfo": ""}
    plain = phone.event("scancode_waitmsg", EventKey="scan", **info)
    inner = f"<ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>https://lima.example/i/{code}</ScanResult></ScanCodeInfo>"
    plain = plain.replace(b"<ScanCodeInfo><![CDATA[]]></ScanCodeInfo>", inner.encode())
    assert "机耕道硬化" in answered(await phone.push(plain))
    foreign = plain.replace(code.encode(), b"0123456789ABCDE").replace(b"scan]]", b"scan2]]")
    assert "不是我们的" in answered(await phone.push(foreign))
    assert "不是我们的" in await phone.scan("0123456789ABCDE")


async def test_the_code_of_a_board_shows_what_hangs_there(world: WechatCity, phone: Phone) -> None:
    shown = await phone.scan("520602104201")
    assert world.city.service.turns.organisation.place_name(VillageCode("520602104201")) in shown
    assert "现在公示的有" in shown


@pytest.mark.parametrize(
    ("kind", "elements", "says"),
    [
        ("voice", {"MediaId": "V", "Format": "amr", "Recognition": ""}, "语音"),
        ("location", {"Location_X": "27.7", "Label": "村委会"}, "位置"),
        ("link", {"Title": "x", "Url": "http://x"}, "链接"),
        ("video", {"MediaId": "V"}, "小视频"),
        ("shortvideo", {"MediaId": "V"}, "小视频"),
        ("text", {"Content": "【收到不支持的消息类型，暂无法显示】"}, "表情"),
    ],
)
async def test_what_we_cannot_take_is_said_and_changes_nothing(
    phone: Phone, kind: str, elements: dict[str, str], says: str
) -> None:
    asked = await phone.do("CLICK", EventKey="反映")
    assert says in answered(await phone.push(phone.message(kind, **elements)))
    assert "是哪个村" in asked
    assert "岩门村" in await phone.say("岩门")


async def test_a_recognised_voice_is_words(phone: Phone) -> None:
    plain = phone.message("voice", MediaId="V", Format="amr", Recognition="菜单")
    assert "我能做这些" in answered(await phone.push(plain))


async def test_events_that_are_no_words_are_swallowed(world: WechatCity, phone: Phone) -> None:
    for event in (
        "VIEW",
        "TEMPLATESENDJOBFINISH",
        "pic_photo_or_album",
        "location_select",
        "user_info_modified",
        "who_knows",
    ):
        assert await phone.do(event, EventKey="x", OpenID=phone.openid, Status="failed:user block") == ""
    assert await rows_of(world, TURNS) == 0


async def test_both_keys_open_and_the_same_one_closes(tmp_path: Path) -> None:
    async with open_city(f"sqlite:///{tmp_path}/lima.db") as city, official(city, OLD_AES_KEY) as world:
        phone = world.phone()
        for key in (AES_KEY, OLD_AES_KEY):
            response = await world.deliver(phone.message("text", Content="菜单"), aes_key=key)
            assert "我能做这些" in answered(response, key)


async def test_the_console_s_question_is_answered_if_it_is_the_platform_that_asks(world: WechatCity) -> None:
    now = str(world.now_s)
    query = f"signature={sign(now, 'n')}&timestamp={now}&nonce=n&echostr=5837397%3C"
    good = await world.client.get(f"/wechat?{query}")
    assert (good.status_code, good.text, good.headers["content-type"]) == (200, "5837397<", "text/plain; charset=utf-8")
    for bad in (query.replace("nonce=n", "nonce=m"), query.replace("signature=", "signature=0")):
        assert (await world.client.get(f"/wechat?{bad}")).status_code == 403
    assert (await world.client.get("/wechat")).status_code == 400
    old = str(world.now_s - 3600)
    stale = f"signature={sign(old, 'n')}&timestamp={old}&nonce=n&echostr=1"
    with capture_logs() as told:
        for _ in range(3):
            assert (await world.client.get(f"/wechat?{stale}")).status_code == 403
        assert (await world.client.get(f"/wechat?{stale.replace('nonce=n', 'nonce=m')}")).status_code == 403
    assert [(each["event"], each["off_s"]) for each in told] == [("wechat_stale", -3600)], (
        "once a minute, and if signed"
    )
    assert TOKEN not in repr(world.channel) and AES_KEY not in repr(world.channel)


# ---------------------------------------------------------------- copies, and turns that take long


async def test_copies_get_the_same_reply_and_are_one_turn(world: WechatCity, phone: Phone) -> None:
    first = await phone.say("菜单")
    assert [await phone.again() for _ in range(3)] == [first] * 3
    plain = phone.message("text", Content="你好")
    together = await asyncio.gather(*(world.deliver(plain) for _ in range(4)))
    assert len({answered(response) for response in together}) == 1
    assert await rows_of(world, TURNS) == 2


async def test_two_events_in_the_same_second_are_two(world: WechatCity, phone: Phone) -> None:
    world.city.clock.step(60)
    a, b = (xml(phone.openid, world.now_s, "event", Event="CLICK", EventKey=key) for key in ("菜单", "人工"))
    assert "我能做这些" in answered(await world.deliver(a))
    assert "找人说" in answered(await world.deliver(b))
    assert "我能做这些" in answered(await world.deliver(a))
    assert await rows_of(world, TURNS) == 2


async def test_a_slow_turn_is_waited_for_by_the_next_delivery_and_pushed_after_the_last(
    world: WechatCity, phone: Phone
) -> None:
    channel, books = world.channel, world.channel.books
    channel.answer_s, channel.hold_s = 0.05, 0.1
    gate, hear = asyncio.Event(), books.hear

    async def slowly(*arguments: object) -> object:
        await gate.wait()
        return await hear(*arguments)  # type: ignore[arg-type]

    object.__setattr__(books, "hear", slowly)
    plain = phone.message("text", Content="菜单")
    assert [(await world.deliver(plain)).status_code for _ in range(2)] == [503, 503]
    assert answered(await world.deliver(plain)) == said.SENDING.text
    gate.set()
    await asyncio.sleep(0.1)
    assert [what for how, who, what in await world.delivered() if "我能做这些" in what and who == phone.openid]
    assert "我能做这些" in answered(await world.deliver(plain)), "a fourth copy finds the stored reply"

    gate.clear()
    plain = phone.message("text", Content="你好")
    waiting = asyncio.create_task(world.deliver(plain))
    await asyncio.sleep(0.02)
    gate.set()
    assert "您好！我是" in answered(await waiting), "ready in time"
    assert len(world.platform.sent) == 1


async def test_what_is_not_stored_is_refused_until_the_last_copy_which_says_so(
    world: WechatCity, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    from storage.engine import QueueFull

    async def full(*_: object) -> None:
        raise QueueFull

    plain = phone.message("text", Content="菜单")
    with monkeypatch.context() as broken:
        broken.setattr(type(world.city.service.database), "turn", full)
        assert [(await world.deliver(plain)).status_code for _ in range(2)] == [503, 503]
        assert "这句还没收到" in answered(await world.deliver(plain))
    assert "我能做这些" in answered(await world.deliver(plain))


async def test_a_failed_turn_is_kept_and_told(world: WechatCity, phone: Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    from storage import conversations

    plain = phone.message("text", Content="菜单")
    with monkeypatch.context() as broken:
        broken.setattr(conversations, "current", lambda *_: 1 / 0)
        assert "您说的没有丢" in answered(await world.deliver(plain))
    assert await rows_of(world, FAILED) == 1
    assert "我能做这些" in answered(await world.deliver(plain))
    assert await rows_of(world, FAILED) == 0


async def test_one_who_speaks_like_a_machine_is_asked_to_rest(world: WechatCity, phone: Phone) -> None:
    answers = []
    for n in range(70):
        plain = xml(phone.openid, world.now_s, "text", Content="菜单", MsgId=str(n + 1))
        answers.append(answered(await world.deliver(plain)))
    assert answers.count(said.TOO_FAST.text) == 10
    assert "我能做这些" in await world.phone("oSomebodyElse000000000000002").say("菜单")


def test_a_message_is_too_old_when_its_key_is_forgotten() -> None:
    assert OLDEST_DAYS == KEY_KEPT_DAYS


async def test_a_double_tap_does_not_file(world: WechatCity, phone: Phone) -> None:
    await phone.scan(await world.city.code_of("二组水沟"))
    for text in ("1", "1", "水沟垮了"):
        await phone.say(text)
    await phone.tap("1")
    hasty = xml(phone.openid, world.now_s, "text", Content="1", MsgId="77")
    assert "太快" in answered(await world.deliver(hasty))
    assert "发出去了" in await phone.tap("1")


async def test_an_envelope_is_ours_alone(world: WechatCity) -> None:
    query, _ = envelope(b"<xml/>", world.now_s)
    assert "encrypt_type=aes" in query
