"""`lima schedule`, `lima digest`, `lima stats`: what the clock did and will do, what it would send, and the figures."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from typing import Annotated, Any

import typer
from rich.console import Console

from bot import app, digests, stats
from bot.clock import Clock
from bot.people_commands import DEFAULT_CONFIG, Config
from config.settings import Settings, load_settings
from handlers.dates import CHINA_OFFSET_MS, DAY_MS, day_of, said_day
from handlers.digest import WORDS, told
from handlers.model import Millis
from handlers.rules.places import place, places_for
from handlers.rules.schedule import MINUTE_MS, Job, name_of, number_of
from storage import schedule
from storage.statement import Rows

out = Console(highlight=False, soft_wrap=True)
Refusing = Callable[[Callable[..., Any]], Callable[..., Any]]
NAMES = {Job.REMINDERS: "到期提醒", **WORDS}
RAN_SHOWN = 12


class Which(StrEnum):
    weekly = "weekly"
    monthly = "monthly"
    quarterly = "quarterly"


class By(StrEnum):
    county = "county"
    zone = "zone"
    township = "township"
    sector = "sector"
    channel = "channel"
    source = "source"


def add_to(commands: typer.Typer, refusing: Refusing) -> None:
    """Hang these commands below `lima`."""
    commands.command(name="schedule")(refusing(schedule_))
    commands.command(name="digest")(refusing(digest))
    commands.command(name="stats")(refusing(stats_))


def schedule_(config: Config = DEFAULT_CONFIG) -> None:
    """钟做过什么，接下来什么时候做什么。"""
    for line in asyncio.run(_schedule(load_settings(config))):
        out.print(line, markup=False)


async def _schedule(settings: Settings) -> list[str]:
    async with app.opened(app.assemble(settings)) as installation:
        now, rules = app.now(), settings.schedule.rules()
        ran = await installation.database.read(lambda rows: schedule.listed(rows, RAN_SHOWN))
        lines = [f"做过  {NAMES[Job(each.job)]}  {each.period}  {_moment(each.done_at)}" for each in ran]
        coming = sorted((rules.moment(job, rules.struck(job, now) + 1), job) for job in Job)
        for at, job in coming:
            lines.append(f"要做  {NAMES[job]}  {name_of(job, rules.struck(job, now) + 1)}  {_moment(at)}")
        return lines or ["还没有做过什么。"]


def _moment(at: Millis) -> str:
    minute = (at + CHINA_OFFSET_MS) % DAY_MS // MINUTE_MS
    return f"{said_day(day_of(at))} {minute // 60}点{minute % 60:02}分"


def digest(
    which: Annotated[Which, typer.Argument(help="周报、月报还是季报。")],
    period: Annotated[
        str, typer.Option("--period", help="哪一期，像 2026-W47、2026-11、2026-Q3；不写就是最近一期。")
    ] = "",
    zone: Annotated[str, typer.Option("--zone", help="只要这一个片区、区县或全市，写代码。")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看要发什么、给谁、为什么，不发。")] = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """发一期周报、月报、季报；每一期每个地方只发一次，发过的不再发。"""
    job = Job(which.value)
    for line in asyncio.run(_digest(load_settings(config), job, period, zone, dry_run=dry_run)):
        out.print(line, markup=False)


async def _digest(settings: Settings, job: Job, period: str, zone: str, *, dry_run: bool) -> list[str]:
    async with app.opened(app.assemble(settings)) as installation:
        turns, database, now = installation.service.turns, installation.database, app.now()
        struck = turns.schedule.struck(job, now)
        try:
            n = number_of(job, period) if period else struck
        except ValueError:
            raise app.Refusal(f"--period：“{period}”不是这种报的一期，像 {name_of(job, struck)}。") from None
        if zone and place(zone, turns.organisation) is None:
            raise app.Refusal(f"--zone：没有代码是“{zone}”的片区、区县。")
        codes = [zone] if zone else places_for(job, turns.organisation)
        if dry_run:
            found = [
                await database.read(partial(_would, turns=turns, job=job, code=code, n=n, now=now)) for code in codes
            ]
            return [line for each in found for line in each] or [
                "没有人看这一期：周报给片区组长，月报给指挥长、区县和市里管总的同志，季报都给。"
            ]
        if n > struck:
            raise app.Refusal(f"{name_of(job, n)} 还没有完，不发；想先看看，加 --dry-run。")
        clock = Clock(database, turns, app.now)
        written = [(code, await clock.write(job, code, n)) for code in codes]
        return [f"{code}  写了 {k} 份" if k is not None else f"{code}  这一期发过了" for code, k in written]


def _would(rows: Rows, turns: Any, job: Job, code: str, n: int, now: Millis) -> list[str]:
    """What would be sent for one place, to whom and why."""
    turns.refresh(rows)
    lines = []
    for reader in digests.readers(turns, job, (code,)):
        name = turns.roster.names[reader.person.id]
        state = f"推送到 {reader.bound.channel}" if reader.bound else "还没有绑定，不发；绑定以后发词能看"
        lines.append(f"—— {name}（{reader.person.id}），因为是 {reader.place.name} 的{reader.why}；{state}")
        lines.append(
            digests.with_word(job, told(digests.gather(turns, rows, reader.person, reader.place, job, n, now)))
        )
    return lines


def stats_(
    period: Annotated[str, typer.Option("--period", help="2026-W47、2026-11 或 2026-Q3；不写就是这个月。")] = "",
    zone: Annotated[str, typer.Option("--zone", help="只数这一个片区、区县，写代码；不写就是全市。")] = "",
    by: Annotated[By | None, typer.Option("--by", help="分开数。")] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """问题、线索、立案、处分各多少，同比、环比，各步平均几天；不到 3 件的写“少”。"""
    for line in asyncio.run(_stats(load_settings(config), period, zone, by)):
        out.print(line, markup=False)


async def _stats(settings: Settings, period: str, zone: str, by: By | None) -> list[str]:
    async with app.opened(app.assemble(settings)) as installation:
        organisation = installation.organisation
        job, n = stats.period_of(period) if period else (Job.MONTHLY, _this_month())
        found = place(zone or organisation.city_code, organisation)
        if found is None:
            raise app.Refusal(f"--zone：没有代码是“{zone}”的片区、区县。")
        desks = found.desks
        if by is None:
            lines = await installation.database.read(lambda rows: stats.funnel(rows, desks, job, n))
        else:
            group = by.value
            lines = await installation.database.read(
                lambda rows: stats.aligned(stats.grouped(rows, desks, job, n, group, organisation))
            )
        return [f"{found.name}  {name_of(job, n)}", *lines]


def _this_month() -> int:
    return number_of(Job.MONTHLY, name_of(Job.REMINDERS, day_of(app.now()))[:7])
