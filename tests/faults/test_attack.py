"""Whoever has a whole dump and no keys cannot tell which account made which report.

Two hundred people file a report each, among others who only look. The attacker tries every column of the rows that
accounts leave behind with every column of the rows of reports: equal values, values that are equal after a shift, sizes
and numbers sorted and laid side by side, the order of rows. By chance 1 in 200 guesses is right; no attempt may do
better (false alarm below 1e-6 over all attempts, by the Poisson tail). The truth is known to the test alone, from keys.
"""

from __future__ import annotations

import asyncio
import math
import random
import statistics
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from handlers.code import SCAN
from handlers.dates import hour_of
from handlers.model import Item, ItemId, VillageCode
from storage import outbox, turns
from storage.packed import unpacked
from storage.tables import metadata
from tests.fakes.city import ITEMS, START, City, open_city
from tests.faults.stories import Line, account_of, reports_of, spoken
from tests.faults.thief import Dump, dump_of, postgresql_dump

REPORTERS, LOOKERS = 200, 60
FALSE_ALARM = 1e-6
SEED = 20261124
PAIRS_MIN = 50
"""Accounts; with fewer a correlation says nothing."""

ACCOUNTS = {
    "conversations",
    "draft_words",
    "turns",
    "failed_turns",
    "mine",
    "asked",
    "tries",
    "mailbox",
    "bindings",
    "links",
    "wechat_people",
    "diary",
}
REPORTS = {"reports", "report_words", "media", "media_work", "shields", "openings", "proposals", "audit", "matters"}
BOTH = {"outbox"}
"""Rows for a desk speak of a report, rows without one of an account."""
KNOWN_WHOLE = {"turns", "mine", "reports", "report_words"}
"""Every reporter must be found in these, or the test knows the truth badly."""
PUBLIC = {
    "items",
    "item_heads",
    "placards",
    "versions",
    "leases",
    "wechat_scenes",
    "figure_deltas",
    "figures",
    "periods",
    "people",
    "nets",
    "invites",
    "ledger",
    "audit_head",
    "faq",
}
NOBODYS = {"wechat_kept", "slips"}
"""Of no person: the access token of the official account, sealed; slips that nobody has used, and hashes alone."""


def test_every_table_has_a_side() -> None:
    """A new table: say whether accounts or reports leave its rows behind, and the attacker will try it."""
    assert set(metadata.tables) <= ACCOUNTS | REPORTS | BOTH | PUBLIC | NOBODYS


# ---------------------------------------------------------------- the town


@dataclass
class Town:
    """Who filed what; known to the test only."""

    city: City
    messages: dict[str, list[str]]
    reported: dict[str, bytes]


async def _town(city: City, chance: random.Random) -> Town:
    talks = await _talks(city, chance)
    lost = {lines[3].id for lines in talks.values() if chance.random() < 0.2}
    waiting = {who: list(lines) for who, lines in talks.items()}
    while waiting:
        speaking = chance.sample(sorted(waiting), min(len(waiting), chance.randint(1, 60)))
        await asyncio.gather(*(_say(city, waiting[who].pop(0), lost) for who in speaking))
        waiting = {who: lines for who, lines in waiting.items() if lines}
    reported = {who: await reports_of(city, who) for who in talks if who.startswith("反映人")}
    assert all(len(mine) == 1 for mine in reported.values())
    messages = {who: [line.id for line in lines] for who, lines in talks.items()}
    return Town(city, messages, {who: mine.report for who, (mine,) in reported.items()})


async def _say(city: City, line: Line, lost: set[str]) -> None:
    """Some words are lost on the way and said again in a new message; a quarter of the people are answered by push."""
    number = int(line.who.rpartition("-")[2])
    heard = line.heard(network=f"10.0.{number % 9}.0/24", answers_in_call=number % 4 > 0)
    if line.id in lost:
        first = replace(heard, message_id=_lost(line.id))
        await city.service.database.turn(b"lost", lambda rows: city.service.turns.keep_failed(rows, first))
    await city.service.hear(heard)


def _lost(id_: str) -> str:
    return f"{id_}-lost"


async def _talks(city: City, chance: random.Random) -> dict[str, list[Line]]:
    codes = []
    for village in city.service.turns.organisation.villages:
        posted = await city.service.database.read(
            lambda rows, v=village: city.service.turns.catalogue.posted(rows, VillageCode(v))
        )
        codes += [await city.code_of(placard.item.facts.title, village) for placard in posted]
    chance.shuffle(codes)
    assert len(set(codes)) >= REPORTERS
    talks = {}
    for n in range(REPORTERS):
        texts = [f"{SCAN} {codes[n]}", "1", str(chance.choice((1, 1, 2, 4)))]
        texts += ["沟" * chance.randint(2, 900) for _ in range(chance.randint(1, 4))]
        texts += ["1"]
        if chance.random() < 0.3:
            texts += ["3", f"张某某{'张' * chance.randint(0, 20)} 138{chance.randint(10**7, 10**8 - 1)}"]
        texts += ["1", *chance.choice([[], ["0"], ["查"], ["菜单"], [f"{SCAN} {codes[n]}"], ["保密"]])]
        if chance.random() < 0.3:
            texts += [f"{SCAN} {chance.choice(codes[REPORTERS:])}", "1", "1", "沟" * chance.randint(2, 900)]
        talks[f"反映人-{n}"] = spoken(f"反映人-{n}", texts, START + chance.randrange(3_600_000))
    for n in range(LOOKERS):
        texts = ["你好", f"{SCAN} {chance.choice(codes)}", chance.choice(["0", "2", "菜单", "查", "保密"]), "菜单"]
        talks[f"看看的-{n}"] = spoken(f"看看的-{n}", texts, START + chance.randrange(3_600_000))
    return talks


# ---------------------------------------------------------------- the truth


@dataclass(frozen=True)
class Rows:
    """Rows of one table that belong to accounts (or to reports), each with the reporter that it belongs to."""

    table: str
    columns: dict[str, list[Any]]
    of: list[str | None]


def _by_person(town: Town, dump: Dump) -> tuple[list[Rows], list[Rows]]:
    names = _names(town)
    vault = town.city.service.turns.vault
    report_of = {report: who for who, report in town.reported.items()}
    addressed = {}
    columns, rows = dump["outbox"]
    at_id, at_body = columns.index("id"), columns.index("body")
    for row in rows:
        body = unpacked(vault.unbox(row[at_body], outbox.PURPOSE, "outbox.body", row[at_id]))
        addressed[row[at_id]] = body[2] if body[0] == "reply" else report_of[bytes.fromhex(body[1])]
    drafts = dump["conversations"]
    for row in drafts[1]:
        names[row[drafts[0].index("id")]] = names[row[drafts[0].index("owner")]]
    accounts, reporters = [], []
    for table, (columns, rows) in dump.items():
        if table in ACCOUNTS | REPORTS:
            known = names if table in ACCOUNTS else report_of
            of = [
                next((known[cell] for cell in row if isinstance(cell, bytes) and cell in known), None) for row in rows
            ]
            (accounts if table in ACCOUNTS else reporters).append(_rows(table, columns, rows, of))
        elif table in BOTH:
            for side, found in (
                (accounts, [row for row in rows if row[columns.index("desk")] is None]),
                (reporters, [row for row in rows if row[columns.index("desk")] is not None]),
            ):
                side.append(_rows(table, columns, found, [addressed[row[at_id]] for row in found]))
    return [each for each in accounts if each.of], [each for each in reporters if each.of]


def _names(town: Town) -> dict[bytes, str]:
    """Every hash by which a table knows an account, in that table's own domain."""
    vault, names = town.city.service.turns.vault, {}
    hours = range(hour_of(START) - 1, hour_of(START) + 6)
    for who, messages in town.messages.items():
        account = account_of(town.city, who)
        names[vault.index("conversations.owner", account)] = who
        names[vault.index("diary.owner", account)] = who
        names[vault.index("bindings.owner", account)] = who
        names |= {turns.key_of(vault, account, id_): who for each in messages for id_ in (each, _lost(each))}
        names |= {vault.index("mine.key", account, slot): who for slot in range(3)}
        names |= {vault.index("tries.key", "account", account, hour): who for hour in hours}
    return names


def _rows(table: str, columns: list[str], rows: Sequence[tuple[Any, ...]], of: list[str | None]) -> Rows:
    kept: dict[str, list[Any]] = {"row": list(range(len(rows)))}
    for n, column in enumerate(columns):
        cells = [row[n] for row in rows]
        if any(isinstance(cell, bytes) for cell in cells):
            kept[f"size of {column}"] = [len(cell or b"") for cell in cells]
        kept[column] = cells
    if rows and table in ("draft_words", "report_words"):
        key = "conversation" if table == "draft_words" else "report"
        count, size = Counter(kept[key]), Counter()
        for row, cell in zip(kept[key], kept["size of sealed"], strict=True):
            size[row] += cell
        kept["messages"] = [count[row] for row in kept[key]]
        kept["size of all"] = [size[row] for row in kept[key]]
    return Rows(table, kept, of)


# ---------------------------------------------------------------- the attacker


@dataclass(frozen=True)
class Attempt:
    """`right` guesses of `n` (an expected value where the attacker must draw lots), `chance` of them by mere luck."""

    how: str
    right: float
    chance: float

    @property
    def luck(self) -> float:
        """How likely it is to be right so often by luck."""
        return _at_least(math.floor(self.right), self.chance)


def _attempts(accounts: list[Rows], reporters: list[Rows]) -> Iterator[Attempt]:
    for theirs in reporters:
        share = {who: n / len(theirs.of) for who, n in Counter(theirs.of).items()}
        for yours, right in ((name, Right(column, theirs.of)) for name, column in theirs.columns.items()):
            for ours in accounts:
                for mine, left in ours.columns.items():
                    name = f"{ours.table}.{mine} ~ {theirs.table}.{yours}"
                    for how, guess in _GUESSES.items():
                        for guessed in guess(left, right):
                            yield _attempt(f"{name} ({how})", guessed, ours.of, right, share)


class Right:
    """One column of the reports' rows: whom a value belongs to, and how many rows have it."""

    def __init__(self, values: list[Any], of: list[str | None]) -> None:
        self.candidates = Counter(values)
        self.truth = Counter(zip(values, of, strict=True))
        self.numbers = sorted(values) if _numbers(values) else []


def _attempt(
    how: str, guessed: Iterable[Any], ours: list[str | None], right: Right, share: dict[str | None, float]
) -> Attempt:
    """For each of our rows the attacker draws lots among the rows with the guessed value, if there are any.

    Each account counts once, with the mean of its rows: they guess alike.
    """
    hits: dict[str, list[float]] = {}
    for value, who in zip(guessed, ours, strict=True):
        if who is not None and (n := right.candidates[value]):
            hits.setdefault(who, []).append(right.truth[value, who] / n)
    right_ones = sum(sum(each) / len(each) for each in hits.values())
    return Attempt(how, right_ones, sum(share.get(who, 0.0) for who in hits))


def _equal(left: list[Any], right: Right) -> Iterator[Iterable[Any]]:
    """The rows with the same value."""
    if not right.candidates.keys().isdisjoint(left):
        yield left


def _shifted(left: list[Any], right: Right) -> Iterator[Iterable[Any]]:
    """The rows whose number differs by what numbers differ by most often."""
    if right.numbers and _numbers(left):
        shifts: Counter[int] = Counter()
        for a, n in Counter(left).most_common(50):
            for b, m in right.candidates.most_common(50):
                shifts[b - a] += min(n, m)
        for shift, _ in shifts.most_common(3):
            yield [value + shift for value in left]


def _sorted(left: list[Any], right: Right) -> Iterator[Iterable[Any]]:
    """Both sorted and laid side by side, upwards and downwards."""
    if right.numbers and _numbers(left):
        a, b = sorted(left), right.numbers
        place = {v: (bisect_left(a, v) + bisect_right(a, v) - 1) * len(b) // (2 * len(a)) for v in set(left)}
        yield [b[place[value]] for value in left]
        yield [b[-1 - place[value]] for value in left]


def _numbers(values: list[Any]) -> bool:
    return isinstance(values[0], int) and len(set(values)) > 1 and all(isinstance(value, int) for value in values)


_GUESSES: dict[str, Callable[[list[Any], Right], Iterator[Iterable[Any]]]] = {
    "equal": _equal,
    "shifted": _shifted,
    "sorted": _sorted,
}


def _at_least(k: int, mean: float) -> float:
    """P(X >= k) for a Poisson variable; summed from k upwards, since the tail is what matters."""
    if k <= mean:
        return 1.0
    term = math.exp(-mean + k * math.log(mean) - math.lgamma(k + 1)) if mean else 0.0
    total, n = 0.0, k
    while term > total * 1e-12:
        total += term
        n += 1
        term *= mean / n
    return total


def _leanings(accounts: list[Rows], reporters: list[Rows], chance: random.Random) -> Iterator[tuple[str, float]]:
    """Rank correlation of numbers, one row of each account against one row of its report: 0 says nothing at all."""
    for ours in accounts:
        for theirs in reporters:
            pairs = list(_one_each(ours.of, theirs.of, chance))
            if len(pairs) >= PAIRS_MIN:
                ranks = [_ranks([column[n] for n, _ in pairs]) for column in ours.columns.values()]
                others = [_ranks([column[n] for _, n in pairs]) for column in theirs.columns.values()]
                for mine, left in zip(ours.columns, ranks, strict=True):
                    for yours, right in zip(theirs.columns, others, strict=True):
                        if left and right:
                            lean = statistics.correlation(left, right) * math.sqrt(len(pairs) - 1)
                            yield f"{ours.table}.{mine} ~ {theirs.table}.{yours}", lean


def _one_each(ours: list[str | None], theirs: list[str | None], chance: random.Random) -> Iterator[tuple[int, int]]:
    left, right = _places(ours), _places(theirs)
    for who in sorted(left.keys() & right.keys()):
        yield chance.choice(left[who]), chance.choice(right[who])


def _places(of: list[str | None]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for n, who in enumerate(of):
        if who is not None:
            found.setdefault(who, []).append(n)
    return found


def _ranks(values: list[Any]) -> list[float]:
    """Empty for what has no order, or no difference."""
    if not _numbers(values):
        return []
    whole = sorted(values)
    return [(bisect_left(whole, value) + bisect_right(whole, value)) / 2 for value in values]


@pytest.fixture
def many_items() -> tuple[Item, ...]:
    """A different placard for everybody."""
    return tuple(
        replace(ITEMS[0], id=ItemId(f"B{n:02}"), areas=("5206",), facts=replace(ITEMS[0].facts, title=f"第{n}项"))
        for n in range(40)
    )


async def test_no_column_of_a_dump_connects_an_account_with_its_report(
    database_url: str, many_items: tuple[Item, ...]
) -> None:
    chance = random.Random(SEED)
    async with open_city(database_url, items=many_items) as city:
        town = await _town(city, chance)
        sides = _by_person(town, await dump_of(database_url))
        assert all(town.reported.keys() <= set(rows.of) for side in sides for rows in side if rows.table in KNOWN_WHOLE)
        _same_cells_nowhere(*sides)

        tried = list(_attempts(*sides))
        best = min(tried, key=lambda each: each.luck)
        print(f"{len(tried)} attempts; the best: {best.how}, {best.right:.1f} right, {best.chance:.1f} by chance")
        assert len(tried) > 500
        assert [each for each in tried if each.luck < FALSE_ALARM / len(tried)] == []

        leanings = dict(_leanings(*sides, chance))
        bound = statistics.NormalDist().inv_cdf(1 - FALSE_ALARM / len(leanings) / 2)
        strongest = max(leanings, key=lambda name: abs(leanings[name]))
        print(
            f"{len(leanings)} pairs of columns; {strongest} leans most: {leanings[strongest]:.1f} of {bound:.1f} sigma"
        )
        assert {name: lean for name, lean in leanings.items() if abs(lean) > bound} == {}

        if database_url.startswith("postgresql"):
            _tell_of_the_disk(*_by_person(town, await postgresql_dump(database_url, from_disk=True)))


def _same_cells_nowhere(accounts: list[Rows], reporters: list[Rows]) -> None:
    """No name, hash or sealed value of an account's rows stands in a report's."""
    left, right = (
        {
            cell
            for rows in side
            for column in rows.columns.values()
            for cell in column
            if isinstance(cell, str | bytes) and cell
        }
        for side in (accounts, reporters)
    )
    assert not left & right


def _tell_of_the_disk(accounts: list[Rows], reporters: list[Rows]) -> None:
    """Not promised (SECURITY.md): PostgreSQL's files tell which rows were written one after the other, or together."""
    mine = next(rows for rows in accounts if rows.table == "mine")
    filed = next(rows for rows in reporters if rows.table == "reports")
    for column in ("row", "transaction"):
        column_filed = Right(filed.columns[column], filed.of)
        right = _attempt(column, mine.columns[column], mine.of, column_filed, {}).right
        print(f"on disk, by {column}: {right:.0f} of {len(filed.of)} reports told to their own rows of `mine`")


def test_the_attacker_knows_the_business() -> None:
    """Given rows that do connect, every way of guessing finds it."""
    people = [f"人{n}" for n in range(REPORTERS)]
    chance = random.Random(SEED)
    numbers = {who: chance.randrange(10**9) for who in people}
    shuffled = chance.sample(people, len(people))
    for change in (lambda n: n, lambda n: n + 30, lambda n: n * n):
        ours = Rows("ours", {"a": [change(numbers[who]) for who in people]}, list(people))
        theirs = Rows("theirs", {"b": [numbers[who] for who in shuffled]}, list(shuffled))
        assert max(each.right for each in _attempts([ours], [theirs])) == REPORTERS
        assert max(lean for _, lean in _leanings([ours], [theirs], chance)) > 10
    cells = {who: chance.randbytes(16) for who in people}
    ours = Rows("ours", {"a": [cells[who] for who in people]}, list(people))
    with pytest.raises(AssertionError):
        _same_cells_nowhere([ours], [Rows("theirs", {"b": list(cells.values())[:1]}, people[:1])])
