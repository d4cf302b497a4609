"""Words that name somebody of the desk that would see them: then the reporter is asked (dialogues.md §2, report.about_us).

The question says nothing of who was named, nor that a list was looked at: it asks what the reporter knows anyway.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from handlers.model import About, Here
from handlers.requests import PeopleNamed
from handlers.rules.routing import RULES
from handlers.script import STOP, Again, Choose, Collected, End, Look, Option, Step

ABOUT_US = ("named_township", "us_township", "named_county", "us_county", "named_city", "us_city", "us_outside")
"""The steps of this question; whoever changes what they depend on takes them all back."""
_NOT = Option("no", "没有", ("没有", "没得"))
_AT = {
    "township": ("镇上当干部的", "直接交县里，镇上看不到", About.UNSURE),
    "county": ("县里当干部的", "直接交市里，县里看不到", About.COUNTY),
}
"""Of the desk's level: whom it asks for, where yes leads, and whom the report then concerns."""


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom the report concerns now; the desks it passes over for it, and the one whose people it is said not to be about."""

    about: About
    desks: tuple[str, ...] = ()
    cleared: str = ""


def about_us(
    here: Here, placard: int, about: About, story: Collected, gap: str
) -> Generator[Step, Any, Concerned | End]:
    """Desk by desk upwards, as long as the words name somebody there and the reporter does not say no."""
    passed: tuple[str, ...] = ()
    while story.n_text or gap:
        level = RULES[about].level
        named = yield from Look(f"named_{level}", PeopleNamed(placard, about, story.ref, story.n_text, gap))
        if not named.desk:
            break
        if level not in _AT:
            return (yield from _at_the_top(here, Concerned(about, passed, named.desk)))
        who, where, then = _AT[level]
        options = (Option("yes", f"有，或说不清（{where}）", ("有", "是", "说不清")), _NOT)
        if (yield from Choose(f"us_{level}", f"您说的人里，是不是有在{who}？", options)) == "no":
            return Concerned(about, passed, named.desk)
        about, passed = then, (*passed, named.desk)
    return Concerned(about, passed)


def _at_the_top(here: Here, cleared: Concerned) -> Generator[Step, Any, Concerned | End]:
    """Above the city is the province, outside this system (domain.md §5.3): what stays unsent goes nowhere."""
    options = (Option("yes", "有，或说不清（按规定由省里管）", ("有", "是", "说不清")), _NOT)
    if (yield from Choose("us_city", "您说的人里，是不是有市里的领导，或市纪委的人？", options)) == "no":
        return cleared
    text = (
        f"市里的领导和市纪委的人，按规定由省里管，这里不收，您说的没有发出去。\n请打 12388，或上{here.province_site}。"
    )
    yield from Choose("us_outside", text, (Option("again", "不是他们，接着反映"),), STOP)
    return Again(("us_city", "us_outside"), {"us_city": "no"})
