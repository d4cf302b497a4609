"""What the clock costs: all weekly digests of 60 zones, and the funnel with 同比, at 1,000,000 and 5,000,000 reports.

The rows are made directly, and not by filing: `figures` as folding leaves them for each of 192 desks (the months of two
years, and the days around the weeks that are read), and `reports` with what the digests' queries read; sealed columns hold nothing. The share of reports that are
open (one in fifty) and late (one in five hundred) is the same at each size. Side by side: the same numbers from the reports
themselves, without figures and without the partial index of what is due.
"""

from __future__ import annotations

import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from handlers.dates import day_from_iso, iso_day
from handlers.model import DeskId, Sector
from handlers.organisation import Organisation
from handlers.rules.places import place, places_for
from handlers.rules.schedule import Job, number_of
from storage import cases, due, figures
from storage.statement import Row as Found
from storage.statement import Rows, Statement
from tests.bench.row import Row

ROUNDS = 5
SIZES = (1_000_000, 5_000_000)
TODAY = day_from_iso("2026-11-24")
WEEK = number_of(Job.WEEKLY, "2026-W47")
DAYS = 730
SHARES = {"filed": 1.0, "looked": 0.95, "accepted": 0.8, "clue": 0.5, "cased": 0.3, "sanctioned": 0.2, "concluded": 0.7}
KINDS = (*SHARES, "solved", "unsolved", "days_to_looked", "days_to_accepted", "days_to_concluded")
DAYS_NEAR = 30
"""Days of figures on both sides of a week that is read: more of them lie elsewhere in the tree."""
OPEN_ONE_IN, LATE_ONE_IN = 50, 500
CHUNK = 200_000


class _Rows:
    """Rows on a plain connection: what is measured is the database's time, without any hop."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self, statement: Statement, **parameters: int | str | bytes | None) -> list[Found]:
        return self._connection.execute(statement.sqlite, {**statement.literals, **parameters}).fetchall()

    def run(self, statement: Statement, **parameters: int | str | bytes | None) -> int:
        return self._connection.execute(statement.sqlite, {**statement.literals, **parameters}).rowcount


def run(rounds: int = ROUNDS) -> list[Row]:
    sizes = SIZES if rounds >= ROUNDS else (200, 1_000)
    with tempfile.TemporaryDirectory(prefix="lima-bench-") as folder:
        made = [_made(Path(folder) / f"{size}.db", size) for size in sizes]
        times = {name: [[] for _ in sizes] for name in WORK}
        plain = {name: [[] for _ in sizes] for name in PLAIN}
        for _ in range(rounds):
            for n, connection in enumerate(made):
                for name, work in WORK.items():
                    times[name][n].append(_timed(lambda c=connection, w=work: w(_Rows(c))))
                for name, sql in PLAIN.items():
                    plain[name][n].append(_timed(lambda c=connection, s=sql: c.execute(s).fetchall()))
    return list(_rows(sizes, times, plain))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    assert work(), "the bench looked at nothing"
    return time.perf_counter() - began


def _rows(
    sizes: tuple[int, ...], times: dict[str, list[list[float]]], plain: dict[str, list[list[float]]]
) -> Iterator[Row]:
    """The largest against the smallest, and against the same numbers from the reports themselves."""
    for name, taken in times.items():
        value = statistics.median(taken[-1]) * 1000
        grows = statistics.median(b / a for a, b in zip(taken[0], taken[-1], strict=True))
        yield Row("clock", f"{name}, {sizes[0]:,} reports", statistics.median(taken[0]) * 1000, "ms", "", None)
        yield Row("clock", f"{name}, {sizes[-1]:,} reports", value, "ms", f"{sizes[0]:,}", grows)
        for other, slow in plain.items():
            if other.startswith(name):
                ratio = statistics.median(a / b for a, b in zip(slow[-1], taken[-1], strict=True))
                slow_ms = statistics.median(slow[-1]) * 1000
                yield Row("clock", f"{other}, {sizes[-1]:,} reports", slow_ms, "ms", name, ratio)


# ---------------------------------------------------------------- what is measured


def _organisation() -> Organisation:
    from tests.clock.world import _ORGANISATION

    return _ORGANISATION


def _weekly(rows: Rows) -> int:
    """Every query of the 60 weekly digests (bot/digests.py): three spans of figures, what is late, soon and open."""
    organisation, n = _organisation(), 0
    for code in places_for(Job.WEEKLY, organisation):
        found = place(code, organisation)
        assert found is not None
        for week in (WEEK, WEEK - 1, WEEK - 52):
            first = week * 7 + 4
            spans = figures.day_span(first), figures.day_span(first + 6)
            n += len(figures.by_kind(rows, found.desks, *spans))
            n += len(figures.by_kind(rows, [DeskId(f"{desk}|00") for desk in found.desks], *spans))
        for desk in found.desks:
            n += len(due.first(rows, desk, TODAY, 100))
            n += due.how_many(rows, desk, TODAY + 1, TODAY + 3)
            n += due.how_many(rows, desk, 0, cases.FAR)
    return n


def _funnel(rows: Rows) -> int:
    """The city's funnel of a month, the month before and the same month of the year before."""
    desks = [desk.id for desk in _organisation().desks.values()]
    return sum(len(figures.by_kind(rows, desks, month, month)) for month in ("M2026-10", "M2026-09", "M2025-10"))


WORK: dict[str, Callable[[Rows], int]] = {"60 weekly digests": _weekly, "funnel with 同比": _funnel}
_THIS_WEEK, _LAST_WEEK, _YEAR_AGO = WEEK * 7 + 4, WEEK * 7 - 3, (WEEK - 52) * 7 + 4
PLAIN = {
    "60 weekly digests, from the reports": f"""
        SELECT desk,
               sum(received_day BETWEEN {_THIS_WEEK} AND {_THIS_WEEK + 6}),
               sum(received_day BETWEEN {_LAST_WEEK} AND {_LAST_WEEK + 6}),
               sum(received_day BETWEEN {_YEAR_AGO} AND {_YEAR_AGO + 6}),
               sum(due_day <= {TODAY}), sum(due_day BETWEEN {TODAY + 1} AND {TODAY + 3}), sum(stage < 2)
        FROM reports NOT INDEXED GROUP BY desk""",
    "funnel with 同比, from the reports": f"""
        SELECT desk, status, sum(received_day BETWEEN {day_from_iso("2026-10-01")} AND {day_from_iso("2026-10-31")}),
               sum(received_day BETWEEN {day_from_iso("2026-09-01")} AND {day_from_iso("2026-09-30")}),
               sum(received_day BETWEEN {day_from_iso("2025-10-01")} AND {day_from_iso("2025-10-31")})
        FROM reports NOT INDEXED GROUP BY desk, status""",
}
"""One pass over all reports: the fewest that can give these numbers without figures. It knows neither a status's day nor
what was sanctioned of what came before, so it gives less than the figures do."""


# ---------------------------------------------------------------- what it is measured on


def _made(path: Path, size: int) -> sqlite3.Connection:
    from sqlalchemy import create_engine

    from storage.tables import metadata

    metadata.create_all(create_engine(f"sqlite:///{path}"))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-262144")
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    desks = sorted(_organisation().desks)
    chance = random.Random(size)
    connection.execute("BEGIN")
    _make_reports(connection, size, desks, chance)
    _make_figures(connection, size, desks, chance)
    connection.execute("COMMIT")
    for _, sql in indexes:
        connection.execute(sql)
    connection.execute("ANALYZE")
    return connection


def _make_reports(connection: sqlite3.Connection, size: int, desks: list[DeskId], chance: random.Random) -> None:
    sectors, names = [sector.value for sector in Sector], ",".join("?" * 13)
    insert = f"""INSERT INTO reports (id, number, code, desk, sector, status, received_day, stage, version, due_day,
                 content_key, facts, contact_key) VALUES ({names})"""
    for start in range(0, size, CHUNK):
        rows = []
        for n in range(start, min(start + CHUNK, size)):
            id_, received = n.to_bytes(16, "big"), TODAY - chance.randrange(DAYS)
            open_, late = chance.randrange(OPEN_ONE_IN) == 0, chance.randrange(LATE_ONE_IN // OPEN_ONE_IN) == 0
            due = (TODAY - chance.randrange(30) if late else TODAY + 1 + chance.randrange(90)) if open_ else None
            status = chance.choice(("handling", "accepted", "filed")) if open_ else "answered"
            desk, stage = chance.choice(desks), 1 if open_ else 2
            number, sector = f"{n:09}", chance.choice(sectors)
            rows.append((id_, number, id_, desk, sector, status, received, stage, 1, due, b"", b"", b""))
        connection.executemany(insert, rows)


def _make_figures(connection: sqlite3.Connection, size: int, desks: list[DeskId], chance: random.Random) -> None:
    """A row for each desk, kind, sector and channel: of every month, and of the days around the weeks that are read."""
    insert = "INSERT INTO figures (span, desk, kind, sector, channel, source, n) VALUES (?, ?, ?, ?, ?, 'villager', ?)"
    cells = [(kind, sector.value, channel) for kind in KINDS for sector in Sector for channel in ("web", "wechat")]
    a_day = size / DAYS / len(desks) / (len(Sector) * 2)
    near = [day for week in (WEEK, WEEK - 52) for day in range(week * 7 + 4 - DAYS_NEAR, week * 7 + 4 + DAYS_NEAR)]
    spans = [(figures.day_span(day), a_day) for day in near]
    spans += [(f"M{iso_day(day)[:7]}", a_day * 30) for day in range(TODAY - DAYS, TODAY, 30)]
    for span, expected in sorted(dict(spans).items()):
        rows = []
        for desk in desks:
            for kind, sector, channel in cells:
                n = expected * SHARES.get(kind, 0.3)
                if whole := int(n) + (chance.random() < n % 1):
                    rows.append((span, desk, kind, sector, channel, whole))
        connection.executemany(insert, rows)
