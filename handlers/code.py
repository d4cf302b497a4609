"""Codes that people scan, copy and read out: placard codes and query codes.

A placard code is 15 Crockford characters: version (3 bits), placard key id (4), placard id (28), MAC (40), under keys
that are apart from the vault; retired keys still verify, since print survives (design.md §4).
A query code is 12 digits, ten of them random and two that check them: easy to read out, easy to key in (dialogues.md §0).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from handlers.model import PlacardId
from handlers.words import digits

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 15
VERSION = 1
KEY_ID_BITS, ID_BITS, MAC_BITS = 4, 28, 40
PLACARD_ID_MAX = 2**ID_BITS - 1
_LOOKS_LIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})
SCAN = "/start"


def placard_code(placard: PlacardId, keys: Mapping[int, bytes]) -> str:
    """The code to print, under the newest key."""
    key_id = max(keys)
    head = (VERSION << KEY_ID_BITS | key_id) << ID_BITS | placard
    whole = head << MAC_BITS | int.from_bytes(_mac(head, keys[key_id]), "big")
    return "".join(ALPHABET[whole >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))


def placard_of(code: str, keys: Mapping[int, bytes]) -> PlacardId | None:
    """The placard that a code names; None for anything that we did not print."""
    plain = code.upper().translate(_LOOKS_LIKE)
    if len(plain) != LENGTH or any(letter not in ALPHABET for letter in plain):
        return None
    whole = 0
    for letter in plain:
        whole = whole << 5 | ALPHABET.index(letter)
    head, mac = whole >> MAC_BITS, (whole & (1 << MAC_BITS) - 1).to_bytes(MAC_BITS // 8, "big")
    key = keys.get(head >> ID_BITS & (1 << KEY_ID_BITS) - 1)
    if head >> ID_BITS + KEY_ID_BITS != VERSION or key is None or not hmac.compare_digest(mac, _mac(head, key)):
        return None
    return PlacardId(head & PLACARD_ID_MAX)


def scanned(text: str) -> str | None:
    """The code of a scan, `/start CODE`; None for any other message."""
    command, _, code = text.strip().partition(" ")
    return code.strip() if command == SCAN and code.strip() else None


def _mac(head: int, key: bytes) -> bytes:
    return hmac.digest(key, head.to_bytes(5, "big"), "sha256")[: MAC_BITS // 8]


def query_code(random: int) -> str:
    """Twelve digits from a random number below 10**10; the last two make the whole divisible by 97."""
    body = f"{random:010d}"
    check = (98 - int(body + "00") % 97) % 97
    return f"{body}{check:02d}"


def query_code_typed(typed: str) -> str | None:
    """The twelve digits, or None if they do not check: no try is counted for a slip of the finger."""
    code = digits(typed)
    return code if len(code) == 12 and int(code) % 97 == 1 else None


ENTRY_DIGITS = 10


def entry_number(random: int) -> str:
    """登记号 of a slip: ten digits from a random number below 10**8; two of them check the rest as those of a query code
    do. Shorter, so that nobody takes one for the other."""
    body = f"{random:08d}"
    return f"{body}{(98 - int(body + '00') % 97) % 97:02d}"


def entry_typed(typed: str) -> str | None:
    """The ten digits, or None if they do not check."""
    entry = digits(typed)
    return entry if len(entry) == ENTRY_DIGITS and int(entry) % 97 == 1 else None


def entry_shown(entry: str) -> str:
    return f"{entry[:5]}-{entry[5:]}"


def query_code_shown(code: str) -> str:
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"
