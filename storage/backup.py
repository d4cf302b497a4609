"""A copy of the database before its schema is changed."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

SQLITE = "sqlite:///"


async def before_migration(url: str) -> Path:
    """Copy an SQLite file beside itself, sealed as it is; PostgreSQL is dumped by pg_dump, which must be installed.

    FileNotFoundError without pg_dump, CalledProcessError if it fails: then nothing has been changed yet.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    if url.startswith(SQLITE):
        path = Path(url.removeprefix(SQLITE))
        copy = path.with_name(f"{path.name}.{stamp}.before-migration")
        await asyncio.to_thread(_copy, path, copy)
        return copy
    copy = Path(f"lima.{stamp}.before-migration.dump")
    dump = shutil.which("pg_dump")
    if dump is None:
        raise FileNotFoundError(2, "没有 pg_dump，备份不了，没有改动", "pg_dump")
    process = await asyncio.create_subprocess_exec(dump, "--format=custom", f"--file={copy}", url)
    if await process.wait():
        raise OSError(5, "pg_dump 没有备份成，没有改动")
    copy.chmod(0o600)
    return copy


def _copy(source: Path, copy: Path) -> None:
    copy.touch(0o600)
    with sqlite3.connect(source) as from_, sqlite3.connect(copy) as to:
        from_.backup(to)
    from_.close()
    to.close()
