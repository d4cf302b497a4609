"""What the command line does at the official account: its menu, and the codes that open it when they are scanned."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.progress import Progress

from bot import app
from bot.channels.wechat.api import Api, CallFailed
from bot.channels.wechat.console import sentence
from bot.channels.wechat.console import set_up as set_up_account
from bot.channels.wechat.limits import SCENES_MAX
from bot.official_account import OfficialBooks, api_of, notice_of, scenes_for
from config.settings import Settings
from handlers.code import placard_code
from handlers.model import ItemId, Placard, PlacardId, VillageCode
from storage import wechat

PAGE = 500


async def set_up(settings: Settings, out: Console) -> None:
    """Refusal in Chinese if the platform does not want it so."""
    _wanted(settings)
    async with app.opened(app.assemble(settings)) as installation:
        api = api_of(settings.wechat, OfficialBooks(installation.service))
        try:
            async for line in set_up_account(api, notice_of(settings.wechat), settings.server.base_url):
                out.print(line, markup=False)
        except CallFailed as failed:
            raise app.Refusal(sentence(failed)) from None
        finally:
            await api.close()


async def print_scenes(settings: Settings, which: Sequence[str], out: Console, err: Console) -> None:
    """CSV: scene, url to print, ticket, what it shows. Those that were made before cost nothing."""
    _wanted(settings)
    async with app.opened(app.assemble(settings)) as installation:
        named = await _named(installation, which)
        api = api_of(settings.wechat, OfficialBooks(installation.service))
        try:
            made = await _print(installation, api, named, err)
        except CallFailed as failed:
            raise app.Refusal(f"{sentence(failed)}\n已经做好的都记下了，再来一次从断的地方接着做。") from None
        finally:
            await api.close()
        asked = await installation.database.read(wechat.scenes_asked)
        err.print(f"{made} 个码；这个号一共 {SCENES_MAX} 个，用了 {asked} 个。", markup=False)
        if made < len(named):
            raise app.Refusal(f"额度用完了，还有 {len(named) - made} 个没有做。")


async def _print(installation: app.Installation, api: Api, named: dict[str, str], err: Console) -> int:
    writer = csv.writer(sys.stdout)
    writer.writerow(["scene", "url", "ticket", "shows"])
    made = 0
    with Progress(console=err, disable=not sys.stderr.isatty(), transient=True) as progress:
        task = progress.add_task("公众号的码", total=len(named))
        async for scene in scenes_for(installation.service, api, list(named)):
            if scene is None:
                break
            made += 1
            writer.writerow([scene.scene, scene.url, scene.ticket, named[scene.scene]])
            progress.update(task, completed=made)
    return made


async def _named(installation: app.Installation, which: Sequence[str]) -> dict[str, str]:
    """Scene and what it shows, for every code given: a village, an item in all its villages, or one placard."""
    organisation = installation.organisation
    named: dict[str, str] = {}
    unknown = []
    for code in which:
        placard = await installation.service.placard(code)
        if code in organisation.villages:
            named[code] = organisation.place_name(VillageCode(code))
        elif placard is not None:
            named |= _told(installation, [placard])
        else:
            found = [each for each in await _all(installation) if each.item.id == ItemId(code)]
            named |= _told(installation, found)
            unknown += [] if found else [code]
    if unknown:
        raise app.Refusal(f"不认识：{'、'.join(unknown)}。要写村的代码、公示的编号，或者一个立码。")
    return named


async def _all(installation: app.Installation) -> list[Placard]:
    catalogue, found = installation.service.turns.catalogue, list[Placard]()
    while True:
        after = found[-1].id if found else PlacardId(0)
        page = await installation.database.read(lambda rows, after=after: catalogue.after(rows, after, PAGE))  # type: ignore[misc]
        if not page:
            return found
        found += page


def _told(installation: app.Installation, placards: Sequence[Placard]) -> dict[str, str]:
    keys, organisation = installation.service.turns.placard_keys, installation.organisation
    return {
        placard_code(each.id, keys): f"{each.item.facts.title} {organisation.place_name(each.village)}"
        for each in placards
    }


def _wanted(settings: Settings) -> None:
    if not settings.wechat.on:
        raise app.Refusal("公众号没有开：先在 lima.toml 的 [wechat] 里填 appid、token、secret、aes_key。")
