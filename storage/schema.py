"""The schema's version: empty, current, older (run `lima migrate`) or newer than this program."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage.engine import Database

MIGRATIONS = Path(__file__).parent / "migrations"


class SchemaRefused(Exception):
    """The database cannot be served as it is; the text says what to do."""


def upgrade(connection: Connection) -> None:
    """Bring the schema to the newest version."""
    command.upgrade(_config(connection), "head")


def state(connection: Connection) -> str:
    """`empty`, `current`, `older` or `newer`."""
    script = ScriptDirectory.from_config(_config(connection))
    now = MigrationContext.configure(connection).get_current_revision()
    if now is None:
        return "empty" if not sqlalchemy.inspect(connection).get_table_names() else "newer"
    if now == script.get_current_head():
        return "current"
    return "older" if now in {revision.revision for revision in script.walk_revisions()} else "newer"


async def state_of(database: Database) -> str:
    """`state`, asked of a database that need not be open."""
    if not database.exists():
        return "empty"
    found: list[str] = []
    await database.migrate(lambda connection: found.append(state(connection)))
    return found[0]


async def make_ready(database: Database) -> None:
    """Migrate an empty database; SchemaRefused for one that is older or newer than this program."""
    found = await state_of(database)
    if found == "empty":
        await database.migrate(upgrade)
    elif found == "older":
        raise SchemaRefused("数据库的结构是旧的。请先停下服务，运行 lima migrate（会先备份）。")
    elif found == "newer":
        raise SchemaRefused("数据库的结构比这个程序新，或者不是立码的数据库。请换用更新的程序。")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
