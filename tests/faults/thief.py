"""Somebody who has carried off the disk, and looks for words in it, however they may be written."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg

from storage.tables import metadata

Dump = dict[str, tuple[list[str], list[tuple[Any, ...]]]]
"""By table: the names of its columns, and its rows in the order of its primary key."""


def written(word: str) -> dict[str, bytes]:
    """A word in every encoding in which it might lie about."""
    plain = word.encode()
    found = {
        "utf-8": plain,
        "utf-16-le": word.encode("utf-16-le"),
        "utf-16-be": word.encode("utf-16-be"),
        "gb18030": word.encode("gb18030"),
        "hex": plain.hex().encode(),
        "HEX": plain.hex().upper().encode(),
        "json": json.dumps(word)[1:-1].encode(),
        "percent": quote(word).encode(),
        "reversed": plain[::-1],
    }
    for before in range(3):  # base64 writes three bytes as four letters, whatever stands before them
        whole = base64.b64encode(b"\0" * before + plain + b"\0" * ((-before - len(plain)) % 3))
        inner = whole[4 if before else 0 : -4]
        found[f"base64+{before}"] = inner
        found[f"base64url+{before}"] = inner.translate(bytes.maketrans(b"+/", b"-_"))
    return found


def found_in(places: Iterable[tuple[str, bytes]], words: Iterable[str]) -> list[str]:
    """Where any of the words stands in the clear, and how it is written there."""
    needles = {(word, how): needle for word in words for how, needle in written(word).items()}
    return [
        f"{word} as {how} in {place}"
        for place, content in places
        for (word, how), needle in needles.items()
        if needle in content
    ]


# ---------------------------------------------------------------- what there is to carry off


def dumped_places(dump: Dump) -> Iterator[tuple[str, bytes]]:
    for table, (columns, rows) in dump.items():
        for n, column in enumerate(columns):
            yield f"{table}.{column}", b"\n".join(_raw(row[n]) for row in rows)


def _raw(cell: object) -> bytes:
    return cell if isinstance(cell, bytes) else str(cell).encode()


async def dump_of(url: str) -> Dump:
    return sqlite_dump(url) if url.startswith("sqlite") else await postgresql_dump(url)


def sqlite_dump(url: str) -> Dump:
    """Every table of the file, known to us or not."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    dump = {}
    for name in names:
        rows = connection.execute(f"SELECT * FROM {name} ORDER BY {_key(name)}")
        dump[name] = ([column[0] for column in rows.description], rows.fetchall())
    connection.close()
    return dump


async def postgresql_dump(url: str, *, from_disk: bool = False) -> Dump:
    """In the order of the primary key. `from_disk`: as the rows lie there, with the number of their transaction."""
    connection = await asyncpg.connect(url)
    names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    dump = {}
    for (name,) in names:
        what, order = ("xmin::text::bigint AS transaction, *", "ctid") if from_disk else ("*", _key(name))
        rows = await connection.fetch(f"SELECT {what} FROM {name} ORDER BY {order}")
        dump[name] = (list(rows[0].keys()) if rows else [], [tuple(row) for row in rows])
    await connection.close()
    return dump


def _key(name: str) -> str:
    """Their own order for tables that are not ours."""
    return ", ".join(column.name for column in metadata.tables[name].primary_key) if name in metadata.tables else "1"


def files_in(folder: Path) -> Iterator[tuple[str, bytes]]:
    """An SQLite database, its log, its index, the photos, and whatever else lies there."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.name, path.read_bytes()


async def postgresql_files(url: str, since: str) -> list[tuple[str, bytes]]:
    """The files of the database after a checkpoint, and the server's log of changes since a segment of it."""
    connection = await asyncpg.connect(url)
    await connection.execute("CHECKPOINT")
    data = Path(await connection.fetchval("SHOW data_directory"))
    number = await connection.fetchval("SELECT oid FROM pg_database WHERE datname = current_database()")
    await connection.close()
    kept = sorted((data / "base" / str(number)).iterdir())
    log = [path for path in sorted((data / "pg_wal").glob("0*")) if path.name >= since]
    assert kept and log
    return [(path.name, path.read_bytes()) for path in [*kept, *log]]


async def postgresql_log_now(url: str) -> str:
    connection = await asyncpg.connect(url)
    segment: str = await connection.fetchval("SELECT pg_walfile_name(pg_current_wal_lsn())")
    await connection.close()
    return segment
