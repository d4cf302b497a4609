"""People with something to say, and the service on a database that is there already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from typing import Any

from handlers.code import SCAN
from handlers.model import AccountId, Heard, Millis, VillageCode
from storage import outbox, reports
from storage.engine import Limits
from storage.statement import Rows, statement
from storage.tables import metadata
from tests.fakes.city import START, City, open_city

VILLAGE = VillageCode("520602104201")
STEP_S = 30


@dataclass(frozen=True, slots=True)
class Line:
    """One message of one person. Sent again it is a retry: the same id, a later time of receipt."""

    who: str
    id: str
    text: str
    at: int
    network: str = "10.0.0.0/24"

    def heard(self, later_s: float = 0.0, **changed: Any) -> Heard:
        whole = {
            "channel": "web",
            "address": self.who,
            "message_id": self.id,
            "text": self.text,
            "received_at": Millis(self.at + int(later_s * 1000)),
            "network": self.network,
            **changed,
        }
        return Heard(**whole)

    def told(self) -> dict[str, Any]:
        return asdict(self)


def spoken(who: str, texts: Sequence[str], at: int = START, network: str = "10.0.0.0/24") -> list[Line]:
    """One after the other, half a minute apart."""
    return [Line(who, f"{who}-{n}", text, at + n * STEP_S * 1000, network) for n, text in enumerate(texts)]


def filing(who: str, code: str, about: str = "1", story: str = "水沟垮了", at: int = START) -> list[Line]:
    """A whole report, from the scan to the last 1; only the last line files it."""
    return spoken(who, [f"{SCAN} {code}", "1", about, story, "1", "1"], at)


def reopened(url: str, seed: int) -> AbstractAsyncContextManager[City]:
    """The city after a restart: the database as it stands, chance of its own, nothing imported again."""
    return open_city(url, limits=Limits(lanes=2), items=None, seed=seed)


# ---------------------------------------------------------------- what the books say


def everything(table: str) -> Any:
    """A whole table, all of its columns, in the order of its primary key."""
    kept = metadata.tables[table]
    return statement(kept.select().order_by(*kept.primary_key.columns))


_REPORTS = everything("reports")
_TURNS = everything("turns")


def account_of(city: City, who: str, channel: str = "web") -> AccountId:
    return city.service.turns.account(channel, who)


def books(rows: Rows, city: City) -> tuple[Counter[str], Counter[str]]:
    """Reports by id, and the reports that desks are told of, by id: the two must be the same, each once."""
    vault, desks = city.service.turns.vault, city.service.turns.organisation.desks
    filed = Counter(row[0].hex() for row in rows.all(_REPORTS))
    told = Counter(body[1] for desk in desks for body in outbox.for_desk(rows, vault, desk))
    return filed, told


async def balanced(city: City) -> int:
    """How many reports there are. No report that no desk is told of, nothing told twice, nothing told of nothing."""
    filed, told = await city.service.database.read(lambda rows: books(rows, city))
    assert filed == told
    assert set(filed.values()) <= {1}
    return len(filed)


async def turns_taken(city: City) -> int:
    return len(await city.service.database.read(lambda rows: rows.all(_TURNS)))


async def reports_of(city: City, who: str, channel: str = "web") -> list[reports.Mine]:
    account, vault = account_of(city, who, channel), city.service.turns.vault
    return await city.service.database.read(lambda rows: reports.mine(rows, vault, account))


async def found_by_code(city: City, code: str) -> bytes | None:
    vault, digits = city.service.turns.vault, code.replace("-", "")
    return await city.service.database.read(lambda rows: reports.by_code(rows, vault, VILLAGE, digits))
