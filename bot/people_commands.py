"""`lima import people`, `lima people`, `lima invite`, `lima audit`: the roster and the record, for the operator."""

from __future__ import annotations

import asyncio
import csv
import functools
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from bot import app
from bot.shown import facts
from bot.standing import StillHandling, import_people, unbind
from config.nets import Listed as Net
from config.nets import load_nets
from config.people import Listed, load_people
from config.settings import Settings, load_settings
from handlers.code import ALPHABET
from handlers.dates import day_of, said_day
from handlers.model import Person, PersonId
from storage import audit, items, people
from storage.statement import Rows

Config = Annotated[Path, typer.Option("--config", envvar="LIMA_CONFIG", help="设置文件。")]
DEFAULT_CONFIG = Path("lima.toml")
CODE_LETTERS = 12
"""60 bits, and five tries an hour for each account: guessing is hopeless."""
REMOVALS_SHARE_MAX = 0.5
"""An import that would remove more than half of the people is asked about (security.md §5 row 53)."""
out = Console(highlight=False, soft_wrap=True)
Refusing = Callable[[Callable[..., Any]], Callable[..., Any]]


def add_to(commands: typer.Typer, importing: typer.Typer, refusing: Refusing) -> None:
    """Hang these commands below `lima`."""
    importing.command(name="people")(refusing(import_))
    commands.command(name="people")(refusing(list_))
    commands.command(name="invite")(refusing(invite))
    commands.command(name="unbind")(refusing(unbind_))
    record = typer.Typer(help="谁做过什么：每一步都记着，改不了。", no_args_is_help=True, rich_markup_mode=None)
    record.command(name="verify")(refusing(verify))
    record.command(name="show")(refusing(show))
    commands.add_typer(record, name="audit")


def import_(
    file: Annotated[Path, typer.Argument(help="名册，CSV 或 XLSX：编号、姓名、单位、职务、关联。")],
    nets: Annotated[
        Path | None, typer.Option("--nets", help="廉情前哨站，CSV 或 XLSX，一起换；不写就照旧。见 docs/nets.md。")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="少了一半以上的人也照办。")] = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """导入名册：表里没有的人马上看不到任何东西；手里还有事的要先交给别人。"""
    n, gone = asyncio.run(import_file(load_settings(config), file, nets, yes=yes))
    out.print(f"导入了 {n} 人" + (f"，去掉了 {gone} 人。" if gone else "。"))


async def import_roster(
    installation: app.Installation, wanted: tuple[Listed, ...], nets: tuple[Net, ...] | None = None, *, yes: bool
) -> int:
    """How many people are gone. Refusal if somebody still has reports in hand, or if more than half of a list would go.

    Without `nets` those stay as they are.
    """
    turns = installation.service.turns
    pairs = [(listed.person, listed.name) for listed in wanted]
    ids = {person.id for person, _ in pairs}

    def work(rows: Rows) -> int:
        turns.refresh_people(rows)
        if nets is None and (twice := ids & turns.nets.ids()):
            raise app.Refusal(f"没有导入：编号 {'、'.join(sorted(twice))} 在廉情前哨站里已经有人用了。")
        if strange := _strange_ties(pairs, items.named(rows)):
            raise app.Refusal("没有导入：\n" + "\n".join(strange))
        members = set(turns.nets.ids())
        off = set[PersonId]() if nets is None else members - {id_ for each in nets for id_ in each.names}
        if not yes:
            _check_removals("名册", set(turns.roster.people) - ids, len(turns.roster.people))
            _check_removals("监督网", off, len(members))
        listed = None if nets is None else [(each.net, each.names) for each in nets]
        return import_people(turns, rows, pairs, app.now(), listed) + len(off)

    try:
        return await installation.database.turn(b"import", work)
    except StillHandling as still:
        raise app.Refusal(f"没有导入：\n{still}") from None


def _check_removals(what: str, gone: set[PersonId], before: int) -> None:
    """Each list by itself: in one with the roster, a net's empty file would be a small part of the whole."""
    if len(gone) > before * REMOVALS_SHARE_MAX:
        raise app.Refusal(f"这份{what}会去掉 {len(gone)} 人，超过一半，没有导入。没弄错的话，加 --yes 再来。")


def _strange_ties(pairs: list[tuple[Person, str]], named: frozenset[str]) -> list[str]:
    """A tie that meets nothing keeps nobody away from anything: it is refused. Places were proved by config/people.py."""
    return [
        f"{name}（{person.id}）的关联“{tie}”对不上：要写村、乡镇、区县的代码，公示的编号，或公示里责任单位的全名"
        for person, name in pairs
        for tie in sorted(person.ties)
        if named and not tie.isdigit() and tie not in named
    ]


async def import_file(settings: Settings, file: Path, nets: Path | None = None, *, yes: bool) -> tuple[int, int]:
    installation = app.assemble(settings)
    wanted = load_people(file, installation.organisation)
    ids = {listed.person.id for listed in wanted}
    found = None if nets is None else load_nets(nets, installation.organisation, ids)
    n = len(wanted) + sum(len(each.names) for each in found or ())
    async with app.opened(installation):
        return n, await import_roster(installation, wanted, found, yes=yes)


def list_(
    csv_: Annotated[bool, typer.Option("--csv", help="写成 CSV：编号、姓名、职务、单位。")] = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """列出名册上的人。"""
    if not csv_:
        out.print("请加 --csv。")
        raise typer.Exit(2)
    asyncio.run(_list(load_settings(config)))


async def _list(settings: Settings) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(["id", "name", "post", "unit"])
    async with app.opened(app.assemble(settings)) as installation:
        roster = await _roster(installation)
        for person in roster.people.values():
            for unit, post in person.posts:
                writer.writerow([person.id, roster.names[person.id], post.value, unit])


async def _roster(installation: app.Installation) -> people.Roster:
    turns = installation.service.turns
    await installation.database.read(turns.refresh_people)
    return turns.roster


def invite(
    person: Annotated[str, typer.Argument(metavar="ID", help="名册或廉情前哨站里的编号。")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """给一个人发绑定码，只印码：当面或电话给本人，他发“绑定 码”就认得他。"""
    sys.stdout.write(asyncio.run(_invite(load_settings(config), person)) + "\n")


async def _invite(settings: Settings, person: str) -> str:
    installation = app.assemble(settings)
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LETTERS))
    async with app.opened(installation):
        await make_invite(installation, person, code)
    return code


async def make_invite(installation: app.Installation, person: str, code: str) -> None:
    """Only the hash of the code is stored, until its day."""
    turns = installation.service.turns
    if person not in (await _roster(installation)).people and turns.nets.member(person) is None:
        raise app.Refusal(
            f"名册上没有编号 {person}（廉情前哨站要区县开了才算）。lima people --csv、lima nets --csv 会列出来。"
        )
    until = day_of(app.now()) + turns.here.invite_days
    work = functools.partial(people.invite, vault=turns.vault, code=code, person=PersonId(person), expires_day=until)
    await installation.database.turn(b"import", work)


def unbind_(
    person: Annotated[str, typer.Argument(metavar="ID", help="名册或廉情前哨站里的编号。")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """手机丢了：那部手机马上看不到任何东西；人还在名册上，再发一个绑定码就能接着办。"""
    if not asyncio.run(_unbind(load_settings(config), person)):
        raise app.Refusal(f"{person} 没有绑定手机，或者名册上没有这个编号。")
    out.print(f"{person} 的手机断开了。要接着用，lima invite {person}", markup=False)


async def _unbind(settings: Settings, person: str) -> bool:
    installation = app.assemble(settings)
    turns = installation.service.turns
    async with app.opened(installation):
        return await installation.database.turn(
            b"import", lambda rows: unbind(turns, rows, PersonId(person), app.now())
        )


# ---------------------------------------------------------------- audit


def verify(
    since: Annotated[str, typer.Option("--since", help="上次印出来的核对码：还在不在链上。")] = "",
    config: Config = DEFAULT_CONFIG,
) -> None:
    """从头到尾核对一遍，印出核对码；把它抄在别处，下次用 --since 对。"""
    found = asyncio.run(_verify(load_settings(config), since))
    for fault in found.faults:
        out.print(f"错  {fault}", markup=False)
    out.print(f"{found.n} 条，还有 {found.loose} 条等着接上。核对码 {found.checkpoint}", markup=False)
    if found.faults:
        raise typer.Exit(1)


async def _verify(settings: Settings, since: str) -> audit.Verified:
    async with app.opened(app.assemble(settings)) as installation:
        vault = installation.service.turns.vault
        return await installation.database.read(lambda rows: audit.verify(rows, vault, since))


def show(
    limit: Annotated[int, typer.Option(help="最后多少条。")] = 50,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """列出最近记下的：什么时候、谁、做了什么；没有话，没有反映人。"""
    for seq, fact in asyncio.run(_show(load_settings(config), limit)):
        who = fact.who or facts.done_by(fact, "")
        told = f"{seq}  {said_day(day_of(fact.at))}  {who}  {facts.what(fact)}  {facts.details(fact)}"
        out.print(told.rstrip(), markup=False)


async def _show(settings: Settings, limit: int) -> list[tuple[int, audit.Fact]]:
    async with app.opened(app.assemble(settings)) as installation:
        vault = installation.service.turns.vault
        return await installation.database.read(lambda rows: audit.facts(rows, vault, limit))
