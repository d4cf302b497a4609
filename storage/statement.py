"""SQL as SQLAlchemy Core builds it, compiled once to text for each database (docs/decisions/0004)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import Insert
from sqlalchemy.sql.elements import BindParameter, ClauseElement

Row = tuple[Any, ...]
Parameters = Mapping[str, int | str | bytes | None]

_SQLITE = sqlite.dialect(paramstyle="named")
_POSTGRESQL = asyncpg.dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement in both dialects. Parameters and columns are BIGINT, TEXT and BYTEA only: nothing converts them."""

    sqlite: str
    postgresql: str
    positions: tuple[str, ...]
    literals: dict[str, Any]


class Rows(Protocol):
    """What storage functions are given inside a transaction; never a driver's object."""

    def all(self, statement: Statement, **parameters: int | str | bytes | None) -> list[Row]:
        """Every row that the statement returns."""
        ...

    def run(self, statement: Statement, **parameters: int | str | bytes | None) -> int:
        """How many rows the statement changed."""
        ...

    def savepoint(self) -> contextlib.AbstractContextManager[None]:
        """Everything inside is undone if the block raises."""
        ...


class AskedOnce:
    """Rows that ask the database each thing once until something is written: one turn asks the same from many places."""

    __slots__ = ("_rows", "_told")

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._told: dict[tuple[Any, ...], list[Row]] = {}

    def all(self, statement: Statement, **parameters: int | str | bytes | None) -> list[Row]:
        asked = (statement.sqlite, *parameters.items())
        if (told := self._told.get(asked)) is None:
            told = self._told[asked] = self._rows.all(statement, **parameters)
        return told

    def run(self, statement: Statement, **parameters: int | str | bytes | None) -> int:
        self._told.clear()
        return self._rows.run(statement, **parameters)

    @contextlib.contextmanager
    def savepoint(self) -> Iterator[None]:
        try:
            with self._rows.savepoint():
                yield
        except BaseException:
            self._told.clear()
            raise


def statement(built: ClauseElement, *columns: str) -> Statement:
    """Compile `built`; `columns` are those that an INSERT sets from parameters of the same names.

    ValueError for an IN list, which would be expanded at execution, and for a parameter used twice under one name.
    """
    keys = list(columns) if columns or isinstance(built, Insert) else None
    on_sqlite = built.compile(dialect=_SQLITE, column_keys=keys)
    on_postgresql = built.compile(dialect=_POSTGRESQL, column_keys=keys)
    assert isinstance(on_sqlite, SQLCompiler) and isinstance(on_postgresql, SQLCompiler)
    for compiled in (on_sqlite, on_postgresql):
        if "POSTCOMPILE" in str(compiled):
            raise ValueError(f"IN lists are not compiled once: {compiled}")
    literals = {
        name: bind.value
        for compiled in (on_sqlite, on_postgresql)
        for name, bind in _binds(compiled)
        if not name.startswith("%") and not bind.required and bind.value is not None
    }
    return Statement(str(on_sqlite), str(on_postgresql), tuple(on_postgresql.positiontup or ()), literals)


def _binds(compiled: SQLCompiler) -> Iterator[tuple[str, BindParameter[Any]]]:
    yield from compiled.binds.items()


def first(rows: list[Row]) -> Row | None:
    return rows[0] if rows else None
