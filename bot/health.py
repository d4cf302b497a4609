"""`/health`, `/ready`, `/metrics`: whether the process lives, whether it can take what people say, and numbers.

Only what makes it unable to take a message is a reason for 503. What is late or missing is a warning beside it: a
balancer that reads /ready must not turn villagers away because a notice waits.
"""

from __future__ import annotations

import asyncio
import ipaddress
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import column, select
from sqlalchemy import table as sql_table
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from bot.desks import Desks
from bot.metrics import Metrics
from handlers.model import Millis
from storage import undelivered
from storage.engine import Database
from storage.statement import Rows, statement
from storage.undelivered import Counts

ANSWER_S_MAX = 2.0
"""A database that takes longer cannot serve."""
LATE_S = 300
"""A due message or photo that waits longer is told of."""
QUEUE_FULL_SHARE = 0.9
DISK_FREE_LOW, DISK_FREE_NONE = 0.10, 0.01
"""Below the first photos are refused (storage/files.py); at the second words soon will be."""
DAY_MS = 24 * 3600 * 1000
NO_STORE = {"Cache-Control": "no-store"}
NEAR = tuple(
    ipaddress.ip_network(network)
    for network in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)
FORWARDED = ("x-forwarded-for", "x-real-ip", "forwarded")
"""A request that a proxy passed on comes from outside, whatever address the proxy has."""
_VERSION = statement(select(column("version_num")).select_from(sql_table("alembic_version", column("version_num"))))


class Seen:
    """Since when each waiting row has been seen to wait: its own row tells no more than the day."""

    def __init__(self) -> None:
        self._since: dict[bytes, int] = {}

    def oldest_s(self, due: Sequence[tuple[bytes, int]], now: Millis) -> int:
        """How long the oldest has surely been waiting: seen by us, or due since an earlier day."""
        self._since = {id_: self._since.get(id_, now) for id_, _ in due}
        ages = [max(now - self._since[id_], now - at - DAY_MS) for id_, at in due]
        return max(0, max(ages, default=0)) // 1000


@dataclass(frozen=True, slots=True)
class State:
    """What was found. `reasons` and `warnings` are Chinese sentences; no reason means that it can serve."""

    told: dict[str, Any]
    reasons: list[str]
    warnings: list[str]

    @property
    def ready(self) -> bool:
        return not self.reasons

    def as_json(self) -> dict[str, Any]:
        return {"ready": self.ready, "reasons": self.reasons, "warnings": self.warnings, **self.told}


@dataclass
class Health:
    """What it needs to look at. `keys` raises if the key files cannot be used; `queue` is (length, most)."""

    database: Database
    metrics: Metrics
    schema: str
    keys: Callable[[], object]
    queue: Callable[[], tuple[int, int]]
    disk: Path
    channels: Mapping[str, bool]
    now: Callable[[], Millis]
    desks: Desks
    _outbox: Seen = field(default_factory=Seen, repr=False)
    _photos: Seen = field(default_factory=Seen, repr=False)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/health", self._health, methods=["GET"]),
            Route("/ready", self._ready, methods=["GET"]),
            Route("/metrics", self._metrics, methods=["GET"]),
        ]

    async def look(self) -> State:
        """Ask everything once, and set the gauges."""
        told: dict[str, Any] = {"channels": dict(self.channels)}
        reasons: list[str] = []
        warnings: list[str] = []
        await self._look_at_keys(told, reasons)
        self._look_at_queue(told, reasons)
        await self._look_at_disk(told, reasons, warnings)
        await self._look_at_database(told, reasons, warnings)
        warnings += [f"{name} 没有开" for name, on in self.channels.items() if not on]
        self.metrics.set(ready=not reasons)
        return State(told, reasons, warnings)

    async def _look_at_keys(self, told: dict[str, Any], reasons: list[str]) -> None:
        try:
            await asyncio.to_thread(self.keys)
            told["keys"] = "there"
        except Exception:  # noqa: BLE001 - whatever it is, the next start would fail
            told["keys"] = "missing"
            reasons.append("钥匙文件读不了：程序一停就再也起不来；lima check 会说是哪一个")

    def _look_at_queue(self, told: dict[str, Any], reasons: list[str]) -> None:
        length, most = self.queue()
        told["queue"] = {"length": length, "max": most}
        self.metrics.set(queue_turns=length)
        if length >= most * QUEUE_FULL_SHARE:
            reasons.append(f"排队的消息有 {length} 条，快满了（最多 {most} 条）：再来的人会被请过一会儿再发")

    async def _look_at_disk(self, told: dict[str, Any], reasons: list[str], warnings: list[str]) -> None:
        usage = await asyncio.to_thread(shutil.disk_usage, _existing(self.disk))
        share = usage.free / usage.total
        told["disk_free_share"] = round(share, 3)
        self.metrics.set(disk_free_share=share)
        if share < DISK_FREE_NONE:
            reasons.append(f"磁盘只剩 {share:.1%}：话也快存不下了，马上清理")
        elif share < DISK_FREE_LOW:
            warnings.append(f"磁盘只剩 {share:.0%}：照片已经不收，话还收；请清理")

    async def _look_at_database(self, told: dict[str, Any], reasons: list[str], warnings: list[str]) -> None:
        now = self.now()

        def ask(rows: Rows) -> tuple[str, Counts]:
            self.desks.look(rows)
            return rows.all(_VERSION)[0][0], undelivered.counts(rows, now)

        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                version, counts = await self.database.read(ask)
        except TimeoutError:
            told["database"] = "silent"
            reasons.append(f"数据库 {ANSWER_S_MAX:g} 秒没有回答")
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, it cannot serve
            told["database"] = "failed"
            reasons.append(f"数据库打不开（{type(error).__name__}）")
            return
        told["database"], told["schema"] = "answers", version
        if version != self.schema:
            reasons.append(f"数据库的结构是 {version}，程序要 {self.schema}：请停下服务，运行 lima migrate")
        told["people"], told["desks_without_people"] = self.desks.people, len(self.desks.empty)
        warnings += self.desks.warnings()
        self._tell_what_waits(told, warnings, counts, now)

    def _tell_what_waits(self, told: dict[str, Any], warnings: list[str], counts: Counts, now: Millis) -> None:
        oldest_s, photo_s = self._outbox.oldest_s(counts.due, now), self._photos.oldest_s(counts.photos_due, now)
        waits = {"account": counts.to_accounts, "desk": counts.to_desks, "dead": counts.dead}
        told["outbox"] = {**waits, "oldest_s": oldest_s}
        told["photos"] = {"waiting": counts.photos, "oldest_s": photo_s}
        self.metrics.set_outbox(**waits)
        self.metrics.set(outbox_oldest_seconds=oldest_s, photos_waiting=counts.photos, photos_oldest_seconds=photo_s)
        if oldest_s > LATE_S:
            warnings.append(f"要发的消息，最早的一条等了 {oldest_s // 60} 分钟还没有发出去；看 lima outbox list")
        if counts.dead:
            warnings.append(f"有 {counts.dead} 条消息试了很多次发不出去，已经不再试；看 lima outbox list")
        if photo_s > LATE_S:
            warnings.append(f"有 {counts.photos} 张照片没有处理，最早的等了 {photo_s // 60} 分钟")

    async def _health(self, request: Request) -> Response:
        """Alive, and nothing more: asks nothing of anybody."""
        return PlainTextResponse("ok", headers=NO_STORE)

    async def _ready(self, request: Request) -> Response:
        _only_near(request)
        state = await self.look()
        return JSONResponse(state.as_json(), 200 if state.ready else 503, NO_STORE)

    async def _metrics(self, request: Request) -> Response:
        _only_near(request)
        await self.look()
        return Response(self.metrics.text(), 200, NO_STORE, self.metrics.media_type)


def _only_near(request: Request) -> None:
    """404, as for any page that does not exist, to everybody but this machine and its private network."""
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        raise HTTPException(404) from None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    passed_on = any(name in request.headers for name in FORWARDED)
    if passed_on or not any(address in network for network in NEAR if network.version == address.version):
        raise HTTPException(404)


def _existing(path: Path) -> Path:
    """The folder itself, or the nearest above it that is there already."""
    return next(folder for folder in (path, *path.parents) if folder.exists())
