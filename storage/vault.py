"""The vault: everything that people say or are is sealed here, and found again only by keyed hashes (security.md §2).

A ring of 32-byte master keys with one-byte ids, one index key, and (in a file of their own) placard keys. Each thing
gets its own data key, wrapped under a key derived from the master for a purpose and, for reports, a desk. Every sealed
value is bound to its table, column and row: swapped ciphertext does not open.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from handlers.code import KEY_ID_BITS
from handlers.model import AccountId

VERSION = b"\x01"
KEY_BYTES, NONCE_BYTES, TAG_BYTES = 32, 12, 16
WRAPPED_BYTES = len(VERSION) + 1 + NONCE_BYTES + KEY_BYTES + TAG_BYTES
"""62: version, key id, nonce, wrapped key, tag."""
PLACARD_KEY_ID_MAX = (1 << KEY_ID_BITS) - 1
RING_FILE, PLACARDS_FILE = "ring.json", "placards.json"


class NotOpened(Exception):
    """Sealed bytes that do not open here: damaged, moved to another row, or another key."""


class RingRefused(Exception):
    """The key files cannot be used; the text says which and why, never what is in them."""


class DataKey:
    """The key of one thing. `where` is table.column and `row` the primary key of what is sealed."""

    __slots__ = ("_cipher", "raw")

    def __init__(self, raw: bytes) -> None:
        self.raw, self._cipher = raw, AESGCM(raw)

    def seal(self, plain: bytes, where: str, row: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + nonce + self._cipher.encrypt(nonce, plain, _bound(where, row))

    def open(self, sealed: bytes, where: str, row: bytes) -> bytes:
        return _opened(self._cipher, sealed, _bound(where, row), where)


@dataclass(frozen=True, slots=True)
class Ring:
    """Master keys by one-byte id, newest last; the index key."""

    masters: Mapping[int, bytes]
    index: bytes
    sample: bool = False
    """Made by `lima init --sample`: not to be served to the public."""


class Vault:
    """Seals, opens, indexes. Purposes: content, contact, link (a desk each); draft, reply, outbox, mine, failed."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._newest = max(ring.masters)
        self._derived: dict[tuple[int, str], AESGCM] = {}
        self._indexed = hmac.new(ring.index, digestmod="sha256")

    def index(self, *parts: str | bytes | int) -> bytes:
        """32 bytes that nobody can compute without the index key; parts are length-prefixed."""
        raws = [part if type(part) is bytes else str(part).encode() for part in parts]
        indexed = self._indexed.copy()  # a keyed one is made once: that is most of the work
        indexed.update(b"".join([piece for raw in raws for piece in (len(raw).to_bytes(4, "big"), raw)]))
        return indexed.digest()

    def account(self, channel: str, address: str) -> AccountId:
        """Who somebody is to us: computed for each message, kept nowhere (docs/decisions/0001)."""
        return AccountId(self.index("account", channel, address))

    def new_key(self, purpose: str, where: str, row: bytes) -> tuple[DataKey, bytes]:
        """A fresh data key and the 62 bytes to keep of it."""
        key = DataKey(os.urandom(KEY_BYTES))
        return key, self.rewrap(key, purpose, where, row)

    def rewrap(self, key: DataKey, purpose: str, where: str, row: bytes) -> bytes:
        """The 62 bytes to keep of a key for another purpose or place; what it sealed stays as it is."""
        nonce = os.urandom(NONCE_BYTES)
        wrapped = self._key_for(self._newest, purpose).encrypt(nonce, key.raw, _bound(where, row))
        return VERSION + bytes([self._newest]) + nonce + wrapped

    def key(self, wrapped: bytes, purpose: str, where: str, row: bytes) -> DataKey:
        """NotOpened if it was wrapped for something else or with a key that the ring does not have."""
        if len(wrapped) != WRAPPED_BYTES or wrapped[:1] != VERSION or wrapped[1] not in self._ring.masters:
            raise NotOpened(where)
        cipher = self._key_for(wrapped[1], purpose)
        return DataKey(_opened(cipher, VERSION + wrapped[2:], _bound(where, row), where))

    def box(self, plain: bytes, purpose: str, where: str, row: bytes) -> bytes:
        """Sealed under a key of its own, which is wrapped in front of it."""
        key, wrapped = self.new_key(purpose, where, row)
        return wrapped + key.seal(plain, where, row)

    def unbox(self, boxed: bytes, purpose: str, where: str, row: bytes) -> bytes:
        key = self.key(boxed[:WRAPPED_BYTES], purpose, where, row)
        return key.open(boxed[WRAPPED_BYTES:], where, row)

    def has_key(self, key_id: int) -> bool:
        return key_id in self._ring.masters

    def _key_for(self, key_id: int, purpose: str) -> AESGCM:
        cipher = self._derived.get((key_id, purpose))
        if cipher is None:
            derived = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"lima/1/{purpose}".encode())
            cipher = self._derived[key_id, purpose] = AESGCM(derived.derive(self._ring.masters[key_id]))
        return cipher


def _bound(where: str, row: bytes) -> bytes:
    return VERSION + where.encode() + b"\x00" + row


def _opened(cipher: AESGCM, sealed: bytes, bound: bytes, where: str) -> bytes:
    if sealed[:1] != VERSION or len(sealed) < len(VERSION) + NONCE_BYTES + TAG_BYTES:
        raise NotOpened(where)
    try:
        return cipher.decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], bound)
    except InvalidTag as error:
        raise NotOpened(where) from error


# ---------------------------------------------------------------- key files


def new_ring(folder: Path, *, sample: bool = False) -> None:
    """Make both key files, 0400. FileExistsError if there is one: keys are never overwritten."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    ring = {"keys": {"1": _text(os.urandom(KEY_BYTES))}, "index": _text(os.urandom(KEY_BYTES)), "sample": sample}
    _write_new(folder / RING_FILE, ring)
    _write_new(folder / PLACARDS_FILE, {"keys": {"1": _text(os.urandom(KEY_BYTES))}})


def load_ring(folder: Path, data_folder: Path | None = None) -> Ring:
    """RingRefused if a file is missing, malformed, readable by others, or kept inside the data folder."""
    if data_folder is not None and folder.resolve().is_relative_to(data_folder.resolve()):
        raise RingRefused(f"keys.ring：{folder} 在数据目录 {data_folder} 里面；钥匙和数据要分开放")
    kept = _read(folder / RING_FILE)
    path = folder / RING_FILE
    return Ring(_keys(kept, path), _raw(kept.get("index"), path), sample=bool(kept.get("sample")))


def load_placard_keys(folder: Path) -> dict[int, bytes]:
    """Placard keys by id, newest last; retired ones stay, since print survives."""
    return _keys(_read(folder / PLACARDS_FILE), folder / PLACARDS_FILE, PLACARD_KEY_ID_MAX)


def _read(path: Path) -> dict[str, Any]:
    try:
        mode = path.stat().st_mode
        kept = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RingRefused(f"keys.ring：没有 {path}；用 lima init 或 lima keys new 新建") from None
    except (OSError, ValueError):
        raise RingRefused(f"keys.ring：{path} 读不出来") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise RingRefused(f"keys.ring：{path} 别人也能读（权限 {stat.S_IMODE(mode):o}）；请 chmod 0400")
    if not isinstance(kept, dict):
        raise RingRefused(f"keys.ring：{path} 不是钥匙文件")
    return kept


def _keys(kept: dict[str, Any], path: Path, id_max: int = 255) -> dict[int, bytes]:
    keys = kept.get("keys")
    if not isinstance(keys, dict) or not keys or not all(name.isdecimal() and int(name) <= id_max for name in keys):
        raise RingRefused(f"keys.ring：{path} 里没有编号为 0 到 {id_max} 的钥匙")
    return {int(name): _raw(keys[name], path) for name in sorted(keys, key=int)}


def _raw(text: object, path: Path) -> bytes:
    try:
        raw = base64.b64decode(str(text), validate=True)
    except ValueError:
        raw = b""
    if len(raw) != KEY_BYTES:
        raise RingRefused(f"keys.ring：{path} 里有一把钥匙不是 {KEY_BYTES} 字节")
    return raw


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _write_new(path: Path, content: dict[str, Any]) -> None:
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(file, "w", encoding="utf-8") as out:
        json.dump(content, out)
        out.flush()
        os.fsync(out.fileno())
