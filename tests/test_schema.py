"""The migrations make exactly the schema that the statements are built on; what is not ours is refused."""

from __future__ import annotations

import asyncpg
import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

from storage import schema
from storage.engine import Limits, open_database
from storage.tables import metadata


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
