"""Photos of a draft or a report: rows here, sealed files in storage/files.py, cleaning in bot/evidence.py.

A photo enters its draft at once as pending, with a durable row of work; filing only hands it over. What the worker
makes of it comes back as a second turn, also after filing (design.md §2.3).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import bindparam, delete, insert, null, select, update

from handlers.model import Millis, Upload
from storage import leased
from storage.packed import packed, unpacked
from storage.statement import Row, Rows, first, statement
from storage.tables import media as table
from storage.tables import media_work as work_table
from storage.vault import DataKey, Vault

DRAFT, WORK = "draft", "media"
PENDING, READY, FAILED = "pending", "ready", "failed"
WHERE = "media.key_wrapped"

_ADD = statement(insert(table), "id", "holder", "purpose", "key_wrapped", "about", "same")
_COLUMNS = (table.c.id, table.c.holder, table.c.purpose, table.c.key_wrapped, table.c.about)
_ONE = statement(select(*_COLUMNS).where(table.c.id == bindparam("id_")))
_OF = statement(select(*_COLUMNS).where(table.c.holder == bindparam("holder_")))
_SAME = statement(select(table.c.id).where(table.c.holder == bindparam("holder_"), table.c.same == bindparam("same_")))
_DROP = statement(delete(table).where(table.c.id == bindparam("id_")))
_DROP_OF = statement(delete(table).where(table.c.holder == bindparam("holder_")))
_SET = statement(update(table).where(table.c.id == bindparam("id_")).values(about=bindparam("about_")))
_HAND_OVER = statement(
    update(table)
    .where(table.c.id == bindparam("id_"))
    .values(
        holder=bindparam("holder_"),
        purpose=bindparam("purpose_"),
        key_wrapped=bindparam("key_wrapped_"),
        same=null(),
    )
)
_AFTER = statement(
    select(table.c.id).where(table.c.id > bindparam("after")).order_by(table.c.id).limit(bindparam("limit_"))
)
_WORK = leased.Leased(work_table, "box", WORK)


@dataclass(frozen=True, slots=True)
class Photo:
    """`step` and `position` place it in the conversation; `state` is pending, ready or failed."""

    id: bytes
    holder: bytes
    purpose: str
    key_wrapped: bytes
    key: DataKey
    step: str
    position: int
    state: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Work:
    """A photo to be cleaned, and whom to tell if that fails."""

    row: leased.Claimed
    channel: str
    address: str

    @property
    def id(self) -> bytes:
        return self.row.id

    @property
    def attempts(self) -> int:
        return self.row.attempts


def add(
    rows: Rows,
    vault: Vault,
    conversation: bytes,
    upload: Upload,
    where: tuple[str, int],
    heard: tuple[str, str, Millis],
) -> bool:
    """Put a photo into a draft and its cleaning to work; False if the same file is there already.

    `where` is (step, position), `heard` is (channel, address, now).
    """
    same = vault.index("media.same", conversation, upload.sha256)
    if rows.all(_SAME, holder_=conversation, same_=same):
        return False
    key = vault.key(upload.key_wrapped, DRAFT, WHERE, upload.id)
    about = _about(key, upload.id, *where, PENDING, upload.sha256.hex())
    rows.run(
        _ADD,
        id=upload.id,
        holder=conversation,
        purpose=DRAFT,
        key_wrapped=upload.key_wrapped,
        about=about,
        same=same,
    )
    channel, address, now = heard
    _WORK.add(rows, vault, upload.id, [channel, address], now)
    return True


def one(rows: Rows, vault: Vault, id_: bytes) -> Photo | None:
    row = first(rows.all(_ONE, id_=id_))
    return _opened(vault, row) if row else None


def of(rows: Rows, vault: Vault, holder: bytes) -> list[Photo]:
    """The photos of a draft or a report, in the order sent."""
    return sorted((_opened(vault, row) for row in rows.all(_OF, holder_=holder)), key=lambda photo: photo.position)


def drop(rows: Rows, photo: Photo) -> None:
    """Its key goes with the row; the sweeper removes the file, which nobody can open any more."""
    rows.run(_DROP, id_=photo.id)
    _WORK.finish(rows, photo.id)


def drop_all(rows: Rows, holder: bytes) -> None:
    rows.run(_DROP_OF, holder_=holder)


def hand_over(rows: Rows, vault: Vault, photo: Photo, report: bytes, purpose: str) -> None:
    """From a draft to the report that it became: only the key is wrapped anew."""
    wrapped = vault.rewrap(photo.key, purpose, WHERE, photo.id)
    rows.run(_HAND_OVER, id_=photo.id, holder_=report, purpose_=purpose, key_wrapped_=wrapped)


def set_state(rows: Rows, photo: Photo, state: str) -> Photo:
    about = _about(photo.key, photo.id, photo.step, photo.position, state, photo.sha256)
    rows.run(_SET, id_=photo.id, about_=about)
    return replace(photo, state=state)


def ids_after(rows: Rows, id_: bytes, limit: int) -> list[bytes]:
    return [row[0] for row in rows.all(_AFTER, after=id_, limit_=limit)]


# ---------------------------------------------------------------- work


def claim(rows: Rows, vault: Vault, now: Millis, lease_ms: int, limit: int) -> list[Work]:
    """Work that is due, for `lease_ms` ours alone; an empty list means idle."""
    return [Work(row, *row.body) for row in _WORK.claim(rows, vault, now, lease_ms, limit)]


def try_later(rows: Rows, work: Work, at: Millis, error: str) -> None:
    _WORK.try_later(rows, work.row, at, error)


def finish(rows: Rows, work: Work) -> None:
    _WORK.finish(rows, work.id)


def waiting(rows: Rows) -> tuple[int, Millis]:
    """How many photos wait, and since when the oldest."""
    return _WORK.waiting(rows)


def release_all(rows: Rows) -> int:
    """End every lease: for the one process that serves a database, before it begins."""
    return _WORK.release_all(rows)


def _about(key: DataKey, id_: bytes, step: str, position: int, state: str, sha256: str) -> bytes:
    return key.seal(packed([step, position, state, sha256]), "media.about", id_)


def _opened(vault: Vault, row: Row) -> Photo:
    id_, holder, purpose, wrapped, about = row
    key = vault.key(wrapped, purpose, WHERE, id_)
    return Photo(id_, holder, purpose, wrapped, key, *unpacked(key.open(about, "media.about", id_)))
