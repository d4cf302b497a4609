"""`lima demo` begins anew where another version left its data."""

from __future__ import annotations

import asyncio
from pathlib import Path

import sqlalchemy
from sqlalchemy import Connection

from bot import prepare
from bot.demo import _is_old
from config.settings import load_settings
from storage import schema
from storage.engine import Limits, open_database


async def test_a_demo_of_another_version_begins_anew(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    await asyncio.to_thread(prepare.prepare, folder, sample=True)
    assert not await asyncio.to_thread(_is_old, folder), "nothing there yet"
    database = open_database(load_settings(folder / prepare.SETTINGS_FILE).database.url, Limits())
    await schema.make_ready(database)
    assert not await asyncio.to_thread(_is_old, folder)

    def of_another(connection: Connection) -> None:
        connection.execute(sqlalchemy.text("UPDATE alembic_version SET version_num = '0010'"))

    await database.migrate(of_another)
    assert await asyncio.to_thread(_is_old, folder)
