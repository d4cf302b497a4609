"""How characters sound, and what the dialect does not tell apart. Pure."""

from __future__ import annotations

from functools import cache

from handlers.rules.syllables import SYLLABLES


@cache
def readings() -> dict[str, tuple[str, ...]]:
    """Readings of every character, the first one first."""
    found: dict[str, tuple[str, ...]] = {}
    table = [line.partition(" ") for line in SYLLABLES.splitlines()]
    for syllable, _, chars in table:
        found.update(dict.fromkeys(chars.partition("|")[0], (syllable,)))
    for syllable, _, chars in table:
        for char in chars.partition("|")[2]:
            found[char] += (syllable,)
    return found


def folded(letters: str) -> str:
    """What the dialect does not tell apart is one: n and l, h and f, zh and z, -n and -ng. On names and words alike."""
    letters = letters.replace("zh", "z").replace("ch", "c").replace("sh", "s").replace("ng", "n").replace("l", "n")
    letters = letters.replace("f", "hu").replace("uu", "u").replace("uei", "ui").replace("uen", "un")
    return letters.replace("v", "u")


@cache
def _sounds() -> dict[str, str]:
    """The first reading of every character, folded."""
    return {char: folded(known[0]) for char, known in readings().items()}


def sounded(words: str) -> str:
    """|long|jian|guo|: the first reading of each character, folded; what is none of ours stands for itself."""
    known = _sounds()
    return "|" + "".join(f"{known.get(char, char)}|" for char in words)
