"""Whoever has a whole dump and no keys cannot tell which account made which report.

Two hundred people file a report each, among others who only look. The attacker tries every column of the rows that
accounts leave behind with every column of the rows of reports: equal values, values that are equal after a shift, sizes
and numbers sorted and laid side by side, the order of rows. By chance 1 in 200 guesses is right; no attempt may do
better (false alarm below 1e-6 over all attempts, by the Poisson tail). The truth is known to the test alone, from keys.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from handlers.code import SCAN
from handlers.dates import hour_of
from handlers.model import VillageCode
from storage import outbox, reports, turns
from storage.tables import metadata
from tests.fakes.city import ITEMS, START, City, open_city
from tests.faults.stories import Line, account_of, spoken
from tests.faults.thief import Dump, dump_of, postgresql_dump

REPORTERS, LOOKERS = 200, 60
FALSE_ALARM = 1e-6
SEED = 20261124

ACCOUNTS = {"conversations", "draft_words", "turns", "failed_turns", "mine", "tries", "mailbox"}
REPORTS = {"reports", "report_words", "media", "media_work"}
BOTH = {"outbox"}
"""Rows for a desk speak of a report, rows without one of an account."""
PUBLIC = {"items", "item_heads", "placards", "versions"}


def test_every_table_has_a_side() -> None:
    """A new table: say whether accounts or reports leave its rows behind, and the attacker will try it."""
    assert set(metadata.tables) <= ACCOUNTS | REPORTS | BOTH | PUBLIC


def test_no_clear_column_is_shared_by_accounts_and_reports() -> None:
    def clear(tables: set[str]) -> set[str]:
        return {column.name for name in tables & set(metadata.tables) for column in metadata.tables[name].columns} - {
            "id",
            "key",
            "attempts",
            "claimed_until",
            "next_try_at",
            "last_error",
        }

    assert not clear(ACCOUNTS) & clear(REPORTS), "the same name in both would be a way to join them"


# ---------------------------------------------------------------- the town


@dataclass
class Town:
    """Who filed what; known to the test only."""

    city: City
    messages: dict[str, list[str]]
    reported: dict[str, bytes]


async def _town(city: City, chance: random.Random) -> Town:
    talks = await _talks(city, chance)
    failing = {lines[3].id for lines in talks.values() if len(lines) > 9 and chance.random() < 0.3}
    waiting = {who: list(lines) for who, lines in talks.items()}
    while waiting:
        speaking = chance.sample(sorted(waiting), min(len(waiting), chance.randint(1, 12)))
        await asyncio.gather(*(_say(city, waiting[who].pop(0), failing, chance) for who in speaking))
        waiting = {who: lines for who, lines in waiting.items() if lines}
    reported = {}
    for who in talks:
        account, vault = account_of(city, who), city.service.turns.vault
        mine = await city.service.database.read(lambda rows, a=account: reports.mine(rows, vault, a))
        if who.startswith("反映人"):
            assert len(mine) == 1
            reported[who] = mine[0].report
    return Town(city, {who: [line.id for line in lines] for who, lines in talks.items()}, reported)


async def _say(city: City, line: Line, failing: set[str], chance: random.Random) -> None:
    in_call = hash_of(line.who) % 4 != 0
    if line.id in failing:  # it fails, and is said once more, in the same words
        lost = replace_id(line)
        await _fail(city, lost)
    await city.service.hear(line.heard(network=f"10.0.{hash_of(line.who) % 9}.0/24", answers_in_call=in_call))


def hash_of(who: str) -> int:
    return int.from_bytes(who.encode()[-3:], "big")


def replace_id(line: Line) -> Line:
    return replace(line, id=f"{line.id}-lost")


async def _fail(city: City, line: Line) -> None:
    heard = line.heard()
    await city.service.database.turn(b"lost", lambda rows: city.service.turns.keep_failed(rows, heard))


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
        talks[f"反映人{n}"] = spoken(f"反映人{n}", texts, START + chance.randrange(3_600_000))
    for n in range(LOOKERS):
        texts = ["你好", f"{SCAN} {chance.choice(codes)}", chance.choice(["0", "2", "菜单", "查", "保密"]), "菜单"]
        talks[f"看看的{n}"] = spoken(f"看看的{n}", texts, START + chance.randrange(3_600_000))
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
    for row in rows:
        body = json.loads(vault.unbox(row[columns.index("body")], outbox.PURPOSE, "outbox.body", row[0]))
        addressed[row[0]] = body[2] if body[0] == "reply" else report_of.get(bytes.fromhex(body[1]))
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
                side.append(_rows(table, columns, found, [addressed[row[0]] for row in found]))
    return [each for each in accounts if each.of], [each for each in reporters if each.of]


def _names(town: Town) -> dict[bytes, str]:
    """Every hash by which a table knows an account, in that table's own domain."""
    vault, names = town.city.service.turns.vault, {}
    hours = range(hour_of(START) - 1, hour_of(START) + 6)
    for who, messages in town.messages.items():
        account = account_of(town.city, who)
        names[vault.index("conversations.owner", account)] = who
        names |= {turns.key_of(vault, account, id_): who for each in messages for id_ in (each, f"{each}-lost")}
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
    if table in ("draft_words", "report_words"):
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


def attempts(accounts: list[Rows], reporters: list[Rows]) -> Iterator[Attempt]:
    for ours in accounts:
        for theirs in reporters:
            for mine, left in ours.columns.items():
                for yours, right in theirs.columns.items():
                    name = f"{ours.table}.{mine} ~ {theirs.table}.{yours}"
                    for how, guess in _GUESSES.items():
                        if (hits := guess(left, right, ours.of, theirs.of)) is not None:
                            yield Attempt(f"{name} ({how})", hits, _luck(ours.of, theirs.of))


def _luck(ours: list[str | None], theirs: list[str | None]) -> float:
    """Right guesses if each of our rows picks one of theirs blindly."""
    count = Counter(theirs)
    return sum(count[who] for who in ours if who) / len(theirs)


def _equal(left: list[Any], right: list[Any], ours: list[str | None], theirs: list[str | None]) -> float | None:
    """Guess among the rows with the same value."""
    candidates, truth = Counter(right), Counter(zip(right, theirs, strict=True))
    if not any(candidates[value] for value in left):
        return None
    return sum(
        truth[value, who] / candidates[value]
        for value, who in zip(left, ours, strict=True)
        if who and candidates[value]
    )


def _shifted(left: list[Any], right: list[Any], ours: list[str | None], theirs: list[str | None]) -> float | None:
    """Guess among the rows whose number differs by what numbers differ by most often."""
    if not (_numbers(left) and _numbers(right)):
        return None
    few = Counter(left).most_common(50), Counter(right).most_common(50)
    shifts = Counter()
    for a, n in few[0]:
        for b, m in few[1]:
            shifts[b - a] += min(n, m)
    best = 0.0
    for shift, _ in shifts.most_common(5):
        best = max(best, _equal([value + shift for value in left], right, ours, theirs) or 0.0)
    return best


def _sorted(left: list[Any], right: list[Any], ours: list[str | None], theirs: list[str | None]) -> float | None:
    """Sort both and lay them side by side; among equals the attacker draws lots."""
    if not (_numbers(left) and _numbers(right)):
        return None
    a, b = sorted(left), sorted(right)
    truth = Counter(zip(right, theirs, strict=True))
    candidates = Counter(right)
    hits = 0.0
    for value, who in zip(left, ours, strict=True):
        if who is None:
            continue
        at = (bisect_left(a, value) + bisect_right(a, value) - 1) / 2 / len(a)
        guess = b[min(int(at * len(b)), len(b) - 1)]
        hits += truth[guess, who] / candidates[guess]
    return hits


def _numbers(values: list[Any]) -> bool:
    return all(isinstance(value, int) for value in values) and len(set(values)) > 1


_GUESSES: dict[str, Callable[..., float | None]] = {"equal": _equal, "shifted": _shifted, "sorted": _sorted}


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


async def test_no_two_tables_connect_an_account_with_a_report(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(SEED)
    many = tuple(
        replace(ITEMS[0], id=f"B{n:02}", areas=("5206",), facts=replace(ITEMS[0].facts, title=f"第{n}项"))
        for n in range(40)
    )
    async with open_city(database_url, items=many) as city:  # type: ignore[arg-type]
        town = await _town(city, chance)
        dump = await dump_of(database_url)
        tried = sorted(attempts(*_by_person(town, dump)), key=lambda each: each.luck)
        print(len(tried))
        for each in tried[:25]:
            print(each, each.luck)
        if database_url.startswith("postgresql"):
            physical = await postgresql_dump(database_url, "ctid")
            t = sorted(attempts(*_by_person(town, physical)), key=lambda each: each.luck)
            print("PHYSICAL", len(t))
            for each in t[:25]:
                print(each, each.luck)
    bound = FALSE_ALARM / len(tried)
    assert [each for each in tried if each.luck < bound] == []
