"""The composition root: settings in, a ready installation or a served application out. Nothing exists before."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from bot import logs
from bot.channel import Channel
from bot.channels.web import WebChannel
from bot.clock import Clock
from bot.delivery import Delivery
from bot.desks import Desks
from bot.evidence import Evidence
from bot.health import Health
from bot.metrics import Metrics
from bot.pages.case import case_routes
from bot.pages.chart import chart_route
from bot.pages.diary import diary_routes
from bot.pages.item import item_route
from bot.sealing import Sealing
from bot.service import Service
from bot.turn import Turns
from config.organisation import load_organisation
from config.settings import Settings
from config.workdays import load_workdays
from handlers.dates import day_of
from handlers.model import Item, Millis
from handlers.organisation import Organisation
from storage import backup, files, housekeeping, items, media, outbox, schema
from storage.engine import Database, Limits, open_database
from storage.nets import Nets
from storage.statement import Rows
from storage.vault import Ring, Vault, load_placard_keys, load_ring

PURGE_EVERY_S = 3600.0
SHUTDOWN_S = 10
BACKLOG = 2048
"""uvicorn's own."""
SQLITE = "sqlite:///"

log = structlog.get_logger()


class Refusal(Exception):
    """The start is refused; the text, in Chinese, says why and what to do."""


@dataclass(frozen=True)
class Installation:
    """Everything that one configuration names, not yet open."""

    settings: Settings
    organisation: Organisation
    ring: Ring
    database: Database
    service: Service
    metrics: Metrics
    delivery: Delivery
    clock: Clock
    now: Callable[[], Millis]

    @property
    def channels(self) -> Mapping[str, Channel]:
        """Those that are on, by name, beside the web channel, which is always on."""
        return self.delivery.channels


def now() -> Millis:
    return Millis(time.time_ns() // 1_000_000)


def assemble(settings: Settings, time_now: Callable[[], Millis] = now) -> Installation:
    """Load what the settings name and put it together. Raises Faults, RingRefused, Refusal, ValueError; opens nothing.

    `time_now` is the time that everything goes by: the demo turns it forward.
    """
    refuse_half_a_channel(settings)
    organisation = load_organisation(settings.organisation.folder)
    ring = load_ring(settings.keys.ring, data_folder(settings))
    database = open_database(settings.database.url, limits_of(settings))
    catalogue = items.Catalogue()
    metrics = Metrics()
    placard_keys = load_placard_keys(settings.keys.ring)
    workdays = load_workdays(settings.clocks.workdays)
    turns = Turns(
        Vault(ring), organisation, settings.here(), placard_keys, catalogue, secrets.token_bytes,
        clocks=settings.clocks.rules(), workdays=workdays,
        schedule=settings.schedule.rules(), nets=_nets(settings, organisation),
    )  # fmt: skip
    database.on_group, database.meter = turns.refresh, metrics
    folder = files.Folder(settings.evidence.folder)
    evidence = Evidence(folder, turns.vault, database, secrets.token_bytes, time_now)
    service = Service(database, turns, evidence, time_now, metrics)
    channels: dict[str, Channel] = {}
    delivery = Delivery(database, turns, time_now, service.wake, channels)
    if settings.wechat.on:
        channels["wechat"] = _official_account(settings, service)
    if settings.telegram.token:
        channels["telegram"] = _telegram(settings, service, delivery)
    clock = Clock(database, turns, time_now)
    return Installation(settings, organisation, ring, database, service, metrics, delivery, clock, time_now)


def _nets(settings: Settings, organisation: Organisation) -> Nets:
    """Refusal if a county that is to have its nets on is none."""
    if strange := [code for code in settings.nets.counties if code not in organisation.counties]:
        raise Refusal(f"nets.counties：没有这个区县 {'、'.join(strange)}。")
    return Nets(settings.nets.counties, settings.nets.households_a_monitor)


def _official_account(settings: Settings, service: Service) -> Channel:
    """Imported only where it is on, as Telegram is: the libraries would be a fifth of every command's start."""
    from bot.official_account import official_account

    return official_account(settings, service)


def _telegram(settings: Settings, service: Service, delivery: Delivery) -> Channel:
    """Imported only where it is on: the library takes a quarter of a second of every command's start."""
    from bot.channels.telegram import Api, TelegramChannel
    from bot.channels.telegram.polling import LEASE_MS

    holder = secrets.token_bytes(16)
    return TelegramChannel(
        api=Api(settings.telegram.token, settings.telegram.api_base),
        hear=delivery.at_once(service.hear),
        hear_photo=delivery.at_once_for_photos(service.hear_photo),
        keep=service.keep,
        hold=lambda: service.hold("telegram", holder, LEASE_MS),
        now=now,
        photo_bytes_max=settings.limits.photo_bytes_max,
        messages_per_minute=settings.limits.messages_per_minute,
        secret=settings.telegram.secret if settings.telegram.mode == "webhook" else "",
    )


def refuse_half_a_channel(settings: Settings) -> None:
    """Refusal if some of a channel's keys are there and others not: nobody means that."""
    if missing := settings.wechat.missing:
        names = "、".join(f"wechat.{name}" for name in missing)
        raise Refusal(f"{names}：没有填。公众号的 appid、token、secret、aes_key 要么都填，要么都空着。")


def limits_of(settings: Settings) -> Limits:
    limits = settings.limits
    return Limits(limits.queue_max, limits.turns_group_max, limits.group_work_ms, limits.lanes)


SWITCH_INTERVAL_S = 0.0005
"""The loop and the database's thread share one interpreter lock, and every statement lets go of it: with Python's own
5 ms whoever lost it waits that long (python -m tests.bench http)."""
YOUNG_OBJECTS_MAX = 10_000


def share_fairly() -> None:
    """Before anything runs: see SWITCH_INTERVAL_S."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)


def stop_searching() -> None:
    """When all is loaded: the city's thousands of places never become garbage, and need not be looked at for ever."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS_MAX)


def refuse_sample_ring(installation: Installation) -> None:
    """Refusal if keys that came with the sample would guard what the public says."""
    base_url = installation.settings.server.base_url
    host = urlsplit(base_url).hostname or ""
    if installation.ring.sample and not _is_private(host):
        raise Refusal(f"keys.ring：这是样例的钥匙，不能用在 {base_url}。请用 lima init 另建一套。")


def _is_private(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost"


def run(installation: Installation, more: Sequence[BaseRoute] = ()) -> None:
    """Serve until SIGTERM or Ctrl+C; then what waits is finished. Raises what `opened` raises, before it listens."""
    logs.configure(level=installation.settings.server.log_level)
    share_fairly()
    server = installation.settings.server
    application = web_application(installation, more)
    config = uvicorn.Config(
        application,
        host=server.host,
        port=server.port,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
        proxy_headers=bool(server.trusted_proxies),
        forwarded_allow_ips=list(server.trusted_proxies),
    )
    with (
        _listening(server.host, server.port) as listens,
        asyncio.Runner(loop_factory=config.get_loop_factory()) as runner,
    ):
        runner.run(_serve(installation, _Server(config, application.state.close), listens))


def _listening(host: str, port: int) -> socket.socket:
    """Bound before anything else is begun: a port that is taken is said at once."""
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=BACKLOG
        )
    except OSError as error:
        raise Refusal(
            f"{host} 的 {port} 端口用不了（{error.strerror}）：也许已经有程序在用，换一个端口，或先停下它。"
        ) from None


class _Server(uvicorn.Server):
    """Ends the open streams first: uvicorn would wait for them as for any other answer."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._end_streams()
        await super().shutdown(sockets)


async def _serve(installation: Installation, server: uvicorn.Server, listens: socket.socket) -> None:
    for asked_to_end in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked_to_end, lambda *_: None)  # uvicorn raises it anew when it has ended: we still have to close
    async with opened(installation, serving=True):
        stop_searching()
        delivery, channels = installation.delivery, installation.channels.values()
        if installation.database.kind == "sqlite":  # nobody else can be at work: what was in hand at a crash is due now
            await installation.database.turn(b"start", _release_all)
        sealing = Sealing(installation.database, installation.service.turns.vault, installation.now)
        own = (
            installation.service.evidence.work_for_ever(),
            delivery.work_for_ever(),
            sealing.work_for_ever(),
            installation.clock.work_for_ever(),
        )
        work = (_keep_house(installation), *own, *(channel.work_for_ever() for channel in channels))
        workers = [asyncio.create_task(each) for each in work]
        log.info("serving", database=installation.database.kind, process=os.getpid())
        await server.serve(sockets=[listens])
        await delivery.drain()
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    log.info("stopped")


def _release_all(rows: Rows) -> None:
    outbox.release_all(rows)
    media.release_all(rows)


def data_folder(settings: Settings) -> Path | None:
    """Where the database file is, if it is a file."""
    url = settings.database.url
    return Path(url.removeprefix(SQLITE)).parent if url.startswith(SQLITE) else None


@asynccontextmanager
async def opened(installation: Installation, *, serving: bool = False) -> AsyncIterator[Installation]:
    """The database open and fit for this organisation; Refusal, AlreadyServed or SchemaRefused otherwise."""
    database = installation.database
    if serving:
        database.hold()
    await schema.make_ready(database)
    await database.open()
    try:
        await database.turn(b"start", lambda rows: _check_organisation(rows, installation.organisation))
        installation.service.turns.finder.find("")
        yield installation
    finally:
        await database.close()


def _check_organisation(rows: Rows, organisation: Organisation) -> None:
    """The first start records the organisation's digest; a changed one is refused until it is imported."""
    recorded = items.versions_now(rows).get("organisation")
    if recorded is None:
        items.bump(rows, "organisation", organisation.digest)
    elif recorded[1] != organisation.digest:
        raise Refusal("organisation.folder：文件和上次导入的不一样。请先运行 lima import organisation。")


async def import_items(installation: Installation, wanted: Sequence[Item]) -> AsyncIterator[int]:
    """Import items, yielding the placards looked at so far."""
    places = [
        (item.id, village)
        for item in wanted
        for village in sorted({v for area in item.areas for v in installation.organisation.villages_in(area)})
    ]
    for written, work in items.import_steps(wanted, places):
        await installation.database.turn(b"import", work)
        yield written


async def purge(installation: Installation) -> int:
    """Remove all that has run out; returns how many rows."""
    removed = 0
    while True:
        done = await installation.database.turn(
            b"purge", lambda rows: housekeeping.purge(rows, day_of(installation.now()))
        )
        removed += sum(done.values())
        if not any(done.values()):
            return removed


def web_application(installation: Installation, more: Sequence[BaseRoute] = ()) -> Starlette:
    """The application over an installation that whoever runs it has opened."""
    service, settings = installation.service, installation.settings
    channel = WebChannel(
        hear=service.hear,
        hear_photo=service.hear_photo,
        events=lambda address, after: service.events("web", address, after),
        photo_bytes_max=settings.limits.photo_bytes_max,
        current=lambda address: service.current("web", address),
        base_url=settings.server.base_url,
        here=settings.here(),
        request_bytes_max=settings.limits.request_bytes_max,
        messages_per_minute=settings.limits.messages_per_minute,
        now=installation.now,
        new_token=lambda: secrets.token_urlsafe(32),
    )
    item_page = item_route(
        channel,
        find=service.placard,
        asked=service.answers_about,
        place_name=installation.organisation.place_name,
    )
    case_pages = case_routes(
        opened=service.case_page,
        photo=service.case_photo,
        new_cookie=lambda: secrets.token_urlsafe(32),
        base_url=settings.server.base_url,
        kept_s=settings.limits.case_link_s,
        account=settings.account.name,
    )
    charts = chart_route(service.chart, settings.account.name)
    diaries = diary_routes(service.diary, settings.account.name)
    pages = (item_page, *case_pages, charts, *diaries)
    others = [route for each in installation.channels.values() for route in each.routes()]
    application = Starlette(
        routes=[*others, *channel.routes(), *pages, *_health(installation).routes(), *more],
        middleware=[
            Middleware(logs.AccessLog, seen=installation.metrics.responded, lines=settings.server.log_level == "debug")
        ],
        exception_handlers={404: _kindly, 405: _kindly, 500: _kindly},
    )
    application.state.close = channel.close
    return application


async def _kindly(request: Request, error: Exception) -> Response:
    """Outside a conversation, too, nobody is answered in English."""
    status = getattr(error, "status_code", 500)
    says = "这会儿网不好，请过几分钟再打开。" if status == 500 else "没有这一页。扫公示栏旁边的码，或者打开首页。"
    return PlainTextResponse(says, status, getattr(error, "headers", None))


def _health(installation: Installation) -> Health:
    settings, database = installation.settings, installation.database
    return Health(
        database=database,
        metrics=installation.metrics,
        schema=backup.revisions()[0],
        keys=lambda: (load_ring(settings.keys.ring, data_folder(settings)), load_placard_keys(settings.keys.ring)),
        queue=lambda: (database.waiting, settings.limits.queue_max),
        disk=data_folder(settings) or settings.evidence.folder,
        channels={"web": True} | {name: name in installation.channels for name in ("wechat", "telegram")},
        now=installation.now,
        desks=Desks(installation.organisation, installation.service.turns.vault),
    )


async def _keep_house(installation: Installation) -> None:
    while True:
        try:
            removed = await purge(installation)
            swept = await installation.service.evidence.sweep()
            log.info("purged", rows=removed, files=swept)
        except Exception as error:  # noqa: BLE001 - tried again in an hour; turns go on
            log.error("purge_failed", cause=type(error).__name__)
        await asyncio.sleep(PURGE_EVERY_S)
