"""Figures: every fact adds its share in its own transaction; the clock folds the shares; readers sum what they may see.

A fact belongs to the desk that held the report when it happened. Whose figure it is follows from that: a desk that was
bypassed has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from handlers.dates import iso_day
from handlers.model import DeskId, PersonId
from handlers.rules.statuses import FIRST
from storage.statement import Rows, statement
from storage.tables import figure_deltas as deltas_table
from storage.tables import figures as table
from storage.vault import Vault

STIRS = "at "
"""How the kind begins that counts what came from one village, by its keyed hash and by months only: which villages are
quiet is asked of months (dialogues.md §17), and no sector, channel or source stands beside it."""
STIRRED = "stirred"
NETS = "nets"
"""In how many villages of a township there is a net: what stands, kept as its changes, so that it can be read of any day."""
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
_NETS_STAND = tuple(
    statement(select(at.c.desk, func.sum(at.c.n)).where(at.c.kind == NETS, of).group_by(at.c.desk))
    for at, of in ((table, table.c.span >= "M"), (deltas_table, deltas_table.c.n != 0))
)
_SUMMED = statement(
    select(table.c.kind, table.c.sector, table.c.channel, table.c.source, func.sum(table.c.n))
    .where(_SPANS)
    .group_by(table.c.kind, table.c.sector, table.c.channel, table.c.source)
)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened to a report. `kind` is a status, or days_to_ and a status, then n is days.

    `source` is villager, monitor, committee (of the village's supervision), helped (entered for somebody), trouble or
    again (nothing was solved).
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


def share(rows: Rows, vault: Vault, of: tuple[bytes, str, str], fact: Fact, n: int = 1) -> None:
    """Add a fact of a report, and with its coming, that its village has stirred. `of` is (report, salt, village): `salt`
    tells it from every other share of that report, desk and kind."""
    report, salt, village = of
    add(rows, vault.index("figures.delta", report, salt, fact.desk, fact.kind)[:16], fact, n)
    if fact.kind == FIRST:
        add(
            rows, vault.index("figures.delta", report, salt, fact.desk, STIRS)[:16],
            Fact(fact.day, fact.desk, "", "", "", stirs(vault, village)), n,
        )  # fmt: skip


def stirs(vault: Vault, village: str) -> str:
    """The kind under which what came from a village is counted."""
    return f"{STIRS}{vault.index('figures.village', village)[:8].hex()}"


def shun(vault: Vault, desk: DeskId, person: PersonId) -> DeskId:
    """Under which name the facts of a desk stand that somebody must not count: those that concern them."""
    return DeskId(f"{desk}|{vault.index('figures.shun', person)[:8].hex()}")


def note_nets(rows: Rows, vault: Vault, stand: Mapping[DeskId, int], day: int) -> None:
    """Add what has changed since it was noted last; the lane of the figures must be held, so that it counts once."""
    noted: dict[str, int] = {}
    for query in _NETS_STAND:
        for desk, n in rows.all(query):
            noted[desk] = noted.get(desk, 0) + int(n)
    for desk in sorted(noted.keys() | stand.keys()):
        before, now = noted.get(desk, 0), stand.get(DeskId(desk), 0)
        if before != now:
            id_ = vault.index("figures.delta", NETS, desk, str(day), str(before), str(now))[:16]
            add(rows, id_, Fact(day, DeskId(desk), "", "", "", NETS), now - before)


def nets_at(rows: Rows, desks: Iterable[DeskId], last: str) -> int:
    """In how many villages of these townships there was a net at the end of span `last`, of a day or a month."""
    return _by_kind(rows, desks, last[:1], last).get(NETS, 0)


def fold(rows: Rows) -> int:
    """Put shares into the figures of their day and their month; how many. Whoever removes a share folds it."""
    sums: dict[tuple[str, str, str, str, str, str], int] = {}
    folded = 0
    for id_, day, *cell, n in sorted(rows.all(_LOOSE, limit_=FOLD_MAX)):
        if rows.run(_DROP, id_=id_):
            folded += 1
            kind = cell[1]
            for span in (month_span(day),) if kind.startswith(STIRS) else (day_span(day), month_span(day)):
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
    return {kind: n for kind, n in _by_kind(rows, desks, first, last).items() if not kind.startswith(STIRS)}


def _by_kind(rows: Rows, desks: Iterable[DeskId], first: str, last: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for desk in desks:
        for kind, n in rows.all(_BY_KIND, desk_=desk, first=first, last=last):
            found[kind] = found.get(kind, 0) + int(n)
    return found


def seen_by(
    rows: Rows, vault: Vault, person: PersonId | None, desks: Sequence[DeskId], first: str, last: str
) -> dict[str, int]:
    """The same without what concerns the reader; None reads everything, as the operator does.

    The villages from which something came are one more kind, STIRRED.
    """
    found = _by_kind(rows, desks, first, last)
    if person is not None:
        for kind, n in _by_kind(rows, [shun(vault, desk, person) for desk in desks], first, last).items():
            found[kind] = found.get(kind, 0) - n
    stirred = sum(n > 0 for kind, n in found.items() if kind.startswith(STIRS))
    return {**{kind: n for kind, n in found.items() if not kind.startswith(STIRS)}, STIRRED: stirred}


def summed(rows: Rows, desks: Iterable[DeskId], first: str, last: str) -> list[Cell]:
    """The sums of several desks over the spans from `first` to `last` (both of days, or both of months)."""
    found: dict[tuple[str, str, str, str], int] = {}
    for desk in desks:
        for *cell, n in rows.all(_SUMMED, desk_=desk, first=first, last=last):
            key = (cell[0], cell[1], cell[2], cell[3])
            if not key[0].startswith(STIRS):
                found[key] = found.get(key, 0) + int(n)
    return [Cell(*key, n) for key, n in sorted(found.items())]
