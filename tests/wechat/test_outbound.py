"""What is pushed, through the real delivery and the real client: windows, quotas, nudges, and what waits for “看”."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.channels.wechat.limits import TEXT_BYTES_MAX
from bot.channels.wechat.render import as_xml, parts, size, split
from handlers import notices, said
from handlers.dates import day_of
from handlers.model import Choice, Millis, Reply
from handlers.rules.windows import ACTED, LAST_MAX, SAID, Ledger
from storage import housekeeping, mailbox, outbox, undelivered, wechat
from tests.fakes.city import START, open_city
from tests.fakes.wechat import Phone, WechatCity, as_read, links, official

SECRET_NOTICE = "镇纪委回话了，尾号 0527 的事 11月24日 办完。"
NUDGE = said.ON_LOCK_SCREEN


@pytest.fixture(autouse=True)
def _a_notice_that_says_something(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(notices._NOTICES, "reply_new", SECRET_NOTICE)


@pytest.fixture
async def templated(tmp_path: Path) -> AsyncIterator[WechatCity]:
    given = {
        "template": "T1", "template_fields": ["thing1=您看过的公示有新内容"],
        "subscribe_template": "S1", "subscribe_fields": ["phrase2=请来看看"],
    }  # fmt: skip
    async with open_city(f"sqlite:///{tmp_path}/lima.db") as city, official(city, **given) as opened:
        yield opened


async def tell(world: WechatCity, phone: Phone, key: str = "photo_blurred") -> None:
    turns = world.city.service.turns

    def put(rows: Any) -> None:
        now = world.city.clock.now
        outbox.tell_notice(rows, turns.vault, turns.chance, ("wechat", phone.openid), (key, ""), now)

    await world.city.service.database.turn(b"tell", put)


async def waiting(world: WechatCity, phone: Phone) -> tuple[int, int]:
    """In the mailbox and not fetched; in the outbox."""
    turns = world.city.service.turns
    account = turns.account("wechat", phone.openid)

    def look(rows: Any) -> tuple[int, int]:
        return len(mailbox.unread(rows, turns.vault, account)), undelivered.counts(
            rows, world.city.clock.now
        ).to_accounts

    return await world.city.service.database.read(look)


# ---------------------------------------------------------------- windows


async def test_inside_the_window_a_harmless_notice_is_pushed(world: WechatCity, phone: Phone) -> None:
    await phone.say("菜单")
    await tell(world, phone)
    (sent,) = await world.delivered()
    assert sent[0] == "custom" and "有点看不清" in sent[2]
    assert await waiting(world, phone) == (0, 0)


async def test_what_says_something_never_appears_on_a_locked_screen(world: WechatCity, phone: Phone) -> None:
    await phone.say("菜单")
    for _ in range(3):
        await tell(world, phone, "reply_new")
    assert await world.delivered() == [("custom", phone.openid, NUDGE)], "one nudge for three messages"
    assert await waiting(world, phone) == (3, 0)
    for never in ("反映", "回话", "尾号", "月", "日", "件"):
        assert never not in NUDGE

    hinted = await phone.say("你好")
    assert said.SOMETHING_WAITS in hinted and await phone.again() == hinted
    assert said.SOMETHING_WAITS not in await phone.say("菜单"), "said once"
    first = await phone.say("看")
    assert "尾号 0527" in first and "还有 2 条" in as_read(first) and said.SOMETHING_WAITS not in first
    assert await phone.again() == first
    assert "还有 1 条" in as_read(await phone.tap("1"))
    assert "尾号 0527" in await phone.say("看")
    assert "现在没有新内容" in await phone.say("看")
    assert await waiting(world, phone) == (0, 0)


async def test_what_was_interrupted_by_looking_comes_back(world: WechatCity, phone: Phone) -> None:
    await phone.scan(await world.city.code_of("二组水沟"))
    for text in ("1", "1", "水沟垮了"):
        asked = await phone.say(text)
    await tell(world, phone, "reply_new")
    await world.delivered()
    assert "尾号 0527" in await phone.say("看")
    assert as_read(await phone.say("0")).splitlines()[-1] == as_read(asked).splitlines()[-1]


async def test_two_days_after_the_last_word_it_waits_and_nobody_is_nudged_without_a_template(
    world: WechatCity, phone: Phone
) -> None:
    await phone.say("菜单")
    world.city.clock.step(48 * 3600 + 1)
    await tell(world, phone)
    assert await world.delivered() == [] and await waiting(world, phone) == (1, 0)
    assert world.platform.calls["message/custom/send"] == 0
    assert said.SOMETHING_WAITS in await phone.say("你好")


async def test_somebody_who_comes_back_after_two_months_is_told_that_something_waits(
    world: WechatCity, phone: Phone
) -> None:
    """Their windows are long forgotten by then; an answer may well come so late."""
    await phone.say("菜单")
    world.city.clock.step(48 * 3600 + 1)
    await tell(world, phone, "reply_new")
    await world.delivered()
    world.city.clock.step(60 * 86400)
    today = day_of(world.city.clock.now)
    done = await world.city.service.database.turn(b"purge", lambda rows: housekeeping.purge(rows, today))
    assert done["wechat_people"] == 1 and done["mailbox"] == 0
    assert said.SOMETHING_WAITS in await phone.say("你好")
    assert "尾号 0527" in await phone.say("看")
    assert said.SOMETHING_WAITS not in await phone.say("你好")


async def test_five_after_a_word_three_after_a_tap(world: WechatCity, phone: Phone) -> None:
    await phone.say("菜单")
    for _ in range(7):
        await tell(world, phone)
    assert len(await world.delivered()) == 5 and await waiting(world, phone) == (2, 0)
    world.city.clock.step(3 * 24 * 3600)
    await phone.tap("1")
    for _ in range(4):
        await tell(world, phone)
    assert len(await world.delivered()) == 8 and await waiting(world, phone) == (3, 0)
    assert world.platform.calls["message/custom/send"] == 8, "nothing was tried that could not go"


async def test_whatever_happens_the_platform_never_has_to_refuse(world: WechatCity, phone: Phone) -> None:
    chance = random.Random(4)
    for _ in range(150):
        match chance.randrange(5):
            case 0:
                await phone.say("菜单")
            case 1:
                await phone.tap("1")
            case 2:
                before = (phone.follower.acted_s, phone.follower.acted_used)
                await phone.do("VIEW", EventKey="x")  # opens nothing
                phone.follower.acted_s, phone.follower.acted_used = before
            case 3:
                world.city.clock.step(chance.choice((1, 30, 70, 3600, 48 * 3600)))
            case _:
                await tell(world, phone, chance.choice(("photo_blurred", "reply_new")))
                await world.delivered()
    assert world.platform.calls["message/custom/send"] == len(world.platform.sent) > 15


@pytest.mark.parametrize(
    ("errcode", "lost", "waits", "left"),
    [
        (45015, 0, 1, 0), (45047, 0, 1, 0), (43004, 0, 1, 0), (48001, 0, 1, 0), (45002, 0, 1, 0), (40200, 0, 1, 0),
        (48002, 0, 1, 0), (50005, 0, 1, 0), (40003, 1, 0, 0), (45065, 1, 0, 0), (-1, 0, 0, 1), (45009, 0, 0, 1), (45011, 0, 0, 1), (40164, 0, 0, 1), (99, 0, 0, 1),
    ],
)  # fmt: skip
async def test_what_each_refusal_makes_of_a_message(
    world: WechatCity, phone: Phone, errcode: int, lost: int, waits: int, left: int
) -> None:
    await phone.say("菜单")
    await tell(world, phone)
    await world.channel.api.menu()
    world.platform.fails = [errcode]
    await world.delivered()
    assert await waiting(world, phone) == (waits, left)
    assert lost + waits + left == 1
    world.city.clock.step(25 * 3600)
    sent = [what for _, _, what in await world.delivered()]
    assert len([what for what in sent if "看不清" in what]) == left


async def test_an_answer_that_does_not_come_is_tried_again(
    world: WechatCity, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.wechat.api.MEDIA_S", 0.1)
    await phone.say("菜单")
    await tell(world, phone)
    world.platform.slow_s = 0.3
    await world.delivered()
    assert await waiting(world, phone) == (0, 1)
    world.platform.slow_s = 0
    world.city.clock.step(60)
    await world.delivered()
    assert await waiting(world, phone) == (0, 0) and 1 <= len(world.platform.sent) <= 2


async def test_a_storm_of_rejected_tokens_loses_nothing(world: WechatCity, phone: Phone) -> None:
    await phone.say("菜单")
    for _ in range(4):
        await tell(world, phone)
    world.platform.rejects = lambda token: True
    await world.delivered()
    assert world.platform.calls["forced"] == 1 and await waiting(world, phone) == (0, 4)
    world.platform.rejects = lambda token: False
    world.city.clock.step(3600)
    await world.delivered()
    waits, left = await waiting(world, phone)
    assert left == 0 and waits + len([1 for how, _, what in world.platform.sent if "看不清" in what]) == 4


# ---------------------------------------------------------------- nudges by template


async def test_a_nudge_by_subscription_then_by_template_and_never_content(templated: WechatCity) -> None:
    world, phone = templated, templated.phone()
    phone.follower.grants["S1"] = 1
    plain = phone.event("subscribe_msg_popup_event")
    inner = (
        "<SubscribeMsgPopupEvent><List><TemplateId>S1</TemplateId><SubscribeStatusString>accept</SubscribeStatusString>"
        "<PopupScene>2</PopupScene></List></SubscribeMsgPopupEvent></xml>"
    )
    await phone.push(plain.replace(b"</xml>", inner.encode()))
    for n, how in ((1, "subscribed"), (2, "template")):
        await phone.say("菜单")
        world.city.clock.step(3 * 24 * 3600)
        await tell(world, phone, "reply_new")
        await tell(world, phone, "reply_new")
        sent = await world.delivered()
        assert len(sent) == n and sent[-1][0] == how
    assert not [what for _, _, what in world.platform.sent if "尾号" in what or "回话" in what]
    assert (await waiting(world, phone))[0] == 4


async def test_a_template_that_fails_costs_nothing_but_the_nudge(templated: WechatCity) -> None:
    world, phone = templated, templated.phone()
    await phone.say("菜单")
    world.city.clock.step(3 * 24 * 3600)
    world.platform.templates = {}
    await tell(world, phone, "reply_new")
    assert await world.delivered() == [] and await waiting(world, phone) == (1, 0)


# ---------------------------------------------------------------- long replies


async def test_a_long_reply_goes_on_by_push_in_order_with_its_options_last(world: WechatCity, phone: Phone) -> None:
    await phone.scan(await world.city.code_of("二组水沟"))
    for text in ("1", "1", "头" + "沟" * 900 + "腰" + "水" * 600 + "尾"):
        await phone.say(text)
    await phone.say("1")
    first = await phone.say("4")
    assert first.endswith(said.GOES_ON) and "头" in first
    assert await phone.again() == first, "a copy does not queue the rest again"
    sent = [what for _, _, what in await world.delivered()]
    assert 1 <= len(sent) <= 3 and links(sent[-1]) and not links(first)
    whole = first + "".join(sent)
    assert whole.count("沟") >= 900 and whole.index("头") < whole.index("腰") < whole.index("尾")
    assert all(size(part) <= TEXT_BYTES_MAX for part in (first, *sent))


async def test_an_account_that_may_not_push_gets_everything_in_one(world: WechatCity, phone: Phone) -> None:
    await phone.say("菜单")
    await tell(world, phone)
    await world.channel.api.menu()
    world.platform.fails = [48001]
    await world.delivered()
    await phone.scan(await world.city.code_of("二组水沟"))
    for text in ("1", "1", "沟" * 1500, "1"):
        await phone.say(text)
    shown = await phone.say("4")
    assert said.CUT_OUT in shown and links(shown)
    assert "发出去了" in await phone.say("1")


@pytest.mark.parametrize("n", [0, 1, 600, 681, 682, 683, 1500, 2700, 9000])
@pytest.mark.parametrize("parts_max", [1, 2, 4])
def test_parts_fit_and_end_with_their_options(n: int, parts_max: int) -> None:
    choices = (Choice("1", "和实际不一样，我要反映"), Choice("0", "不用了"))
    found = parts(Reply("头" + "沟👍" * n + "尾", choices), parts_max)
    assert 1 <= len(found) <= parts_max and all(size(part) <= TEXT_BYTES_MAX for part in found)
    assert links(found[-1]) == ["1", "0"] and "头" in found[0]
    if not any(said.CUT_OUT in part for part in found):
        assert "".join(found).count("沟") == n


def test_cutting_is_between_characters_and_loses_none() -> None:
    text = "".join(random.Random(1).choice("沟a👍é\n水") for _ in range(3000))
    pieces = split(text, 100)
    assert all(size(piece) <= 100 for piece in pieces)
    assert "".join(pieces).replace("\n", "") == text.replace("\n", "")


def test_whatever_was_said_makes_xml_that_reads_back() -> None:
    import xmltodict

    for text in (
        "a]]>b",
        "]]>]]>",
        "<xml>&amp;</xml>",
        "]]]]><![CDATA[>",
        "x\x0b\x00\ud800\ufffey",
        "<a href='http://evil'>点</a>",
    ):
        (part,) = parts(Reply(text), 1)
        back = xmltodict.parse(as_xml("oOpen", "gh_lima", part, 5))["xml"]
        assert back["Content"] == part and back["ToUserName"] == "oOpen" and set(back) == {
            "ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"
        }  # fmt: skip
        assert "<a" not in part and "\x0b" not in part


# ---------------------------------------------------------------- the ledger


def test_the_ledger_forgets_what_is_too_old_to_be_retried() -> None:
    ledger = Ledger()
    forgotten = [ledger.note(f"m {n}", SAID, Millis(START + n)) for n in range(LAST_MAX + 3)]
    assert [each for each in forgotten if each] == ["m 0", "m 1", "m 2"] and len(ledger.message_ids()) == LAST_MAX
    assert ledger.note("m 22", ACTED, START) == "" and ledger.acted_at == 0, "a copy opens nothing"
    assert Ledger(*ledger.as_kept()) == ledger


async def test_only_the_last_replies_of_a_person_are_kept(world: WechatCity, phone: Phone) -> None:
    from tests.faults.stories import everything

    turns = everything("turns")
    for _ in range(LAST_MAX + 5):
        await phone.say("菜单")
    rows = await world.city.service.database.read(lambda rows: rows.all(turns))
    assert len(rows) == LAST_MAX + 5 and sum(row[2] is not None for row in rows) == LAST_MAX


async def test_what_is_kept_of_a_person_tells_no_time(world: WechatCity, phone: Phone) -> None:
    from tests.faults.stories import everything

    for text in ("菜单", "反映", "岩门"):
        await phone.say(text)
    people = await world.city.service.database.read(lambda rows: rows.all(everything("wechat_people")))
    assert len(people) == 1 and people[0][2] == START // 86_400_000 + 30
    turns = world.city.service.turns
    account = turns.account("wechat", phone.openid)
    ledger = await world.city.service.database.read(lambda rows: wechat.ledger(rows, turns.vault, account))
    assert ledger.said_at == world.city.clock.now
