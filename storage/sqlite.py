"""SQLite: one writer in one thread, many turns a transaction, nothing acknowledged before COMMIT."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import sqlite3
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
import sqlalchemy
from sqlalchemy import Connection

from storage.engine import AlreadyServed, Limits, QueueFull, StorageFull, Work
from storage.meter import Meter, NoMeter
from storage.statement import Row, Rows, Statement
from storage.waiting import Failed, Waiting

T = TypeVar("T")

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # NORMAL may lose the last commits of a power cut (security.md §4)
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten (security.md §2)
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 2000",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cache_size = -8192",  # KiB a connection: the default 2 MB reads the upper pages of a million reports again and again
    "PRAGMA wal_autocheckpoint = 20000",  # a backstop only: see CHECKPOINT_BYTES
)
CHECKPOINT_BYTES = 8 << 20
"""A write-ahead log this long is copied into the database by a thread of its own, so that no commit waits for it; the
writer then only finishes what came meanwhile. Half a second of full load."""
CHECKPOINT_LOOK_S = 0.2
STAND_STILL_S_MAX = 0.02
"""While a group's turns run, the loop stands still, this long at most: both need the interpreter lock, every statement
lets go of it, and a loop that takes it each time makes the same turns take half as long again. During COMMIT it goes on
(docs/decisions/0005)."""
READERS = 2
STATEMENTS_CACHED = 256


class SqliteRows:
    """Rows over the driver's own connection; lives in the driver's thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self, statement: Statement, **parameters: int | str | bytes | None) -> list[Row]:
        return self._connection.execute(statement.sqlite, {**statement.literals, **parameters}).fetchall()

    def run(self, statement: Statement, **parameters: int | str | bytes | None) -> int:
        return self._connection.execute(statement.sqlite, {**statement.literals, **parameters}).rowcount

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        self._connection.execute("SAVEPOINT command")
        try:
            yield
        except BaseException:
            if self._connection.in_transaction:  # a full disk has rolled everything back already
                self._connection.execute("ROLLBACK TO command")
                self._connection.execute("RELEASE command")
            raise
        self._connection.execute("RELEASE command")


class _GroupLost(Exception):
    """The whole transaction is gone: nothing of it may be acknowledged."""


class SqliteDatabase:
    kind = "sqlite"

    def __init__(self, path: str, limits: Limits) -> None:
        self.path, self._limits = path, limits
        self._queue: deque[Waiting] = deque()
        self._ready = asyncio.Event()
        self._closing = False
        self._writer: aiosqlite.Connection | None = None
        self._drain: asyncio.Task[None] | None = None
        self._readers: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()
        self._checkpointer: aiosqlite.Connection | None = None
        self._checkpointing: asyncio.Task[None] | None = None
        self._copied = False
        self._lock: int | None = None
        self.rows_class: type[SqliteRows] = SqliteRows
        self.on_group: Callable[[Rows], None] = lambda rows: None
        self.meter: Meter = NoMeter()

    # ------------------------------------------------------------ life

    async def open(self) -> None:
        if self._writer is not None:
            return
        Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        self._closing = False
        self._writer = await self.connect()
        self._drain = asyncio.create_task(self._drain_queue(), name="lima-writer")
        self._drain.add_done_callback(_writer_ended)
        self._checkpointer = await self.connect()
        self._checkpointing = asyncio.create_task(self._checkpoint_for_ever(), name="lima-checkpoints")
        for _ in range(READERS):
            reader = await self.connect()
            await reader.execute("PRAGMA query_only = ON")
            self._readers.put_nowait(reader)

    async def connect(self) -> aiosqlite.Connection:
        """A connection with every pragma; OSError and sqlite3 errors pass."""
        connection = await aiosqlite.connect(self.path, isolation_level=None, cached_statements=STATEMENTS_CACHED)
        await _hop(connection, _prepare, connection._conn)
        return connection

    async def close(self) -> None:
        self._closing = True
        self._ready.set()
        if self._drain is not None:
            await self._drain
        if self._checkpointing is not None:
            self._checkpointing.cancel()
            await asyncio.gather(self._checkpointing, return_exceptions=True)
        if self._checkpointer is not None:
            await self._checkpointer.close()
        while not self._readers.empty():
            await self._readers.get_nowait().close()
        if self._writer is not None:
            await self._writer.close()
        if self._lock is not None:
            os.close(self._lock)
        self._writer = self._drain = self._lock = self._checkpointer = self._checkpointing = None

    def exists(self) -> bool:
        return Path(self.path).exists()

    def hold(self) -> None:
        """Be the one process that serves this file; the lock is gone with the process. AlreadyServed if another is."""
        Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(f"{self.path}.serving", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise AlreadyServed(self.path) from error
        self._lock = lock

    # ------------------------------------------------------------ work

    async def turn(self, lane: bytes, work: Work[T]) -> T:
        if self._closing or len(self._queue) >= self._limits.queue_max:
            raise QueueFull
        waiting = Waiting(lane, work, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._ready.set()
        result: T = await waiting.done
        return result

    @property
    def waiting(self) -> int:
        return len(self._queue)

    async def read(self, work: Work[T]) -> T:
        reader = await self._readers.get()
        try:
            result: T = await _hop(reader, _read, self.rows_class(reader._conn), work)
            return result
        finally:
            self._readers.put_nowait(reader)

    async def migrate(self, upgrade: Callable[[Connection], None]) -> None:
        def run() -> None:
            engine = sqlalchemy.create_engine(f"sqlite:///{self.path}", poolclass=sqlalchemy.NullPool)
            sqlalchemy.event.listen(engine, "connect", _prepare_for_ddl)
            sqlalchemy.event.listen(engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
            with engine.begin() as connection:
                upgrade(connection)
            engine.dispose()

        Path(self.path).parent.mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(run)

    # ------------------------------------------------------------ the writer

    async def _drain_queue(self) -> None:
        assert self._writer is not None
        while True:
            if not self._queue:
                if self._closing:
                    return
                self._ready.clear()
                await self._ready.wait()
                continue
            group = [self._queue.popleft() for _ in range(min(len(self._queue), self._limits.group_max))]
            outcomes = await self._run(group)
            self._queue.extendleft(reversed(group[len(outcomes) :]))
            for waiting, outcome in zip(group, outcomes, strict=False):
                waiting.resolve(outcome)
            await asyncio.sleep(0)  # whoever was answered may have more to say, and is in the next group then

    async def _checkpoint_for_ever(self) -> None:
        """On a connection that `close` closes: a task that is cancelled before it has begun closes nothing."""
        assert self._checkpointer is not None
        log = f"{self.path}-wal"
        while True:
            await asyncio.sleep(CHECKPOINT_LOOK_S)
            if not self._copied and await _hop(self._checkpointer, _bytes_of, log) > CHECKPOINT_BYTES:
                await _hop(self._checkpointer, _checkpoint, self._checkpointer._conn)
                self._copied = True

    async def _run(self, group: list[Waiting]) -> list[Any]:
        """Outcomes of the first turns of the group, at least one; each has been committed or has failed alone."""
        writer = self._writer
        assert writer is not None
        rows = self.rows_class(writer._conn)
        works = [waiting.work for waiting in group]
        if self._copied:
            await _hop(writer, _checkpoint, writer._conn)
            self._copied = False
        told, work_ms, gate = (self.on_group, self.meter), self._limits.group_work_ms, threading.Lock()
        gate.acquire()
        hop = asyncio.ensure_future(_hop(writer, _grouped, writer._conn, rows, told, works, work_ms, gate))
        await asyncio.sleep(0)  # the hop is on its way
        gate.acquire(timeout=STAND_STILL_S_MAX)
        try:
            done: list[Any] = await hop
            return done
        except _GroupLost:
            return [await _hop(writer, _alone, writer._conn, rows, work) for work in works]


async def _hop(connection: aiosqlite.Connection, function: Callable[..., Any], *arguments: Any) -> Any:
    """One hop to the driver's thread; the one place that uses aiosqlite's private door (tested)."""
    return await connection._execute(function, *arguments)  # type: ignore[no-untyped-call]


def _writer_ended(drain: asyncio.Task[None]) -> None:
    """Without its writer the process can only lose messages: it ends at once, and its supervisor starts it anew."""
    if not drain.cancelled() and drain.exception() is not None:
        error = drain.exception()
        frames = traceback.extract_tb(error.__traceback__) if error else []
        where = " ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames)
        print(f"the writer died: {type(error).__name__} at {where}", file=sys.stderr)  # never its message
        os._exit(os.EX_SOFTWARE)


def _prepare(connection: Any) -> None:
    for pragma in PRAGMAS:
        connection.execute(pragma)


def _bytes_of(path: str) -> int:
    """In a connection's thread, since a disk may take its time."""
    return Path(path).stat().st_size if Path(path).exists() else 0


def _checkpoint(connection: sqlite3.Connection) -> None:
    """Copy what nobody reads any more; waits for nobody."""
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _prepare_for_ddl(connection: Any, _: object) -> None:
    """Schema changes in one real transaction; foreign keys are off while tables are rebuilt."""
    connection.isolation_level = None
    _prepare(connection)
    connection.execute("PRAGMA foreign_keys = OFF")


def _read(rows: SqliteRows, work: Callable[[Any], T]) -> T:
    connection = rows._connection
    connection.execute("BEGIN")
    try:
        return work(rows)
    finally:
        connection.execute("ROLLBACK")


def _grouped(
    connection: sqlite3.Connection,
    rows: SqliteRows,
    told: tuple[Callable[[Rows], None], Meter],
    works: list[Callable[[Any], Any]],
    work_ms: float,
    gate: threading.Lock,
) -> list[Any]:
    """In the driver's thread: one transaction; `gate` opens when its turns are done. _GroupLost if all of it is undone."""
    outcomes: list[Any] = []
    (on_group, meter), until = told, time.perf_counter() + work_ms / 1000
    try:
        connection.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:  # another process has held the lock for busy_timeout
        return [Failed(_named(error))] * len(works)
    try:
        on_group(rows)
        for work in works:
            outcomes.append(_within(connection, rows, work))
            if time.perf_counter() >= until:
                break
        began = time.perf_counter()
        gate.release()
        connection.execute("COMMIT")
        meter.committed(len(outcomes), time.perf_counter() - began)
    except (sqlite3.Error, _GroupLost) as error:
        _abandon(connection)
        raise _GroupLost from error
    return outcomes


def _within(connection: sqlite3.Connection, rows: SqliteRows, work: Callable[[Any], Any]) -> Any:
    """One turn of a group. A savepoint for each would cost all of them: a turn that fails after it has written takes
    its group with it, and every other one of it runs again, alone. Hardly any turn fails so."""
    before = connection.total_changes
    try:
        return work(rows)
    except Exception as error:
        if connection.total_changes != before or not connection.in_transaction:
            raise _GroupLost from error
        return Failed(_named(error))


def _alone(connection: sqlite3.Connection, rows: SqliteRows, work: Callable[[Any], Any]) -> Any:
    try:
        connection.execute("BEGIN IMMEDIATE")
        outcome = work(rows)
        connection.execute("COMMIT")
    except Exception as error:  # noqa: BLE001 - handed to whoever waits for it
        _abandon(connection)
        return Failed(_named(error))
    return outcome


def _abandon(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _named(error: Exception) -> Exception:
    """The driver's error as one of ours, where what to do next is known."""
    code = getattr(error, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_FULL:
        return StorageFull()
    return QueueFull() if code == sqlite3.SQLITE_BUSY else error
