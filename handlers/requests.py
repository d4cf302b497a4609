"""What scripts ask of the outside: Looks (facts) and Dos (commands). bot/performs/ says who performs each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from handlers.script import Request

# Ids travel through JSON: placards are int, reports hex, the rest str.


@dataclass(frozen=True, slots=True)
class ItemSeen:
    """`state` is current, ended, retired or unknown; `pages` of details, of which the last `asked` are what others asked;
    `per_head`, `few`: see Facts, Here."""

    state: str
    village: str
    pages: int
    per_head: bool
    few: bool
    version: int
    asked: int = 0


@dataclass(frozen=True, slots=True)
class ItemShown(Request[ItemSeen]):
    """What a placard shows."""

    Result: ClassVar[type] = ItemSeen
    placard: int


@dataclass(frozen=True, slots=True)
class DeskNamed:
    desk: str


@dataclass(frozen=True, slots=True)
class WhereItGoes(Request[DeskNamed]):
    """The desk that routing names; the report is filed only if it is still that one."""

    Result: ClassVar[type] = DeskNamed
    placard: int
    about: str


@dataclass(frozen=True, slots=True)
class Named:
    """The desk, if somebody who works there is named; else empty."""

    desk: str


@dataclass(frozen=True, slots=True)
class PeopleNamed(Request[Named]):
    """Whether the words under `story` (`n` pieces) and `gap` name somebody of the desk that would see them."""

    Result: ClassVar[type] = Named
    placard: int
    about: str
    story: str
    n: int
    gap: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A key of handlers/rules/scope.py ELSEWHERE; empty for what is, or may be, ours."""

    key: str


@dataclass(frozen=True, slots=True)
class TopicOf(Request[Topic]):
    """What the words under `ref` (`n` pieces) are about."""

    Result: ClassVar[type] = Topic
    ref: str
    n: int


@dataclass(frozen=True, slots=True)
class WhoToCall(Request[DeskNamed]):
    """The county desk with a phone whose village the speaker was talking about last; empty if there is none."""

    Result: ClassVar[type] = DeskNamed


@dataclass(frozen=True, slots=True)
class Villages:
    """Codes, at most four; `n` is how many there are, `sure` if they are called exactly so. `area`: only a county or
    township was named; `story`: no name at all, but somebody telling something; `not_in`: the county or township that was
    named with it, in which no village is called so."""

    codes: tuple[str, ...]
    n: int
    sure: bool = False
    area: str = ""
    story: bool = False
    not_in: str = ""


@dataclass(frozen=True, slots=True)
class VillagesNamed(Request[Villages]):
    """Villages called what was typed under `ref`, inside the area `within` if it is not empty."""

    Result: ClassVar[type] = Villages
    ref: str
    at: int
    within: str = ""


@dataclass(frozen=True, slots=True)
class VillageMentioned(Request[Villages]):
    """The one village that the words brought along name, if they do."""

    Result: ClassVar[type] = Villages


@dataclass(frozen=True, slots=True)
class Places:
    """In how many pages the names below a place are shown."""

    pages: int


@dataclass(frozen=True, slots=True)
class PlacesIn(Request[Places]):
    """Counties of the city (empty), townships of a county, villages of a township."""

    Result: ClassVar[type] = Places
    area: str


@dataclass(frozen=True, slots=True)
class Sectors:
    """Of what is posted in a village, `n` in all."""

    names: tuple[str, ...]
    n: int


@dataclass(frozen=True, slots=True)
class SectorsOf(Request[Sectors]):
    Result: ClassVar[type] = Sectors
    village: str


@dataclass(frozen=True, slots=True)
class Placards:
    """Placard ids of one page; `n` of them in all."""

    ids: tuple[int, ...]
    n: int


@dataclass(frozen=True, slots=True)
class PlacardsOf(Request[Placards]):
    """What is posted in a village now, of one sector or (empty) of all: `page` counts from 0."""

    Result: ClassVar[type] = Placards
    village: str
    sector: str
    page: int
    page_size: int


@dataclass(frozen=True, slots=True)
class PlacardsLike(Request[Placards]):
    """What is posted in a village and may be what the words brought along are about (handlers/rules/matching.py): a few
    of `n` that are posted, or none."""

    Result: ClassVar[type] = Placards
    village: str


@dataclass(frozen=True, slots=True)
class VillageOf(Request[Villages]):
    """The village where a scanned placard hangs."""

    Result: ClassVar[type] = Villages
    placard: int


@dataclass(frozen=True, slots=True)
class Reports:
    """Reports, newest first; `n` of them in all."""

    ids: tuple[str, ...]
    n: int


@dataclass(frozen=True, slots=True)
class ReportsMine(Request[Reports]):
    """The speaker's own reports; `placard` (0: any) narrows to one item."""

    Result: ClassVar[type] = Reports
    placard: int = 0


@dataclass(frozen=True, slots=True)
class CodeTried:
    """`report` is empty if the code fits none; `held` if there were too many wrong tries; `matter` if it is one of those."""

    report: str
    held: bool
    matter: str = ""


@dataclass(frozen=True, slots=True)
class ReportByCode(Request[CodeTried]):
    """The report with the query code typed under `ref`, looked up inside one village."""

    Result: ClassVar[type] = CodeTried
    village: str
    ref: str
    at: int


@dataclass(frozen=True, slots=True)
class Drafts:
    """`n` parked drafts with words in them."""

    n: int


@dataclass(frozen=True, slots=True)
class DraftsParked(Request[Drafts]):
    """Drafts of the speaker that stopped half-way; `placard` (0: any) narrows to one item."""

    placard: int = 0
    Result: ClassVar[type] = Drafts


@dataclass(frozen=True, slots=True)
class Filed:
    report: str


@dataclass(frozen=True, slots=True)
class FileReport(Request[Filed]):
    """File what was collected. Refused("moved") if it would go to another desk than the one shown, or if the words name
    somebody there and the reporter was not asked.

    version               of the item, as the reporter saw it
    story, gap, contact   references to words; empty: none
    concerned             desks that it passes over because it may be about people there whom the words name
    cleared               the desk of which the reporter said that it is not about the people named
    """

    Result: ClassVar[type] = Filed
    placard: int
    version: int
    about: str
    desk: str
    story: str
    gap: str
    contact: str
    concerned: tuple[str, ...] = ()
    cleared: str = ""
    known: str = ""
    """How a monitor knows of it, in the script's own words."""


@dataclass(frozen=True, slots=True)
class FileFalseCode(Request[Filed]):
    """A code that is not ours hangs in a village: a report of its own kind to the county desk."""

    Result: ClassVar[type] = Filed
    village: str
    story: str


@dataclass(frozen=True, slots=True)
class Done:
    pass


@dataclass(frozen=True, slots=True)
class OnlyByCode(Request[Done]):
    """From now on this account finds the report only by village and code."""

    Result: ClassVar[type] = Done
    report: str


@dataclass(frozen=True, slots=True)
class Mail:
    """The oldest message that was not fetched, and how many wait with it; 0 and 0 if none does.

    `points_to` names the conversation where what it tells of is found, if it says no more than that; `n` is then the
    last of several such.
    """

    n: int
    waiting: int
    points_to: str = ""


@dataclass(frozen=True, slots=True)
class MailWaiting(Request[Mail]):
    """What could not be pushed to the speaker and waits to be fetched."""

    Result: ClassVar[type] = Mail


@dataclass(frozen=True, slots=True)
class ReadMail(Request[Done]):
    """The message with this number, and all before it, are fetched."""

    Result: ClassVar[type] = Done
    n: int


# ---------------------------------------------------------------- a report that is being handled


@dataclass(frozen=True, slots=True)
class Waiting:
    """One of the speaker's reports with something to read; empty if there is none."""

    report: str


@dataclass(frozen=True, slots=True)
class AnswersWaiting(Request[Waiting]):
    """The report with the first unread message; else the one with the last message."""

    Result: ClassVar[type] = Waiting


@dataclass(frozen=True, slots=True)
class ToldSeen:
    """Message `n` (from 0) is to be shown: `kind` is told, question or answer, empty if there is none; `more` follow."""

    n: int
    kind: str
    more: bool


@dataclass(frozen=True, slots=True)
class ToldLooked(Request[ToldSeen]):
    """The first message about a report that was not read; else the last."""

    Result: ClassVar[type] = ToldSeen
    report: str


@dataclass(frozen=True, slots=True)
class MarkRead(Request[Done]):
    """The first `n` messages are read."""

    Result: ClassVar[type] = Done
    report: str
    n: int


@dataclass(frozen=True, slots=True)
class Supplement(Request[Done]):
    """Add what was collected; `step` is reply (to a question) or supplement. Refused("closed")."""

    Result: ClassVar[type] = Done
    report: str
    words: str
    step: str


@dataclass(frozen=True, slots=True)
class Withdraw(Request[Done]):
    """The reporter is not to be looked for any more; what is handled goes on."""

    Result: ClassVar[type] = Done
    report: str


@dataclass(frozen=True, slots=True)
class Standing:
    """`open` while something may still be added; `withdrawn` if its reporter is not looked for any more."""

    open: bool
    withdrawn: bool
    placard: int


@dataclass(frozen=True, slots=True)
class WhereItStands(Request[Standing]):
    Result: ClassVar[type] = Standing
    report: str


@dataclass(frozen=True, slots=True)
class Trouble(Request[Filed]):
    """Somebody makes trouble over a report: a report of its own to the desk above."""

    Result: ClassVar[type] = Filed
    report: str
    words: str


@dataclass(frozen=True, slots=True)
class Ratable:
    """`open` if the report is concluded and its reporter has not rated it."""

    open: bool


@dataclass(frozen=True, slots=True)
class Rated(Request[Ratable]):
    Result: ClassVar[type] = Ratable
    report: str


@dataclass(frozen=True, slots=True)
class Rate(Request[Filed]):
    """`how` is solved, partly or unsolved: once. Refused("rated"). `why` (empty: not said) nothing is solved.

    The result is the report at which the desk above looks again; empty if there is none.
    """

    Result: ClassVar[type] = Filed
    report: str
    how: str
    why: str = ""
