"""`lima check`: everything that can be proved before serving, each as one line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from bot import app
from config.faults import Faults
from config.organisation import load_organisation
from config.people import unstaffed
from config.settings import Problem, Settings, load_settings
from handlers.dates import day_of
from handlers.model import DeskId, Post
from handlers.rules.ties import asked_times
from storage import schema
from storage.engine import open_database
from storage.items import count_placards
from storage.nets import Nets
from storage.people import Roster
from storage.vault import RingRefused, Vault, load_placard_keys, load_ring


@dataclass(frozen=True, slots=True)
class Line:
    fine: bool
    says: str


async def check(config: Path) -> list[Line]:
    """All findings, not only the first; nothing is changed."""
    try:
        settings = load_settings(config)
    except Problem as problem:
        return [Line(False, sentence) for sentence in problem.sentences]
    found = [Line(True, f"设置：{config}")]
    for look in (_organisation, _keys, _database, _people, _channels):
        found += await _looked(look, settings)
    return found


async def _looked(look: Callable[[Settings], Awaitable[str]], settings: Settings) -> list[Line]:
    try:
        return [Line(True, await look(settings))]
    except Faults as faults:
        return [Line(False, line) for line in str(faults).splitlines()]
    except (RingRefused, app.Refusal) as refusal:
        return [Line(False, str(refusal))]
    except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding; its text may hold a password
        return [Line(False, f"{look.__name__.removeprefix('_')}：打不开（{type(error).__name__}）")]


async def _organisation(settings: Settings) -> str:
    o = load_organisation(settings.organisation.folder)
    counts = f"{len(o.counties)} 个区县、{len(o.zones)} 个协作区、{len(o.townships)} 个乡镇、{len(o.villages)} 个村"
    departments = (
        f"，{len(o.departments)} 个主管部门" if o.departments else "；没有 departments.csv：问事、求助只给电话"
    )
    return f"机构：{counts}，{len(o.desks)} 个承办单位{departments}"


async def _keys(settings: Settings) -> str:
    ring = load_ring(settings.keys.ring, app.data_folder(settings))
    n = len(load_placard_keys(settings.keys.ring))
    return f"钥匙：{len(ring.masters)} 把，印码的 {n} 把" + ("（样例钥匙，不能对外）" if ring.sample else "")


async def _channels(settings: Settings) -> str:
    app.refuse_half_a_channel(settings)
    return "公众号：" + ("设好了，lima channels setup wechat 去问微信" if settings.wechat.on else "没有开")


async def _database(settings: Settings) -> str:
    database = open_database(settings.database.url, app.limits_of(settings))
    found = await schema.state_of(database)
    if found == "empty":
        return "数据库：空的，第一次 lima serve 时建"
    if found == "older":
        raise app.Refusal("数据库：结构是旧的，请运行 lima migrate")
    if found == "newer":
        raise app.Refusal("数据库：结构比这个程序新，或者不是立码的数据库")
    await database.open()
    try:
        return f"数据库：{database.kind}，{await database.read(count_placards)} 个码"
    finally:
        await database.close()


NAMED_MAX = 5
APPROVE = (Post.SECRETARY, Post.COMMANDER, Post.LEADERSHIP)


def _nobody_approves(roster: Roster, desk: DeskId) -> bool:
    """Somebody works there already, and whoever could approve it has never bound an account."""
    bound = [person for person in roster.at(desk) if roster.bound(person.id)]
    return bool(bound) and not any(person.holds(post) for person in bound for post in APPROVE)


async def _people(settings: Settings) -> str:
    """1+1+N in every zone, and nobody who must act missing (domain.md §2)."""
    database = open_database(settings.database.url, app.limits_of(settings))
    if await schema.state_of(database) != "current":
        return "名册：还没有导入"
    vault = Vault(load_ring(settings.keys.ring, app.data_folder(settings)))
    organisation, roster = load_organisation(settings.organisation.folder), Roster()
    nets = Nets(settings.nets.counties)
    await database.open()
    try:
        await database.read(lambda rows: roster.refresh(rows, vault))
        await database.read(lambda rows: nets.refresh(rows, vault))
    finally:
        await database.close()
    if not len(roster):
        return "名册：还没有导入"
    if lacks := list(unstaffed("名册", list(roster.people.values()), organisation)):
        raise Faults(lacks)
    n = sum(roster.bound(person) is not None for person in roster.people)
    if mute := [organisation.desks[desk].name for desk in organisation.desks if _nobody_approves(roster, desk)]:
        named = "、".join(mute[:NAMED_MAX]) + (f"等 {len(mute)} 个单位" if len(mute) > NAMED_MAX else "")
        raise app.Refusal(
            f"名册：{named}有人绑定了，能批的人（书记、指挥长、领导班子成员）一个也没有绑定，报上去没人批"
        )
    old = sum(
        bound is not None and asked_times(bound.confirmed_day, day_of(app.now())) > 1
        for bound in map(roster.bound, roster.people)
    )
    ties = f"；{old} 人的关联一年多没有确认" if old else ""
    on = [net for village, net in nets.by_village.items() if nets.is_on(village)]
    net = f"；{len(settings.nets.counties)} 个区县开了廉情前哨站，建了 {sum(each.is_set_up for each in on)} 个"
    return f"名册：{len(roster)} 人，{n} 人绑定了；{len(organisation.zones)} 个协作区都是 1+1+N，没有空着的承办单位{ties}{net if on else ''}"
