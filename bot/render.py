"""Marks in a reply become facts, if the reader may see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bot import matters
from bot.performs.told import Opened, Shared
from bot.shown import officers
from handlers.code import query_code_shown
from handlers.dates import day_of, said_date, said_day
from handlers.model import AccountId, Choice, DeskId, Facts, PlacardId, Reply, ReportId
from handlers.organisation import Organisation
from handlers.rules.finding import listed
from handlers.rules.masking import masked
from handlers.said import CHANNELS, STATUSES
from handlers.words import MARK_CLOSES, MARK_OPENS
from storage import cases, conversations, diary, mailbox, media, reports
from storage import matters as store
from storage.statement import Rows
from storage.vault import Vault

_MARK = re.compile(f"{MARK_OPENS}([a-z]+)\\|([^|]*)\\|([^{MARK_CLOSES}]*){MARK_CLOSES}")
DETAILS_PER_PAGE = 4
"""Lines of at most config.items.DETAIL_CHARS_MAX characters, so that a page keeps to 180 (dialogues.md §0.1)."""


SHORT_CHARS, TITLE_CHARS = 16, 12
"""A name and a phone; longer ones are cut where they are only mentioned, so that a review keeps to 180 as well."""


class NotShown(Exception):
    """The reader may not see what a mark stands for, or it is gone: the whole reply becomes “not found”."""


def pages_of(facts: Facts) -> int:
    """The first page has the standard and where the list hangs; the others four lines of details each."""
    return 1 + -(-len(facts.details) // DETAILS_PER_PAGE)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a reply, and where: `conversation` is the one whose words it may quote."""

    rows: Rows
    all: Shared
    account: AccountId
    channel: str
    conversation: bytes = b""
    opened: Opened = field(default_factory=Opened)

    @property
    def vault(self) -> Vault:
        return self.all.vault

    @property
    def organisation(self) -> Organisation:
        return self.all.organisation

    def render(self, reply: Reply) -> Reply:
        """NotShown if any mark may not be shown."""
        if MARK_OPENS not in reply.text and not any(MARK_OPENS in choice.label for choice in reply.choices):
            return reply
        choices = tuple(Choice(choice.key, self._filled(choice.label)) for choice in reply.choices)
        return replace(reply, text=self._filled(reply.text), choices=choices)

    def _filled(self, text: str) -> str:
        if MARK_OPENS not in text:
            return text
        return _MARK.sub(lambda mark: _KINDS[mark[1]](self, mark[2], mark[3]), text)

    def _item(self, ref: str, part: str) -> str:
        placard = self.all.catalogue.placard(self.rows, PlacardId(int(ref)))
        if placard is None:
            raise NotShown
        facts = placard.item.facts
        if part.startswith("page"):
            n = int(part.removeprefix("page"))
            return _page(facts, n) if n <= pages_of(facts) else self._answered(placard.item.id, n - pages_of(facts) - 1)
        if part == "short":
            return _short(facts.title, TITLE_CHARS)
        told = str(getattr(facts, part))
        return said_date(told) if part in ("published", "ends_on") else told

    def _answered(self, item: str, n: int) -> str:
        found = store.answers_about(self.rows, item)
        if n >= len(found):
            raise NotShown
        return f"问：{found[n].question}\n答：{found[n].answer}"

    def _village(self, ref: str, part: str) -> str:
        return self.organisation.example if part == "example" else self.organisation.area_name(ref)

    def _places(self, ref: str, part: str) -> str:
        return listed(self.organisation, ref)[int(part)]

    def _desk(self, ref: str, part: str) -> str:
        desk = self.organisation.desks[DeskId(ref)]
        return desk.phone if part == "phone" else desk.name

    def _unit(self, ref: str, part: str) -> str:
        """A desk or a department: names and phones of both are public."""
        if part == "phone":
            return self.organisation.departments[DeskId(ref)].phone
        return self.organisation.unit_name(DeskId(ref))

    def _matter(self, ref: str, part: str) -> str:
        draft = conversations.by_id(self.rows, self.vault, self.account, self.conversation)
        by_code = draft is not None and draft.script == "matter_code" and draft.args == (ref,)
        found = matters.shown(self.rows, self.all, self.account, ref, part, by_code=by_code)
        if found is None:
            raise NotShown
        return found

    def _words(self, ref: str, part: str) -> str:
        draft = conversations.by_id(self.rows, self.vault, self.account, self.conversation)
        if draft is None:
            raise NotShown
        said = conversations.words(self.rows, draft, ref)
        words = "\n".join(said[int(part) : int(part) + 1] if part.isdigit() else said)
        return _short(words, SHORT_CHARS) if part == "short" else words

    def _photos(self, ref: str, part: str) -> str:
        """How many photos stand at a step: those that could not be used do not count."""
        found = media.of(self.rows, self.vault, self.conversation)
        return str(sum(photo.step == ref and photo.state != media.FAILED for photo in found))

    def _mail(self, ref: str, part: str) -> str:
        found = mailbox.one(self.rows, self.vault, self.account, int(ref))
        if found is None:
            raise NotShown
        return found.text

    def _diary(self, ref: str, part: str) -> str:
        """One entry of one's own, or the link to all of them."""
        if part:
            return f"{self.all.here.base_url}/diary/{part}"
        found = diary.one(self.rows, self.vault, self.account, int(ref))
        if found is None:
            raise NotShown
        return f"{said_day(day_of(found.at))}\n{found.text}"

    def _channel(self, ref: str, part: str) -> str:
        return CHANNELS[self.channel][ref]

    def _report(self, ref: str, part: str) -> str:
        report = ReportId(bytes.fromhex(ref))
        head = reports.head(self.rows, report)
        if head is None:
            raise NotShown
        if part in ("code", "tail", "line", "about"):
            return self._own(report, head, part)
        if part == "looked":
            return officers.looked(self.rows, self.all, report)
        if part in ("above", "kept_from"):
            return officers.above(self.rows, self.all, report, part)
        if part == "reply_until":
            return officers.reply_until(self.rows, self.all, report)
        if part in ("promise", "first_look"):
            return officers.promised(self.rows, self.all, report, part)
        return {
            "desk": self.organisation.desks[head.desk].name,
            "day": said_day(head.received_day),
            "status": STATUSES[head.status],
        }[part]

    def _own(self, report: ReportId, head: reports.Head, part: str) -> str:
        """What only whoever made a report is shown of it, in the same chat."""
        own = reports.mine_about(self.rows, self.vault, self.account, report)
        if own is None:
            raise NotShown
        tail = own.code[-4:]
        if part == "about":
            placard = self.all.catalogue.placard(self.rows, PlacardId(own.placard))
            return f"\n这一件：{_short(placard.item.facts.title, TITLE_CHARS)}" if placard else ""
        if part == "line":
            return f"{said_day(head.received_day)} {head.sector}（尾号 {tail}）—— {STATUSES[head.status]}"
        return query_code_shown(own.code) if part == "code" else tail

    def _told(self, ref: str, part: str) -> str:
        """One message that came back, to its reporter or to whoever came with the code of that very report."""
        report, (how, n) = ReportId(bytes.fromhex(ref)), part.split(" ")
        if how == "mine":
            allowed = reports.mine_about(self.rows, self.vault, self.account, report) is not None
        else:
            draft = conversations.by_id(self.rows, self.vault, self.account, self.conversation)
            allowed = draft is not None and draft.args[:1] == (ref,) and draft.args[-1] == "code"
        found = cases.load(self.rows, self.vault, report) if allowed else None
        if found is None:
            raise NotShown
        said = [each for each in cases.words(self.rows, found) if each.step in officers.TOLD][int(n)]
        alone = said.step == "answer" and officers.hears_result_alone(self.rows, self.vault, found)
        return officers.result_alone(found) if alone else said.text

    def _of_office(self, kind: str, ref: str, part: str) -> str:
        """What is for people of the roster alone, and of a report for those who may see it."""
        shown = officers.shown(self.rows, self.all, self.account, (kind, ref, part), self.opened)
        if shown is None:
            raise NotShown
        return shown


def _short(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[:most]}…"


def _page(facts: Facts, page: int) -> str:
    if page > 1:
        start = (page - 2) * DETAILS_PER_PAGE
        return "\n".join(masked(line) for line in facts.details[start : start + DETAILS_PER_PAGE])
    return f"标准：{facts.standard}\n受益：{facts.beneficiaries_told}\n名单、合同在哪里看：{facts.listed_at}"


def _office(kind: str) -> Callable[[Reader, str, str], str]:
    return lambda reader, ref, part: reader._of_office(kind, ref, part)


_KINDS: dict[str, Callable[[Reader, str, str], str]] = {
    "unit": Reader._unit,
    "matter": Reader._matter,
    "item": Reader._item,
    "village": Reader._village,
    "places": Reader._places,
    "desk": Reader._desk,
    "words": Reader._words,
    "photos": Reader._photos,
    "mail": Reader._mail,
    "channel": Reader._channel,
    "diary": Reader._diary,
    "report": Reader._report,
    "told": Reader._told,
    **{kind: _office(kind) for kind in officers.KINDS},
}
