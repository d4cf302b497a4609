"""The service refuses, is silent, or asks to wait: no reply is lost, and none comes twice but where nobody knows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.channel import Push, RecipientGone, SendFailed
from bot.channels.telegram.pace import Pace
from handlers.model import Reply
from storage import outbox, undelivered
from storage.undelivered import Line
from tests.fakes.telegram import Fault
from tests.fakes.telegrammed import Telegrammed, telegrammed

ME, OTHER = 7, 8
WAITS = Fault(429, "Too Many Requests: retry after 5", {"retry_after": 5})


@pytest.fixture
async def whole(database_url: str) -> AsyncIterator[Telegrammed]:
    """Updates are handed over and delivery runs when it is told to: time stands still between."""
    async with telegrammed(database_url, "none", work=False) as opened:
        yield opened


async def _says(whole: Telegrammed, text: str, chat: int = ME) -> None:
    whole.city.clock.step(30)
    await whole.take(whole.fake.says(chat, text))
    await whole.delivery.drain()


async def _waiting(whole: Telegrammed) -> list[Line]:
    return await whole.city.service.database.read(lambda rows: undelivered.listed(rows, 100))


def _texts(whole: Telegrammed, chat: int = ME) -> list[str]:
    return [call.text.partition("\n")[0] for call in whole.fake.messages[chat]]


async def test_asked_to_wait_only_that_chat_waits_and_its_order_stays(whole: Telegrammed) -> None:
    whole.fake.fails("sendMessage", WAITS)
    await _says(whole, "菜单")
    assert not whole.fake.messages[ME]
    await _says(whole, "你好", OTHER)
    assert len(whole.fake.messages[OTHER]) == 1
    whole.city.clock.step(-30)
    await whole.take(whole.fake.says(ME, "人工"))  # while the first reply still waits
    await whole.settle()
    assert not whole.fake.messages[ME], "a later reply must not overtake"
    [first, second] = sorted(await _waiting(whole), key=lambda line: line.attempts, reverse=True)
    assert first.last_error == "retry_after" and second.attempts == 0
    whole.city.clock.step(6)
    await whole.settle()
    assert _texts(whole) == ["我能做这些，您发数字就行。", "找人说："] and not await _waiting(whole)


@pytest.mark.parametrize("fault", [Fault(500), Fault(502, "Bad Gateway"), Fault(504), Fault(401, "Unauthorized")])
async def test_what_passes_is_tried_again(whole: Telegrammed, fault: Fault) -> None:
    whole.fake.fails("sendMessage", fault)
    await _says(whole, "菜单")
    assert len(await _waiting(whole)) == 1
    whole.city.clock.step(301)
    await whole.settle()
    assert _texts(whole) == ["我能做这些，您发数字就行。"] and not await _waiting(whole)


async def test_silence_is_no_refusal_and_may_double(whole: Telegrammed) -> None:
    whole.fake.fails("sendMessage", Fault(0, arrives=True), Fault(0))
    await _says(whole, "菜单")
    assert [line.last_error for line in await _waiting(whole)] == ["timed_out"]
    whole.city.clock.step(3)
    await whole.settle()
    whole.city.clock.step(6)
    await whole.settle()
    assert _texts(whole) == ["我能做这些，您发数字就行。"] * 2 and not await _waiting(whole)


@pytest.mark.parametrize(
    "fault", [Fault(403, "Forbidden: bot was blocked by the user"), Fault(400, "Bad Request: chat not found")]
)
async def test_somebody_who_is_gone_gets_nothing_more(whole: Telegrammed, fault: Fault) -> None:
    whole.fake.fails("sendMessage", fault)
    await _says(whole, "菜单")
    assert not await _waiting(whole) and not whole.fake.messages[ME]
    await _says(whole, "人工")  # they are back
    assert _texts(whole) == ["找人说："]


async def test_a_message_that_is_never_taken_is_set_aside_and_holds_up_nothing(whole: Telegrammed) -> None:
    whole.fake.fails("sendMessage", Fault(400, "Bad Request: message text is empty"))
    await _says(whole, "菜单")
    [line] = await _waiting(whole)
    assert line.dead and line.last_error == "bad_request"
    await _says(whole, "人工")
    await whole.settle()
    assert _texts(whole) == ["找人说："]
    now = whole.city.clock.now
    assert await whole.city.service.database.turn(b"t", lambda rows: undelivered.requeue(rows, None, now)) == 1
    await whole.settle()
    assert _texts(whole) == ["找人说：", "我能做这些，您发数字就行。"]


async def test_a_group_that_moved_is_written_to_at_its_new_address(whole: Telegrammed) -> None:
    moved = Fault(400, "Bad Request: group chat was upgraded", {"migrate_to_chat_id": -100200}, chat=-55)
    whole.fake.fails("sendMessage", moved)
    turns, now = whole.city.service.turns, whole.city.clock.now
    await whole.city.service.database.turn(
        b"t",
        lambda rows: outbox.tell_notice(
            rows, turns.vault, turns.chance, ("telegram", "-55"), ("photo_blurred", ""), now
        ),
    )
    await whole.settle()
    assert len(whole.fake.messages[-100200]) == 1 and not whole.fake.messages[-55] and not await _waiting(whole)


async def test_buttons_that_are_gone_already_are_no_trouble(whole: Telegrammed) -> None:
    gone = "Bad Request: message is not modified: specified new message content is exactly the same"
    old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    whole.fake.fails("editMessageReplyMarkup", Fault(400, gone), Fault(500))
    whole.fake.fails("answerCallbackQuery", Fault(400, old))
    await _says(whole, "菜单")
    await whole.take(whole.fake.taps(ME, whole.fake.messages[ME][-1], "1"))
    await whole.settle()
    await _says(whole, "菜单")
    assert len(whole.fake.messages[ME]) == 3


async def test_pictures_and_what_officers_get(whole: Telegrammed) -> None:
    png, long = b"\x89PNG picture", "周报\n" * 400
    await whole.channel.send(Push(b"1", str(ME), Reply("第11周"), "weekly", picture=png, protect=True))
    await whole.channel.send(Push(b"2", str(ME), Reply(long), "weekly", picture=png))
    first, second, third = whole.fake.messages[ME]
    assert (first.method, first.text, first.data["photo"]) == ("sendPhoto", "第11周", png)
    assert first.data["protect_content"] is True and "protect_content" not in second.data
    assert (second.method, second.text, third.text.strip()) == ("sendPhoto", "", long.strip())
    with pytest.raises(RecipientGone):
        await whole.channel.send(Push(b"3", "nobody", Reply("x")))


# ---------------------------------------------------------------- pace


async def test_the_first_message_never_waits_and_the_second_does() -> None:
    pace, loop = Pace(chat_s=0.2), asyncio.get_running_loop()
    began = loop.time()
    await asyncio.gather(*(pace.wait(chat) for chat in range(20)))
    assert loop.time() - began < 0.1
    await pace.wait(3)
    assert loop.time() - began >= 0.19


async def test_all_together_are_paced_and_whoever_would_wait_long_goes_back() -> None:
    pace, loop = Pace(chat_s=0, all_per_s=50), asyncio.get_running_loop()
    began = loop.time()
    waits = [pace.wait(chat) for chat in range(1000)]
    done = await asyncio.gather(*waits, return_exceptions=True)
    refused = [each for each in done if isinstance(each, SendFailed)]
    assert len(done) - len(refused) == pytest.approx(50 * 6, abs=30) and loop.time() - began == pytest.approx(5, abs=1)
    assert not any(each.tried for each in refused) and all(each.retry_after_s >= 5 for each in refused)


async def test_replies_to_one_chat_keep_their_order_and_distance(database_url: str) -> None:
    async with telegrammed(database_url, "none", pace=Pace(chat_s=0.3)) as whole:
        began = asyncio.get_running_loop().time()
        for text in ("菜单", "人工", "保密"):
            await whole.take(whole.fake.says(ME, text))
        await whole.fake.shown(ME, 3)
        assert asyncio.get_running_loop().time() - began >= 0.55
        assert _texts(whole) == ["我能做这些，您发数字就行。", "找人说：", "谁看得到您的话："]
