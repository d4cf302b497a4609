"""A small city, its items and a whole service on a real database, for tests."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path

from bot.clock import Clock as Striking
from bot.delivery import Delivery
from bot.evidence import Evidence
from bot.service import Service
from bot.standing import import_people
from bot.turn import Turns
from handlers.code import SCAN, placard_code
from handlers.dates import day_of
from handlers.model import (
    CountyCode,
    DeskId,
    Facts,
    Heard,
    Here,
    Item,
    ItemId,
    ItemKind,
    Millis,
    Person,
    PersonId,
    Reply,
    Sector,
    TownshipCode,
    VillageCode,
    ZoneCode,
)
from handlers.organisation import County, Department, Desk, Organisation, Township, Village, Zone
from handlers.rules.nets import Net
from storage import mailbox, slips
from storage import people as store
from storage.engine import Limits, open_database
from storage.files import Folder
from storage.items import Catalogue, import_steps
from storage.nets import Nets
from storage.schema import make_ready
from storage.vault import Ring, Vault
from tests.fakes import people

PLACARD_KEYS = {1: b"p" * 32}
RING = Ring({1: b"m" * 32}, b"i" * 32)
START = Millis(1_795_484_700_000)
"""2026-11-24 10:05 in the city."""

VILLAGES = {
    "520602104201": ("岩门村村民委员会", "520602104"),
    "520602104202": ("大坪村村民委员会", "520602104"),
    "520602105201": ("大坪村村民委员会", "520602105"),
    "520602105202": ("龙井村村民委员会", "520602105"),
    "520621100201": ("大坪村村民委员会", "520621100"),
    "520621100202": ("大坪村村民委员会", "520621100"),
    "520621100001": ("双江社区居民委员会", "520621100"),
}
TOWNSHIPS = {
    "520602104": ("坝黄镇", "520602", "520602Z01"),
    "520602105": ("云场坪镇", "520602", "520602Z01"),
    "520621100": ("双江街道", "520621", "520621Z01"),
}
COUNTIES = {"520602": "碧江区", "520621": "江口县"}
DEPARTMENTS = {
    "520602104D01": ("坝黄镇人民政府", "520602104", "0856-0000031", ()),
    "520602D01": ("碧江区民政局", "520602", "0856-0000011", ("吃饭", "住房", "别的")),
    "520602D02": ("碧江区医疗保障局", "520602", "0856-0000012", ("看病",)),
}


def organisation() -> Organisation:
    desks = [Desk(DeskId("city:5206"), "city", "5206", "铜仁市纪委监委")]
    desks += [
        Desk(DeskId(f"county:{code}"), "county", code, f"{name}纪委监委", "0856-1234567" if name == "碧江区" else "")
        for code, name in COUNTIES.items()
    ]
    desks += [
        Desk(DeskId(f"township:{code}"), "township", code, name + ("纪工委" if name.endswith("街道") else "纪委"))
        for code, (name, _, _) in TOWNSHIPS.items()
    ]
    return Organisation(
        "5206",
        "铜仁市",
        {CountyCode(code): County(CountyCode(code), name) for code, name in COUNTIES.items()},
        {
            ZoneCode(code): Zone(ZoneCode(code), f"铜仁市{name}纪检监察第一协作区", CountyCode(county))
            for code, name, county in (("520602Z01", "碧江区", "520602"), ("520621Z01", "江口县", "520621"))
        },
        {
            TownshipCode(code): Township(TownshipCode(code), name, CountyCode(county), ZoneCode(zone))
            for code, (name, county, zone) in TOWNSHIPS.items()
        },
        {
            VillageCode(code): Village(VillageCode(code), name, TownshipCode(township))
            for code, (name, township) in VILLAGES.items()
        },
        {desk.id: desk for desk in desks},
        departments={
            DeskId(f"department:{code}"): Department(DeskId(f"department:{code}"), place, name, phone, frozenset(helps))
            for code, (name, place, phone, helps) in DEPARTMENTS.items()
        },
    )


def _item(id_: str, title: str, area: str, sector: Sector = Sector.AGRICULTURE, **changed: object) -> Item:
    facts = {
        "title": title,
        "amount": "12万元",
        "source": "财政衔接推进乡村振兴补助资金",
        "standard": "每亩95元",
        "period": "2025年11月至2026年3月",
        "place": "坝黄镇岩门村二组",
        "unit": "坝黄镇人民政府",
        "status": "已完工",
        "listed_at": "村务公开栏",
        "published": "2026-04-01",
        "beneficiaries": 60,
        "details": ("合同：样例建筑公司，118000元", "长度：320米"),
        **changed,
    }
    return Item(ItemId(id_), 1, sector, ItemKind.PROJECT, Facts(**facts), (area,))  # type: ignore[arg-type]


ITEMS = (
    _item("A01", "二组水沟修复（样例）", "520602104201"),
    _item("A02", "耕地地力保护补贴（样例）", "5206", per_head=True, place="全市", beneficiaries=900),
    _item("A03", "临时救助（样例）", "520602104201", per_head=True, standard="每户1200元", beneficiaries=4),
    _item("A04", "机耕道硬化（样例）", "520602104201", ends_on="2026-06-30"),
    _item("A05", "村级光伏收益（样例）", "520602104", details=tuple(f"第{n}笔：{n}000元" for n in range(1, 10))),
    _item("B01", "营养餐（样例）", "520602105202", Sector.EDUCATION, place="龙井村"),
    _item("B02", "学校院坝（样例）", "520602105202", Sector.EDUCATION, place="龙井村"),
    _item("B03", "卫生室设备（样例）", "520602105202", Sector.MEDICAL, place="龙井村"),
    _item("B04", "公益性公墓（样例）", "520602105202", Sector.CIVIL_AFFAIRS, place="龙井村"),
    _item("B05", "退耕还林补助（样例）", "520602105202", Sector.FORESTRY, place="龙井村"),
    _item("B06", "人畜饮水（样例）", "520602105202", Sector.REVITALISATION, place="龙井村"),
)


@dataclass
class Clock:
    now: Millis = START

    def step(self, seconds: float) -> None:
        self.now = Millis(self.now + int(seconds * 1000))


@dataclass
class City:
    """A service, a clock and seeded chance."""

    service: Service
    clock: Clock = field(default_factory=Clock)
    ids: count[int] = field(default_factory=count)

    async def say(
        self,
        text: str,
        who: str = "村民",
        *,
        id_: str = "",
        kind: str = "text",
        channel: str = "web",
        after_s: float = 30,
    ) -> Reply:
        self.clock.step(after_s)
        message = Heard(channel, who, id_ or f"m{next(self.ids)}", text, self.clock.now, kind, network="10.0.0.0/24")
        return await self.service.hear(message)

    async def send_photo(self, content: bytes, who: str = "村民", *, id_: str = "", after_s: float = 30) -> Reply:
        self.clock.step(after_s)
        message = Heard("web", who, id_ or f"m{next(self.ids)}", "", self.clock.now, "photo")
        return await self.service.hear_photo(message, content)

    async def pushed(self, who: str = "村民") -> list[Reply]:
        """Deliver what waits, and read a person's mailbox."""
        service, vault = self.service, self.service.turns.vault
        delivery = Delivery(service.database, service.turns, lambda: self.clock.now, service.wake)
        while await delivery.work_once():
            pass
        account = vault.account("web", who)
        return [reply for _, reply in await service.database.read(lambda rows: mailbox.after(rows, vault, account, 0))]

    async def staff(
        self, wanted: list[tuple[Person, str]] | None = None, nets: list[tuple[Net, dict[PersonId, str]]] | None = None
    ) -> int:
        """Import the roster, and the nets if there are any; how many people are gone by it."""
        turns, now = self.service.turns, self.clock.now
        listed = people.people() if wanted is None else wanted
        return await self.service.database.turn(b"import", lambda rows: import_people(turns, rows, listed, now, nets))

    async def invite(self, person: str, code: str = "") -> str:
        """A code for somebody of the roster."""
        code = code or f"AB{next(self.ids):08}"
        vault, until = self.service.turns.vault, day_of(self.clock.now) + 7
        work = partial(store.invite, vault=vault, code=code, person=PersonId(person), expires_day=until)
        await self.service.database.turn(b"import", work)
        return code

    async def slip(self, entry: str, code: str, village: str = "520602104201") -> None:
        """A paper slip, as `lima slips` makes them."""
        vault, until = self.service.turns.vault, day_of(self.clock.now) + 365
        work = partial(slips.add, vault=vault, village=VillageCode(village), entry=entry, code=code, expires_day=until)
        assert await self.service.database.turn(b"import", work)

    async def bind(self, person: str, who: str, *, id_: str = "") -> Reply:
        """Somebody speaks from the account `who` from now on."""
        code = await self.invite(person)
        await self.say(f"绑定 {code}", who, id_=f"{id_}-a" if id_ else "", after_s=0)
        return await self.say("1", who, id_=f"{id_}-b" if id_ else "", after_s=0)

    async def code_of(self, title: str, village: str = "520602104201") -> str:
        """The placard code of the item whose title begins so."""
        turns = self.service.turns
        posted = await self.service.database.read(lambda rows: turns.catalogue.posted(rows, VillageCode(village)))
        return placard_code(next(p.id for p in posted if p.item.facts.title.startswith(title)), turns.placard_keys)

    async def scan(self, title: str, who: str = "村民") -> Reply:
        return await self.say(f"{SCAN} {await self.code_of(title)}", who)

    async def desk(self, desk: str) -> list[str]:
        """What somebody at a desk may see: number and reasons."""
        held = await self.service.held_for(Person(PersonId("somebody"), DeskId(desk)), 100)
        return [f"{each.number} {each.sector} {each.reasons[-1]}" for each in held]


def clock_of(city: City) -> Striking:
    """The clock of a process, over the city's time."""
    return Striking(city.service.database, city.service.turns, lambda: city.clock.now)


def seeded(seed: int = 7) -> random.Random:
    return random.Random(seed)


async def import_items(service: Service, items: tuple[Item, ...] = ITEMS) -> None:
    places = [
        (item.id, village)
        for item in items
        for area in item.areas
        for village in service.turns.organisation.villages_in(area)
    ]
    for _, work in import_steps(items, places):
        await service.database.turn(b"import", work)  # type: ignore[arg-type]


@asynccontextmanager
async def open_city(
    url: str,
    here: Here | None = None,
    limits: Limits | None = None,
    items: tuple[Item, ...] | None = ITEMS,
    seed: int = 7,
    files: Path | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[City]:
    """A city on a database that is made ready; nothing of it is a stand-in but the clock and the chance.

    `items` None: the city after a restart, nothing is imported again. Chance must then have another seed.
    """
    database = open_database(url, limits or Limits())
    chance = seeded(seed).randbytes
    catalogue = Catalogue()
    nets = Nets(COUNTIES)
    turns = Turns(Vault(RING), organisation(), here or Here(), PLACARD_KEYS, catalogue, chance, nets=nets)
    database.on_group = turns.refresh
    if items is not None:
        await make_ready(database)
    await database.open()
    clock = clock or Clock()
    folder = Folder(files or Path(tempfile.mkdtemp(prefix="lima-files-")))
    evidence = Evidence(folder, turns.vault, database, chance, lambda: clock.now)
    city = City(Service(database, turns, evidence, lambda: clock.now), clock)
    try:
        if items is not None:
            await import_items(city.service, items)
        yield city
    finally:
        await database.close()
        if files is None:
            shutil.rmtree(folder.path, ignore_errors=True)
