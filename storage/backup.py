"""A database into an archive, and back. On SQLite a copy of the file beside a serving process; on PostgreSQL its rows.

Nothing here opens what is sealed. Physical order is not kept: rows are written in the order of their random keys.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.util import await_only, greenlet_spawn

from storage import schema, sealed
from storage.archive import Archive, BackupRefused, Manifest, Progress, Writer, described, writing
from storage.engine import Database, Limits, open_database
from storage.postgresql import PostgresqlDatabase, PostgresqlRows
from storage.sqlite import SqliteDatabase, SqliteRows
from storage.statement import Rows
from storage.tables import metadata

SQLITE_FILE = "database/lima.db"
PAGES = 512
"""Pages copied at a time: 2 MiB, between which the progress is shown."""
ROWS_AT_ONCE = 1000
VERSIONS = "alembic_version"
NOTHING = "数据库还是空的，没有什么可备份。"


def stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")


def revisions() -> list[str]:
    """Every version of the schema that this program knows, newest first."""
    return [each.revision for each in ScriptDirectory(str(schema.MIGRATIONS)).walk_revisions()]


def silent(what: str, done: int, total: int) -> None:
    """Progress for whoever wants to see none."""


# ---------------------------------------------------------------- out


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The database as it is at one moment, however long the copying takes. `copy` returns (key ids, rows by table)."""

    kind: str
    schema: str
    copy: Callable[[Writer, Progress], Any]


async def back_up(database: Database, evidence: Path | None, target: Path, progress: Progress = silent) -> Manifest:
    """Write one archive. BackupRefused if the target is there already; OSError leaves nothing behind.

    A photo's file is older than its row, and lives as long. So the files come first, the moment of the database next,
    then the few files that came in between: every row of the copy has its file.
    """
    with writing(target) as out:
        if evidence is not None:
            _add_files(out, evidence, progress)
        async with _snapshot(database) as moment:
            if evidence is not None:
                _add_files(out, evidence, progress)
            key_ids, rows = await moment.copy(out, progress)
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = Manifest(
            moment.kind, made_at, moment.schema, tuple(key_ids), rows, evidence is not None, dict(out.sums)
        )
        out.finish(described(manifest))
    return manifest


async def before_migration(url: str) -> Path:
    """The database as it is, without photos, which no migration touches. OSError or BackupRefused: nothing was changed."""
    database = open_database(url, Limits())
    folder = Path(database.path).parent if isinstance(database, SqliteDatabase) else Path()
    target = folder / f"lima-{stamp()}-before-migration.tar"
    await back_up(database, None, target)
    return target


def _add_files(out: Writer, folder: Path, progress: Progress) -> None:
    """Sealed photos that are not in yet; one that is removed meanwhile belongs to no row any more."""
    files = [file for file in sorted(folder.glob("*.*")) if file.suffix in (".raw", ".jpg") and file.is_file()]
    new = [file for file in files if f"evidence/{file.name}" not in out.sums]
    for done, file in enumerate(new, 1):
        try:
            out.add(f"evidence/{file.name}", file)
        except FileNotFoundError:
            continue
        progress("照片", done, len(new))


@asynccontextmanager
async def _snapshot(database: Database) -> AsyncIterator[Snapshot]:
    if isinstance(database, SqliteDatabase):
        async with _sqlite_snapshot(database) as moment:
            yield moment
    else:
        assert isinstance(database, PostgresqlDatabase)
        async with _postgresql_snapshot(database) as moment:
            yield moment


@asynccontextmanager
async def _sqlite_snapshot(database: SqliteDatabase) -> AsyncIterator[Snapshot]:
    """An open read transaction holds the moment: the backup API would else begin anew with every commit beside it."""
    source = await database.connect()
    try:
        await source.execute("PRAGMA query_only = ON")
        await source.execute("BEGIN")
        try:
            found = await (await source.execute(f"SELECT version_num FROM {VERSIONS}")).fetchone()
        except sqlite3.OperationalError:
            found = None
        if found is None:
            raise BackupRefused(NOTHING)

        async def copy(out: Writer, progress: Progress) -> tuple[list[int], dict[str, int]]:
            scratch = out.scratch / "lima.db"
            scratch.touch(0o600)
            copied = sqlite3.connect(scratch, check_same_thread=False)
            try:
                await source.backup(copied, pages=PAGES, progress=lambda _, left, of: progress("数据库", of - left, of))
                names = copied.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
                counts = {name: copied.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for (name,) in names}
                ids = sealed.key_ids(SqliteRows(copied), counts)
            finally:
                copied.close()
            out.add(SQLITE_FILE, scratch)
            scratch.unlink()
            return ids, _without_versions(counts)

        yield Snapshot("sqlite", found[0], copy)
    finally:
        await source.close()


@asynccontextmanager
async def _postgresql_snapshot(database: PostgresqlDatabase) -> AsyncIterator[Snapshot]:
    connection = await database.connect()
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            if await connection.fetchval("SELECT to_regclass($1)", VERSIONS) is None:
                raise BackupRefused(NOTHING)
            version = await connection.fetchval(f"SELECT version_num FROM {VERSIONS}")

            async def copy(out: Writer, progress: Progress) -> tuple[list[int], dict[str, int]]:
                tables = await _postgresql_tables(connection)
                counts = {}
                for done, (name, table) in enumerate(tables.items(), 1):
                    counts[name] = await _dump_table(connection, name, table, out)
                    progress("数据库", done, len(tables))
                ids: list[int] = await greenlet_spawn(sealed.key_ids, PostgresqlRows(connection), counts)
                return ids, counts

            yield Snapshot("postgresql", version, copy)
    finally:
        await connection.close()


_TABLES = """
SELECT c.relname, a.attname, a.atttypid = 'bytea'::regtype, coalesce(array_position(i.indkey::int2[], a.attnum), -1)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' ORDER BY c.relname, a.attnum
"""


@dataclass(slots=True)
class _Columns:
    """`sealed` are those that hold bytes; `key` is the primary key."""

    names: list[str]
    sealed: list[bool]
    key: list[str]


async def _postgresql_tables(connection: Any) -> dict[str, _Columns]:
    found: dict[str, _Columns] = {}
    keys: dict[str, list[tuple[int, str]]] = {}
    for table, column, is_bytes, place in await connection.fetch(_TABLES):
        columns = found.setdefault(table, _Columns([], [], []))
        columns.names.append(column)
        columns.sealed.append(is_bytes)
        if place >= 0:
            keys.setdefault(table, []).append((place, column))
    for table, places in keys.items():
        found[table].key = [column for _, column in sorted(places)]
    return {name: table for name, table in found.items() if name != VERSIONS}


async def _dump_table(connection: Any, name: str, table: _Columns, out: Writer) -> int:
    """One JSON line a row, after a line of column names; bytes are base64. The number of rows."""
    scratch, n = out.scratch / f"{name}.jsonl", 0
    query = f"SELECT {', '.join(table.names)} FROM {name} ORDER BY {', '.join(table.key)}"
    with scratch.open("w", encoding="utf-8") as lines:
        scratch.chmod(0o600)
        lines.write(json.dumps({"columns": table.names, "bytes": table.sealed}) + "\n")
        async for record in connection.cursor(query, prefetch=ROWS_AT_ONCE):
            pairs = zip(record, table.sealed, strict=True)
            row = [_text(value) if is_bytes and value is not None else value for value, is_bytes in pairs]
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")
            n += 1
    out.add(f"database/{name}.jsonl", scratch)
    scratch.unlink()
    return n


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _without_versions(counts: dict[str, int]) -> dict[str, int]:
    return {name: n for name, n in counts.items() if name != VERSIONS and not name.startswith("sqlite_")}


# ---------------------------------------------------------------- back


Prove = Callable[[Rows], None]
"""Called with the restored rows before they count; whatever it raises undoes everything."""


class _Undone(Exception):
    """A rehearsal ends here: the transaction is rolled back."""


async def sqlite_file(archive: Archive, to: Path, prove: Prove) -> None:
    """The archive's database as a file of its own, proved. It is for whoever called to put it in its place."""

    def run() -> None:
        archive.extract(SQLITE_FILE, to)
        connection = sqlite3.connect(to)
        try:
            prove(SqliteRows(connection))
        finally:
            connection.close()

    await asyncio.to_thread(run)


async def into_postgresql(
    database: PostgresqlDatabase, archive: Archive, prove: Prove, aside: str, finish: Callable[[], None] | None
) -> None:
    """All rows in one transaction, in tables that are made beside the old ones and take their place at its end.

    `aside` is the schema that old tables are moved to. `finish` runs just before the commit; None makes it a rehearsal.
    """

    def load(connection: Connection) -> None:
        home = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
        beside = f"lima_restoring_{stamp().lower()}"
        connection.exec_driver_sql(f"CREATE SCHEMA {beside}")
        connection.exec_driver_sql(f"SET LOCAL search_path TO {beside}")
        command.upgrade(schema._config(connection), archive.manifest.schema)
        raw = connection.connection.driver_connection
        assert raw is not None
        for name in _parents_first(archive.names("database")):
            columns, rows = _rows_of(archive, name)
            table = Path(name).stem
            await_only(raw.copy_records_to_table(table, records=rows, columns=columns, schema_name=beside))
        prove(PostgresqlRows(raw))
        if finish is None:
            raise _Undone
        _take_their_place(connection, home, beside, aside)
        finish()

    with suppress(_Undone):
        await database.migrate(load)


def _take_their_place(connection: Connection, home: str, beside: str, aside: str) -> None:
    old, new = tables_of(connection, home), tables_of(connection, beside)
    if old:
        connection.exec_driver_sql(f"CREATE SCHEMA {aside}")
    for table in old:
        connection.exec_driver_sql(f"ALTER TABLE {home}.{table} SET SCHEMA {aside}")
    for table in new:
        connection.exec_driver_sql(f"ALTER TABLE {beside}.{table} SET SCHEMA {home}")
    connection.exec_driver_sql(f"DROP SCHEMA {beside}")


def tables_of(connection: Connection, home: str) -> list[str]:
    """Our own tables in a schema; what somebody else keeps there is left alone."""
    query = sqlalchemy.text("SELECT tablename FROM pg_tables WHERE schemaname = :home ORDER BY tablename")
    found = connection.execute(query, {"home": home})
    ours = {*metadata.tables, VERSIONS}
    return [row[0] for row in found if row[0] in ours]


def _parents_first(names: list[str]) -> list[str]:
    """A row is there before those that refer to it."""
    order = [table.name for table in metadata.sorted_tables]
    return sorted(names, key=lambda name: order.index(Path(name).stem) if Path(name).stem in order else -1)


def _rows_of(archive: Archive, name: str) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
    lines = iter(archive.open(name))
    head = json.loads(next(lines))

    def rows() -> Iterator[tuple[Any, ...]]:
        for line in lines:
            pairs = zip(json.loads(line), head["bytes"], strict=True)
            yield tuple(
                base64.b64decode(value) if is_bytes and value is not None else value for value, is_bytes in pairs
            )

    return head["columns"], rows()


async def others_at(database: PostgresqlDatabase) -> int:
    """How many other connections of ours the database has: a server, or a command that has not ended."""
    connection = await database.connect()
    try:
        query = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = 'lima' AND pid <> pg_backend_pid()"
        )
        return int(await connection.fetchval(query))
    finally:
        await connection.close()
