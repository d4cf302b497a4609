"""What monitors' conversations ask of the outside, and how it is done. Each command asks anew what the speaker is."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from bot import nets
from bot.performs.told import Told
from bot.performs.villager import By, filed, words_of
from handlers.code import entry_typed
from handlers.dates import hour_of
from handlers.model import Millis, VillageCode
from handlers.monitor import requests
from handlers.requests import Done, Filed
from handlers.script import Refused
from storage import diary, slips, tries

NOT_YOURS, SLIP = Refused("not_yours"), Refused("slip")
MONITOR, COMMITTEE, HELPED = "monitor", "committee", "helped"
"""Sources of a report (storage/figures.py)."""
REPORTED = "报了一件事。办得怎样，发“查”。"
"""The act that the diary notes by itself: a monitor writes nothing twice. It says nothing of the matter."""


def own_net(turn: Told, request: requests.OwnNet) -> requests.Own:
    member = turn.member
    return requests.Own(member.post.value, member.village) if member else requests.Own("", "")


def file_tip(turn: Told, command: requests.FileTip) -> Filed | Refused:
    member = turn.member
    if member is None or not member.reports:
        return NOT_YOURS
    done = filed(turn, command.report, By(MONITOR if member.is_monitor else COMMITTEE))
    if isinstance(done, Filed):
        _note(turn, REPORTED)
    return done


# ---------------------------------------------------------------- for a neighbour


def slip_looked(turn: Told, request: requests.SlipLooked) -> requests.SlipTried:
    hour, member = hour_of(turn.heard.received_at), turn.member
    if tries.count(turn.rows, turn.vault, "slip", turn.account, hour) >= turn.here.receipt_tries_account_h:
        return requests.SlipTried(good=False, held=True)
    entry = entry_typed("".join(words_of(turn, request.ref)[-1:]))
    if member is None or entry is None or _slip(turn, member.village, entry) is None:
        tries.add(turn.rows, turn.vault, "slip", turn.account, hour, turn.today)
        return requests.SlipTried(good=False, held=False)
    return requests.SlipTried(good=True, held=False)


def _slip(turn: Told, village: VillageCode, entry: str) -> bytes | None:
    return slips.find(turn.rows, turn.vault, village, entry, turn.today)


def file_for(turn: Told, command: requests.FileFor) -> Done | Refused:
    """The slip is used up by it, and only by it: a refusal takes that back as well (bot/performs/settled.py)."""
    member = turn.member
    if member is None or not member.is_monitor:
        return NOT_YOURS
    entry = entry_typed("".join(words_of(turn, command.entry)[-1:])) or ""
    code = _slip(turn, member.village, entry)
    if code is None or not slips.use(turn.rows, turn.vault, member.village, entry):
        return SLIP
    done = filed(turn, command.report, By(HELPED, code))
    return done if isinstance(done, Refused) else Done()


# ---------------------------------------------------------------- the diary


def diary_shown(turn: Told, request: requests.DiaryShown) -> requests.Diary:
    found = diary.numbers(turn.rows, turn.vault, turn.account)
    member = turn.member
    own = member is not None and member.reports
    n = found[request.page] if request.page < len(found) else 0
    return requests.Diary(n, request.page + 1 < len(found), own)


def keep_note(turn: Told, command: requests.KeepNote) -> Done | Refused:
    return Done() if _note(turn, "".join(words_of(turn, command.words)[-1:])) else Refused("full")


def _note(turn: Told, text: str) -> bool:
    if len(diary.numbers(turn.rows, turn.vault, turn.account)) >= turn.here.diary_entries_max:
        return False
    diary.add(turn.rows, turn.vault, turn.account, diary.Entry(turn.heard.received_at, text))
    return True


def note_checklist(turn: Told, command: requests.NoteChecklist) -> Done:
    _note(turn, command.text)
    return Done()


def drop_diary(turn: Told, command: requests.DropDiary) -> Done:
    diary.drop(turn.rows, turn.vault, turn.account)
    return Done()


def diary_link(turn: Told, command: requests.DiaryLink) -> requests.Lent | Refused:
    if not diary.numbers(turn.rows, turn.vault, turn.account):
        return NOT_YOURS
    token = urlsafe_b64encode(turn.all.chance(33)).decode()
    until = Millis(turn.heard.received_at + int(turn.here.case_link_s * 1000))
    diary.lend(turn.rows, turn.vault, turn.account, token, (turn.heard.channel, turn.heard.address, until))
    return requests.Lent(token)


# ---------------------------------------------------------------- for the township


def nets_looked(turn: Told, request: requests.NetsLooked) -> requests.Lacking:
    assert turn.person is not None
    seen = nets.seen_by(turn.all, turn.person, turn.today)
    start = request.page * nets.LINES
    return requests.Lacking(seen.whole, len(seen.lacks), start + nets.LINES < len(seen.lacks), turn.today)


PERFORMS: dict[type[Any], Callable[[Any, Any], Any]] = {
    requests.OwnNet: own_net,
    requests.FileTip: file_tip,
    requests.SlipLooked: slip_looked,
    requests.FileFor: file_for,
    requests.DiaryShown: diary_shown,
    requests.KeepNote: keep_note,
    requests.NoteChecklist: note_checklist,
    requests.DropDiary: drop_diary,
    requests.DiaryLink: diary_link,
    requests.NetsLooked: nets_looked,
}
"""Which function performs which Look or Do of monitors."""
