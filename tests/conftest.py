"""The network is refused, loopback and sockets on disk aside; PostgreSQL is real; transcripts are tests."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.fakes import postgresql
from tests.transcript import Transcript

LOOPBACK = ("127.", "::1", "localhost")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test wants to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    with postgresql.running() as url:
        yield url


@pytest.fixture
async def postgresql_url(postgresql_server: str) -> AsyncIterator[str]:
    """A fresh database of the run's server."""
    admin = await asyncpg.connect(postgresql_server)
    number = await admin.fetchval("SELECT count(*) FROM pg_database")
    name = f"lima_{number}_{id(admin):x}"
    await admin.execute(f"CREATE DATABASE {name}")
    yield postgresql_server.replace("/postgres?", f"/{name}?")
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The suite that uses this runs on both databases."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/lima.db"
    url: str = request.getfixturevalue("postgresql_url")
    return url


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-dialogues", action="store_true", help="write what was said into tests/dialogues/*.txt")
    parser.addoption("--rewrite-docs", action="store_true", help="write docs/cli.md anew")
    parser.addoption("--long", action="store_true", help="the long forms of the fault tests; 20 minutes at most")


@pytest.fixture
def long(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--long"))


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    if file_path.suffix == ".txt" and file_path.parent.name == "dialogues":
        return Transcript.from_parent(parent, path=file_path)
    return None
