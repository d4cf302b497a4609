"""Safe mode: who may speak to the webhook, and what is inside. Signatures are ours, ciphers are wechatpy's.

wechatpy compares signatures with `!=`, believes any timestamp and any padding, and draws the bytes in front of a
message from `random`: those four are done here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from dataclasses import dataclass, field

from wechatpy.crypto import PrpCrypto

KEY_CHARS, KEY_BYTES = 43, 32
"""EncodingAESKey, base64 without its last sign [D]."""
RANDOM_BYTES, LENGTH_BYTES, BLOCK_BYTES = 16, 4, 32
"""In front of a message; its length, big-endian; PKCS7 [D]."""


class NotOpened(Exception):
    """Signed, but neither key opens it."""


class Foreign(Exception):
    """Signed and opened, but for another account."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What was inside, and the key that opened it: the reply is locked with the same."""

    plain: bytes
    key: _Cipher


@dataclass(frozen=True)
class Lock:
    """`aes_keys`: the current one first, then the previous, which the platform may still use for a while [C]."""

    token: str = field(repr=False)
    aes_keys: tuple[str, ...] = field(repr=False)
    appid: str
    _ciphers: tuple[_Cipher, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.token:
            raise ValueError("an empty token lets everybody in")
        object.__setattr__(self, "_ciphers", tuple(_Cipher(key_of(each)) for each in self.aes_keys))

    def signed(self, signature: str, *parts: str) -> bool:
        """Whether the platform has signed these parts: timestamp, nonce, and echostr's nothing or Encrypt."""
        return hmac.compare_digest(signature.encode(), self.sign(*parts).encode())

    def sign(self, *parts: str) -> str:
        return hashlib.sha1("".join(sorted((self.token, *parts))).encode("utf-8", "replace")).hexdigest()

    def open(self, encrypted: str) -> Opened:
        """Raises NotOpened or Foreign."""
        foreign = False
        for cipher in self._ciphers:
            try:
                plain, appid = cipher.opened(encrypted)
            except (ValueError, binascii.Error):
                continue
            if hmac.compare_digest(appid, self.appid.encode()):
                return Opened(plain, cipher)
            foreign = True
        raise Foreign if foreign else NotOpened

    def close(self, xml: str, key: _Cipher, timestamp: str, nonce: str) -> str:
        """The envelope of a reply [D]."""
        encrypted = key.encrypt(xml, self.appid).decode()
        return (
            f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt>"
            f"<MsgSignature><![CDATA[{self.sign(timestamp, nonce, encrypted)}]]></MsgSignature>"
            f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
        )

    @property
    def newest(self) -> _Cipher:
        return self._ciphers[0]


class _Cipher(PrpCrypto):  # type: ignore[misc]
    """wechatpy's, with real chance in front, and strict about what comes out."""

    def get_random_string(self) -> bytes:
        return os.urandom(RANDOM_BYTES)

    def opened(self, encrypted: str) -> tuple[bytes, bytes]:
        """The message and the appid behind it. ValueError for anything that is not exactly so built."""
        whole: bytes = self.cipher.decrypt(base64.b64decode(encrypted, validate=True))
        padding = whole[-1] if whole else 0
        body = whole[RANDOM_BYTES : len(whole) - padding]
        if (
            not 1 <= padding <= BLOCK_BYTES
            or whole[-padding:] != bytes([padding]) * padding
            or len(body) < LENGTH_BYTES
        ):
            raise ValueError("padding")
        end = LENGTH_BYTES + int.from_bytes(body[:LENGTH_BYTES], "big")
        if end > len(body):
            raise ValueError("length")
        return body[LENGTH_BYTES:end], body[end:]


def key_of(aes_key: str) -> bytes:
    """ValueError for anything but 43 letters that make 32 bytes."""
    raw = base64.b64decode(aes_key + "=", validate=True) if len(aes_key) == KEY_CHARS else b""
    if len(raw) != KEY_BYTES:
        raise ValueError("EncodingAESKey")
    return raw
