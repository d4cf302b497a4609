"""PostgreSQL: many processes, a few lanes in each, the same synchronous functions in greenlets over asyncpg.

READ COMMITTED. A group takes advisory locks for its accounts, sorted, and then runs its turns, each in a savepoint.
When its outcome is unknown (deadlock, lost connection) its turns run again singly: their keys make that harmless.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import asyncpg
import stamina
from sqlalchemy import Connection
from sqlalchemy.util import await_only, greenlet_spawn

from storage.engine import Limits, QueueFull, StorageFull, Work
from storage.meter import Meter, NoMeter
from storage.statement import Row, Rows, Statement
from storage.waiting import Failed, Waiting

T = TypeVar("T")

READERS = 2
STATEMENTS_CACHED = 256
GROUP_MAX = 8
"""Turns of one group, all of whose accounts stay locked until its commit (design.md §2.2)."""
ALONE_TRIES = 4
COMMAND_TIMEOUT_S = 30.0
_SETTINGS = {"application_name": "lima", "synchronous_commit": "on", "lock_timeout": "10s"}
_LOCK = "SELECT pg_advisory_xact_lock(k) FROM unnest($1::bigint[]) AS k"
_UNKNOWN = (
    asyncpg.exceptions.DeadlockDetectedError,
    asyncpg.exceptions.SerializationError,
    asyncpg.exceptions.LockNotAvailableError,
    asyncpg.exceptions.PostgresConnectionError,
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the server has said that it ends the connection, and has not yet ended it
    OSError,
    asyncio.TimeoutError,
)
"""After these the transaction is gone, or nobody knows whether it was committed."""
stamina.instrumentation.set_on_retry_hooks([])  # its own hook logs what an error says


class PostgresqlRows:
    """Rows over asyncpg, usable inside greenlet_spawn only."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def all(self, statement: Statement, **parameters: int | str | bytes | None) -> list[Row]:
        values = _values(statement, parameters)
        return [tuple(record) for record in await_only(self._connection.fetch(statement.postgresql, *values))]

    def run(self, statement: Statement, **parameters: int | str | bytes | None) -> int:
        tag = await_only(self._connection.execute(statement.postgresql, *_values(statement, parameters)))
        return int(tag.rpartition(" ")[2])

    def command(self, sql: str, *values: Any) -> None:
        await_only(self._connection.execute(sql, *values))

    @contextlib.contextmanager
    def savepoint(self, name: str = "command") -> Iterator[None]:
        self.command(f"SAVEPOINT {name}")
        try:
            yield
        except _UNKNOWN:
            raise
        except BaseException:
            self.command(f"ROLLBACK TO {name}")
            raise
        self.command(f"RELEASE {name}")


def _values(statement: Statement, parameters: Any) -> list[Any]:
    return [parameters[name] if name in parameters else statement.literals[name] for name in statement.positions]


class PostgresqlDatabase:
    kind = "postgresql"

    def __init__(self, url: str, limits: Limits) -> None:
        self.url, self._limits = url, limits
        self.on_group: Callable[[Rows], None] = lambda rows: None
        self.meter: Meter = NoMeter()
        self.rows_class: type[PostgresqlRows] = PostgresqlRows
        self._lanes: list[_Lane] = []
        self._readers: asyncio.Queue[Any] = asyncio.Queue()
        self._waiting = 0

    async def open(self) -> None:
        if self._lanes:
            return
        self._lanes = [_Lane(self) for _ in range(self._limits.lanes)]
        for lane in self._lanes:
            await lane.open()
        for _ in range(READERS):
            self._readers.put_nowait(await self.connect(default_transaction_read_only="on"))

    async def connect(self, **settings: str) -> Any:
        """A connection with every setting; OSError and asyncpg errors pass."""
        return await asyncpg.connect(
            self.url,
            statement_cache_size=STATEMENTS_CACHED,
            command_timeout=COMMAND_TIMEOUT_S,
            server_settings={**_SETTINGS, **settings},
        )

    async def close(self) -> None:
        lanes, self._lanes = self._lanes, []  # from now on turns are refused; those that wait are finished
        await asyncio.gather(*(lane.close() for lane in lanes))
        while not self._readers.empty():
            await self._readers.get_nowait().close()

    def exists(self) -> bool:
        return True

    def hold(self) -> None:
        """Any number of processes may serve one database."""

    async def turn(self, lane: bytes, work: Work[T]) -> T:
        if not self._lanes or self._waiting >= self._limits.queue_max:
            raise QueueFull
        waiting = Waiting(lane, work, asyncio.get_running_loop().create_future())
        self._waiting += 1
        try:
            self._lanes[hash(lane) % len(self._lanes)].add(waiting)
            result: T = await waiting.done
        finally:
            self._waiting -= 1
        return result

    @property
    def waiting(self) -> int:
        return self._waiting

    async def read(self, work: Work[T]) -> T:
        reader = await self._readers.get()
        try:
            try:
                return await self._look(reader, work)
            except _UNKNOWN:  # the server may be back already: once more, on a fresh connection
                reader.terminate()
                reader = await self.connect(default_transaction_read_only="on")
                return await self._look(reader, work)
        finally:
            self._readers.put_nowait(reader)

    async def _look(self, reader: Any, work: Work[T]) -> T:
        async with reader.transaction():
            return await greenlet_spawn(work, self.rows_class(reader))

    async def migrate(self, upgrade: Callable[[Connection], None]) -> None:
        from sqlalchemy.ext.asyncio import (
            create_async_engine,
        )  # it loads the whole ORM, also where there is no PostgreSQL

        url = "postgresql+asyncpg" + self.url[self.url.index("://") :]
        engine = create_async_engine(url, connect_args={"server_settings": _SETTINGS})
        try:
            async with engine.begin() as connection:
                await connection.run_sync(upgrade)
        finally:
            await engine.dispose()


class _Lane:
    """One connection and the works that wait for it."""

    def __init__(self, database: PostgresqlDatabase) -> None:
        self._database = database
        self._queue: deque[Waiting] = deque()
        self._ready = asyncio.Event()
        self._closing = False
        self._connection: Any = None
        self._drain: asyncio.Task[None] | None = None

    def add(self, waiting: Waiting) -> None:
        self._queue.append(waiting)
        self._ready.set()

    async def open(self) -> None:
        self._connection = await self._database.connect()
        self._drain = asyncio.create_task(self._drain_queue(), name="lima-lane")

    async def close(self) -> None:
        self._closing = True
        self._ready.set()
        if self._drain is not None:
            await self._drain
        if self._connection is not None:
            await self._connection.close()

    async def _drain_queue(self) -> None:
        while self._queue or not self._closing:
            if not self._queue:
                self._ready.clear()
                await self._ready.wait()
                continue
            group = [self._queue.popleft() for _ in range(min(len(self._queue), GROUP_MAX))]
            outcomes = await self._run(group)
            self._queue.extendleft(reversed(group[len(outcomes) :]))
            for waiting, outcome in zip(group, outcomes, strict=False):
                waiting.resolve(outcome)

    async def _run(self, group: list[Waiting]) -> list[Any]:
        """Outcomes of the first works of the group, at least one."""
        try:
            return await self._transaction(group)
        except _UNKNOWN:
            return [await self._alone(waiting) for waiting in group]
        except Exception as error:  # noqa: BLE001 - handed to whoever waits for it
            await self._forget_connection()
            return [Failed(_named(error))] * len(group)

    async def _alone(self, waiting: Waiting) -> Any:
        try:
            async for attempt in stamina.retry_context(on=_UNKNOWN, attempts=ALONE_TRIES, wait_max=2.0, timeout=None):
                with attempt:
                    return (await self._transaction([waiting]))[0]
        except _UNKNOWN:
            await self._forget_connection()
            return Failed(QueueFull())
        except Exception as error:  # noqa: BLE001 - handed to whoever waits for it
            await self._forget_connection()
            return Failed(_named(error))
        raise AssertionError("a retry context ends by returning or raising")

    async def _transaction(self, group: list[Waiting]) -> list[Any]:
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._database.connect()
        rows = self._database.rows_class(self._connection)
        try:
            outcomes: list[Any] = await greenlet_spawn(
                _grouped, rows, group, self._database, self._database._limits.group_work_ms
            )
            return outcomes
        except BaseException:
            await self._roll_back()
            raise

    async def _roll_back(self) -> None:
        try:
            if self._connection is not None and not self._connection.is_closed():
                await self._connection.execute("ROLLBACK")
        except (*_UNKNOWN, asyncpg.PostgresError):
            await self._forget_connection()

    async def _forget_connection(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
        self._connection = None


def _grouped(rows: PostgresqlRows, group: list[Waiting], database: PostgresqlDatabase, work_ms: float) -> list[Any]:
    """One transaction: locks for all accounts in one order, then the turns."""
    outcomes: list[Any] = []
    until = time.perf_counter() + work_ms / 1000
    rows.command("BEGIN")
    rows.command(_LOCK, sorted({int.from_bytes(waiting.lane[:8], "big", signed=True) for waiting in group}))
    database.on_group(rows)
    for waiting in group:
        outcomes.append(_in_savepoint(rows, waiting.work))
        if time.perf_counter() >= until:
            break
    began = time.perf_counter()
    rows.command("COMMIT")
    database.meter.committed(len(outcomes), time.perf_counter() - began)
    return outcomes


def _in_savepoint(rows: PostgresqlRows, work: Callable[[Any], Any]) -> Any:
    try:
        with rows.savepoint("turn"):
            return work(rows)
    except _UNKNOWN:
        raise
    except Exception as error:  # noqa: BLE001 - handed to whoever waits for it
        return Failed(_named(error))


def _named(error: Exception) -> Exception:
    """The driver's error as one of ours, where what to do next is known."""
    return StorageFull() if isinstance(error, asyncpg.exceptions.DiskFullError) else error
