"""Whether words name somebody of a roster: the full name, or the surname with a title (security.md §2). Pure.

It only makes us ask the reporter, who knows; a village's own “龙书记” is answered with one tap. A name of three characters or
more is found by its sound as well: 龙见国 is 龙建国 (dialogues.md `report.about_us`); two that sound alike are too many.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from handlers.model import Person, Post
from handlers.rules.sounds import sounded

NAME_CHARS_MIN, SOUNDED_CHARS_MIN = 2, 3
_COMPOUND = frozenset(
    [
        "欧阳",
        "令狐",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "司徒",
        "夏侯",
        "端木",
        "长孙",
        "慕容",
        "钟离",
        "宇文",
        "轩辕",
        "澹台",
        "濮阳",
        "申屠",
        "太史",
        "闻人",
        "独孤",
        "南宫",
    ]
)
_ALWAYS = ("纪委", "干部", "领导", "委员")
_TITLES = {
    Post.SECRETARY: ("书记", "主任"),
    Post.LEADERSHIP: ("书记", "副书记", "常委"),
    Post.COMMANDER: ("指挥", "书记", "副书记", "常委"),
    Post.LEADER: ("组长", "书记", "副书记", "主任"),
    Post.DEPUTY: ("书记", "副书记", "副组长", "主任"),
    Post.DIRECTOR: ("主任",),
    Post.SUPERVISION: ("案管", "主任"),
    Post.OFFICER: ("同志", "专干", "科员"),
    Post.CONTACT: ("同志", "科员", "科长", "股长", "主任", "局长", "镇长", "乡长", "站长", "所长"),
}
"""What people call the holder of a post after the surname; all are called what stands in _ALWAYS as well."""


def named_in(words: str, people: Iterable[tuple[Person, str]]) -> list[Person]:
    """Who of these (person, full name) is named in the words, blanks and signs between the characters or not."""
    told = _bare(words)
    sounds = sounded(told)
    found = []
    for person, name in people:
        bare = _bare(name)
        if any(called in told for called in _called(person, bare)) or (
            len(bare) >= SOUNDED_CHARS_MIN and _sound_of(bare) in sounds
        ):
            found.append(person)
    return found


@lru_cache(maxsize=4096)
def _sound_of(name: str) -> str:
    return sounded(name)


def _called(person: Person, name: str) -> list[str]:
    if len(name) < NAME_CHARS_MIN:
        return []
    surname = name[:2] if name[:2] in _COMPOUND else name[:1]
    titles = [title for _, post in person.posts for title in _TITLES[post]]
    return [name, *(surname + title for title in (*titles, *_ALWAYS))]


def _bare(text: str) -> str:
    """Letters and figures only, full-width ones made plain: 龙·建 国 is 龙建国."""
    return "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char)[0] in "LN")
