"""The migrations make exactly the schema that the statements are built on; what is not ours is refused."""

from __future__ import annotations

import os

import asyncpg
import pytest
import sqlalchemy
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from storage import schema
from storage.engine import Limits, open_database
from storage.tables import metadata, place_of


async def test_migrations_make_the_tables(database_url: str) -> None:
    database = open_database(database_url, Limits())
    assert await schema.state_of(database) == "empty"
    await schema.make_ready(database)
    assert await schema.state_of(database) == "current"
    found: list[object] = []
    await database.migrate(lambda c: found.extend(compare_metadata(MigrationContext.configure(c), metadata)))
    assert found == []


@pytest.mark.parametrize(("revision", "says"), [("9999", "更新的程序"), (None, "更新的程序")])
async def test_a_newer_or_foreign_schema_is_refused(database_url: str, revision: str | None, says: str) -> None:
    database = open_database(database_url, Limits())

    def spoil(connection: Connection) -> None:
        if revision is None:
            connection.execute(sqlalchemy.text("CREATE TABLE somebody_elses (id BIGINT)"))
        else:
            schema.upgrade(connection)
            connection.execute(sqlalchemy.text(f"UPDATE alembic_version SET version_num = '{revision}'"))

    await database.migrate(spoil)
    with pytest.raises(schema.SchemaRefused, match=says):
        await schema.make_ready(database)


async def test_what_was_answered_before_stands_in_its_place_after_an_upgrade(database_url: str) -> None:
    """1,500 rows: more than one piece of migration 0011."""
    database = open_database(database_url, Limits())
    before = [
        (os.urandom(32), os.urandom(32), None if n % 3 else b"reply", b"" if n % 2 else None, n) for n in range(1500)
    ]
    after: list[tuple[object, ...]] = []

    def as_it_was(connection: Connection) -> None:
        command.upgrade(schema._config(connection), "0010")
        insert = "INSERT INTO turns (key, digest, reply, subject, expires_day) VALUES (:k, :d, :r, :s, :e)"
        connection.execute(sqlalchemy.text(insert), [dict(zip("kdrse", row, strict=True)) for row in before])

    def look(connection: Connection) -> None:
        rows = "SELECT key, digest, reply, subject, expires_day, place FROM turns"
        after.extend(tuple(row) for row in connection.execute(sqlalchemy.text(rows)))

    await database.migrate(as_it_was)
    assert await schema.state_of(database) == "older"
    await database.migrate(schema.upgrade)
    await database.migrate(look)
    assert sorted(after, key=lambda row: row[4]) == [(*row, place_of(row[0])) for row in before]  # type: ignore[arg-type,return-value]


async def test_no_table_of_sqlite_numbers_its_rows_as_they_come(tmp_path: object) -> None:
    database = open_database(f"sqlite:///{tmp_path}/lima.db", Limits())
    await schema.make_ready(database)
    made: list[str] = []
    query = "SELECT sql FROM sqlite_master WHERE type = 'table' AND name != 'alembic_version'"
    await database.migrate(lambda c: made.extend(row[0] for row in c.exec_driver_sql(query)))
    assert len(made) == len(metadata.tables)
    numbered = [sql for sql in made if "WITHOUT ROWID" not in sql]
    assert all("place INTEGER NOT NULL" in sql and "PRIMARY KEY (place)" in sql for sql in numbered)
    assert len(numbered) == 1  # turns: their place is made of the keyed hash of the message


async def test_commits_are_synchronous_on_postgresql(postgresql_url: str) -> None:
    database = open_database(postgresql_url, Limits())
    connection: asyncpg.Connection = await database.connect()  # type: ignore[attr-defined]
    assert await connection.fetchval("SHOW synchronous_commit") == "on"
    assert await connection.fetchval("SHOW fsync") == "on"
    await connection.close()
