"""JSON as it is sealed: compact, UTF-8."""

from __future__ import annotations

from typing import Any

import orjson

PADDED_MIN = 256
"""Bytes: holds an address, or one of an account's own reports."""


def packed(whole: object) -> bytes:
    return orjson.dumps(whole)


def padded(whole: object) -> bytes:
    """As `packed`, with spaces up to a power of two: its size then says little of what is inside."""
    raw = packed(whole)
    return raw.ljust(max(PADDED_MIN, 1 << (len(raw) - 1).bit_length()))


def unpacked(raw: bytes) -> Any:
    """What was packed, padded or not."""
    return orjson.loads(raw)
