"""`python -m tests.finding.syllables` writes handlers/rules/syllables.py from pypinyin, which the product does without.

pypinyin takes 59 MB to know words by heart; a village's name needs no more than how single characters sound.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

from pypinyin.pinyin_dict import pinyin_dict

PAGE = Path(__file__).parents[2] / "handlers" / "rules" / "syllables.py"
ALSO_MAX = 2
"""Readings of a character beside the first; the fourth and later are of books, not of places."""
HEAD = '''"""How characters sound: syllable, characters whose first reading it is, | those that may also be read so.

Written by `python -m tests.finding.syllables` from the data of pypinyin 0.55 (MIT), for all characters of GBK.
"""

from __future__ import annotations

SYLLABLES = """\\
'''


def page() -> str:
    first: dict[str, str] = {}
    also: dict[str, str] = {}
    for point, told in sorted(pinyin_dict.items()):
        if not _in_gbk(chr(point)):
            continue
        readings = list(dict.fromkeys(_plain(each) for each in told.split(",")))
        first[readings[0]] = first.get(readings[0], "") + chr(point)
        for other in readings[1 : 1 + ALSO_MAX]:
            also[other] = also.get(other, "") + chr(point)
    names = sorted({*first, *also})
    return HEAD + "".join(f"{name} {first.get(name, '')}|{also.get(name, '')}\n" for name in names) + '"""\n'


def _in_gbk(char: str) -> bool:
    try:
        char.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def _plain(reading: str) -> str:
    """lǘ → lv: without tones, as it is typed."""
    parts = unicodedata.normalize("NFD", reading.replace("ü", "v")).replace("u\u0308", "v")
    return "".join(char for char in parts if char.isascii() and char.isalpha())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
