"""A review with everything in it at its longest still fits a message."""

from __future__ import annotations

import re
from typing import Any

from bot.render import SHORT_CHARS, TITLE_CHARS
from config import SAMPLE
from config.organisation import load_organisation
from handlers.model import About, Here, Reply
from handlers.requests import DeskNamed, Drafts, ItemSeen, Named, Reports, Topic
from handlers.said import CHANNELS
from handlers.script import Choose, Collected, Step, Words
from handlers.villager.report import report
from handlers.words import MARK_CLOSES, MARK_OPENS
from tests.wording import broken_rule

ORGANISATION = load_organisation(SAMPLE / "organisation")
LONGEST = {
    "village": max((ORGANISATION.place_name(code) for code in ORGANISATION.villages), key=len),
    "desk": max((desk.name for desk in ORGANISATION.desks.values()), key=len),
    "item": "题" * TITLE_CHARS + "…",
    "words": "话" * SHORT_CHARS + "…",
    "channel": max((told["unseen"] for told in CHANNELS.values()), key=len),
    "photos": "9",
}
ANSWERS: dict[str, Any] = {
    "item": ItemSeen("current", "520623101218", 1, True, False, 1),
    "parked": Drafts(0),
    "mine": Reports((), 0),
    "about": About.UNSURE.value,
    "story": Collected("story", 60, 9),
    "topic": Topic(""),
    "gap": Words("gap"),
    "named_county": Named(""),
    "contact": Words("contact"),
    "desk": DeskNamed("county:520623"),
}


def _review(*, named: bool) -> Choose:
    script = report(Here(), 1)
    step: Step = next(script)
    while step.name != "review":
        step = script.send({**ANSWERS, "naming": named}[step.name])
    assert isinstance(step, Choose)
    return step


def test_the_longest_review_fits() -> None:
    for named in (False, True):
        text, choices = _review(named=named).shown(None)
        filled = re.sub(f"{MARK_OPENS}([a-z]+)\\|[^{MARK_CLOSES}]*{MARK_CLOSES}", lambda mark: LONGEST[mark[1]], text)
        assert broken_rule(Reply(filled, choices)) == "", filled
