"""JSON as it is sealed: compact, UTF-8."""

from __future__ import annotations

import json
from typing import Any

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def packed(whole: object) -> bytes:
    return _encode(whole).encode()


def unpacked(raw: bytes) -> Any:
    return json.loads(raw)
