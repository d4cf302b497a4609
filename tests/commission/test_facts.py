"""What stands in the audit is read in Chinese: on the case page, and by `lima audit show`."""

from __future__ import annotations

import re
from pathlib import Path

import bot
from bot.shown import facts
from handlers.model import Millis
from storage.audit import Fact

NOTED = re.compile(r"""(?:\.note|_note)\(\s*(?:turn, )?"(\w+)"|audit\.Fact\([^"]*"[^"]*", "(\w+)\"""")
MOVED = re.compile(r"""handed_on\([^"\n]*"(\w+)"\)""")


def test_whatever_is_noted_has_words_for_it() -> None:
    noted = set()
    for file in Path(bot.__file__).parent.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        noted |= {a or b for a, b in NOTED.findall(text)} | set(MOVED.findall(text))
    assert len(noted) > 20, "the pattern finds them"
    assert noted <= set(facts.WHAT), noted - set(facts.WHAT)


def test_what_the_clock_did_is_not_laid_on_the_reporter() -> None:
    missed = Fact(Millis(0), "", "date_missed", "00", {"due_day": 20790})
    assert facts.done_by(missed, "") == "系统"
    assert facts.details(missed) == "due_day 12月3日".replace("due_day", "哪天")
    assert facts.done_by(Fact(Millis(0), "", "withdrawn", "00", {}), "") == "反映人"
    approved = Fact(
        Millis(0), "T-1", "approved", "00", {"n": 3, "start": "registered", "end": "accepted", "move": "accept"}
    )
    assert facts.what(approved) == "批了：受理（到：受理）" and facts.details(approved) == ""
