"""The vault opens what it sealed, where it sealed it, and nothing else; the key files are used only if they are safe."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storage.vault import (
    KEY_BYTES,
    PLACARDS_FILE,
    RING_FILE,
    WRAPPED_BYTES,
    NotOpened,
    Ring,
    RingRefused,
    Vault,
    load_placard_keys,
    load_ring,
    new_ring,
)

OLD, NEW, INDEX = b"o" * 32, b"n" * 32, b"i" * 32
RING = Ring({1: OLD, 2: NEW}, INDEX)
PLAIN = "水沟垮了".encode()
PURPOSE, WHERE, ROW = "content|township:520602104", "report_words.sealed", b"r" * 16


@pytest.fixture
def vault() -> Vault:
    return Vault(RING)


# ---------------------------------------------------------------- sealing


def test_what_was_sealed_opens_again(vault: Vault) -> None:
    key, wrapped = vault.new_key(PURPOSE, WHERE, ROW)
    sealed = key.seal(PLAIN, WHERE, ROW)
    again = Vault(RING).key(wrapped, PURPOSE, WHERE, ROW)
    assert again.open(sealed, WHERE, ROW) == PLAIN
    assert vault.unbox(vault.box(PLAIN, PURPOSE, WHERE, ROW), PURPOSE, WHERE, ROW) == PLAIN
    assert len(wrapped) == WRAPPED_BYTES == 62


def test_every_single_bit_counts(vault: Vault) -> None:
    """Of the sealed words, of the wrapped key, of both in one box."""
    key, wrapped = vault.new_key(PURPOSE, WHERE, ROW)
    _no_flip_opens(key.seal(PLAIN, WHERE, ROW), lambda raw: key.open(raw, WHERE, ROW))
    _no_flip_opens(wrapped, lambda raw: vault.key(raw, PURPOSE, WHERE, ROW))
    _no_flip_opens(vault.box(PLAIN, PURPOSE, WHERE, ROW), lambda raw: vault.unbox(raw, PURPOSE, WHERE, ROW))


def _no_flip_opens(whole: bytes, opens: Callable[[bytes], object]) -> None:
    opens(whole)
    for bit in range(len(whole) * 8):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(NotOpened):
            opens(bytes(flipped))


def test_nothing_opens_that_is_shorter_or_longer(vault: Vault) -> None:
    boxed = vault.box(PLAIN, PURPOSE, WHERE, ROW)
    for wrong in (*(boxed[:n] for n in range(len(boxed))), boxed + b"\0", b"\0" + boxed, b""):
        with pytest.raises(NotOpened):
            vault.unbox(wrong, PURPOSE, WHERE, ROW)


@pytest.mark.parametrize(
    ("purpose", "where", "row"),
    [
        (PURPOSE, WHERE, b"s" * 16),
        (PURPOSE, "draft_words.sealed", ROW),
        (PURPOSE, "report_words.id", ROW),
        (PURPOSE, WHERE + "\0", ROW),
        (PURPOSE, WHERE, b""),
        ("content|county:520602", WHERE, ROW),
        ("contact|township:520602104", WHERE, ROW),
        ("draft", WHERE, ROW),
    ],
)
def test_what_was_moved_does_not_open(vault: Vault, purpose: str, where: str, row: bytes) -> None:
    """To another row, another column, or under the key of another purpose or desk."""
    boxed = vault.box(PLAIN, PURPOSE, WHERE, ROW)
    with pytest.raises(NotOpened):
        vault.unbox(boxed, purpose, where, row)


def test_words_do_not_open_under_the_key_of_another_thing(vault: Vault) -> None:
    one, other = (vault.new_key(PURPOSE, WHERE, ROW)[0] for _ in range(2))
    with pytest.raises(NotOpened):
        other.open(one.seal(PLAIN, WHERE, ROW), WHERE, ROW)


def test_the_same_words_never_look_the_same(vault: Vault) -> None:
    key, _ = vault.new_key(PURPOSE, WHERE, ROW)
    assert len({key.seal(PLAIN, WHERE, ROW) for _ in range(1000)}) == 1000
    assert len({vault.box(PLAIN, PURPOSE, WHERE, ROW) for _ in range(1000)}) == 1000


def test_handed_to_another_purpose_only_that_one_opens_it(vault: Vault) -> None:
    """As a photo's key goes from the draft to the report: what it sealed stays as it is."""
    key, wrapped = vault.new_key("draft", WHERE, ROW)
    sealed = key.seal(PLAIN, WHERE, ROW)
    handed = vault.rewrap(key, PURPOSE, WHERE, ROW)
    assert vault.key(handed, PURPOSE, WHERE, ROW).open(sealed, WHERE, ROW) == PLAIN
    for raw, purpose in ((handed, "draft"), (wrapped, PURPOSE)):
        with pytest.raises(NotOpened):
            vault.key(raw, purpose, WHERE, ROW)


# ---------------------------------------------------------------- the ring


def test_new_keys_are_under_the_newest_master_and_old_ones_still_open(vault: Vault) -> None:
    before = Vault(Ring({1: OLD}, INDEX)).box(PLAIN, PURPOSE, WHERE, ROW)
    assert vault.unbox(before, PURPOSE, WHERE, ROW) == PLAIN
    after = vault.box(PLAIN, PURPOSE, WHERE, ROW)
    assert (before[1], after[1]) == (1, 2)
    for ring in (Ring({1: OLD}, INDEX), Ring({1: OLD, 2: OLD}, INDEX)):
        with pytest.raises(NotOpened):
            Vault(ring).unbox(after, PURPOSE, WHERE, ROW)
    assert vault.has_key(1) and not vault.has_key(3)


def test_an_index_says_nothing_without_its_key_and_does_not_run_parts_together(vault: Vault) -> None:
    assert vault.index("a", "bc") != vault.index("ab", "c") != vault.index("abc")
    assert vault.index("a", b"") != vault.index("a")
    assert vault.index("a", 1) != vault.index("a", 12)
    assert vault.index("a", "b") == Vault(RING).index("a", "b")
    assert vault.index("a", "b") != Vault(Ring(RING.masters, b"j" * 32)).index("a", "b")
    assert len(vault.index("a")) == 32


# ---------------------------------------------------------------- key files


def test_a_new_ring_is_random_private_and_loads(tmp_path: Path) -> None:
    for folder in (tmp_path / "one", tmp_path / "other"):
        new_ring(folder)
        for name in (RING_FILE, PLACARDS_FILE):
            assert stat.S_IMODE((folder / name).stat().st_mode) == 0o400
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    one, other = load_ring(tmp_path / "one", tmp_path / "data"), load_ring(tmp_path / "other")
    keys = {*one.masters.values(), *other.masters.values(), one.index, other.index}
    keys |= {*load_placard_keys(tmp_path / "one").values(), *load_placard_keys(tmp_path / "other").values()}
    assert len(keys) == 6
    assert all(len(key) == KEY_BYTES for key in keys)


@pytest.mark.parametrize("kept", [RING_FILE, PLACARDS_FILE])
def test_keys_are_never_overwritten(tmp_path: Path, kept: str) -> None:
    new_ring(tmp_path)
    before = (tmp_path / kept).read_bytes()
    for name in {RING_FILE, PLACARDS_FILE} - {kept}:
        (tmp_path / name).unlink()
    with pytest.raises(FileExistsError):
        new_ring(tmp_path)
    assert (tmp_path / kept).read_bytes() == before


@pytest.mark.parametrize("mode", [0o644, 0o440, 0o604, 0o660, 0o777])
@pytest.mark.parametrize("name", [RING_FILE, PLACARDS_FILE])
def test_keys_that_others_can_read_are_refused(tmp_path: Path, name: str, mode: int) -> None:
    new_ring(tmp_path)
    (tmp_path / name).chmod(mode)
    with pytest.raises(RingRefused, match="别人也能读"):
        _load(tmp_path, name)


@pytest.mark.parametrize("inside", [".", "keys", "a/b/keys"])
def test_keys_among_the_data_are_refused(tmp_path: Path, inside: str) -> None:
    data = tmp_path / "data"
    new_ring(data / inside)
    with pytest.raises(RingRefused, match="分开放"):
        load_ring(data / inside, data)
    link = tmp_path / "keys"
    link.symlink_to(data / inside, target_is_directory=True)
    with pytest.raises(RingRefused, match="分开放"):
        load_ring(link, data)
    assert load_ring(data / inside, tmp_path / "data-elsewhere")


@pytest.mark.parametrize("name", [RING_FILE, PLACARDS_FILE])
def test_a_missing_file_is_named_and_what_to_do(tmp_path: Path, name: str) -> None:
    with pytest.raises(RingRefused, match="lima init"):
        _load(tmp_path, name)


GOOD = base64.b64encode(b"g" * 32).decode()
SECRET = base64.b64encode(b"short").decode()


@pytest.mark.parametrize("name", [RING_FILE, PLACARDS_FILE])
@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '"keys"',
        b"\xff\xfe",
        {"index": GOOD},
        {"keys": {}, "index": GOOD},
        {"keys": [GOOD], "index": GOOD},
        {"keys": {"1": SECRET}, "index": GOOD},
        {"keys": {"1": None}, "index": GOOD},
        {"keys": {"1": f"{GOOD}!"}, "index": GOOD},
        {"keys": {"one": GOOD}, "index": GOOD},
        {"keys": {"-1": GOOD}, "index": GOOD},
        {"keys": {"256": GOOD}, "index": GOOD},
    ],
    ids=str,
)
def test_a_malformed_file_is_refused_without_a_word_of_what_is_in_it(tmp_path: Path, name: str, content: Any) -> None:
    _write(tmp_path / name, content)
    with pytest.raises(RingRefused) as refused:
        _load(tmp_path, name)
    assert name in str(refused.value)
    assert GOOD not in str(refused.value) and SECRET not in str(refused.value)
    assert refused.value.__cause__ is None, "an error of the parser would quote the file"


@pytest.mark.parametrize("index", [None, "", SECRET, 7])
def test_a_ring_without_an_index_key_is_refused(tmp_path: Path, index: object) -> None:
    _write(tmp_path / RING_FILE, {"keys": {"1": GOOD}, "index": index})
    with pytest.raises(RingRefused):
        load_ring(tmp_path)


def test_a_placard_key_that_does_not_fit_into_a_code_is_refused(tmp_path: Path) -> None:
    """Four bits of a printed code name its key."""
    _write(tmp_path / PLACARDS_FILE, {"keys": {"1": GOOD, "15": GOOD}})
    assert list(load_placard_keys(tmp_path)) == [1, 15]
    _write(tmp_path / PLACARDS_FILE, {"keys": {"1": GOOD, "16": GOOD}})
    with pytest.raises(RingRefused, match="0 到 15"):
        load_placard_keys(tmp_path)


def _load(folder: Path, name: str) -> object:
    return load_ring(folder) if name == RING_FILE else load_placard_keys(folder)


def _write(path: Path, content: Any) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else _text(content).encode())
    path.chmod(0o400)


def _text(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content)
