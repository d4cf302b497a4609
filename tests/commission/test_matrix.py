"""Every post in every kind of unit, a villager, the removed × every command × a report that they may see, may not see,
that does not exist, that they lost by stepping back: what may not be seen answers, byte for byte, as what is not there.

On PostgreSQL each takes every other command and conversation, their neighbour the rest; all of it there with --long.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from bot import standing
from bot.case_page import Pages
from bot.handling import Handling
from bot.performs import officer
from bot.render import NotShown, Reader
from bot.shown.officers import _PARTS
from bot.turn import _Turn
from handlers import menu
from handlers.model import (
    About,
    AccountId,
    Heard,
    Millis,
    Person,
    PersonId,
    Post,
    Reply,
    ReportFacts,
    ReportId,
    VillageCode,
)
from handlers.officer import requests
from handlers.rules.routing import route
from handlers.rules.statuses import ZONE_GROUNDS
from handlers.rules.visibility import may_see
from handlers.script import Do, Look, Refused, Show
from storage import cases, conversations, links, outbox, reports
from storage import people as store
from storage.statement import Rows
from storage.tables import metadata
from tests.commission.test_case_page import browsing
from tests.fakes.city import City, open_city
from tests.fakes.people import desk_of
from tests.faults.stories import everything

UNITS = {
    "township": "520602104",
    "neighbouring township": "520602105",
    "zone team": "520602Z01",
    "county": "520602",
    "neighbouring county": "520621",
    "city": "5206",
}
HELD = (("520602104201", About.VILLAGE), ("520602105201", About.VILLAGE), ("520602104201", About.TOWNSHIP),
        ("520621100201", About.TOWNSHIP), ("520602104201", About.COUNTY))  # fmt: skip
"""One report at each of the five desks."""
ABSENT = ReportId(b"\0" * 16)
VILLAGER = "村民"
QUESTION, ANSWER = "是哪一截？", "我们到现场看了，沟子已经修好。"

COMMANDS: dict[str, Callable[[str], Look[Any] | Do[Any]]] = {
    "look": lambda r: Look("x", requests.CaseLooked(r)),
    "whom to assign": lambda r: Look("x", requests.OthersFor(r, "assign")),
    "whom to hand over to": lambda r: Look("x", requests.OthersFor(r, "hand_over")),
    "open": lambda r: Do("x", requests.Opened(r)),
    "link": lambda r: Do("x", requests.PageLink(r)),
    "accept": lambda r: Do("x", requests.Propose(r, 1, "accept", ("category", "虚报冒领"))),
    "refuse": lambda r: Do("x", requests.Propose(r, 1, "refuse", ("grounds", "按规定归别的单位管"))),
    "conclude": lambda r: Do("x", requests.Propose(r, 1, "conclude", ("result", "部分属实"), "answer", "answer")),
    "agree": lambda r: Do("x", requests.Decide(r, 1, True)),
    "return": lambda r: Do("x", requests.Decide(r, 1, False, "answer")),
    "take back": lambda r: Do("x", requests.TakeBack(r)),
    "ask": lambda r: Do("x", requests.Speak(r, 1, "question", "question")),
    "answer": lambda r: Do("x", requests.Speak(r, 1, "answer", "answer")),
    "feed back": lambda r: Do("x", requests.FeedBack(r, 1)),
    "recuse": lambda r: Do("x", requests.Recuse(r, "concerned")),
    "pass up": lambda r: Do("x", requests.PassUp(r, 1)),
    "assign": lambda r: Do("x", requests.Assign(r, 1, "township:520602105")),
    "ask the zone": lambda r: Do("x", requests.AskZone(r, 1, ZONE_GROUNDS[0])),
    "hand over": lambda r: Do("x", requests.HandOver(r, 1, "city-0")),
}
OF_NO_REPORT = {requests.InvitedAs, requests.Bind, requests.InboxShown, requests.WhatIDo,
                requests.MyTies, requests.AnswerTies}  # fmt: skip
SCRIPTS = [name for name, kind in menu.CONVERSATIONS.items() if kind.officer and kind.subject is not None]
WORDS = ("1", "2", "0", "同意", "待办", "菜单", "看", "查", "退出", "有人为难我", "反映", "说不清楚的一句话")
ACTIONS = ("", "answer", "ask", "accept", "refuse", "conclude", "agree", "return", "contact")
OWN_TRACES = {"turns", "conversations", "draft_words", "tries", "versions"}
"""What any message leaves behind, whatever it is about."""


def test_the_matrix_has_every_command_of_officers() -> None:
    asked = {type(getattr(made("00"), "request", None) or made("00").command) for made in COMMANDS.values()}  # type: ignore[union-attr]
    assert asked | OF_NO_REPORT == set(officer.PERFORMS)


# ---------------------------------------------------------------- the city


@dataclass
class Matrix:
    """`open` and `lost` are one report each at every desk; from the lost ones every other person has stepped back."""

    city: City
    people: dict[str, Person]
    removed: list[str]
    open: list[ReportId]
    lost: list[ReportId]
    facts: dict[ReportId, ReportFacts]

    def account(self, who: str) -> AccountId:
        return self.city.service.turns.account("web", who)

    def hidden(self, who: str, n: int) -> Iterator[ReportId]:
        """Of the reports at all desks the n-th that they may not see, and the one they stepped back from."""
        facts = self.facts
        foreign = [report for report in self.open if not self._sees(who, facts[report])]
        yield foreign[n % len(foreign)]
        person = self.people.get(who)
        yield from (r for r in self.lost if person is not None and person.id in facts[r].recused)

    def seen(self, who: str) -> list[ReportId]:
        return [report for report in self.open if self._sees(who, self.facts[report])]

    def _sees(self, who: str, facts: ReportFacts) -> bool:
        return who in self.people and may_see(self.people[who], facts)


@asynccontextmanager
async def _matrix(url: str) -> AsyncIterator[Matrix]:
    people = {
        f"{name}-{n}": Person(PersonId(f"{name}-{n}"), desk_of(unit), ((unit, post),))
        for name, unit in UNITS.items()
        for n, post in enumerate(Post)
    }
    gone = [replace(people[f"{name}-7"], id=PersonId(f"{name}-gone")) for name in UNITS]
    async with open_city(url) as city:
        turns, now = city.service.turns, city.clock.now
        await city.staff([(person, person.id) for person in (*people.values(), *gone)])

        def bind(rows: Rows) -> None:
            for id_ in (*people, *(person.id for person in gone)):
                key = store.code_hash(turns.vault, id_)
                store.invite(rows, turns.vault, id_, PersonId(id_), 30_000)
                bound = store.Bound(PersonId(id_), turns.account("web", id_), "web", id_)
                assert store.bind(rows, turns.vault, key, bound, 1)

        await city.service.database.turn(b"x", bind)
        await city.staff([(person, person.id) for person in people.values()])

        def file(rows: Rows) -> tuple[list[ReportId], list[ReportId]]:
            turns.refresh(rows)
            kept = [_file(rows, city, n, now) for n in range(2 * len(HELD))]
            for n, report in enumerate(kept):
                _handled(rows, city, report, lost=n >= len(HELD))
            return kept[: len(HELD)], kept[len(HELD) :]

        open_, lost = await city.service.database.turn(b"x", file)

        def look(rows: Rows) -> dict[ReportId, ReportFacts]:
            return {r: found.facts for r in (*open_, *lost) if (found := cases.load(rows, turns.vault, r))}

        facts = await city.service.database.read(look)
        yield Matrix(city, people, [person.id for person in gone], open_, lost, facts)


def _file(rows: Rows, city: City, n: int, now: Millis) -> ReportId:
    turns = city.service.turns
    village, about = HELD[n % len(HELD)]
    placard = turns.catalogue.posted(rows, VillageCode(village))[0]
    routing = route(VillageCode(village), about, turns.organisation)
    heard = Heard("web", f"反映人{n}", "m", "", now)
    new = reports.NewReport(placard, 1, about, routing, (("story", "沟子垮了"),), "张某某 13800000000", heard, reports.first_due(turns.when(now)))  # fmt: skip
    return reports.file(rows, turns.vault, new, turns.account("web", f"反映人{n}"), turns.chance, 48).report


def _handled(rows: Rows, city: City, report: ReportId, *, lost: bool) -> None:
    """Somebody has proposed to accept it; of the lost ones all others have opened it and stepped back."""
    turns = city.service.turns
    case = cases.load(rows, turns.vault, report)
    assert case is not None
    at = turns.roster.at(case.facts.desk)
    hands = [Handling(turns, rows, city.clock.now, person) for person in at]
    assert hands[0].propose(report.hex(), 0, "accept", {"category": "虚报冒领"}) is True
    for each in hands[1::2] if lost else ():
        assert each.open(report.hex()) is True
        assert not isinstance(standing.recuse(each, report.hex(), "kin"), Refused)


def _contents(rows: Rows, without: set[str]) -> dict[str, list[Any]]:
    """Every cell of every table; of the outbox what is for desks, where `without` names it."""
    found = {name: list(rows.all(everything(name))) for name in metadata.tables if name not in without}
    if without:
        found["outbox"] = [row for row in found["outbox"] if row[1] is not None]
    return found


class _TakenBack(Exception):
    pass


def _step(url: str, *, long: bool) -> int:
    return 1 if long or url.startswith("sqlite") else 2


# ---------------------------------------------------------------- Looks and Dos


async def test_looks_and_commands(database_url: str, long: bool) -> None:
    async with _matrix(database_url) as matrix:
        tried, step = 0, _step(database_url, long=long)
        for n, who in enumerate(matrix.people):
            work = _commands_of(matrix, who, n, [*COMMANDS][n % step :: step])
            tried += await matrix.city.service.database.turn(matrix.account(who), work)
        assert tried > len(matrix.people) * len(COMMANDS) * 1.4 / step


def _commands_of(matrix: Matrix, who: str, n: int, commands: list[str]) -> Callable[[Rows], int]:
    city = matrix.city
    turns = city.service.turns

    def work(rows: Rows) -> int:
        turns.refresh(rows)
        heard = Heard("web", who, "m", "1", city.clock.now)
        turn = _Turn(turns, rows, heard, matrix.account(who), 20_000, b"k" * 32)
        turn.draft = conversations.start(turns.vault, turn.account, turns.chance, ("inbox", ("all", 0)), None)
        conversations.save(rows, turn.draft, 20_000)
        for name, words in (("question", QUESTION), ("answer", ANSWER)):
            conversations.keep_words(rows, turn.draft, turns.chance, name, words)
        before, tried = _contents(rows, set()), 0
        for at, name in enumerate(commands):
            made = COMMANDS[name]
            absent = turn._performed(made(ABSENT.hex()))[1]
            for report in matrix.hidden(who, n + at):
                assert turn._performed(made(report.hex()))[1] == absent, (who, name)
                tried += 1
            for report in matrix.seen(who):
                try:
                    with rows.savepoint():
                        shown = turn._performed(made(report.hex()))[1]
                        raise _TakenBack
                except _TakenBack:
                    assert name.startswith("whom") or shown != absent, f"{who} may see it: {name}"
        assert _contents(rows, set()) == before, who
        conversations.drop(rows, turn.draft)
        return tried

    return work


# ---------------------------------------------------------------- chat, stored replies, marks


async def test_chat_and_stored_replies(database_url: str, long: bool) -> None:
    async with _matrix(database_url) as matrix:
        everybody, step = (*matrix.people, *matrix.removed, VILLAGER), _step(database_url, long=long)
        for n, who in enumerate(everybody):
            scripts = SCRIPTS[n % step :: step]
            await matrix.city.service.database.turn(matrix.account(who), _chat_of(matrix, who, n, scripts))


def _chat_of(matrix: Matrix, who: str, n: int, scripts: list[str]) -> Callable[[Rows], None]:
    """In every conversation that is about a report: one message, and the same again."""

    def work(rows: Rows) -> None:
        matrix.city.service.turns.refresh(rows)
        talk = _Talk(matrix, rows, who)
        before = _contents(rows, OWN_TRACES)
        asked = {WORDS[(n + at) % len(WORDS)] for at in range(len(scripts))}
        absent = {word: talk.hears(scripts[0], ABSENT, word) for word in sorted(asked)}
        for at, script in enumerate(scripts):
            word = WORDS[(n + at) % len(WORDS)]
            for report in matrix.hidden(who, n + at):
                assert talk.hears(script, report, word) == absent[word], (who, script, word)
        assert _contents(rows, OWN_TRACES) == before, who
        for kind, part in (*(("case", part) for part in _PARTS), ("link", "t" * 44)):
            for report in (ABSENT, *matrix.hidden(who, n)):
                assert not talk.is_shown(Show(kind, report.hex(), part)), (who, kind, part)
            for report in matrix.seen(who):
                assert talk.is_shown(Show(kind, report.hex(), part)), (who, kind, part)

    return work


@dataclass
class _Talk:
    matrix: Matrix
    rows: Rows
    who: str
    n: int = 0

    def hears(self, script: str, report: ReportId, word: str) -> tuple[Any, ...]:
        """What somebody hears who stands in such a conversation, hears again on a retry, and what the turn leaves."""
        turns, city, account = self.matrix.city.service.turns, self.matrix.city, self.matrix.account(self.who)
        for old in conversations.every(self.rows, turns.vault, account):
            conversations.drop(self.rows, old)
        subject = reports.subject_of(turns.vault, account, report)
        draft = conversations.start(turns.vault, account, turns.chance, (script, (report.hex(),)), subject)
        conversations.save(self.rows, draft, 20_000)
        self.n += 1
        heard = Heard("web", self.who, f"m{self.n}", word, city.clock.now)
        first, again = (replace(turns.take(self.rows, heard, account), row=b"") for _ in range(2))
        left = [each.script for each in conversations.every(self.rows, turns.vault, account)]
        return _bytes(first), _bytes(again), left

    def is_shown(self, mark: Show) -> bool:
        reader = Reader(self.rows, self.matrix.city.service.turns, self.matrix.account(self.who), "web")
        try:
            reader.render(Reply(f"{mark}"))
        except NotShown:
            return False
        return True


def _bytes(reply: Reply) -> bytes:
    return repr(replace(reply, question="")).encode()


# ---------------------------------------------------------------- pages


async def test_case_pages(database_url: str, long: bool) -> None:
    """Also with a link that was made for the person and, somehow, opened before."""
    async with _matrix(database_url) as matrix, browsing(matrix.city) as client:
        city, cookie, step = matrix.city, "c" * 43, _step(database_url, long=long)
        unknown = await client.post("/case/" + "x" * 43, data={"reason": "督办", "text": ANSWER})
        for n, who in enumerate((*matrix.people, *matrix.removed)):
            actions = ACTIONS[n % step :: step]
            kept = await city.service.database.turn(b"x", _linked(matrix, who, n, cookie, actions))
            for at, token in enumerate(kept):
                client.cookies.clear()
                action = ACTIONS[(n + at) % len(ACTIONS)]
                asked = {"reason": "督办", "action": action, "version": "1", "text": ANSWER}
                shown = await client.post(f"/case/{token}", data=asked, headers={"cookie": f"lima_case={cookie}"})
                assert (shown.status_code, shown.content) == (unknown.status_code, unknown.content), (who, action)
                assert {**shown.headers} == {**unknown.headers}
                if not n:
                    door = await client.get(f"/case/{token}")
                    assert door.content == (await client.get("/case/" + "x" * 43)).content
        for who in list(matrix.people)[::9]:
            token = (await city.service.database.turn(b"x", _linked(matrix, who, 0, cookie, (), matrix.seen(who))))[1]
            shown = await client.post(f"/case/{token}", data={}, headers={"cookie": f"lima_case={cookie}"})
            assert "沟子垮了" in shown.text, "whoever may see it does"


def _linked(
    matrix: Matrix, who: str, n: int, cookie: str, actions: Sequence[str], to: list[ReportId] | None = None
) -> Callable[[Rows], list[str]]:
    """Two links to each report, one fresh, one opened; every action through both is refused and writes nothing."""
    turns, now = matrix.city.service.turns, matrix.city.clock.now

    def work(rows: Rows) -> list[str]:
        made, account = [], matrix.account(who)
        for report in to or (ABSENT, *matrix.hidden(who, n)):
            for state in ("fresh", "opened"):
                token = turns.chance(24).hex()
                own = links.cookie_hash(turns.vault, token, cookie) if state == "opened" else None
                reason = "督办" if own else ""
                link = links.Link(links.token_hash(turns.vault, token), own, PersonId(who), report, "web", who, Millis(now + 600_000), reason)  # fmt: skip
                links.add(rows, turns.vault, link, reports.subject_of(turns.vault, account, report), 30_000)
                made.append(token)
        if to:
            return made
        before = _contents(rows, set())
        for token in made:
            for action in actions:
                asked = {"reason": "督办", "action": action, "version": "1", "text": ANSWER, "category": "虚报冒领"}
                assert Pages(turns).opened(rows, now, token, cookie, asked) is None, (who, action)
            assert Pages(turns).photo(rows, now, token, cookie, b"p" * 16) is None
        assert _contents(rows, set()) == before, who
        return made

    return work


# ---------------------------------------------------------------- the inbox


async def test_an_inbox_is_the_same_bytes_before_a_report_came_and_after_it_was_lost(database_url: str) -> None:
    async with open_city(database_url) as city:
        await city.staff()
        everybody = ("T-1", "T-2", "T-3", "U-1", "U-3", "X-1", "X-2", "X-3", "X-5", "Y-1", "Y-3", "C-1", "C-3", "C-4")
        for who in everybody:
            await city.bind(who, who)
        before = {who: await city.say("待办", who) for who in everybody}
        turns = city.service.turns
        report = await city.service.database.turn(b"x", lambda rows: _file(rows, city, 0, city.clock.now))
        for who in everybody:
            assert (await city.say("待办", who) == before[who]) == (who[0] != "T"), who

        def steps_back(rows: Rows) -> object:
            return standing.recuse(Handling(turns, rows, city.clock.now, turns.roster.people[PersonId("T-3")]), report.hex(), "kin")  # fmt: skip

        assert not isinstance(await city.service.database.turn(b"x", steps_back), Refused)
        assert await city.say("待办", "T-3") == before["T-3"]
        assert await city.say("待办", "T-2") != before["T-2"]
        told = await city.service.database.read(lambda rows: outbox.for_desk(rows, turns.vault, desk_of("520602105")))
        assert not told
