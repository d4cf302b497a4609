"""Random people do random things, on both databases: no illegal state, nothing approved by its proposer, and the history
explains every state."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot import standing, zoning
from bot.handling import Handling
from bot.performs.settled import settled
from handlers.model import DeskId, PersonId
from handlers.rules.statuses import BY_KEY, CLOSED, FIRST, MOVES, NAMES, ZONE_GROUNDS, Status, move_from, stage_of
from handlers.rules.visibility import may_see
from handlers.script import Refused
from storage import audit, cases, figures
from storage.statement import Rows
from tests.commission.office import case, does, filed, first, staffed
from tests.fakes import people
from tests.fakes.city import City, open_city

WHO = ["T-1", "T-2", "T-3", "T-4", "U-1", "U-3", "X-1", "X-2", "X-3", "X-5", "C-2", "C-4"]
SAID = {
    "category": "虚报冒领", "grounds": "按规定归别的单位管", "to": "信访局（12345）", "disposal": "初步核实",
    "result": "部分属实", "evidence": "看了账", "answer": "我们查了账，多出的钱已经退回来了。",
}  # fmt: skip
Command = Callable[[Handling, str, int, random.Random], Any]
COMMANDS: dict[str, Command] = {
    **{f"propose {key}": (lambda h, r, v, _, key=key: h.propose(r, v, key, SAID)) for key in BY_KEY},
    "open": lambda h, r, v, _: h.open(r),
    "agree": lambda h, r, v, _: h.decide(r, v, agrees=True),
    "agree again": lambda h, r, v, _: h.decide(r, v, agrees=True),
    "return": lambda h, r, v, _: h.decide(r, v, agrees=False, reason="再看看"),
    "take back": lambda h, r, v, _: h.take_back(r),
    "ask": lambda h, r, v, _: h.ask(r, v, "是哪一段？"),
    "answer": lambda h, r, v, _: h.answer(r, v, "我们到现场看过了，下周返工。"),
    "feedback": lambda h, r, v, _: h.feedback(r, v),
    "recuse": lambda h, r, v, c: standing.recuse(h, r, c.choice(("kin", "concerned"))),
    "pass up": lambda h, r, v, _: standing.pass_up(h, r, v),
    "assign": lambda h, r, v, _: standing.assign(h, r, v, people.desk_of("520602105")),
    "ask the zone": lambda h, r, v, c: zoning.ask(h, r, v, c.choice(ZONE_GROUNDS)),
    "hand over": lambda h, r, v, c: standing.hand_over(h, r, v, PersonId(c.choice(WHO))),
}
RARE = ("recuse", "pass up", "assign", "ask the zone")


async def _do(city: City, who: str, command: Command, report: bytes, version: int, chance: random.Random) -> Any:
    """As a Do is done: in a savepoint, and a refusal must have written nothing."""

    def work(rows: Rows) -> Any:
        hands = Handling(city.service.turns, rows, city.clock.now, people.person(who))
        before = _everything(city, rows, report)
        outcome = settled(rows, lambda: command(hands, report.hex(), version, chance))
        if isinstance(outcome, Refused):
            assert _everything(city, rows, report) == before, f"a refusal ({outcome.why}) has written something"
        return outcome

    city.clock.step(1)
    return await city.service.database.turn(b"x", work)


def _everything(city: City, rows: Rows, report: bytes) -> Any:
    vault = city.service.turns.vault
    found = cases.load(rows, vault, report)  # type: ignore[arg-type]
    assert found is not None
    waits = cases.proposal(rows, vault, found.report)
    return found.status, found.version, found.facts, found.handling, waits, len(audit.about(rows, vault, found.report))


async def _story(city: City, chance: random.Random, steps: int, aims: bool) -> set[str]:
    """One report through random hands; returns the statuses that it passed."""
    report = await filed(city, f"村民{chance.random()}", chance.choice("124"))
    passed = {"filed"}
    for _ in range(steps):
        now = await case(city, report)
        names = [name for name in COMMANDS if name not in RARE or chance.random() < 0.05]
        who, name = chance.choice(WHO), chance.choice(names)
        if aims and chance.random() < 0.8:
            who, name = await _sensible(city, report, chance)
        stale = chance.random() < 0.1
        before = now
        outcome = await _do(city, who, COMMANDS[name], report, now.decided - stale, chance)
        after = await case(city, report)
        passed.add(after.status)
        assert after.stage == stage_of(Status(after.status))
        assert (after.due_day is None) == (after.stage == CLOSED), "an inbox lists by the day: none may be without"
        if not isinstance(outcome, Refused):
            assert may_see(people.person(who), before.facts), "only those who may see it do anything"
        if after.status != before.status:
            moved = after.facts.desk != before.facts.desk
            ends = {m.ends for m in MOVES if before.status in m.starts} | ({FIRST} if moved else set())
            ends |= {m.ends for b in MOVES if b.key in ("register", "begin") and before.status in b.starts for m in MOVES if b.ends in m.starts and not m.approved}  # fmt: skip
            assert Status(after.status) in ends, f"{before.status} → {after.status} by {name}"
    await _explained(city, report)
    return passed


async def _sensible(city: City, report: bytes, chance: random.Random) -> tuple[str, str]:
    """What somebody who wants to get on with it would do."""
    now = await case(city, report)
    vault = city.service.turns.vault
    waits = await city.service.database.read(lambda rows: cases.proposal(rows, vault, now.report))
    at = [p.id for p in city.service.turns.roster.at(now.facts.desk) if may_see(p, now.facts)]
    if not at:
        return chance.choice(WHO), "open"
    if waits is not None:
        approver = next((p for p in at if cases.person_key(vault, p) == waits[0]), at[0])
        return approver, "agree"
    keys = [m.key for m in MOVES if m.approved and (now.status in m.starts or _near(now.status, m.starts))]
    who = now.handler or chance.choice(at)
    return who, f"propose {chance.choice(keys)}" if keys else "feedback"


def _near(status: str, starts: tuple[Status, ...]) -> bool:
    return any(b.ends in starts for b in MOVES if b.key in ("register", "begin") and status in b.starts)


async def _explained(city: City, report: bytes) -> None:
    """Walking through the audit from the beginning leads to the state that stands."""
    vault = city.service.turns.vault
    now = await case(city, report)
    facts = await city.service.database.read(lambda rows: audit.about(rows, vault, now.report))
    status: str = FIRST
    for fact in facts:
        if fact.detail.get("end") is None:
            continue
        assert fact.detail["start"] == status, "the history has no gap"
        if fact.what == "approved":
            assert fact.who != fact.detail["proposer"], "nobody approves what they proposed"
            move = move_from(status, fact.detail["move"])
            assert move is not None and move.approved and move.ends == fact.detail["end"]
        elif fact.what in BY_KEY:
            move = move_from(status, fact.what)
            assert move is not None and not move.approved and move.ends == fact.detail["end"]
        else:
            assert fact.what in ("handed_up", "assigned", "handed_over")
        status = fact.detail["end"]
    assert status == now.status


@pytest.mark.parametrize("aims", [False, True], ids=["anyhow", "sensibly"])
async def test_random_people_make_no_illegal_state(database_url: str, aims: bool, long: bool) -> None:
    chance = random.Random(20261124 + aims)
    async with open_city(database_url) as city:
        await city.staff()
        passed: set[str] = set()
        for _ in range(100 if long else 10):
            passed |= await _story(city, chance, 60, aims)
        if aims:
            assert passed >= {
                "filed",
                "registered",
                "accepted",
                "refused",
                "transferred",
                "handling",
                "clue",
                "concluded",
            }


@seed(1)
@settings(max_examples=300, phases=[Phase.generate], suppress_health_check=list(HealthCheck), deadline=None)
@given(st.sampled_from(sorted(Status)), st.sampled_from([*BY_KEY, "nonsense"]))
def test_a_move_starts_only_where_the_table_says(status: Status, key: str) -> None:
    move = move_from(status, key)
    assert (move is not None) == (key in BY_KEY and status in BY_KEY[key].starts)
    assert move is None or NAMES[move.ends]


async def test_of_two_at_once_one_wins_and_the_other_has_written_nothing(database_url: str) -> None:
    async with open_city(database_url) as city:
        await city.staff()
        for n in range(8):
            report = await filed(city, f"村民{n}")

            def proposes(who: str, report: bytes = report) -> Callable[[Rows], Any]:
                def work(rows: Rows) -> Any:
                    hands = Handling(city.service.turns, rows, city.clock.now, people.person(who))
                    return settled(rows, lambda: hands.propose(report.hex(), 0, "accept", SAID))

                return work

            turn = city.service.database.turn
            outcomes = await asyncio.gather(*(turn(who.encode(), proposes(who)) for who in ("T-2", "T-3", "T-4")))
            assert sum(outcome is True for outcome in outcomes) == 1, outcomes
            assert {outcome.why for outcome in outcomes if outcome is not True} <= {"moved", "waiting"}
            now = await case(city, report)
            assert (now.version, now.handling["ledger"]) == (1, f"登记{n + 1}号"), "and no number is lost"


class _Machine(RuleBasedStateMachine):
    """The same, found and shrunk by hypothesis: one report, anybody, any command, now and then on a stale version."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.open = open_city(f"sqlite:///{tempfile.mkdtemp(prefix='lima-states-')}/lima.db")
        self.city = self.runner.run(self.open.__aenter__())
        self.runner.run(self.city.staff())
        self.report = self.runner.run(filed(self.city))
        self.chance = random.Random(1)

    def _case(self) -> Any:
        return self.runner.run(case(self.city, self.report))

    def _does(self, who: str, name: str, stale: bool) -> None:
        before = self._case()
        command = COMMANDS[name]
        outcome = self.runner.run(_do(self.city, who, command, self.report, before.decided - stale, self.chance))
        after = self._case()
        if isinstance(outcome, Refused):
            assert (after.status, after.version) == (before.status, before.version)
        else:
            assert may_see(people.person(who), before.facts) and not (stale and after.status != before.status)

    @rule(who=st.sampled_from(WHO), name=st.sampled_from(sorted(set(COMMANDS) - set(RARE))), stale=st.booleans())
    def anybody_does_anything(self, who: str, name: str, stale: bool) -> None:
        self._does(who, name, stale)

    @rule(who=st.sampled_from(WHO), name=st.sampled_from(RARE))
    def somebody_gives_it_away(self, who: str, name: str) -> None:
        self._does(who, name, stale=False)

    @rule()
    def somebody_gets_on_with_it(self) -> None:
        who, name = self.runner.run(_sensible(self.city, self.report, self.chance))
        self._does(who, name, stale=False)

    @invariant()
    def the_history_explains_the_state(self) -> None:
        self.runner.run(_explained(self.city, self.report))

    def teardown(self) -> None:
        self.runner.run(self.open.__aexit__(None, None, None))
        self.runner.close()


TestStates = _Machine.TestCase
TestStates.settings = settings(
    max_examples=8, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True,
    database=None,
)  # fmt: skip


async def test_numbers_of_a_desk_have_no_gap_for_what_it_never_had_and_none_is_given_twice(database_url: str) -> None:
    """Reports for the county and one passed up unregistered take no number; one passed up after it keeps its own."""
    async with open_city(database_url) as city:
        await staffed(city, "T-1", "T-2", "T-3", "X-3")
        numbers = []
        for n, (about, goes) in enumerate((("1", ""), ("2", ""), ("1", "before"), ("1", "after"), ("1", ""))):
            report = await filed(city, f"村民{n}", about)
            if about == "2":
                continue
            if goes != "before":
                await does(city, "T-3", first(await city.say("待办", "T-3")), "受理", "虚报冒领", "报批")
                numbers.append((await case(city, report)).shown_number)
            if goes == "after":
                await does(city, "T-1", await _line(city, "T-1", report), "退回", ":不归我们管")
            if goes:
                up = await does(city, "T-2", await _line(city, "T-2", report), "不归本级管", "交上去")
                assert "这里不留底" in up.text
                moved = await case(city, report)
                assert moved.facts.desk == "county:520602" and "登记" not in moved.shown_number
        assert numbers == ["登记1号", "登记2号", "登记3号"]
        desks = [DeskId("township:520602104"), DeskId("county:520602")]
        assert [await _filed_at(city, desk) for desk in desks] == [2, 3], "passed up: counted above, not below"
        shown = "".join([(await city.say("待办", who)).as_lines() for who in ("T-1", "T-2", "T-3")])
        assert "登记2号" not in shown and "登记3号" in shown


async def _line(city: City, who: str, report: bytes) -> str:
    number, shown = (await case(city, report)).shown_number, await city.say("待办", who)
    return next(choice.label for choice in shown.choices if number in choice.label)


async def _filed_at(city: City, desk: DeskId) -> int:
    def look(rows: Rows) -> int:
        while figures.fold(rows):
            pass
        found = figures.summed(rows, [desk], "M2026-01", "M2026-12")
        return sum(cell.n for cell in found if cell.kind == FIRST)

    return await city.service.database.turn(b"x", look)
