"""A turn that fails: the person is told the truth, the message is kept sealed, and the cause names no words."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bot.channel import NotTaken
from handlers import said
from handlers.model import Here
from storage import conversations, outbox, reports, turns
from tests.fakes.city import City, open_city
from tests.faults.stories import Line, balanced, everything, filing, turns_taken

CANARY = "金丝雀的原话"
FAILED = everything("failed_turns")


@pytest.fixture
def logged(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Iterator[Callable[[], str]]:
    """Everything that went to any log, down to the drivers' debugging."""
    caplog.set_level(logging.DEBUG)
    yield lambda: "".join(capfd.readouterr()) + caplog.text


def _breaks(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """The function does its work, and then fails with the words in its error, as drivers and parsers do."""
    whole = getattr(module, name)

    def broken(*arguments: Any, **named: Any) -> None:
        whole(*arguments, **named)
        raise RuntimeError(f"could not go on with {CANARY!r}: {arguments!r}")

    monkeypatch.setattr(module, name, broken)


async def _hears_that_it_failed(city: City, line: Line, later_s: float = 0.0) -> NotTaken:
    with pytest.raises(NotTaken) as refusal:
        await city.service.hear(line.heard(later_s))
    return refusal.value


async def _failed_rows(city: City) -> list[Any]:
    return await city.service.database.read(lambda rows: rows.all(FAILED))


@pytest.mark.parametrize(
    ("module", "name", "at"),
    [
        (conversations, "start", 0),
        (conversations, "keep_words", 3),
        (conversations, "save", 2),
        (reports, "file", 5),
        (outbox, "tell_desk", 5),
        (turns, "keep", 5),
    ],
)
async def test_what_failed_is_kept_told_and_taken_when_it_comes_again(
    database_url: str, module: Any, name: str, at: int, monkeypatch: pytest.MonkeyPatch, logged: Callable[[], str]
) -> None:
    async with open_city(database_url) as city:
        lines = filing("村民", await city.code_of("二组水沟"), story=CANARY)
        for line in lines[:at]:
            await city.service.hear(line.heard())
        with monkeypatch.context() as broken:
            _breaks(broken, module, name)
            for copy in range(2):
                refusal = await _hears_that_it_failed(city, lines[at], copy * 5)
                assert refusal.kept
                assert refusal.reply == said.down(Here())
        assert await turns_taken(city) == at, "nothing of the turn is left"
        assert await balanced(city) == 0
        (kept,) = await _failed_rows(city)
        assert CANARY.encode() not in b"".join(cell for cell in kept if isinstance(cell, bytes))

        for line in lines[at:]:
            reply = await city.service.hear(line.heard(60))
        assert "发出去了" in reply.text
        assert await balanced(city) == 1
        assert await turns_taken(city) == len(lines)
        assert await _failed_rows(city) == [], "taken now, so not kept any longer"
    told = logged()
    assert "turn_failed" in told and "RuntimeError" in told
    assert CANARY not in told and repr(CANARY.encode())[2:-1] not in told


async def test_others_of_the_same_group_are_answered(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_city(database_url) as city:
        code = await city.code_of("二组水沟")
        talks = [filing(f"人{n}", code, story=CANARY if n == 3 else "水沟垮了") for n in range(12)]
        for lines in talks:
            for line in lines[:3]:
                await city.service.hear(line.heard())
        keep = conversations.keep_words

        def keep_words(rows: Any, draft: Any, chance: Any, step: str, text: str) -> None:
            keep(rows, draft, chance, step, text)
            if text == CANARY:
                raise RuntimeError

        monkeypatch.setattr(conversations, "keep_words", keep_words)
        stories = [lines[3].heard() for lines in talks]
        answers = await asyncio.gather(*map(city.service.hear, stories), return_exceptions=True)
        assert [n for n, answer in enumerate(answers) if isinstance(answer, Exception)] == [3]
        assert isinstance(answers[3], NotTaken)


async def test_not_even_kept_is_said_as_it_is(
    database_url: str, monkeypatch: pytest.MonkeyPatch, logged: Callable[[], str]
) -> None:
    """“您说的没有丢” is said only if it is true."""
    async with open_city(database_url) as city:
        lines = filing("村民", await city.code_of("二组水沟"), story=CANARY)
        for line in lines[:3]:
            await city.service.hear(line.heard())
        with monkeypatch.context() as broken:
            _breaks(broken, conversations, "keep_words")
            _breaks(broken, turns, "keep_failed")
            refusal = await _hears_that_it_failed(city, lines[3])
        assert not refusal.kept
        assert refusal.reply == said.not_kept(Here())
        assert "没收到" in refusal.reply.text and "没有丢" not in refusal.reply.text
        assert await _failed_rows(city) == []
        for line in lines[3:]:
            reply = await city.service.hear(line.heard(60))
        assert "发出去了" in reply.text
    assert CANARY not in logged()


@pytest.mark.parametrize(("first_copy_s", "files"), [(0.5, False), (3.0, True)])
async def test_a_retry_is_as_old_as_its_first_copy(
    database_url: str, first_copy_s: float, files: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A double tap must not file, also if its turn failed and the phone sent it again ten seconds later."""
    async with open_city(database_url) as city:
        *before, last = filing("村民", await city.code_of("二组水沟"))
        for line in before:
            await city.service.hear(line.heard())
        tapped = Line(last.who, last.id, last.text, before[-1].at + int(first_copy_s * 1000))
        with monkeypatch.context() as broken:
            _breaks(broken, turns, "keep")
            await _hears_that_it_failed(city, tapped)
        retried = await city.service.hear(tapped.heard(10))
        assert ("发出去了" in retried.text) == files
        assert ("太快" in retried.text) != files
        assert await balanced(city) == files
        if not files:
            another = Line(last.who, "another", last.text, last.at)
            assert "发出去了" in (await city.service.hear(another.heard())).text


async def test_whoever_does_not_wait_is_answered_when_asking_again(database_url: str) -> None:
    """WeChat hangs up after five seconds; the turn runs all the same, and its reply is there for the retry."""
    async with open_city(database_url) as city:
        lines = filing("村民", await city.code_of("二组水沟"))
        for line in lines:
            impatient = asyncio.create_task(city.service.hear(line.heard()))
            await asyncio.sleep(0)
            impatient.cancel()
            with pytest.raises(asyncio.CancelledError):
                await impatient
            reply = await city.service.hear(line.heard(5))
        assert "发出去了" in reply.text
        assert await turns_taken(city) == len(lines)
        assert await balanced(city) == 1
