"""Sealed files: no byte, chunk, order or end can be changed; writes are durable; orphans go, slowly."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from storage.files import (
    CHUNK_BYTES,
    CLEAN,
    MAGIC,
    ORPHAN_AGE_S,
    PREFIX_BYTES,
    QUARANTINE_S,
    RAW,
    Folder,
    open_sealed,
    seal,
)
from storage.vault import TAG_BYTES, DataKey, NotOpened

KEY, ID = DataKey(b"k" * 32), b"i" * 16
HEAD = len(MAGIC) + PREFIX_BYTES
SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 5])
def test_what_is_sealed_opens_again(size: int) -> None:
    plain = os.urandom(size)
    assert open_sealed(KEY, seal(KEY, plain, ID), ID) == plain


def _three_chunks() -> tuple[bytes, list[bytes]]:
    sealed = seal(KEY, os.urandom(3 * CHUNK_BYTES), ID)
    return sealed[:HEAD], [sealed[HEAD + n * SEALED_CHUNK : HEAD + (n + 1) * SEALED_CHUNK] for n in range(3)]


HEAD_OF, (A, B, C) = _three_chunks()


@pytest.mark.parametrize(
    "tampered",
    [
        HEAD_OF + A + B,
        HEAD_OF + A + C + B,
        HEAD_OF + A + C,
        HEAD_OF + A + B + C + C,
        HEAD_OF + A + B + C[:-1],
        HEAD_OF + A + B + C + b"x",
        b"LIMA\x02" + HEAD_OF[5:] + A + B + C,
        HEAD_OF,
        b"",
        HEAD_OF + bytes([A[0] ^ 1]) + A[1:] + B + C,
    ],
    ids=[
        "last cut",
        "swapped",
        "dropped",
        "repeated",
        "byte cut",
        "byte added",
        "version",
        "head only",
        "empty",
        "bit",
    ],
)
def test_what_was_tampered_with_does_not_open(tampered: bytes) -> None:
    with pytest.raises(NotOpened):
        open_sealed(KEY, tampered, ID)


def test_another_file_or_key_does_not_open() -> None:
    sealed = seal(KEY, b"photo", ID)
    for key, id_ in ((DataKey(b"x" * 32), ID), (KEY, b"j" * 16)):
        with pytest.raises(NotOpened):
            open_sealed(key, sealed, id_)


def test_orphans_wait_a_day_and_then_a_week(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "evidence")
    folder.write(b"known", CLEAN, b"sealed")
    folder.write(b"orphan", RAW, b"sealed")
    now = (tmp_path / "evidence" / f"{b'orphan'.hex()}.raw").stat().st_mtime
    is_known = {b"known"}.__contains__
    assert folder.sweep(is_known, now + ORPHAN_AGE_S - 60) == 0
    assert folder.sweep(is_known, now + ORPHAN_AGE_S + 60) == 1
    assert (tmp_path / "evidence" / "aside" / f"{b'orphan'.hex()}.raw").exists()
    folder.sweep(is_known, now + ORPHAN_AGE_S + QUARANTINE_S + 120)
    assert not list((tmp_path / "evidence" / "aside").iterdir())
    assert folder.read(b"known", CLEAN) == b"sealed"
    assert oct((tmp_path / "evidence").stat().st_mode)[-3:] == "700"
