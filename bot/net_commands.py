"""`lima nets`, `lima slips`: the nets of monitors and the paper slips, for the operator."""

from __future__ import annotations

import asyncio
import csv
import os
import secrets
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from bot import app, nets
from bot.paper.slips import Slip, pdf
from bot.people_commands import DEFAULT_CONFIG, Config
from config.settings import Settings, load_settings
from handlers.code import entry_number, entry_shown, query_code, query_code_shown
from handlers.dates import day_of
from handlers.model import TownshipCode, VillageCode
from storage import reports, slips
from storage.statement import Rows

out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)
Refusing = Callable[[Callable[..., Any]], Callable[..., Any]]
SLIPS_MAX = 200
TRIES_MAX = 20
PRIVATE = 0o600


def add_to(commands: typer.Typer, refusing: Refusing) -> None:
    """Hang these commands below `lima`."""
    commands.command(name="nets")(refusing(nets_))
    commands.command(name="slips")(refusing(slips_))


def nets_(
    csv_: Annotated[
        bool, typer.Option("--csv", help="写成 CSV：编号、姓名、职务、村、组，给各人发绑定码用；不要外传。")
    ] = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """各区县建了多少廉情前哨站，还缺什么：只有村、组和数目。"""
    asyncio.run(_nets(load_settings(config), names=csv_))


async def _nets(settings: Settings, *, names: bool) -> None:
    async with app.opened(app.assemble(settings)) as installation:
        turns, organisation = installation.service.turns, installation.organisation
        await installation.database.read(turns.refresh)
        if names:
            writer = csv.writer(sys.stdout)
            writer.writerow(["id", "name", "post", "village", "group"])
            for member, name in turns.nets.listed_for_inviting():
                writer.writerow([member.id, name, member.post.value, member.village, member.group])
            return
        today = day_of(installation.now())
        for county in organisation.counties.values():
            seen = nets.seen_by(turns, None, today, county.code)
            told = f"{seen.villages} 个村，建了 {seen.set_up} 个" if seen.villages else "没有开（nets.counties）"
            out.print(f"{county.name}  {told}", markup=False)
            for lack in seen.lacks if seen.set_up else ():
                if lack.what != "net":
                    out.print(f"  {organisation.township_of(lack.village).name}{nets.told(turns, lack)}", markup=False)


def slips_(
    areas: Annotated[list[str], typer.Argument(metavar="CODE…", help="区县、乡镇或村的代码。")],
    n: Annotated[int, typer.Option("--count", min=1, max=SLIPS_MAX, help="每个村多少张。")] = 8,
    folder: Annotated[Path, typer.Option("--out", help="放在哪个目录，要空的；一个乡镇一个 PDF。")] = Path("slips"),
    config: Config = DEFAULT_CONFIG,
) -> None:
    """印代填的纸条：上联登记号，下联查询码，对折封口。印完马上删掉 PDF：里面有查询码。"""
    settings = load_settings(config)
    if folder.exists() and any(folder.iterdir()):
        raise app.Refusal(f"{folder} 里已经有东西了，没有印。请换一个空的目录。")
    made, files, idle = asyncio.run(_slips(settings, areas, n, folder))
    out.print(f"{made} 张，{files} 个 PDF，在 {folder}。印完、封好，马上删掉这些 PDF。", markup=False)
    if idle:
        out.print(f"其中 {idle} 个村还没有监督员，那里的纸条要等有了人才能用。", markup=False)


async def _slips(settings: Settings, areas: Sequence[str], n: int, folder: Path) -> tuple[int, int, int]:
    """How many slips in how many files, and in how many villages nobody can use them yet."""
    installation = app.assemble(settings)
    organisation = installation.organisation
    townships: dict[TownshipCode, list[VillageCode]] = {}
    for area in areas:
        if not (found := organisation.villages_in(area)):
            raise app.Refusal(f"没有这个地方 {area}：要写区县、乡镇或村的代码。")
        if not any(installation.service.turns.nets.is_on(village) for village in found):
            raise app.Refusal(f"{area} 还没有开廉情前哨站（nets.counties），纸条没有人能用。")
        for village in found:
            mine = townships.setdefault(organisation.villages[village].township, [])
            mine += [] if village in mine else [village]
    made = 0
    async with app.opened(installation):
        await installation.database.read(installation.service.turns.refresh)
        with Progress(console=err, disable=not sys.stderr.isatty(), transient=True) as progress:
            task = progress.add_task("印纸条", total=sum(map(len, townships.values())))
            for code, villages in townships.items():
                drawn: list[Slip] = []
                for village in villages:
                    drawn += await make_slips(installation, village, n)
                    progress.advance(task)
                content = await asyncio.to_thread(pdf, drawn, settings.account.hotline)
                _write(folder / f"{code}-{organisation.townships[code].name}.pdf", content)
                made += len(drawn)
        by_village = installation.service.turns.nets.by_village
        nets_there = {code for code, net in by_village.items() if any(each.is_monitor for each in net.members)}
    return made, len(townships), sum(code not in nets_there for each in townships.values() for code in each)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as file:
        file.write(content)


async def make_slips(installation: app.Installation, village: VillageCode, n: int) -> list[Slip]:
    """Slips of one village, known from now on; only their hashes are stored."""
    turns, place = installation.service.turns, installation.organisation.place_name(village)
    until = day_of(installation.now()) + turns.here.slip_days

    def work(rows: Rows) -> list[Slip]:
        return [Slip(place, entry_shown(entry), query_code_shown(code)) for entry, code in _drawn(rows)]

    def _drawn(rows: Rows) -> Iterable[tuple[str, str]]:
        for _ in range(n):
            for _ in range(TRIES_MAX):
                entry, code = entry_number(secrets.randbelow(10**8)), query_code(secrets.randbelow(10**10))
                taken = reports.by_code(rows, turns.vault, village, code) is not None
                if not taken and slips.add(rows, turns.vault, village, entry, code, until):
                    yield entry, code
                    break
            else:
                raise RuntimeError(f"no free slip in {TRIES_MAX} tries")

    return await installation.database.turn(b"import", work)
