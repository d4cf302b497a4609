"""The case page: words, photos, history, and what is written there. Each opening is a turn with an audit row (design.md §4).

A link is made for one person and one report. The first who opens it has it, by a cookie, for ten minutes; everybody
else, and everybody whose right to see the report is gone, gets what an unknown link gets.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from bot.handling import Handling
from bot.performs.officer import allowed
from bot.performs.settled import settled
from bot.performs.told import Shared
from bot.shown import facts, officers
from handlers.dates import day_of, said_day
from handlers.model import Millis, PersonId, PlacardId
from handlers.officer.case import ELSE
from handlers.rules.statuses import CATEGORIES, GROUNDS, RESULTS
from handlers.rules.wording import question_fault
from handlers.script import Refused
from storage import audit, cases, links, media
from storage.cases import Case
from storage.links import Link
from storage.statement import Rows

REASONS = ("办这件事", "审批", "督办")
"""Why somebody opens a page; it is asked before anything is shown, and kept in the audit."""
SAID_BY = {
    "earlier": "原来那一件",
    "story": "反映人",
    "gap": "反映人（自己得了多少）",
    "known": "怎么知道的",
    "reply": "反映人（回答追问）",
    "supplement": "反映人（补充）",
    "question": "追问",
    "answer": "回话",
    "told": "告知",
    "note": "退回的原因（不发给反映人）",
}


@dataclass(frozen=True, slots=True)
class Said:
    who: str
    day: str
    text: str


@dataclass(frozen=True, slots=True)
class View:
    """What one person sees at one moment. `cookie` is set where the link was just redeemed."""

    number: str
    head: str
    item: str
    """What is posted there; only on the page, never in the chat."""
    state: str
    watermark: str
    words: tuple[Said, ...]
    photos: tuple[str, ...]
    pending: int
    history: tuple[Said, ...]
    can: frozenset[str]
    version: int
    notice: str
    contact: str
    proposal: str
    named: bool
    mine: bool
    typed: Mapping[str, str]
    templates: tuple[str, ...]

    categories: tuple[str, ...] = CATEGORIES
    grounds: tuple[str, ...] = GROUNDS
    results: tuple[str, ...] = RESULTS


@dataclass(frozen=True, slots=True)
class Pages:
    """The page's side of everything that turns share."""

    all: Shared

    def opened(self, rows: Rows, now: Millis, token: str, cookie: str, asked: Mapping[str, str]) -> View | None:
        """Redeem a link or come back to it, do what was asked for, and show the case. None: there is no such page."""
        found = self._link(rows, now, token, cookie)
        if found is None:
            return None
        link, hands = found
        case = hands.case(link.report.hex())
        reason = link.reason or asked.get("reason", "")
        if case is None or reason not in REASONS:
            return None
        if link.cookie is None:
            until = Millis(now + int(self.all.here.case_link_s * 1000))
            fresh = replace(link, until=until, reason=reason)
            if not links.redeem(rows, self.all.vault, fresh, links.cookie_hash(self.all.vault, token, cookie)):
                return None
        cases.note_opening(rows, self.all.vault, hands.person, case.report, now)
        notice, contact = _act(hands, case, asked) if link.cookie is not None else ("", "")
        after = hands.case(link.report.hex())
        if after is None:
            return None
        hands.note("viewed", after, reason=reason)
        if "fresh" in after.handling and after.handler in ("", hands.person.id):
            cases.add(rows, self.all.vault, after, hands.when, fresh=None)
        typed = asked if notice and notice not in DONE.values() else {}
        return self._view(rows, hands, after, (notice, contact), typed)

    def photo(self, rows: Rows, now: Millis, token: str, cookie: str, id_: bytes) -> media.Photo | None:
        """One photo, for whoever holds the opened page."""
        found = self._link(rows, now, token, cookie)
        if found is None or found[0].cookie is None:
            return None
        link, hands = found
        case, photo = hands.case(link.report.hex()), media.one(rows, self.all.vault, id_)
        if case is None or photo is None or photo.holder != case.report or photo.state != media.READY:
            return None
        hands.note("photo_viewed", case, reason=link.reason)
        return photo

    def _link(self, rows: Rows, now: Millis, token: str, cookie: str) -> tuple[Link, Handling] | None:
        self.all.refresh_people(rows)
        link = links.find(rows, self.all.vault, token)
        if link is None or link.until <= now:
            return None
        if link.cookie is not None:
            own = links.cookie_hash(self.all.vault, token, cookie)
            if not hmac.compare_digest(own, link.cookie):
                return None
        person, bound = self.all.roster.people.get(link.person), self.all.roster.bound(link.person)
        if person is None or bound is None or (bound.channel, bound.address) != (link.channel, link.address):
            return None
        return link, Handling(self.all, rows, now, person)

    def _view(self, rows: Rows, hands: Handling, case: Case, said: tuple[str, str], typed: Mapping[str, str]) -> View:
        photos = media.of(rows, self.all.vault, case.report)
        name, now = self.all.roster.names[hands.person.id], hands.now
        placard = self.all.catalogue.placard(rows, PlacardId(case.placard))
        return View(
            number=case.shown_number,
            head=officers.of_case(hands, case, "head"),
            item=placard.item.facts.title if placard else "",
            state=officers.of_case(hands, case, "state"),
            watermark=f"{name} {said_day(day_of(now))} {hands.person.id}",
            words=tuple(self._said(each) for each in cases.words(rows, case)),
            photos=tuple(photo.id.hex() for photo in photos if photo.state == media.READY),
            pending=sum(photo.state == media.PENDING for photo in photos),
            history=_gathered(self._fact(fact) for fact in audit.about(rows, self.all.vault, case.report)),
            can=frozenset(allowed(hands, case)),
            version=case.decided,
            notice=said[0],
            contact=said[1],
            proposal=_proposed(hands, case),
            named=case.named,
            mine=case.handler == hands.person.id,
            typed=typed,
            grounds=hands.grounds(case),
            templates=self.all.here.templates,
        )

    def _said(self, told: cases.Told) -> Said:
        who = SAID_BY.get(told.step, told.step)
        if told.who:
            who = f"{self.all.roster.names.get(PersonId(told.who), '（已离开）')} {who}"
        return Said(who, said_day(day_of(told.at)) if told.at else "", told.text)

    def _fact(self, fact: audit.Fact) -> Said:
        name = self.all.roster.names.get(PersonId(fact.who), "（已离开）") if fact.who else ""
        text = facts.what(fact)
        if fact.detail.get("says_no_tie"):
            text += "（说没有关联）"
        if reason := fact.detail.get("reason"):
            text += f"（{reason}）"
        return Said(facts.done_by(fact, name), said_day(day_of(fact.at)), text)


def _gathered(facts_: Iterable[Said]) -> tuple[Said, ...]:
    """What somebody did several times over on one day is one line."""
    told = []
    for fact, times in groupby(facts_):
        n = len(list(times))
        told.append(replace(fact, text=f"{fact.text} {n} 次") if n > 1 else fact)
    return tuple(told)


def _proposed(hands: Handling, case: Case) -> str:
    """What waits for approval, with the evidence, which stands on the page alone."""
    waits = hands.proposal(case)
    if waits is None:
        return ""
    evidence = waits[1].said.get("evidence", "")
    return officers.of_case(hands, case, "proposal") + (f"\n凭据：{evidence}" if evidence else "")


DONE = {"answer": "发出去了。", "ask": "问出去了。", "propose": "报上去了，批了会告诉您。", "decide": "好，办了。"}


def _act(hands: Handling, case: Case, asked: Mapping[str, str]) -> tuple[str, str]:
    """What a form of the page asks for: (a sentence about it, name and phone if those were asked for)."""
    report, text = case.report.hex(), asked.get("text", "").strip()
    try:
        version = int(asked.get("version", "-1"))
    except ValueError:
        version = -1
    match asked.get("action", ""):
        case "answer":
            if fault := hands.answer_fault(case, text):
                return fault, ""
            return _told(settled(hands.rows, lambda: hands.answer(report, version, text)), "answer"), ""
        case "ask":
            if fault := question_fault(text):
                return fault, ""
            return _told(settled(hands.rows, lambda: hands.ask(report, version, text)), "ask"), ""
        case "accept":
            said = {"category": asked.get("category", "")}
            return _told(settled(hands.rows, lambda: hands.propose(report, version, "accept", said)), "propose"), ""
        case "refuse":
            grounds = asked.get("grounds", "")
            return _told(
                settled(hands.rows, lambda: hands.propose(report, version, "refuse", {"grounds": grounds})),
                "propose",
            ), ""
        case "conclude":
            if fault := hands.answer_fault(case, text):
                return fault, ""
            said = {"result": asked.get("result", ""), "evidence": asked.get("evidence", "")[:100], "answer": text}
            return _told(settled(hands.rows, lambda: hands.propose(report, version, "conclude", said)), "propose"), ""
        case "agree":
            return _told(settled(hands.rows, lambda: hands.decide(report, version, agrees=True)), "decide"), ""
        case "return":
            return _told(
                settled(hands.rows, lambda: hands.decide(report, version, agrees=False, reason=text[:200])), "decide"
            ), ""
        case "contact":
            found = settled(hands.rows, lambda: hands.contact(report, text[:100]))
            if isinstance(found, Refused):
                return "请先写明为什么要看。" if found.why == "lacks" else ELSE[found.why], ""
            return "", found
    return "", ""


def _told(outcome: bool | Refused, done: str) -> str:
    return ELSE[outcome.why] if isinstance(outcome, Refused) else DONE[done]
