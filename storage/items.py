"""公示事项 and 立码: public rows, kept in memory until their version changes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import bindparam, func, select, union
from sqlalchemy.dialects.postgresql import insert

from handlers.model import Facts, Item, ItemId, ItemKind, NoSector, Placard, PlacardId, Sector, VillageCode
from storage.engine import Work
from storage.statement import Row, Rows, first, statement
from storage.tables import item_heads, items, matters, people, placards, reports, versions

UNLISTED = Item(
    ItemId(""), 0, NoSector.OTHER, ItemKind.POLICY,
    Facts(
        title="没有公示出来的事", amount="", source="", standard="", period="", place="", unit="", status="", listed_at="",
        published="", beneficiaries=1_000_000,
    ),
    (),
)  # fmt: skip
"""What a placard would show that does not exist: see handlers/model.py `unlisted`."""
CHUNK = 500
"""Rows a transaction of an import, which stays below 50 ms beside a serving process (design.md §2.2)."""

_VERSIONS = statement(select(versions.c.name, versions.c.version, versions.c.digest))
_BUMP_INSERT = insert(versions).values(version=1, name=bindparam("name"), digest=bindparam("digest"))
_BUMP = statement(
    _BUMP_INSERT.on_conflict_do_update(
        index_elements=["name"],
        set_={"version": versions.c.version + 1, "digest": _BUMP_INSERT.excluded.digest},
    )
)
_COLUMNS = (items.c.id, items.c.version, items.c.sector, items.c.kind, items.c.facts, items.c.areas)
_PLACARD = statement(
    select(placards.c.id, placards.c.village, item_heads.c.retired, *_COLUMNS)
    .join(item_heads, item_heads.c.id == placards.c.item)
    .join(items, (items.c.id == item_heads.c.id) & (items.c.version == item_heads.c.version))
    .where(placards.c.id == bindparam("placard"))
)
_POSTED = statement(
    select(placards.c.id)
    .join(item_heads, item_heads.c.id == placards.c.item)
    .where(placards.c.village == bindparam("village"), item_heads.c.retired == 0)
    .order_by(placards.c.item)
)
_AFTER = statement(
    select(placards.c.id)
    .join(item_heads, item_heads.c.id == placards.c.item)
    .where(placards.c.id > bindparam("after"))
    .order_by(placards.c.id)
    .limit(bindparam("limit_"))
)
_HEADS = statement(select(item_heads.c.id, item_heads.c.version, item_heads.c.retired))
_FACTS = statement(select(*_COLUMNS).where(items.c.id == bindparam("item"), items.c.version == bindparam("version")))
_ADD_ITEM = statement(insert(items).on_conflict_do_nothing(), "id", "version", "sector", "kind", "facts", "areas")
_SET_HEAD_INSERT = insert(item_heads)
_SET_HEAD = statement(
    _SET_HEAD_INSERT.on_conflict_do_update(
        index_elements=["id"],
        set_={"version": _SET_HEAD_INSERT.excluded.version, "retired": _SET_HEAD_INSERT.excluded.retired},
    ),
    "id",
    "version",
    "retired",
)
_NAMED = statement(select(items.c.id, items.c.facts))
_LAST_PLACARD = statement(select(func.coalesce(func.max(placards.c.id), 0)))
_COUNT_PLACARDS = statement(select(func.count()).select_from(placards))
_VILLAGES_IN_USE = statement(select(placards.c.village).distinct())
_DESKS_IN_USE = statement(
    union(select(reports.c.desk), select(people.c.desk), select(matters.c.unit).where(matters.c.stage < 2))
)
_HAS_PLACARD = statement(
    select(placards.c.id).where(placards.c.item == bindparam("item"), placards.c.village == bindparam("village"))
)
_ADD_PLACARD = statement(insert(placards).on_conflict_do_nothing(), "id", "item", "village")


def versions_now(rows: Rows) -> dict[str, tuple[int, str]]:
    return {name: (version, digest) for name, version, digest in rows.all(_VERSIONS)}


def bump(rows: Rows, name: str, digest: str = "") -> None:
    """Tell every process that what is called `name` has changed."""
    rows.run(_BUMP, name=name, digest=digest)


def count_placards(rows: Rows) -> int:
    return int(rows.all(_COUNT_PLACARDS)[0][0])


def named(rows: Rows) -> frozenset[str]:
    """The ids of all items, and the names of the units responsible for them: what a tie may name beside a place."""
    found = rows.all(_NAMED)
    return frozenset({str(id_) for id_, _ in found} | {str(json.loads(facts)["unit"]) for _, facts in found})


def current_ids(rows: Rows) -> frozenset[str]:
    """The ids of all items that are shown now."""
    return frozenset(str(id_) for id_, _, retired in rows.all(_HEADS) if not retired)


def places_in_use(rows: Rows) -> tuple[list[str], list[str]]:
    """Villages where something was ever posted, and desks that hold a report or have people: an organisation may not lose them."""
    return (
        sorted(row[0] for row in rows.all(_VILLAGES_IN_USE)),
        sorted(row[0] for row in rows.all(_DESKS_IN_USE)),
    )


class Catalogue:
    """What placards show, in memory. `refresh` at the start of every group drops it when an import was made."""

    def __init__(self) -> None:
        self._kept: tuple[object, dict[PlacardId, Placard]] = (None, {})

    def refresh(self, rows: Rows, versions: Mapping[str, tuple[int, str]] | None = None) -> None:
        """`versions` are those of the moment, if whoever calls has them."""
        version = (versions_now(rows) if versions is None else versions).get("items")
        if version != self._kept[0]:
            self._kept = (version, {})

    def placard(self, rows: Rows, id_: PlacardId) -> Placard | None:
        """What a page looks up on an older snapshot, or while an import ends, is not kept as the new version's."""
        if id_ < 0:
            return Placard(id_, VillageCode(str(-id_)), UNLISTED)
        version, kept = self._kept
        if (found := kept.get(id_)) is not None:
            return found
        is_of_version = versions_now(rows).get("items") == version
        row = first(rows.all(_PLACARD, placard=id_))
        if row is None:
            return None
        found = _placard(row)
        if is_of_version:
            kept[id_] = found
        return found

    def posted(self, rows: Rows, village: VillageCode) -> list[Placard]:
        """What hangs in a village now."""
        ids = [PlacardId(row[0]) for row in rows.all(_POSTED, village=village)]
        found = [self.placard(rows, id_) for id_ in ids]
        return [placard for placard in found if placard is not None and not placard.retired]

    def after(self, rows: Rows, id_: PlacardId, limit: int) -> list[Placard]:
        """Placards by id, for walking through all of them."""
        ids = [PlacardId(row[0]) for row in rows.all(_AFTER, after=id_, limit_=limit)]
        return [placard for each in ids if (placard := self.placard(rows, each)) is not None]


def _placard(row: Row) -> Placard:
    id_, village, retired, *columns = row
    item = _item(tuple(columns))
    shown_here = any(village.startswith(area) for area in item.areas)
    return Placard(PlacardId(id_), VillageCode(village), item, retired=bool(retired) or not shown_here)


def _item(columns: Row) -> Item:
    id_, version, sector, kind, facts, areas = columns
    loaded = json.loads(facts)
    loaded["details"] = tuple(loaded["details"])
    return Item(ItemId(id_), version, Sector(sector), ItemKind(kind), Facts(**loaded), tuple(json.loads(areas)))


def import_steps(
    wanted: Sequence[Item], placements: Iterable[tuple[ItemId, VillageCode]]
) -> Iterator[tuple[int, Work[None]]]:
    """The import as transactions: each yielded pair is (rows written so far, a work for Database.turn).

    New versions and missing placards first; the heads, which make them visible, last and at once. Items that are not
    wanted any more are retired. Nothing is ever removed, and a placard is never re-made.
    """
    written = 0
    plan: dict[str, list[Row]] = {}

    def look(rows: Rows) -> None:
        plan["heads"] = rows.all(_HEADS)
        known = {row[0]: row for row in plan["heads"]}
        plan["new"] = [_next_version(rows, item, known.get(item.id)) for item in wanted]

    yield written, look
    for chunk in _chunks(list(placements)):

        def place(rows: Rows, chunk: Sequence[tuple[ItemId, VillageCode]] = chunk) -> None:
            last = rows.all(_LAST_PLACARD)[0][0]
            for item, village in chunk:
                if not rows.all(_HAS_PLACARD, item=item, village=village):
                    last += 1
                    rows.run(_ADD_PLACARD, id=last, item=item, village=village)

        yield written, place
        written += len(chunk)

    def flip(rows: Rows) -> None:
        for id_, version, is_new, columns in plan["new"]:
            if is_new:
                rows.run(_ADD_ITEM, id=id_, version=version, **columns)
            rows.run(_SET_HEAD, id=id_, version=version, retired=0)
        kept = {item.id for item in wanted}
        for id_, version, _ in plan["heads"]:
            if id_ not in kept:
                rows.run(_SET_HEAD, id=id_, version=version, retired=1)
        bump(rows, "items")

    yield written, flip


def _next_version(rows: Rows, item: Item, head: Row | None) -> Row:
    columns = {
        "sector": item.sector.value,
        "kind": item.kind.value,
        "facts": json.dumps(asdict(item.facts), ensure_ascii=False),
        "areas": json.dumps(item.areas),
    }
    if head is None:
        return item.id, 1, True, columns
    now = first(rows.all(_FACTS, item=item.id, version=head[1]))
    same = now is not None and now[2:] == tuple(columns.values())
    return item.id, head[1] if same else head[1] + 1, not same, columns


def _chunks(whole: list[tuple[ItemId, VillageCode]]) -> Iterator[list[tuple[ItemId, VillageCode]]]:
    for start in range(0, len(whole), CHUNK):
        yield whole[start : start + CHUNK]
