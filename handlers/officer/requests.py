"""What officers' conversations ask of the outside. bot/performs/officer.py says how it is done.

Every one of them asks visibility anew; a report that the speaker may not see is answered as one that does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from handlers.requests import Done
from handlers.script import Request


@dataclass(frozen=True, slots=True)
class Invited:
    """`person` is empty for a code that is unknown, used or too old; `held` if too many were tried."""

    person: str
    ties: bool
    held: bool
    into: str = "office"
    """The conversation that is theirs: `office`; `net` for people of a village's net; `menu` for its cadres."""


@dataclass(frozen=True, slots=True)
class InvitedAs(Request[Invited]):
    """Whom a code (its keyed hash, hex) invites."""

    Result: ClassVar[type] = Invited
    code: str


@dataclass(frozen=True, slots=True)
class Bind(Request[Done]):
    """The speaker is that person from now on, and the declared ties are confirmed. Refused("used")."""

    Result: ClassVar[type] = Done
    code: str


@dataclass(frozen=True, slots=True)
class Inbox:
    """Counts of what waits: for the speaker's approval, new, open; late, and due in the next days. `ids` of one page.
    `today` in days since 1970: lines say how many are left."""

    approving: int
    new: int
    open: int
    overdue: int
    soon: int
    ids: tuple[str, ...]
    more: bool
    today: int


@dataclass(frozen=True, slots=True)
class InboxShown(Request[Inbox]):
    """`view` is all, approving, new, overdue, soon or done; `page` counts from 0."""

    Result: ClassVar[type] = Inbox
    view: str
    page: int


@dataclass(frozen=True, slots=True)
class Office:
    """What the speaker does: answers for a department; leads townships; reads the digests of these jobs."""

    department: bool
    leads: bool
    digests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WhatIDo(Request[Office]):
    Result: ClassVar[type] = Office


@dataclass(frozen=True, slots=True)
class Ties:
    """Whether the roster has any tie of the speaker."""

    any: bool


@dataclass(frozen=True, slots=True)
class MyTies(Request[Ties]):
    Result: ClassVar[type] = Ties


@dataclass(frozen=True, slots=True)
class AnswerTies(Request[Done]):
    """The declared ties are right, from today for a year; or not."""

    Result: ClassVar[type] = Done
    right: bool


@dataclass(frozen=True, slots=True)
class CaseShown:
    """How a case stands for the speaker. `can` are the keys of what may be done now; `due` a move for approval."""

    there: bool
    version: int
    near: bool
    can: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaseLooked(Request[CaseShown]):
    Result: ClassVar[type] = CaseShown
    report: str


@dataclass(frozen=True, slots=True)
class Opened(Request[Done]):
    """Note that the speaker opens a report for the first time. Refused("gone")."""

    Result: ClassVar[type] = Done
    report: str


@dataclass(frozen=True, slots=True)
class Linked:
    """`token` of a page for this report and person; rendering makes a link of it."""

    token: str


@dataclass(frozen=True, slots=True)
class PageLink(Request[Linked]):
    Result: ClassVar[type] = Linked
    report: str


@dataclass(frozen=True, slots=True)
class Propose(Request[Done]):
    """`said` is a flat tuple of name, text, name, text; `words` and `evidence` name words typed, empty if none."""

    Result: ClassVar[type] = Done
    report: str
    version: int
    move: str
    said: tuple[str, ...]
    answer: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Decide(Request[Done]):
    Result: ClassVar[type] = Done
    report: str
    version: int
    agrees: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TakeBack(Request[Done]):
    Result: ClassVar[type] = Done
    report: str


@dataclass(frozen=True, slots=True)
class Speak(Request[Done]):
    """`kind` is question or answer; `words` names what was typed."""

    Result: ClassVar[type] = Done
    report: str
    version: int
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class FeedBack(Request[Done]):
    Result: ClassVar[type] = Done
    report: str
    version: int


@dataclass(frozen=True, slots=True)
class Whoever:
    """A person or a desk that has it now."""

    person: str
    desk: str


@dataclass(frozen=True, slots=True)
class Recuse(Request[Whoever]):
    Result: ClassVar[type] = Whoever
    report: str
    why: str


@dataclass(frozen=True, slots=True)
class PassUp(Request[Whoever]):
    Result: ClassVar[type] = Whoever
    report: str
    version: int


@dataclass(frozen=True, slots=True)
class Assign(Request[Whoever]):
    Result: ClassVar[type] = Whoever
    report: str
    version: int
    desk: str


@dataclass(frozen=True, slots=True)
class HandOver(Request[Whoever]):
    Result: ClassVar[type] = Whoever
    report: str
    version: int
    to: str


@dataclass(frozen=True, slots=True)
class AskZone(Request[Done]):
    """Ask for a zone case; `why` is one of the four grounds. Refused as proposals are."""

    Result: ClassVar[type] = Done
    report: str
    version: int
    why: str


@dataclass(frozen=True, slots=True)
class Others:
    """Desks or people to choose from, and the desk above (empty above the city)."""

    ids: tuple[str, ...]
    above: str


@dataclass(frozen=True, slots=True)
class OthersFor(Request[Others]):
    """`what` is assign or hand_over."""

    Result: ClassVar[type] = Others
    report: str
    what: str
