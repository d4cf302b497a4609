"""Figures: every fact adds its share in its own transaction; the clock folds the shares; readers sum what they may see.

A fact belongs to the desk that held the report when it happened. Whose figure it is follows from that: a desk that was
bypassed has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from handlers.dates import iso_day
from handlers.model import DeskId, PersonId
from storage.statement import Rows, statement
from storage.tables import figure_deltas as deltas_table
from storage.tables import figures as table
from storage.vault import Vault

FOLD_MAX = 500
"""Shares in one transaction: some tens of milliseconds."""
_ADD = statement(
    insert(deltas_table).on_conflict_do_nothing(), "id", "day", "desk", "sector", "channel", "source", "kind", "n"
)
_c = deltas_table.c
_LOOSE = statement(
    select(_c.id, _c.day, _c.desk, _c.kind, _c.sector, _c.channel, _c.source, _c.n).limit(bindparam("limit_"))
)
_DROP = statement(delete(deltas_table).where(_c.id == bindparam("id_")))
_INSERT = insert(table)
_FOLD = statement(
    _INSERT.on_conflict_do_update(
        index_elements=["span", "desk", "kind", "sector", "channel", "source"], set_={"n": table.c.n + _INSERT.excluded.n}
    ),
    "span", "desk", "kind", "sector", "channel", "source", "n",
)  # fmt: skip
_SPANS = (
    (table.c.desk == bindparam("desk_")) & (table.c.span >= bindparam("first")) & (table.c.span <= bindparam("last"))
)
_BY_KIND = statement(select(table.c.kind, func.sum(table.c.n)).where(_SPANS).group_by(table.c.kind))
_SUMMED = statement(
    select(table.c.kind, table.c.sector, table.c.channel, table.c.source, func.sum(table.c.n))
    .where(_SPANS)
    .group_by(table.c.kind, table.c.sector, table.c.channel, table.c.source)
)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened to a report. `kind` is a status, or days_to_ and a status, then n is days.

    `source` is villager, monitor, committee (of the village's supervision), helped (entered for somebody) or trouble.
    """

    day: int
    desk: DeskId
    sector: str
    channel: str
    source: str
    kind: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A sum over spans of one desk."""

    kind: str
    sector: str
    channel: str
    source: str
    n: int


def add(rows: Rows, id_: bytes, fact: Fact, n: int = 1) -> None:
    """In the transaction of the fact; `id_` (16 bytes) is of this very fact, which so counts once."""
    rows.run(
        _ADD, id=id_, day=fact.day, desk=fact.desk, sector=fact.sector, channel=fact.channel, source=fact.source,
        kind=fact.kind, n=n,
    )  # fmt: skip


def shun(vault: Vault, desk: DeskId, person: PersonId) -> DeskId:
    """Under which name the facts of a desk stand that somebody must not count: those that concern them."""
    return DeskId(f"{desk}|{vault.index('figures.shun', person)[:8].hex()}")


def fold(rows: Rows) -> int:
    """Put shares into the figures of their day and their month; how many. Whoever removes a share folds it."""
    sums: dict[tuple[str, str, str, str, str, str], int] = {}
    folded = 0
    for id_, day, *cell, n in sorted(rows.all(_LOOSE, limit_=FOLD_MAX)):
        if rows.run(_DROP, id_=id_):
            folded += 1
            for span in (day_span(day), month_span(day)):
                key = (span, *cell)
                sums[key] = sums.get(key, 0) + n
    for (span, desk, kind, sector, channel, source), n in sorted(sums.items()):  # in one order: no deadlock
        rows.run(_FOLD, span=span, desk=desk, kind=kind, sector=sector, channel=channel, source=source, n=n)
    return folded


def day_span(day: int) -> str:
    return f"D{day:06d}"


def month_span(day: int) -> str:
    return f"M{iso_day(day)[:7]}"


def by_kind(rows: Rows, desks: Iterable[DeskId], first: str, last: str) -> dict[str, int]:
    """The sums of each kind over several desks."""
    found: dict[str, int] = {}
    for desk in desks:
        for kind, n in rows.all(_BY_KIND, desk_=desk, first=first, last=last):
            found[kind] = found.get(kind, 0) + int(n)
    return found


def seen_by(
    rows: Rows, vault: Vault, person: PersonId | None, desks: Sequence[DeskId], first: str, last: str
) -> dict[str, int]:
    """The same without what concerns the reader; None reads everything, as the operator does."""
    found = by_kind(rows, desks, first, last)
    if person is not None:
        for kind, n in by_kind(rows, [shun(vault, desk, person) for desk in desks], first, last).items():
            found[kind] = found.get(kind, 0) - n
    return found


def summed(rows: Rows, desks: Iterable[DeskId], first: str, last: str) -> list[Cell]:
    """The sums of several desks over the spans from `first` to `last` (both of days, or both of months)."""
    found: dict[tuple[str, str, str, str], int] = {}
    for desk in desks:
        for *cell, n in rows.all(_SUMMED, desk_=desk, first=first, last=last):
            key = (cell[0], cell[1], cell[2], cell[3])
            found[key] = found.get(key, 0) + int(n)
    return [Cell(*key, n) for key, n in sorted(found.items())]
