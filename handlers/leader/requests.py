"""What leaders' conversations ask of the outside. bot/performs/leader.py says how it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from handlers.requests import Done
from handlers.script import Request


@dataclass(frozen=True, slots=True)
class Late:
    """What is due today or late where the speaker leads: `ids` of one page, `n` in all, `extensions` and cases for
    the zone that wait for the speaker; `today` in days since 1970. `leads` is false for whoever leads nothing: then it is the inbox that shows what is late."""

    leads: bool
    ids: tuple[str, ...]
    n: int
    more: bool
    extensions: tuple[str, ...]
    zones: tuple[str, ...]
    today: int


@dataclass(frozen=True, slots=True)
class LateShown(Request[Late]):
    Result: ClassVar[type] = Late
    page: int


@dataclass(frozen=True, slots=True)
class LateOne:
    """`opens` if the speaker may see the case itself."""

    there: bool
    opens: bool
    today: int


@dataclass(frozen=True, slots=True)
class LateLooked(Request[LateOne]):
    Result: ClassVar[type] = LateOne
    report: str


@dataclass(frozen=True, slots=True)
class Chased:
    """How many matters were chased now; those that were already today do not count."""

    n: int


@dataclass(frozen=True, slots=True)
class Chase(Request[Chased]):
    """Remind whoever handles it, once a day each: one report, or (empty) all that is late where the speaker leads."""

    Result: ClassVar[type] = Chased
    report: str


@dataclass(frozen=True, slots=True)
class AskExtension(Request[Done]):
    """Ask for so many days more; `reason` names words typed. Refused as proposals are."""

    Result: ClassVar[type] = Done
    report: str
    version: int
    days: int
    reason: str


@dataclass(frozen=True, slots=True)
class DecideExtension(Request[Done]):
    """`days` other than 0 grants so many instead of what was asked. Refused("moved") if it waits no more."""

    Result: ClassVar[type] = Done
    report: str
    agrees: bool
    days: int = 0


@dataclass(frozen=True, slots=True)
class ZoneCase:
    """A case that waits for the speaker's authorisation, and the desks that could handle it."""

    there: bool
    desks: tuple[str, ...]
    today: int


@dataclass(frozen=True, slots=True)
class ZoneLooked(Request[ZoneCase]):
    Result: ClassVar[type] = ZoneCase
    report: str


@dataclass(frozen=True, slots=True)
class DecideZone(Request[Done]):
    """`desk` handles it; empty: it is returned. Refused("moved") if it waits no more."""

    Result: ClassVar[type] = Done
    report: str
    desk: str


@dataclass(frozen=True, slots=True)
class StepBackFromZone(Request[Done]):
    """The next of the county's leadership authorises instead."""

    Result: ClassVar[type] = Done
    report: str


@dataclass(frozen=True, slots=True)
class DigestFound:
    """`codes` of the places whose digests the speaker reads, those with most that is late first, and of each how much;
    the period that is due; today; what needs the speaker."""

    codes: tuple[str, ...]
    period: str
    day: int
    mine: int
    late: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class DigestShown(Request[DigestFound]):
    """`job` is weekly, monthly or quarterly; `code` narrows to one place."""

    Result: ClassVar[type] = DigestFound
    job: str
    code: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Today, and how many matters of a place are late."""

    day: int
    late: int


@dataclass(frozen=True, slots=True)
class Compared(Request[Standing]):
    Result: ClassVar[type] = Standing
    code: str


@dataclass(frozen=True, slots=True)
class Linked:
    """`token` of a picture; rendering makes a link of it."""

    token: str


@dataclass(frozen=True, slots=True)
class ChartLink(Request[Linked]):
    Result: ClassVar[type] = Linked
    job: str
    code: str
    period: str
