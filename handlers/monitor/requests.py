"""What monitors' conversations ask of the outside. bot/performs/monitor.py says how it is done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from handlers.requests import Done, Filed, FileReport
from handlers.script import Request


@dataclass(frozen=True, slots=True)
class Own:
    """What the speaker is in a net, and of which village; both empty for everybody else."""

    post: str
    village: str


@dataclass(frozen=True, slots=True)
class OwnNet(Request[Own]):
    Result: ClassVar[type] = Own


@dataclass(frozen=True, slots=True)
class FileTip(Request[Filed]):
    """A report of a monitor, or of the village's own committee. Refused as FileReport is, and "not_yours"."""

    Result: ClassVar[type] = Filed
    report: FileReport


@dataclass(frozen=True, slots=True)
class SlipTried:
    """`good` if the number is on a slip of the speaker's village that nobody has used; `held`: too many wrong tries."""

    good: bool
    held: bool


@dataclass(frozen=True, slots=True)
class SlipLooked(Request[SlipTried]):
    """The 登记号 typed under `ref`."""

    Result: ClassVar[type] = SlipTried
    ref: str
    at: int


@dataclass(frozen=True, slots=True)
class FileFor(Request[Done]):
    """A report entered for somebody: it is theirs by the code on the slip, and the helper has no part in it any more.

    Refused as FileReport is, and "not_yours" or "slip".
    """

    Result: ClassVar[type] = Done
    report: FileReport
    entry: str


@dataclass(frozen=True, slots=True)
class Diary:
    """Entry `n` is on this page, 0 if there is none; `older` and `newer` tell whether there are more."""

    n: int
    older: bool
    own: bool
    """Whether the speaker is in a net: nobody else begins a diary."""


@dataclass(frozen=True, slots=True)
class DiaryShown(Request[Diary]):
    """`page` counts from the newest, 0."""

    Result: ClassVar[type] = Diary
    page: int


@dataclass(frozen=True, slots=True)
class KeepNote(Request[Done]):
    """Refused("full") where there are as many as may be kept."""

    Result: ClassVar[type] = Done
    words: str


@dataclass(frozen=True, slots=True)
class NoteChecklist(Request[Done]):
    """A line for the diary, which may be full: nothing hangs on it."""

    Result: ClassVar[type] = Done
    text: str


@dataclass(frozen=True, slots=True)
class DropDiary(Request[Done]):
    Result: ClassVar[type] = Done


@dataclass(frozen=True, slots=True)
class Lent:
    """`token` of a page with the speaker's diary; rendering makes a link of it."""

    token: str


@dataclass(frozen=True, slots=True)
class DiaryLink(Request[Lent]):
    Result: ClassVar[type] = Lent


@dataclass(frozen=True, slots=True)
class Lacking:
    """`n` things are missing in nets that the speaker oversees (`seen`); `today` is the day it was looked at."""

    seen: bool
    n: int
    more: bool
    today: int


@dataclass(frozen=True, slots=True)
class NetsLooked(Request[Lacking]):
    """`page` counts from 0."""

    Result: ClassVar[type] = Lacking
    page: int
