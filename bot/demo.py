"""`lima demo`: the sample city in the user's state folder, one page with a phone, placards to click, and desks."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from starlette.routing import BaseRoute

from bot import app, prepare
from bot.clock import Clock
from bot.net_commands import make_slips
from bot.pages.demo import DemoDesk, DemoPlacard, DemoRow, demo_routes
from bot.pages.demo_office import Office, office_routes
from bot.paper.slips import Slip
from bot.people_commands import import_roster, make_invite
from config.items import load_items
from config.nets import load_nets
from config.organisation import load_organisation
from config.people import load_people
from config.settings import Nets, Server, load_settings
from handlers.code import placard_code
from handlers.dates import DAY_MS, HOUR_MS, day_of, day_start, said_day
from handlers.model import DeskId, Heard, Help, Millis, Person, PersonId, Placard, Post, Reply, VillageCode
from handlers.said import STATUSES
from storage import mailbox, schema
from storage.engine import open_database
from storage.reports import Held

DESK_ROWS_MAX = 50
WALL_MAX = 8
CLOCK_FILE = "turned-ms"
MORNING_MS = 9 * HOUR_MS
DAYS_TURNED_MAX = 31
PUSHES_SHOWN = 3
SLIPS_READY = 2
LAN_PROBE = ("10.255.255.255", 9)
"""Connecting a datagram socket sends nothing; it only tells which address this machine has in its network."""


def run(*, port: int, fresh: bool, share: bool, say: Callable[[str], None]) -> None:
    """Serve the demo until stopped."""
    folder = platformdirs.user_state_path("lima") / "demo"
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    if not all((folder / file).exists() for file in (prepare.SETTINGS_FILE, prepare.NETS_FILE)) or _is_old(folder):
        shutil.rmtree(folder, ignore_errors=True)
        prepare.prepare(folder, sample=True)
    host = _lan_address() if share else "127.0.0.1"
    server = Server(host="0.0.0.0" if share else host, port=port, base_url=f"http://{host}:{port}")
    settings = load_settings(folder / prepare.SETTINGS_FILE)
    counties = tuple(load_organisation(settings.organisation.folder).counties)
    settings = settings.model_copy(update={"server": server, "nets": Nets(counties=counties)})
    time = Time(folder / CLOCK_FILE)
    installation = app.assemble(settings, time.now)
    items = load_items(folder / prepare.ITEMS_FILE, installation.organisation)
    village = richest_village([area for item in items for area in item.areas], installation)
    slips = asyncio.run(_import(installation, folder, village))
    say(f"打开 {server.base_url}/demo ，按 Ctrl+C 停下。（数据在 {folder}，全是样例）")
    installation = app.assemble(settings, time.now)
    app.run(installation, _routes(installation, village, time, slips))


def _is_old(folder: Path) -> bool:
    """Left by another version: everything in it is a sample, and begins anew."""
    settings = load_settings(folder / prepare.SETTINGS_FILE)
    found = asyncio.run(schema.state_of(open_database(settings.database.url, app.limits_of(settings))))
    return found in ("older", "newer")


@dataclass
class Time:
    """The demo's time: the real one, and as much more as it was turned; kept beside the demo's data."""

    kept: Path

    def ahead_ms(self) -> int:
        return int(self.kept.read_text()) if self.kept.exists() else 0

    def now(self) -> Millis:
        return Millis(app.now() + self.ahead_ms())

    async def turn(self, days: int, clock: Clock) -> str:
        """Morning after morning, so that whatever strikes strikes on its own day, and nothing waits for quiet hours to
        end. Today's date, as it is then."""
        await clock.strike()
        for _ in range(min(days, DAYS_TURNED_MAX)):
            now = self.now()
            self.kept.write_text(str(self.ahead_ms() + day_start(now) + DAY_MS + MORNING_MS - now))
            await clock.strike()
        return said_day(day_of(self.now()))


async def _import(installation: app.Installation, folder: Path, village: VillageCode) -> list[Slip]:
    """Items, people and their phones; slips that lie ready for the monitor."""
    wanted = load_items(folder / prepare.ITEMS_FILE, installation.organisation)
    async with app.opened(installation, serving=True):
        async for _ in app.import_items(installation, wanted):
            pass
        await _staff(installation, folder, village)
        return await make_slips(installation, village, SLIPS_READY)


def richest_village(areas: Sequence[str], installation: app.Installation) -> VillageCode:
    """The village with most items of its own: the one whose notice board the demo shows."""
    own = [VillageCode(area) for area in areas if area in installation.organisation.villages]
    return max(sorted(set(own)), key=own.count)


def _routes(installation: app.Installation, village: VillageCode, time: Time, slips: Sequence[Slip]) -> list[BaseRoute]:
    organisation, service = installation.organisation, installation.service
    base_url = installation.settings.server.base_url

    async def placards() -> list[DemoPlacard]:
        posted = await service.database.read(lambda rows: service.turns.catalogue.posted(rows, village))
        found = []
        for placard in _some_of_each_sector(posted):
            code = placard_code(placard.id, service.turns.placard_keys)
            title, place = placard.item.facts.title, organisation.place_name(placard.village)
            found.append(DemoPlacard(f"{base_url}/i/{code}", code, title, place))
        return found

    async def desks() -> list[DemoDesk]:
        above = (organisation.desk_of_township, organisation.desk_of_county)
        ids = [*(find(village) for find in above), organisation.desk_of_city()]
        return [await _desk(installation, id_) for id_ in ids]

    offices = _offices(installation, village, time.kept.parent)
    titles = [(who, office.title) for who, office in offices.items()]
    here = installation.settings.here()

    async def turned(days: int) -> str:
        return await time.turn(days, installation.clock)

    routes = demo_routes(placards=placards, desks=desks, here=here, offices=titles, turned=turned, slips=slips)
    return [*routes, *office_routes(offices)]


def _people_of(village: VillageCode, installation: app.Installation, folder: Path) -> dict[str, tuple[str, str]]:
    """A monitor of the demo's village, the officer and the approver of its township, its zone's leader, the county's 案管,
    the contacts of two departments: (id in the samples, title)."""
    township = installation.organisation.township_of(village)
    titles = {"officer": f"{township.name}纪委干部的手机（报批）", "chief": f"{township.name}纪委书记的手机（批）"}
    found = {who: (f"T{township.code}-{n}", titles[who]) for who, n in (("officer", 2), ("chief", 1))}
    listed = load_people(folder / prepare.PEOPLE_FILE, installation.organisation)
    leader = next(each.person.id for each in listed if (township.zone, Post.LEADER) in each.person.posts)
    nets = load_nets(folder / prepare.NETS_FILE, installation.organisation)
    members = [member for each in nets if each.net.village == village for member in each.net.members]
    monitor = next(member.id for member in members if member.is_monitor)
    found = {"monitor": (monitor, "廉情监督员的手机（报、代填、日记）")} | found
    found["leader"] = leader, "片区组长的手机（周报、超期）"
    county = installation.organisation.desk_of_county(village)
    found["supervision"] = (
        next(each.person.id for each in listed if each.person.desk == county and each.person.holds(Post.SUPERVISION)),
        "县里案管的手机（问答、急难）",
    )
    help_ = installation.organisation.department_for(Help.FOOD, village)
    answers = installation.organisation.department_called(f"{township.name}人民政府", village)
    for who, unit, what in (("department", answers, "问一问"), ("helper", help_, "求助")):
        if unit is not None:
            contact = next(each.person.id for each in listed if each.person.desk == unit.id)
            found[who] = contact, f"{unit.name}经办的手机（{what}）"
    return found


def _offices(installation: app.Installation, village: VillageCode, folder: Path) -> dict[str, Office]:
    service = installation.service

    def speaking(address: str) -> Callable[[str], Awaitable[Reply]]:
        async def say(text: str) -> Reply:
            return await service.hear(Heard("web", address, secrets.token_hex(8), text, installation.now()))

        return say

    people = _people_of(village, installation, folder)

    def pushed(address: str) -> Callable[[], Awaitable[list[str]]]:
        async def look() -> list[str]:
            vault = service.turns.vault
            account = vault.account("web", address)
            found = await service.database.read(lambda rows: mailbox.after(rows, vault, account, 0))
            return [reply.text for _, reply in found[-PUSHES_SHOWN:]]

        return look

    return {
        who: Office(who, title, speaking(_address(who)), pushed(_address(who))) for who, (_, title) in people.items()
    }


def _address(who: str) -> str:
    return f"demo-{who}"


async def _staff(installation: app.Installation, folder: Path, village: VillageCode) -> None:
    """The sample roster and nets, and the people of the demo bound to their phones."""
    wanted = load_people(folder / prepare.PEOPLE_FILE, installation.organisation)
    nets = load_nets(folder / prepare.NETS_FILE, installation.organisation)
    await import_roster(installation, wanted, nets, yes=True)
    for who, (person, _) in _people_of(village, installation, folder).items():
        code = secrets.token_hex(6).upper()
        await make_invite(installation, person, code)
        for text in (f"绑定 {code}", "1"):
            await installation.service.hear(Heard("web", _address(who), secrets.token_hex(8), text, installation.now()))


def _some_of_each_sector(posted: Sequence[Placard]) -> list[Placard]:
    """One item of each sector, then more, until the wall is full."""
    seen = Counter[str]()
    ranked = []
    for placard in posted:
        seen[placard.item.sector] += 1
        ranked.append((seen[placard.item.sector], placard.id, placard))
    return [placard for _, _, placard in sorted(ranked)[:WALL_MAX]]


async def _desk(installation: app.Installation, id_: DeskId) -> DemoDesk:
    """A desk as one of its people sees it: through visibility, like everything else."""
    desk = installation.organisation.desks[id_]
    person = Person(PersonId(f"demo:{id_}"), id_)
    held = await installation.service.held_for(person, DESK_ROWS_MAX)
    return DemoDesk(desk.name, desk.level, tuple(_row(installation, each) for each in held))


def _row(installation: app.Installation, held: Held) -> DemoRow:
    place = installation.organisation.place_name(held.facts.village)
    day = f"{said_day(held.received_day)} {STATUSES[held.status]}"
    return DemoRow(held.number, day, held.sector, place, held.reasons)


def _lan_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(LAN_PROBE)
        return str(probe.getsockname()[0])
