"""The whole sample city in fast time: random reports and steps, any number of processes, and what was sent to whom."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from bot.channel import Push
from bot.clock import Clock
from bot.delivery import DIGEST, Delivery
from bot.standing import import_people
from bot.turn import Turns
from config.organisation import load_organisation
from config.people import load_people
from config.workdays import load_workdays
from handlers.dates import CHINA_OFFSET_MS, DAY_MS, day_of
from handlers.model import About, Heard, Here, Item, ItemId, Millis, Placard, PlacardId, Reply, ReportId, Sector
from handlers.rules.routing import route
from handlers.rules.schedule import MINUTE_MS, Job, name_of
from handlers.rules.statuses import BY_KEY, CLOSED, MOVES, Status
from storage import cases, figures, people, reports, tables
from storage.cases import Case
from storage.engine import Database, Limits, open_database
from storage.items import Catalogue
from storage.outbox import Claimed
from storage.schema import make_ready
from storage.statement import Rows, statement
from storage.vault import Vault
from tests.fakes.city import ITEMS, PLACARD_KEYS, RING

SAMPLE = Path(__file__).parents[2] / "config/sample"
CHANNEL = "recorder"
WALK = ("register", "accept", "begin", "clue", "case", "sanction", "conclude", "feedback")
_FIGURES = statement(
    select(*(tables.figures.c[name] for name in ("span", "desk", "kind", "sector", "channel", "source", "n")))
)


@dataclass
class Time:
    """The true time; a process may see another for a while."""

    now: Millis


@dataclass
class Sent:
    """One push: to whom, the kind and subject of its row, and when."""

    person: str
    report: str
    kind: str
    at: Millis
    text: str


@dataclass
class Told:
    """A channel that takes everything."""

    name: str = CHANNEL

    def routes(self) -> list[object]:
        return []

    async def send(self, push: Push) -> None:
        return None

    async def work_for_ever(self) -> None:
        return None


@dataclass(frozen=True)
class Recording(Delivery):
    """Delivery that also writes down what it says of each row."""

    sent: list[Sent] = field(default_factory=list)

    def _reply(self, rows: Rows, row: Claimed) -> Reply | None:
        reply = super()._reply(rows, row)
        if reply is not None and row.kind == "officer":
            self.sent.append(Sent(row.rest[0], row.rest[1], row.rest[2], self.now(), reply.text))
        if reply is not None and row.kind == DIGEST:
            self.sent.append(Sent(row.rest[0], row.rest[2], f"{DIGEST} {row.rest[1]}", self.now(), reply.text))
        return reply


@dataclass
class World:
    """`events` is every fact as it happened, kept by the test: (day, desk, sector, kind, n);
    `stirs` is which village it stirred: (day, desk, village)."""

    url: str
    time: Time
    chance: random.Random
    placards: list[Placard]
    database: Database
    turns: Turns
    processes: list[Clock] = field(default_factory=list)
    skews: list[int] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    reports: list[ReportId] = field(default_factory=list)
    left_alone: set[ReportId] = field(default_factory=set)
    events: list[tuple[int, str, str, str, int]] = field(default_factory=list)
    stirs: list[tuple[int, str, str]] = field(default_factory=list)
    dues: dict[str, list[tuple[Millis, int | None]]] = field(default_factory=dict)
    of: dict[ReportId, list[tuple[int, str, str, str, int]]] = field(default_factory=dict)
    n: int = 0
    starts: int = 0

    # ------------------------------------------------------------ processes

    async def start(self, n: int) -> None:
        await self.stop()
        self.starts += 1
        for place in range(n):
            database = open_database(self.url, Limits(lanes=2))
            turns = turns_of(random.Random(f"{self.starts} {place}"))
            database.on_group = turns.refresh
            await database.open()
            self.skews.append(0)
            self.processes.append(Clock(database, turns, lambda place=place: Millis(self.time.now + self.skews[place])))  # type: ignore[misc]

    async def stop(self) -> None:
        for process in self.processes:
            await process.database.close()
        self.processes.clear()
        self.skews.clear()

    async def deliver(self) -> None:
        delivery = Recording(
            self.database, self.turns, lambda: self.time.now, lambda account: None, {CHANNEL: Told()}, self.sent
        )
        while await delivery.work_once():
            pass

    # ------------------------------------------------------------ people

    async def file(self) -> None:
        """A random report about a random item of a random village."""
        self.n += 1
        placard, about = self.chance.choice(self.placards), self.chance.choice(list(About))
        heard = Heard("web", f"v{self.n}", "m", "", self.time.now)
        routing = route(placard.village, about, self.turns.organisation)
        when = self.turns.when(self.time.now)
        new = reports.NewReport(
            placard, 1, about, routing, (("story", "沟子垮了"),), "", heard, due_day=reports.first_due(when)
        )

        def work(rows: Rows) -> ReportId:
            account = self.turns.account("web", f"v{self.n}")
            return reports.file(rows, self.turns.vault, new, account, self.turns.chance, 48).report

        report = await self.database.turn(b"file", work)
        self.reports.append(report)
        if self.chance.random() < 0.3:
            self.left_alone.add(report)
        sector = placard.item.sector.value
        self.events.append((day_of(self.time.now), routing.desk, sector, "filed", 1))
        self.stirs.append((day_of(self.time.now), routing.desk, placard.village))
        self.dues[report.hex()] = [(self.time.now, new.due_day)]

    async def step(self) -> None:
        """One step of a random report that is not left alone: its next status, an extension, or up to the desk above."""
        open_ = [report for report in self.reports if report not in self.left_alone]
        if not open_:
            return
        report = self.chance.choice(open_)
        what, now = self.chance.random(), self.time.now

        def work(rows: Rows) -> None:
            case = cases.load(rows, self.turns.vault, report)
            assert case is not None
            if case.stage == CLOSED:
                return
            if what < 0.08 and case.facts.desk.startswith("township:"):
                self._up(rows, case)
            elif what < 0.2 and case.due_day is not None:
                until = self.turns.workdays.on_or_after(case.due_day + 7).day
                assert cases.change(rows, self.turns.vault, case, self.turns.when(now), case.status, extended_to=until)
            else:
                self._on(rows, case)
            after = cases.load(rows, self.turns.vault, report)
            assert after is not None
            self.dues[report.hex()].append((now, after.due_day))

        await self.database.turn(b"step", work)

    def _on(self, rows: Rows, case: Case) -> None:
        fit = [BY_KEY[key] for key in WALK if case.status in BY_KEY[key].starts]
        move = self.chance.choice(fit)
        assert move in MOVES
        kept = {"handler": self.chance.choice(self.turns.roster.at(case.facts.desk)).id} if move.key == "accept" else {}
        when = self.turns.when(self.time.now)
        assert cases.change(rows, self.turns.vault, case, when, move.ends, **kept)
        for kind, n in ((move.ends.value, 1), (f"days_to_{move.ends}", when.today - case.received_day)):
            self.events.append((when.today, case.facts.desk, case.sector, kind, n))
            self.of.setdefault(case.report, []).append(self.events[-1])

    def _up(self, rows: Rows, case: Case) -> None:
        """What the township had of it is counted nowhere any more; above it begins today."""
        county = self.turns.organisation.desk_of_county(case.facts.village)
        when = self.turns.when(self.time.now)
        assert cases.move(rows, self.turns.vault, case, when, county, {case.facts.desk})
        for event in self.of.pop(case.report, []):
            self.events.remove(event)
        self.events.remove((case.received_day, case.facts.desk, case.sector, "filed", 1))
        self.events.append((when.today, county, case.sector, Status.FILED.value, 1))
        self.stirs.remove((case.received_day, case.facts.desk, case.facts.village))
        self.stirs.append((when.today, county, case.facts.village))

    # ------------------------------------------------------------ what is asked of it

    def recounted(self) -> Counter[tuple[str, str, str, str]]:
        """The figures as the raw events give them: (span, desk, kind, sector)."""
        found: Counter[tuple[str, str, str, str]] = Counter()
        for day, desk, sector, kind, n in self.events:
            for span in (figures.day_span(day), figures.month_span(day)):
                found[(span, desk, kind, sector)] += n
        for day, desk, village in self.stirs:
            kind = figures.stirs(self.turns.vault, village)
            found[(figures.month_span(day), desk, kind, "")] += 1
        return Counter({key: n for key, n in found.items() if n})

    async def figures(self) -> Counter[tuple[str, str, str, str]]:
        found: Counter[tuple[str, str, str, str]] = Counter()
        for span, desk, kind, sector, _, _, n in await self.database.read(lambda rows: rows.all(_FIGURES)):
            found[(span, desk, kind, sector)] += n
        return Counter({key: n for key, n in found.items() if n})

    def struck(self, job: Job, start: Millis) -> list[str]:
        """The periods of a job that came due since `start`."""
        rules = self.turns.schedule
        return [name_of(job, n) for n in range(rules.struck(job, start) + 1, rules.struck(job, self.time.now) + 1)]


def minute_of(at: Millis) -> int:
    return int((at + CHINA_OFFSET_MS) % DAY_MS // MINUTE_MS)


_ORGANISATION = load_organisation(SAMPLE / "organisation")
_WORKDAYS = load_workdays(SAMPLE / "workdays.csv")


def turns_of(chance: random.Random) -> Turns:
    return Turns(Vault(RING), _ORGANISATION, Here(), PLACARD_KEYS, Catalogue(), chance.randbytes, workdays=_WORKDAYS)


@asynccontextmanager
async def open_world(url: str, start: Millis, seed: int) -> AsyncIterator[World]:
    """The sample organisation and roster; everybody of it is bound."""
    chance = random.Random(seed)
    database, turns = open_database(url, Limits()), turns_of(random.Random(seed + 1))
    database.on_group = turns.refresh
    await make_ready(database)
    await database.open()
    listed = [(each.person, each.name) for each in load_people(SAMPLE / "people.csv", _ORGANISATION)]

    def staff(rows: Rows) -> None:
        import_people(turns, rows, listed, start)
        for person, _ in listed:
            address = f"p {person.id}"
            bound = people.Bound(person.id, turns.account(CHANNEL, address), CHANNEL, address)
            key = people.code_hash(turns.vault, person.id)
            people.invite(rows, turns.vault, person.id, person.id, day_of(start))
            assert people.bind(rows, turns.vault, key, bound, day_of(start))

    await database.turn(b"staff", staff)
    villages = chance.sample(sorted(_ORGANISATION.villages), 60)
    sectors = list(Sector)
    placards = [
        Placard(PlacardId(n + 1), village, _item(n, chance.choice(sectors))) for n, village in enumerate(villages)
    ]
    world = World(url, Time(start), chance, placards, database, turns)
    try:
        yield world
    finally:
        await world.stop()
        await database.close()


def _item(n: int, sector: Sector) -> Item:
    item = ITEMS[0]
    return Item(ItemId(f"I{n}"), 1, sector, item.kind, item.facts, item.areas)
