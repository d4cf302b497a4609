"""What scripts ask of the outside about matters: questions, proposals, concerns. bot/performs/matters.py does it.

Ids travel through JSON: placards are int, matters hex, units and desks str.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from handlers.requests import Done
from handlers.script import Request

QUESTION_CHARS_MAX, CONCERN_CHARS_MAX = 60, 300
"""A question and its answer fit one message with what stands around them; a concern has a message of its own."""
REPLY_CHARS_MAX = 80


@dataclass(frozen=True, slots=True)
class Unit:
    """A department, empty if there is none; `reachable` if somebody there reads what comes; `concerned` if it is of a level
    that the person wants to report."""

    unit: str
    reachable: bool
    village: str
    concerned: bool = False


@dataclass(frozen=True, slots=True)
class UnitOf(Request[Unit]):
    """The department that is responsible for an item."""

    Result: ClassVar[type] = Unit
    placard: int


@dataclass(frozen=True, slots=True)
class HelperFor(Request[Unit]):
    """The department that helps with something in a village. `about`: whom the person wants to report, if anybody."""

    Result: ClassVar[type] = Unit
    village: str
    help: str
    about: str


@dataclass(frozen=True, slots=True)
class Sounds:
    """How words sound (handlers/rules/recogniser.py); `n` pieces of them, 0 if there are none. `accuses` if somebody or
    something wrong is spoken of outright; `despairs` if somebody may do themselves harm; `phone` if there is a number to call in them."""

    n: int
    kind: str
    help: str
    accuses: bool
    despairs: bool = False
    phone: bool = False


@dataclass(frozen=True, slots=True)
class Sounding(Request[Sounds]):
    """`at` is when they were said, or how many: with other words it is looked up again."""

    Result: ClassVar[type] = Sounds
    ref: str
    at: int


@dataclass(frozen=True, slots=True)
class Preview:
    """`seal` stands for exactly these words, this unit, this organisation. `told` is the desk that will know of it.
    `why` it cannot be sent: concerned, long, or nothing."""

    seal: str
    told: str
    why: str


@dataclass(frozen=True, slots=True)
class Previewed(Request[Preview]):
    """What would be sent. `about`: whom the person said that a wrong concerns, if it was asked."""

    Result: ClassVar[type] = Preview
    kind: str
    placard: int
    village: str
    unit: str
    ref: str
    at: int
    about: str = "village"


@dataclass(frozen=True, slots=True)
class Sent:
    matter: str


@dataclass(frozen=True, slots=True)
class SendMatter(Request[Sent]):
    """Send what was previewed. Refused("moved") if anything is not as it was then: then it is shown again."""

    Result: ClassVar[type] = Sent
    kind: str
    placard: int
    village: str
    unit: str
    ref: str
    seal: str
    about: str = "village"
    help: str = ""


@dataclass(frozen=True, slots=True)
class Matters:
    """`ids`, of `n`."""

    ids: tuple[str, ...]
    n: int


@dataclass(frozen=True, slots=True)
class MattersMine(Request[Matters]):
    """The speaker's own: those with an answer not read yet (`answered`), or those that still wait for a department."""

    Result: ClassVar[type] = Matters
    answered: bool


@dataclass(frozen=True, slots=True)
class ChaseMatter(Request[Done]):
    """催: the department and the desk above are told, once a day. Refused("today")."""

    Result: ClassVar[type] = Done
    matter: str


@dataclass(frozen=True, slots=True)
class ReadMatter(Request[Done]):
    Result: ClassVar[type] = Done
    matter: str


# ---------------------------------------------------------------- those who answer, and those who know


@dataclass(frozen=True, slots=True)
class Desk:
    """Whether the speaker is of a department; whether of those who say yes to public answers."""

    department: bool
    approves: bool


@dataclass(frozen=True, slots=True)
class WhereISit(Request[Desk]):
    Result: ClassVar[type] = Desk


@dataclass(frozen=True, slots=True)
class MattersAt(Request[Matters]):
    """`view` is unit (to be answered), above (to be approved) or known (concerns that others look after)."""

    Result: ClassVar[type] = Matters
    view: str
    page: int
    page_size: int


@dataclass(frozen=True, slots=True)
class MatterSeen:
    """How it stands for the speaker; `there` is false for whoever may not see it."""

    there: bool
    kind: str
    stage: int
    version: int


@dataclass(frozen=True, slots=True)
class MatterLooked(Request[MatterSeen]):
    Result: ClassVar[type] = MatterSeen
    matter: str


@dataclass(frozen=True, slots=True)
class AnswerMatter(Request[Done]):
    """`how` is answered or not_ours. Refused: gone, moved, wording, names."""

    Result: ClassVar[type] = Done
    matter: str
    version: int
    how: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class DecideMatter(Request[Done]):
    """`how` is publish, tell (the asker alone) or return. Refused: gone, moved, names."""

    Result: ClassVar[type] = Done
    matter: str
    version: int
    how: str
    ref: str = ""
