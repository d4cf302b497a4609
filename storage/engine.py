"""The only place that opens a connection: server, commands, migrations and tests alike (docs/decisions/0004).

A turn is a synchronous function over Rows. SQLite runs a group of them in one hop to its thread and one
transaction; PostgreSQL runs them in greenlets over asyncpg (storage/postgresql.py). Same functions, same statements.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from storage.meter import Meter
from storage.statement import Rows

T = TypeVar("T")
Work = Callable[[Rows], T]


@dataclass(frozen=True, slots=True)
class Limits:
    """Why each: [limits] in config/sample/lima.toml, where `group_max` is called turns_group_max.

    queue_max       waiting turns; beyond it QueueFull at once
    group_max       turns in one transaction
    group_work_ms   a transaction takes no further turn after this much work
    lanes           PostgreSQL: groups that run side by side in this process
    """

    queue_max: int = 2048
    group_max: int = 128
    group_work_ms: float = 10.0
    lanes: int = 4


class QueueFull(Exception):
    """More waiting turns than `queue_max`; nothing was stored."""


class StorageFull(Exception):
    """The disk has no room; nothing was stored."""


class AlreadyServed(Exception):
    """Another process serves this database file."""


class Database(Protocol):
    """What every database can do. `open` before, `close` after; both are idempotent."""

    kind: str
    on_group: Callable[[Rows], None]
    """Called in every group's transaction before its turns: drops caches whose version has changed."""
    meter: Meter

    @property
    def waiting(self) -> int:
        """Turns that were accepted and have no outcome yet."""
        ...

    async def open(self) -> None: ...

    async def close(self) -> None:
        """Finishes what waits, then closes."""
        ...

    def exists(self) -> bool:
        """Whether there is anything to look at; a look must not make an empty file."""
        ...

    def hold(self) -> None:
        """Be allowed to serve; AlreadyServed where one process serves and another does."""
        ...

    async def turn(self, lane: bytes, work: Work[T]) -> T:
        """Run `work` in a group; return its value after the commit. Raises what `work` raised, QueueFull, StorageFull.

        `lane` orders: works of one lane never run side by side. A cancelled caller's work still runs.
        """
        ...

    async def read(self, work: Work[T]) -> T:
        """Run `work` on a connection that cannot write, beside everything else."""
        ...

    async def migrate(self, upgrade: Callable[[Connection], None]) -> None:
        """Run a schema change on a connection of its own, in one transaction."""
        ...


def open_database(url: str, limits: Limits) -> Database:
    """`sqlite:///path` or `postgresql://…`; ValueError for anything else."""
    if url.startswith("sqlite:///"):
        from storage.sqlite import SqliteDatabase

        return SqliteDatabase(url.removeprefix("sqlite:///"), limits)
    if url.startswith("postgresql://"):
        from storage.postgresql import PostgresqlDatabase

        return PostgresqlDatabase(url, limits)
    raise ValueError("database.url：只认 sqlite:///路径 和 postgresql://…")
