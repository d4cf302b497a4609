"""An import ends while a page is looking: the old facts may be shown in that one look, and never afterwards."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import pytest

from handlers.model import PlacardId
from storage import items
from storage.items import Catalogue
from storage.statement import Row, Statement
from tests.fakes.city import ITEMS

ITEM, PLACARD = ITEMS[0], PlacardId(1)


@dataclass
class Snapshot:
    """The database as one transaction sees it. Before its n-th statement something else happens."""

    version: int
    title: str
    before: int = 0
    happens: Callable[[], object] = lambda: None
    n: int = 0

    def all(self, statement: Statement, **parameters: Any) -> list[Row]:
        self.n += 1
        if self.n == self.before:
            self.happens()
        if statement is items._VERSIONS:
            return [("items", self.version, "")]
        assert statement is items._PLACARD
        facts = json.dumps(asdict(replace(ITEM.facts, title=self.title)))
        return [
            (PLACARD, ITEM.areas[0], 0, ITEM.id, self.version, ITEM.sector, ITEM.kind, facts, json.dumps(ITEM.areas))
        ]


def _title(catalogue: Catalogue, rows: Snapshot) -> str:
    found = catalogue.placard(rows, PLACARD)  # type: ignore[arg-type]
    assert found is not None
    return found.item.facts.title


@pytest.mark.parametrize("at", range(5))
def test_a_look_on_the_old_facts_does_not_fill_the_new_catalogue(at: int) -> None:
    """`at`: before which of its statements another transaction, which sees the import, refreshes the catalogue."""
    catalogue = Catalogue()
    new = Snapshot(2, "新")
    old = Snapshot(1, "旧", at, lambda: catalogue.refresh(new))  # type: ignore[arg-type]
    catalogue.refresh(old)  # type: ignore[arg-type]
    _title(catalogue, old)
    catalogue.refresh(new)  # type: ignore[arg-type]
    assert _title(catalogue, new) == "新"


def test_what_is_of_the_version_is_looked_up_once() -> None:
    catalogue, rows = Catalogue(), Snapshot(1, "现在")
    catalogue.refresh(rows)  # type: ignore[arg-type]
    assert _title(catalogue, rows) == "现在"
    n = rows.n
    assert [_title(catalogue, rows) for _ in range(3)] == ["现在"] * 3
    assert rows.n == n
