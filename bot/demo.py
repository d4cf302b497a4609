"""`lima demo`: the sample city in the user's state folder, one page with a phone, placards to click, and desks."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import platformdirs
from starlette.routing import BaseRoute

from bot import app, prepare
from bot.pages.demo import DemoDesk, DemoPlacard, DemoRow, demo_routes
from config.items import load_items
from config.settings import Server, load_settings
from handlers.code import placard_code
from handlers.dates import said_day
from handlers.model import DeskId, Person, PersonId, Placard, VillageCode
from handlers.said import STATUSES
from storage.reports import Held

DESK_ROWS_MAX = 50
WALL_MAX = 8
LAN_PROBE = ("10.255.255.255", 9)
"""Connecting a datagram socket sends nothing; it only tells which address this machine has in its network."""


def run(*, port: int, fresh: bool, share: bool, say: Callable[[str], None]) -> None:
    """Serve the demo until stopped."""
    folder = platformdirs.user_state_path("lima") / "demo"
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    if not (folder / prepare.SETTINGS_FILE).exists():
        shutil.rmtree(folder, ignore_errors=True)
        prepare.prepare(folder, sample=True)
    host = _lan_address() if share else "127.0.0.1"
    server = Server(host="0.0.0.0" if share else host, port=port, base_url=f"http://{host}:{port}")
    settings = load_settings(folder / prepare.SETTINGS_FILE).model_copy(update={"server": server})
    installation = app.assemble(settings)
    items = load_items(folder / prepare.ITEMS_FILE, installation.organisation)
    asyncio.run(_import(installation, folder))
    village = richest_village([area for item in items for area in item.areas], installation)
    say(f"打开 {server.base_url}/demo ，按 Ctrl+C 停下。（数据在 {folder}，全是样例）")
    installation = app.assemble(settings)
    app.run(installation, _routes(installation, village))


async def _import(installation: app.Installation, folder: Path) -> None:
    wanted = load_items(folder / prepare.ITEMS_FILE, installation.organisation)
    async with app.opened(installation, serving=True):
        async for _ in app.import_items(installation, wanted):
            pass


def richest_village(areas: Sequence[str], installation: app.Installation) -> VillageCode:
    """The village with most items of its own: the one whose notice board the demo shows."""
    own = [VillageCode(area) for area in areas if area in installation.organisation.villages]
    return max(sorted(set(own)), key=own.count)


def _routes(installation: app.Installation, village: VillageCode) -> list[BaseRoute]:
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

    return demo_routes(placards=placards, desks=desks, here=installation.settings.here())


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
