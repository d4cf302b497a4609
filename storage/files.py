"""Sealed files: 1 MiB chunks, each bound to its file, its place and whether it is the last (security.md §2, §3).

A file is named by its photo's random id and a suffix: `raw` as it came, `jpg` as it was cleaned. Nothing in the folder
can be opened without the key in the photo's row, and a file without a row is an orphan.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.vault import TAG_BYTES, DataKey, NotOpened

RAW, CLEAN = "raw", "jpg"
CHUNK_BYTES = 1 << 20
PREFIX_BYTES = 7
"""Random part of a chunk's nonce; four bytes count the chunks, one marks the last."""
MAGIC = b"LIMA\x01"
ORPHAN_AGE_S = 24 * 3600.0
QUARANTINE_S = 7 * 24 * 3600.0
"""A file that no row names waits a day, then a week aside, and is removed (security.md §3)."""
FREE_SHARE_MIN = 0.10
"""Below this share of free disk photos are refused and words still taken (security.md §3)."""


def seal(key: DataKey, plain: bytes, id_: bytes) -> bytes:
    cipher, prefix = AESGCM(key.raw), os.urandom(PREFIX_BYTES)
    sealed = bytearray(MAGIC + prefix)
    for n, last, chunk in _chunks(plain, CHUNK_BYTES):
        sealed += cipher.encrypt(_nonce(prefix, n, last), chunk, id_)
    return bytes(sealed)


def open_sealed(key: DataKey, sealed: bytes, id_: bytes) -> bytes:
    """NotOpened if any byte, chunk or order was changed, or the end is missing."""
    head = len(MAGIC) + PREFIX_BYTES
    if sealed[: len(MAGIC)] != MAGIC or len(sealed) < head + TAG_BYTES:
        raise NotOpened("file")
    cipher, prefix, plain = AESGCM(key.raw), sealed[len(MAGIC) : head], bytearray()
    try:
        for n, last, chunk in _chunks(sealed[head:], CHUNK_BYTES + TAG_BYTES):
            plain += cipher.decrypt(_nonce(prefix, n, last), chunk, id_)
    except InvalidTag as error:
        raise NotOpened("file") from error
    return bytes(plain)


def _chunks(whole: bytes, size: int) -> Iterator[tuple[int, bool, bytes]]:
    starts = range(0, max(len(whole), 1), size)
    for n, start in enumerate(starts):
        yield n, start + size >= len(whole), whole[start : start + size]


def _nonce(prefix: bytes, n: int, last: bool) -> bytes:
    return prefix + n.to_bytes(4, "big") + bytes([last])


class Folder:
    """Where sealed files lie. Blocking: call it from a thread."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, id_: bytes, suffix: str, sealed: bytes) -> None:
        """Durable when it returns: temporary file, fsync, rename, fsync of the folder. OSError if there is no room."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = self._path(id_, suffix)
        temporary = target.with_suffix(f".{suffix}.part")
        file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(file, "wb") as out:
            out.write(sealed)
            out.flush()
            os.fsync(out.fileno())
        temporary.rename(target)
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def read(self, id_: bytes, suffix: str) -> bytes:
        """FileNotFoundError if it is not there."""
        return self._path(id_, suffix).read_bytes()

    def remove(self, id_: bytes, suffix: str) -> None:
        self._path(id_, suffix).unlink(missing_ok=True)

    def has_room(self) -> bool:
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        usage = shutil.disk_usage(self.path)
        return usage.free >= usage.total * FREE_SHARE_MIN

    def sweep(self, is_known: Callable[[bytes], bool], now_s: float | None = None) -> int:
        """Put files that no row names aside, and remove those that lay aside long enough; how many were moved."""
        now_s = time.time() if now_s is None else now_s
        aside = self.path / "aside"
        aside.mkdir(parents=True, exist_ok=True, mode=0o700)
        moved = 0
        for file in self.path.iterdir():
            old = file.is_file() and now_s - file.stat().st_mtime > ORPHAN_AGE_S
            if old and (file.suffix == ".part" or not is_known(_id_of(file))):
                file.rename(aside / file.name)
                os.utime(aside / file.name, (now_s, now_s))
                moved += 1
        for file in aside.iterdir():
            if now_s - file.stat().st_mtime > QUARANTINE_S:
                file.unlink()
        return moved

    def _path(self, id_: bytes, suffix: str) -> Path:
        return self.path / f"{id_.hex()}.{suffix}"


def _id_of(file: Path) -> bytes:
    with contextlib.suppress(ValueError):
        return bytes.fromhex(file.name.partition(".")[0])
    return b""
