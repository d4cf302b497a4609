"""`lima …`: one command a function. Exit codes: 0 fine, 1 a problem was found, 2 wrong use (design.md §4)."""

from __future__ import annotations

import asyncio
import csv
import functools
import secrets
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from bot import (
    app,
    backing_up,
    checking,
    clock_commands,
    demo,
    net_commands,
    people_commands,
    prepare,
    wrong_use,
)
from bot.channels import terminal
from config.faults import Faults
from config.items import load_items
from config.organisation import load_organisation
from config.settings import Problem, Settings, load_settings
from handlers.code import placard_code
from handlers.dates import day_of
from handlers.model import About, Millis, Placard, PlacardId, Reply
from handlers.rules.finding import Finder
from handlers.rules.routing import route
from storage import archive, backup, housekeeping, schema, undelivered
from storage.engine import AlreadyServed, T, Work, open_database
from storage.items import bump, current_ids, places_in_use
from storage.vault import RingRefused

commands = typer.Typer(
    name="lima",
    help="立码：扫一个码，看公示、说事情，送到该办的纪委。",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
importing = typer.Typer(help="导入公示、机构、名册。", no_args_is_help=True, rich_markup_mode=None)
commands.add_typer(importing, name="import")
keys = typer.Typer(help="钥匙。", no_args_is_help=True, rich_markup_mode=None)
commands.add_typer(keys, name="keys")
channels = typer.Typer(help="微信、Telegram 这些渠道。", no_args_is_help=True, rich_markup_mode=None)
commands.add_typer(channels, name="channels")
outbox = typer.Typer(help="等着发出去的消息。", no_args_is_help=True, rich_markup_mode=None)
commands.add_typer(outbox, name="outbox")

Config = Annotated[Path, typer.Option("--config", envvar="LIMA_CONFIG", help="设置文件。")]
DEFAULT_CONFIG = Path("lima.toml")
PLACARDS_A_PAGE = 500
out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)

REFUSALS = (
    Faults,
    Problem,
    RingRefused,
    AlreadyServed,
    schema.SchemaRefused,
    app.Refusal,
    prepare.NotEmpty,
    ValueError,
)


def refusing(command: Callable[..., Any]) -> Callable[..., Any]:
    """What is known to go wrong becomes one clear sentence and exit code 1."""

    @functools.wraps(command)
    def run(*arguments: Any, **options: Any) -> Any:
        try:
            return command(*arguments, **options)
        except AlreadyServed:
            err.print("这个数据库已经有一个服务在用，一个文件只能有一个。")
        except REFUSALS as refusal:
            err.print(str(refusal), markup=False)
        except OSError as error:
            err.print(f"读写出错：{error.strerror or error}", markup=False)
        raise typer.Exit(1)

    return run


# ---------------------------------------------------------------- start


@commands.command()
@refusing
def init(
    folder: Annotated[Path, typer.Argument(help="空的或还没有的目录。")],
    sample: Annotated[
        bool, typer.Option("--sample", help="放进样例：铜仁市的真实区划、60 项样例公示、样例名册。")
    ] = False,
) -> None:
    """新建一个目录：设置、钥匙、机构和公示的表。"""
    prepare.prepare(folder, sample=sample)
    if sample:
        settings = load_settings(folder / prepare.SETTINGS_FILE)
        asyncio.run(_import_items(settings, folder / prepare.ITEMS_FILE))
        people, nets = folder / prepare.PEOPLE_FILE, folder / prepare.NETS_FILE
        asyncio.run(people_commands.import_file(settings, people, nets, yes=False))
    out.print(f"建好了：{folder}\n接着：cd {folder} && lima serve", markup=False)


@commands.command()
@refusing
def check(config: Config = DEFAULT_CONFIG) -> None:
    """查一遍设置、机构、钥匙、数据库，有问题就一条条说出来。"""
    lines = asyncio.run(checking.check(config))
    for line in lines:
        out.print(f"{'好' if line.fine else '错'}  {line.says}", markup=False)
    if not all(line.fine for line in lines):
        raise typer.Exit(1)


@commands.command()
@refusing
def migrate(config: Config = DEFAULT_CONFIG) -> None:
    """把数据库的结构升到这个程序的版本；先备份。服务要先停下。"""
    settings = load_settings(config)
    asyncio.run(_migrate(settings))


async def _migrate(settings: Settings) -> None:
    database = open_database(settings.database.url, app.limits_of(settings))
    database.hold()
    found = await schema.state_of(database)
    if found == "current":
        out.print("已经是最新的。")
    elif found == "newer":
        raise app.Refusal("数据库的结构比这个程序新，或者不是立码的数据库。请换用更新的程序。")
    else:
        if found == "older":
            out.print(f"备份在：{await backup.before_migration(settings.database.url)}", markup=False)
        await database.migrate(schema.upgrade)
        out.print("升好了。")
    await database.close()


@commands.command()
@refusing
def serve(config: Config = DEFAULT_CONFIG) -> None:
    """开始服务：网页聊天和公示页。"""
    installation = app.assemble(load_settings(config))
    app.refuse_sample_ring(installation)
    app.run(installation)


@commands.command(name="demo")
@refusing
def demo_(
    port: Annotated[int, typer.Option(help="网页的端口。")] = 8000,
    fresh: Annotated[bool, typer.Option("--fresh", help="扔掉上次的演示数据，重新来。")] = False,
    share: Annotated[bool, typer.Option("--share", help="让同一个局域网里的手机也能扫。")] = False,
) -> None:
    """演示：一页里有村民的手机、能扫的码、各级纪委的收件箱。"""
    demo.run(port=port, fresh=fresh, share=share, say=lambda line: err.print(line, markup=False))


@commands.command()
@refusing
def chat(
    as_: Annotated[str, typer.Option("--as", help="谁在说话；现在只有 villager。")] = "villager",
    code: Annotated[str, typer.Option("--code", help="先扫这个码。")] = "",
    config: Config = DEFAULT_CONFIG,
) -> None:
    """在终端里当一回村民。"""
    if as_ != "villager":
        err.print(f"--as：还没有“{as_}”，现在只有 villager。", markup=False)
        raise typer.Exit(2)
    asyncio.run(_chat(load_settings(config), code))


async def _chat(settings: Settings, code: str) -> None:
    def read() -> str | None:
        try:
            return input("> ")
        except EOFError:
            return None

    def show(reply: Reply) -> None:
        out.print(reply.as_lines() + "\n", markup=False)

    async with app.opened(app.assemble(settings)) as installation:
        address = secrets.token_hex(16)
        await terminal.talk(installation.service.hear, app.now, read, show, address, code)


# ---------------------------------------------------------------- organisation and items


@commands.command(name="route")
@refusing
def route_(
    village: Annotated[str, typer.Argument(help="村的代码或名字。")],
    about: Annotated[About, typer.Argument(help="主要牵涉谁。")],
    explain: Annotated[bool, typer.Option("--explain", help="说出为什么，谁看不到。")] = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """一件反映会交给谁。"""
    organisation = load_organisation(load_settings(config).organisation.folder)
    found = Finder(organisation).find(village)
    codes = [code for code in organisation.villages if code == village] or (found.villages if found.sure else ())
    if len(codes) != 1:
        names = "、".join(f"{organisation.place_name(code)}（{code}）" for code in found.villages)
        err.print(f"叫“{village}”的村有 {len(codes)} 个" + (f"：{names}" if names else "。"), markup=False)
        raise typer.Exit(2)
    routing = route(codes[0], about, organisation)
    out.print(organisation.desks[routing.desk].name, markup=False)
    if explain:
        for reason in routing.reasons:
            out.print(f"  因为：{reason}", markup=False)
        for desk in sorted(routing.bypassed):
            out.print(f"  看不到：{organisation.desks[desk].name}", markup=False)


@importing.command(name="items")
@refusing
def import_items(
    file: Annotated[Path, typer.Argument(help="公示事项的 CSV。")],
    yes: Annotated[bool, typer.Option("--yes", help="撤下一半以上也照办。")] = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """导入公示事项：表里没有的算撤下，已经印出去的码都还认。"""
    n, gone = asyncio.run(_import_items(load_settings(config), file, yes=yes))
    out.print(f"导入了 {n} 项" + (f"，撤下了 {gone} 项。" if gone else "。"))


WITHDRAWN_SHARE_MAX = 0.5
"""An import that would withdraw more than half of what is shown is asked about, as with people (security.md §5 row 53)."""


async def _import_items(settings: Settings, file: Path, *, yes: bool = False) -> tuple[int, int]:
    installation = app.assemble(settings)
    wanted = load_items(file, installation.organisation)
    async with app.opened(installation):
        shown = await installation.database.read(current_ids)
        gone = shown - {item.id for item in wanted}
        if len(gone) > len(shown) * WITHDRAWN_SHARE_MAX and not yes:
            raise app.Refusal(f"这张表会撤下 {len(gone)} 项公示，超过一半，没有导入。没弄错的话，加 --yes 再来。")
        with Progress(console=err, disable=not sys.stderr.isatty(), transient=True) as progress:
            task = progress.add_task("导入公示", total=None)
            async for written in app.import_items(installation, wanted):
                progress.update(task, completed=written)
    return len(wanted), len(gone)


@importing.command(name="organisation")
@refusing
def import_organisation(config: Config = DEFAULT_CONFIG) -> None:
    """认下改过的机构文件；还在用的村和承办单位不能没有。"""
    asyncio.run(_import_organisation(load_settings(config)))
    out.print("机构认下了。")


async def _import_organisation(settings: Settings) -> None:
    installation = app.assemble(settings)
    organisation, database = installation.organisation, installation.database
    await schema.make_ready(database)
    await database.open()
    try:
        villages, desks = await database.read(places_in_use)
        gone = [f"村 {code}" for code in villages if code not in organisation.villages]
        gone += [f"承办单位 {desk}" for desk in desks if desk not in {**organisation.desks, **organisation.departments}]
        if gone:
            raise app.Refusal("这些还在用，新的文件里却没有，没有认：\n" + "\n".join(gone))
        await database.turn(b"import", lambda rows: bump(rows, "organisation", organisation.digest))
    finally:
        await database.close()


@commands.command()
@refusing
def placards(
    csv_: Annotated[bool, typer.Option("--csv", help="写成 CSV：码、网址、公示、村。")] = False,
    wechat: Annotated[
        bool, typer.Option("--wechat", help="给后面写的每一个做公众号的码：印出来扫了直接进公众号。")
    ] = False,
    which: Annotated[
        list[str] | None, typer.Argument(metavar="CODE…", help="村的代码（一村一码）、公示的编号，或者一个立码。")
    ] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """列出所有要印的码；或者做公众号的码，一个号一共只有 10 万个。"""
    if csv_ == wechat or (wechat and not which):
        err.print("请加 --csv，或者 --wechat 和要做的代码。")
        raise typer.Exit(2)
    settings = load_settings(config)
    if not wechat:
        asyncio.run(_placards(settings, which or []))
        return
    from bot import wechat_commands  # its libraries are a tenth of every command's start

    asyncio.run(wechat_commands.print_scenes(settings, which or [], out, err))


@channels.command(name="setup")
@refusing
def channels_setup(
    name: Annotated[str, typer.Argument(metavar="CHANNEL", help="wechat 或 telegram。")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """设好公众号的菜单、机器人的命令，查一遍账号；再来一次也不要紧。"""
    if name == "wechat":
        from bot import wechat_commands

        asyncio.run(wechat_commands.set_up(load_settings(config), out))
    elif name == "telegram":
        from bot import telegram_commands  # the library takes a quarter of a second of every command's start

        asyncio.run(telegram_commands.set_up(load_settings(config), out))
    else:
        err.print(f"没有“{name}”这个渠道，只有 wechat 和 telegram。", markup=False)
        raise typer.Exit(2)


async def _placards(settings: Settings, which: list[str]) -> None:
    """All, or those of the villages, items and codes in `which`."""
    writer = csv.writer(sys.stdout)
    writer.writerow(["code", "url", "item", "village"])
    async with app.opened(app.assemble(settings)) as installation:
        async for page in _pages(installation):
            for placard in page:
                code = placard_code(placard.id, installation.service.turns.placard_keys)
                if which and not {code, placard.village, placard.item.id} & set(which):
                    continue
                title, place = placard.item.facts.title, installation.organisation.place_name(placard.village)
                writer.writerow([code, f"{settings.server.base_url}/i/{code}", title, place])


async def _pages(installation: app.Installation) -> AsyncIterator[list[Placard]]:
    after: list[Placard] = []
    while True:
        last = after[-1].id if after else PlacardId(0)
        catalogue = installation.service.turns.catalogue
        after = await installation.database.read(functools.partial(catalogue.after, id_=last, limit=PLACARDS_A_PAGE))
        if not after:
            return
        yield after


# ---------------------------------------------------------------- housekeeping


@commands.command()
@refusing
def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只数，不删。")] = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """删掉到期的：没写完的话 30 天，存下的回话 1 天，收到过的记号 30 天。"""
    n = asyncio.run(_purge(load_settings(config), dry_run))
    out.print(f"{'到期的有' if dry_run else '删掉了'} {n} 行。")


async def _purge(settings: Settings, dry_run: bool) -> int:
    async with app.opened(app.assemble(settings)) as installation:
        if not dry_run:
            return await app.purge(installation)
        today = day_of(Millis(app.now()))
        return sum((await installation.database.read(lambda rows: housekeeping.due(rows, today))).values())


# ---------------------------------------------------------------- backup and keys


def _progress() -> tuple[Progress, archive.Progress]:
    """A bar on a terminal; nothing without one."""
    bar = Progress(console=err, disable=not sys.stderr.isatty(), transient=True)
    tasks: dict[str, TaskID] = {}

    def show(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what)
        bar.update(tasks[what], completed=done, total=total)

    return bar, show


@commands.command(name="backup")
@refusing
def backup_(
    target: Annotated[Path, typer.Argument(help="还没有的文件；写一个目录，就在里面按时间起名。")],
    keys_: Annotated[bool, typer.Option("--keys", help="只备份钥匙；要和数据的备份分开放。")] = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """备份数据库和照片，服务不用停；里面都是封着的，钥匙不在里面。"""
    settings = load_settings(config)
    if keys_:
        out.print(f"钥匙备份在：{backing_up.back_up_keys(settings, target)}（谁有它，谁就打得开数据）", markup=False)
        return
    bar, show = _progress()
    with bar:
        made, manifest = asyncio.run(backing_up.back_up(settings, target, show))
    ids = "、".join(map(str, manifest.key_ids))
    out.print(f"备份在：{made}（打开它要第 {ids} 把钥匙）" if ids else f"备份在：{made}", markup=False)


@commands.command()
@refusing
def restore(
    source: Annotated[Path, typer.Argument(help="lima backup 做的文件。")],
    replace: Annotated[bool, typer.Option("--replace", help="换掉现在的；原来的先挪到一边，不删。")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="从头到尾试一遍，什么也不改。")] = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """用备份恢复；服务要先停下。每个文件都核对，还要试钥匙打不打得开。"""
    bar, show = _progress()
    with bar:
        settings = load_settings(config)
        told = asyncio.run(backing_up.restore(settings, source, replace=replace, dry_run=dry_run, progress=show))
    for line in told:
        out.print(line, markup=False)


@keys.command(name="new")
@refusing
def keys_new(config: Config = DEFAULT_CONFIG) -> None:
    """新建一套钥匙；已经有的不动。"""
    out.print(
        f"钥匙在：{backing_up.new_keys(load_settings(config))}\n马上用 lima backup --keys 备份两份。", markup=False
    )


# ---------------------------------------------------------------- outbox


@outbox.command(name="list")
@refusing
def outbox_list(
    limit: Annotated[int, typer.Option(help="最多列这么多条。")] = 50, config: Config = DEFAULT_CONFIG
) -> None:
    """列出等着发的：等在哪里，试了几次，为什么没有成；不说内容，也不说给谁。"""
    found = asyncio.run(_on_outbox(load_settings(config), lambda rows: undelivered.listed(rows, limit)))
    for line in found:
        where = line.desk or ("不再试" if line.dead else "给个人")
        out.print(f"{line.id.hex()}  {where}  试了 {line.attempts} 次  {line.last_error}".rstrip(), markup=False)
    out.print(f"{len(found)} 条。")


@outbox.command(name="requeue")
@refusing
def outbox_requeue(
    id_: Annotated[str, typer.Argument(metavar="ID", help="lima outbox list 列出的编号；不写就是所有不再试的。")] = "",
    config: Config = DEFAULT_CONFIG,
) -> None:
    """让发不出去的从头再试。"""
    id_bytes = bytes.fromhex(id_) if id_ else None
    n = asyncio.run(_on_outbox(load_settings(config), lambda rows: undelivered.requeue(rows, id_bytes, app.now())))
    out.print(f"{n} 条再试。")
    if id_ and not n:
        raise typer.Exit(1)


async def _on_outbox(settings: Settings, work: Work[T]) -> T:
    async with app.opened(app.assemble(settings)) as installation:
        return await installation.database.turn(b"outbox", work)


people_commands.add_to(commands, importing, refusing)
clock_commands.add_to(commands, refusing)
net_commands.add_to(commands, refusing)


def main() -> None:
    sys.exit(wrong_use.run(commands))
