"""Whatever people type, in whatever order: they always stand at a question or a curtain, and nothing of theirs is lost.

Random walks of one person each, as a story that hypothesis shortens when it fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, select

from bot.channel import SaidDifferently
from bot.performs.told import is_draft
from handlers.code import SCAN
from handlers.model import Choice, Heard, Here, Millis, Reply
from handlers.script import BROUGHT
from handlers.words import numeral, plain
from storage import conversations, reports, tables
from storage.conversations import PARKED_MAX
from storage.packed import unpacked
from storage.statement import Rows, statement
from tests.fakes.city import City, open_city
from tests.faults.stories import account_of, reports_of
from tests.transcript import CODE_SHOWN
from tests.wording import broken_rule

WALKS, WALKS_LONG = 200, 20_000
STEPS = 30
HOUR_S = 3600.0
DOUBLE_TAP_S = 0.5
DELIBERATE_S = 2.0

SEND = "对，发出去"
THROWS_AWAY = ("重新来（上次的不要了）", "删掉", "前面的不要，从头说", "不是要反映，刚才的话不要了")
"""What makes words go; nothing else may."""
TITLES = ("二组水沟", "耕地地力", "临时救助", "机耕道", "村级光伏")


@dataclass(frozen=True)
class Move:
    """What a person does next. `text` is fixed, or named by `what` and made up when it is said."""

    what: str
    text: str = ""

    def __repr__(self) -> str:
        return f"{self.what} {self.text[:20]}".strip()


def _said(times: int, *texts: str) -> list[Move]:
    return [Move("say", text) for text in texts] * times


ODD = (
    "",
    " ",
    "\u200b",
    "\ue000report|00|code\ue001",
    "\ue000words|story|\ue001",
    "0" * 400,
    "沟" * 1200,
    "沟" * 10_001,
)
MOVES = [
    *[Move("sensible")] * 90,
    *[Move("words")] * 12,
    *[Move("scan", title) for title in TITLES] * 3,
    *_said(4, "1", "2", "3", "4", "5", "9", "第二个", "选3", "4。", "好", "发出去", "说完了"),
    *_said(4, "0", "不", "算了"),
    *_said(2, "菜单", "反映", "查", "人工", "保密", "你好", "退出", "/start"),
    *_said(1, "岩门", "大坪", "坝黄镇岩门村", "双江", "没有这个村", "800元", "没得到"),
    *_said(1, "张某某 13800000000 晚上", "13800000000", "张某某", "000000000098", "1234-5678-9012", *ODD),
    *[Move("code"), Move("bad scan"), Move("location"), Move("photo"), Move("other text")] * 2,
    *[Move("again")] * 6,
    *[Move("double tap")] * 24,
    *[Move("wait", hours) for hours in ("7", "24", "300")] * 2,
]
"""Half of the time people do as they are asked; how often the others come is how often they are listed."""
SENSIBLE = {
    "请说说怎么回事": Move("words"),
    "您家得了多少": Move("say", "800元"),
    "请发名字和电话": Move("say", "张某某 13800000000 晚上"),
    "请先发村名": Move("say", "岩门"),
    "是哪个村": Move("say", "岩门"),
    "请发 12 位查询码": Move("code"),
}


@dataclass
class Person:
    """Somebody walking, and what must be true of them after every step."""

    city: City
    name: str
    clock: Millis
    last: list[Heard] = field(default_factory=list)
    shown: Reply = field(default_factory=lambda: Reply(""))
    reviewed_since: int | None = None
    code: str = "000000000098"
    n: int = 0
    kept: set[str] = field(default_factory=set)
    parked: int = 0
    filed: int = 0

    async def do(self, move: Move) -> None:
        if move.what == "wait":
            self.clock = Millis(self.clock + int(float(move.text) * HOUR_S * 1000))
        elif move.what == "again":
            for heard in self.last[-1:]:
                await self._hear(replace(heard, received_at=self._after(5)), new=False)
        elif move.what == "other text":
            for heard in self.last[-1:]:
                with pytest.raises(SaidDifferently):
                    await self.city.service.hear(replace(heard, text=f"{heard.text}换了", received_at=self._after(5)))
        elif move.what == "double tap":
            for heard in self.last[-1:]:
                await self._hear(self._heard(heard.text, heard.kind, DOUBLE_TAP_S))
        elif move.what == "photo":
            photo = self._heard("", "photo")
            await self._hear(photo, photo=f"照片{self.name}{self.n}".encode())
        else:
            await self._hear(await self._made(move))

    async def _made(self, move: Move) -> Heard:
        match move.what:
            case "sensible" if self.shown.choices:
                asked = [move for words, move in SENSIBLE.items() if words in self.shown.text]
                return await self._made(asked[0] if asked else Move("say", "1"))
            case "sensible":
                return await self._made(Move("scan", TITLES[self.n % len(TITLES)]))
            case "words":
                return self._heard(f"{self.name}：水沟第{self.n}段垮了")
            case "scan":
                return self._heard(f"{SCAN} {await self.city.code_of(move.text)}")
            case "bad scan":
                return self._heard(f"{SCAN} 0123456789ABCDE")
            case "code":
                return self._heard(self.code)
            case "location":
                return self._heard("", "位置")
            case _:
                return self._heard(move.text)

    def _after(self, seconds: float) -> Millis:
        self.clock = Millis(self.clock + int(seconds * 1000))
        return self.clock

    def _heard(self, text: str, kind: str = "text", after_s: float = 20) -> Heard:
        self.n += 1
        return Heard("web", self.name, f"{self.name}-{self.n}", text, self._after(after_s), kind, network=self.name)

    async def _hear(self, heard: Heard, *, new: bool = True, photo: bytes = b"") -> None:
        before = self.shown
        hear = self.city.service.hear
        reply = await (self.city.service.hear_photo(heard, photo) if photo else hear(heard))
        if new and not photo and heard.kind == "text":
            self.last.append(heard)
        await self._check(reply, heard, before, new=new)

    async def _check(self, reply: Reply, heard: Heard, before: Reply, *, new: bool) -> None:
        if reply.text:
            assert broken_rule(reply) == ""
        keys = [choice.key for choice in reply.choices]
        assert keys in ([], [*map(str, range(1, len(keys))), "0"]), "a question has numbers and a 0, a curtain has none"
        standing = await self.city.service.current("web", self.name)
        assert standing.choices and standing.choices[-1].key == "0", "something always stands"
        if new and reply.text:
            self.shown = reply if reply.choices else standing
        if (code := CODE_SHOWN.search(reply.text)) and "发出去了" in reply.text:
            self.code = code[0]
        await self._check_filed(heard, before, new=new)
        await self._check_words(heard, before)
        is_review = any(choice.label == SEND for choice in self.shown.choices)
        self.reviewed_since = (self.reviewed_since or heard.received_at) if is_review else None

    async def _check_filed(self, heard: Heard, before: Reply, *, new: bool) -> None:
        filed = len(await reports_of(self.city, self.name))
        if filed > self.filed:
            assert filed == self.filed + 1
            assert new and self.reviewed_since is not None, "only from the review"
            assert _chosen(before, heard.text).label == SEND
            assert heard.received_at - self.reviewed_since >= DELIBERATE_S * 1000, "not by a double tap"
        self.filed = max(filed, self.filed)

    async def _check_words(self, heard: Heard, before: Reply) -> None:
        """Words that were once kept are still somewhere: in a draft or in a report."""
        drafts, parked, filed = await self.city.service.database.read(self._words)
        for words in self.kept - drafts - filed:
            label = _chosen(before, heard.text).label
            assert label in THROWS_AWAY or self.parked == PARKED_MAX, f"{words} gone after {heard.text!r} ({label})"
        assert parked <= PARKED_MAX
        self.kept, self.parked = drafts, parked

    def _words(self, rows: Rows) -> tuple[set[str], int, set[str]]:
        """Words in drafts, how many of them are parked, and those words that are in drafts no more but in reports."""
        vault, account = self.city.service.turns.vault, account_of(self.city, self.name)
        current, parked = conversations.current(rows, vault, account), conversations.parked(rows, vault, account)
        drafts = [draft for draft in (current, *parked) if draft is not None]
        said, more = (
            {words for draft in drafts for step in steps for words in conversations.words(rows, draft, step)}
            for steps in (("story", BROUGHT), ("more",))
        )
        said |= (
            more & self.kept
        )  # what goes along into a supplement; what is first said there may go to a report that is hidden
        waiting = sum(is_draft(draft) for draft in parked)
        return said, waiting, self._words_filed(rows) if self.kept - said else set()

    def _words_filed(self, rows: Rows) -> set[str]:
        vault, account, found = self.city.service.turns.vault, account_of(self.city, self.name), set()
        for mine in reports.mine(rows, vault, account):
            ((desk, wrapped),) = rows.all(_KEY_OF_REPORT, id_=mine.report)
            key = vault.key(wrapped, f"content|{desk}", "reports.content_key", mine.report)
            for id_, sealed in rows.all(_WORDS_OF_REPORT, report_=mine.report):
                found.add(unpacked(key.open(sealed, "report_words.sealed", id_))[2])
        return found


_KEY_OF_REPORT = statement(
    select(tables.reports.c.desk, tables.reports.c.content_key).where(tables.reports.c.id == bindparam("id_"))
)
_WORDS_OF_REPORT = statement(
    select(tables.report_words.c.id, tables.report_words.c.sealed).where(
        tables.report_words.c.report == bindparam("report_")
    )
)


def _chosen(shown: Reply, text: str) -> Choice:
    """Which choice a text means, as a person would read the page."""
    number = numeral(text)
    for choice in shown.choices:
        if number == choice.key or plain(text) in (plain(choice.label), ""):
            return choice
    yes = [choice for choice in shown.choices if choice.label in (SEND, "接着说", "是")]
    return yes[0] if yes and plain(text) in ("好", "发出去", "说完了") else Choice("", "")


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[[list[Move]], None]]:
    """One city for all walks; everybody who walks is somebody new."""
    names = count()
    here = Here(receipt_tries_total_h=10**9)
    with asyncio.Runner() as runner:
        opened = open_city(f"sqlite:///{tmp_path}/lima.db", here, files=tmp_path / "files")
        city = runner.run(opened.__aenter__())

        async def walk(moves: list[Move]) -> None:
            person = Person(city, f"人{next(names)}", city.clock.now)
            for move in moves:
                await person.do(move)

        yield lambda moves: runner.run(walk(moves))
        runner.run(opened.__aexit__(None, None, None))


def test_every_walk_stays_on_the_path(run: Callable[[list[Move]], None], long: bool) -> None:
    @settings(
        max_examples=WALKS_LONG if long else WALKS,
        derandomize=not long,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    @given(st.lists(st.sampled_from(MOVES), min_size=STEPS, max_size=STEPS))
    def walk(moves: list[Move]) -> None:
        run(moves)

    walk()
