"""kill -9 between the commit and the message, and anywhere else: no reply is lost, and none comes twice but where the
service may have had it."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from itertools import count, groupby
from pathlib import Path

from tests.fakes.city import open_city
from tests.fakes.telegram import NOW, FakeTelegram, fake_telegram
from tests.faults.stories import reports_of
from tests.telegram.killed import Forks, Job

LINES = ("1", "1", "水沟垮了", "还有路", "1", "1")
EXPECTED = ("您好，我是", "好。随时", "请说说", "记下了", "记下了", "请看一遍", "发出去了")
SEED = 20261124
POINTS = [(point, at) for point in ("before_send", "after_send") for at in range(1, 8)]
POINTS += [("commit", at) for at in range(2, 16)]  # every message has one; those after may be shared
POINTS_SHORT = POINTS[::3]
RANDOM_KILLS, RANDOM_KILLS_LONG = 4, 200
REPLY_S_MAX = 60.0


@dataclass
class Story:
    """One person reports; whenever the server is found dead it is started again."""

    url: str
    files: Path
    forks: Forks
    fake: FakeTelegram
    code: str
    seeds: count[int] = field(default_factory=lambda: count(5000))
    kills: int = 0
    child: int = 0
    began: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        self.fake.now = lambda: NOW + int(time.time() - self.began)

    def start(self, point: str = "", at: int = 0) -> None:
        seed = next(self.seeds)
        self.child = self.forks.start(Job(self.url, self.fake.url, seed, str(self.files), self.began, point, at))

    def kill(self) -> None:
        assert self.forks.ended(self.child, kill=True)
        self.kills += 1
        self.start()

    async def says(self, chat: int, text: str, replies: int) -> None:
        """Until so many different replies have come."""
        self.fake.says(chat, text)
        until = asyncio.get_running_loop().time() + REPLY_S_MAX
        while len(self.distinct(chat)) < replies:
            assert asyncio.get_running_loop().time() < until, (text, self.distinct(chat))
            await asyncio.sleep(0.01)
            self.look()

    def look(self) -> None:
        if self.forks.ended(self.child, kill=False):
            self.kills += 1
            self.start()

    def distinct(self, chat: int) -> list[int]:
        """How often each reply came, in their order; 记下了 comes twice by right, told apart by what was said before."""
        texts = [call.text.partition("\n")[0] for call in self.fake.messages[chat]]
        return [len(list(same)) for _, same in groupby(texts)]


async def _reports(story: Story, chat: int) -> None:
    done = 0
    for text, expected in zip((f"/start {story.code}", *LINES), EXPECTED, strict=True):
        done += expected != "记下了" or text == "水沟垮了"
        await story.says(chat, text, done)
        if text == "还有路":  # the same words as before: wait until its own reply is there
            async with asyncio.timeout(REPLY_S_MAX):
                while sum("记下了" in call.text for call in story.fake.messages[chat]) < 2:
                    await asyncio.sleep(0.01)
                    story.look()
    await asyncio.sleep(0.3)
    story.look()


async def _checked(story: Story, chat: int, doubled_max: int) -> None:
    texts = [call.text for call in story.fake.messages[chat]]
    assert len(texts) <= len(EXPECTED) + doubled_max, [text[:8] for text in texts]
    seen = [next((part for part in EXPECTED if text.startswith(part)), text) for text in texts]
    assert [part for part, _ in groupby(seen)] == [part for part, _ in groupby(EXPECTED)], "in their order, none lost"


async def _story(database_url: str, tmp_path: Path, fake: FakeTelegram, forks: Forks) -> Story:
    async with open_city(database_url, files=tmp_path / "files") as city:
        return Story(database_url, tmp_path / "files", forks, fake, await city.code_of("二组水沟"))


async def test_killed_at_every_step_between_commit_and_message(database_url: str, tmp_path: Path, long: bool) -> None:
    async with fake_telegram() as fake:
        with Forks() as forks:
            story = await _story(database_url, tmp_path, fake, forks)
            points = POINTS if long else POINTS_SHORT
            for chat, (point, at) in enumerate(points, 100):
                if point == "commit" and not database_url.startswith("sqlite"):
                    continue
                before = story.kills
                story.start(point, at)
                await _reports(story, chat)
                assert story.kills == before + 1 or (point == "commit" and at > len(EXPECTED)), (point, at)
                await _checked(story, chat, 1 if point == "after_send" else 0 if point == "before_send" else 1)
                assert story.forks.ended(story.child, kill=True)
            async with open_city(database_url, items=None, seed=3, files=tmp_path / "files") as city:
                for chat, _ in enumerate(points, 100):
                    if chat in fake.messages:
                        assert len(await reports_of(city, str(chat), "telegram")) == 1


async def test_killed_at_any_moment(tmp_path: Path, long: bool) -> None:
    chance = random.Random(SEED)
    url = f"sqlite:///{tmp_path}/lima.db"
    async with fake_telegram() as fake:
        with Forks() as forks:
            story = await _story(url, tmp_path, fake, forks)
            story.start()
            for chat in range(100, 100 + (RANDOM_KILLS_LONG if long else RANDOM_KILLS)):
                before = story.kills
                talking = asyncio.create_task(_reports(story, chat))
                await asyncio.sleep(chance.uniform(0.005, 0.3))
                story.kill()
                await talking
                await _checked(story, chat, story.kills - before)
            story.forks.ended(story.child, kill=True)
            async with open_city(url, items=None, seed=3, files=tmp_path / "files") as city:
                for chat in list(fake.messages):
                    assert len(await reports_of(city, str(chat), "telegram")) == 1
