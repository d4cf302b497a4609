"""What officers do with a report, whoever asks for it: a conversation or the case page.

Each command asks visibility anew, names the version it was decided on, writes its audit row in the same transaction and
either does all of it or returns a Refused and has written nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from bot.performs.told import Opened, Shared
from handlers.dates import day_from_iso, iso_day, said_day
from handlers.model import Millis, Person, PersonId, ReportId
from handlers.rules import wording
from handlers.rules.approval import approver
from handlers.rules.deadlines import Since, When
from handlers.rules.statuses import BY_KEY, EXTENSION, GROUNDS, NO_REPLY, STAGES, Move, Status, lacks, move_from
from handlers.rules.visibility import may_see, near
from handlers.script import Refused
from storage import audit, cases, outbox
from storage.cases import Case, Proposal, Told
from storage.statement import Rows

MOVED, GONE, NOBODY, WAITING = Refused("moved"), Refused("gone"), Refused("nobody"), Refused("waiting")
NOT_YOURS, LACKS = Refused("not_yours"), Refused("lacks")
SAID_BY_ITSELF = "missed"
"""What the system itself says: that a date was missed."""
TOLD = frozenset(("told", "question", "answer", SAID_BY_ITSELF))
"""Steps of a report's words that go to its reporter."""


@dataclass(frozen=True)
class Handling:
    """One person's hands on the reports of their desk, inside one transaction.

    `opened` is for those who only look: what the turn has opened already is not opened again.
    """

    all: Shared
    rows: Rows
    now: Millis
    person: Person
    opened: Opened | None = None
    _step: Iterator[int] = field(default_factory=count)
    """Orders the audit rows of one moment."""

    @property
    def when(self) -> When:
        return self.all.when(self.now)

    # ------------------------------------------------------------ looking

    def case(self, report: str) -> Case | None:
        """The report if this person may see it now; None if not, and None if there is none: nobody can tell which."""
        known = self.opened.cases if self.opened else {}
        if report not in known:
            known[report] = cases.load(self.rows, self.all.vault, ReportId(bytes.fromhex(report)))
        found = known[report]
        return found if found is not None and may_see(self.person, found.facts) else None

    def proposal(self, case: Case) -> tuple[bool, Proposal] | None:
        """What waits for approval, and whether this person is to approve it."""
        known = self.opened.waiting if self.opened else {}
        if case.report not in known:
            known[case.report] = cases.proposal(self.rows, self.all.vault, case.report)
        found = known[case.report]
        if found is None:
            return None
        return found[0] == cases.person_key(self.all.vault, self.person.id), found[1]

    def approver_of(self, case: Case) -> Person | None:
        return approver(self.all.roster.at(case.facts.desk), self.person.id, case.facts)

    def open(self, report: str) -> bool | Refused:
        """The first opening, noted once; whoever has opened it before just goes on."""
        case = self.case(report)
        if case is None:
            return GONE
        if cases.note_opening(self.rows, self.all.vault, self.person, case.report, self.now):
            first = cases.first_look_day(self.rows, self.all.vault, case, besides=self.person.id) is None
            self.note("opened", case, **({"says_no_tie": True} if near(self.person, case.facts) else {}))
            if first:
                today, waited = self.when.today, self.when.today - case.received_day
                for kind, n in ((cases.LOOKED, 1), (f"days_to_{cases.LOOKED}", waited)):
                    cases.share(self.rows, self.all.vault, case, today, kind, n, f"look {case.facts.desk}")
        return True

    # ------------------------------------------------------------ proposing and approving

    def propose(self, report: str, version: int, key: str, said: Mapping[str, str]) -> bool | Refused:
        """Put a move up for approval; a new report is registered by it, an accepted one taken in hand."""
        case, move = self.case(report), BY_KEY.get(key)
        if case is None or move is None or not move.approved:
            return GONE
        if case.decided != version:
            return MOVED
        if (wrong := self._not_now(case, move, said)) is not None:
            return wrong
        above = self.approver_of(case)
        if above is None:
            return NOBODY
        if (ready := self._prepared(case, move)) is None:
            return MOVED
        waits = Proposal(self.person.id, key, dict(said), ready.decided)
        if not cases.propose(self.rows, self.all.vault, case.report, waits, above.id):
            return WAITING
        self.note(
            "proposed",
            ready,
            move=key,
            approver=above.id,
            **{name: text for name, text in said.items() if name != "answer"},
        )
        self.tell(ready, "approve", above.id)
        return True

    def _not_now(self, case: Case, move: Move, said: Mapping[str, str]) -> Refused | None:
        if self.proposal(case) is not None:
            return WAITING
        if move.by == "handler" and case.handler != self.person.id:
            return NOT_YOURS
        if lacks(move, dict(said)):
            return LACKS
        if (grounds := said.get("grounds")) in GROUNDS and grounds not in self.grounds(case):
            return Refused("ask_first")
        if (answer := said.get("answer")) and self.answer_fault(case, answer):
            return Refused("wording")
        return None

    def grounds(self, case: Case) -> tuple[str, ...]:
        """On which grounds it may be refused now: 追问也没有回话 only if the reporter was asked and the days have passed."""
        asked, when = case.handling.get("asked_day"), self.when
        let_pass = asked is not None and when.workdays.after(asked, when.clocks.ask_workdays).day < when.today
        return tuple(each for each in GROUNDS if let_pass or each != NO_REPLY)

    def _prepared(self, case: Case, move: Move) -> Case | None:
        """Registered, or taken in hand, if the move starts there; None if it cannot start from where the report stands."""
        for key in ("register", "begin"):
            step = move_from(case.status, key)
            if step is not None and step.ends in move.starts:
                return self._stepped(case, step)
        return case if case.status in move.starts else None

    def _stepped(self, case: Case, step: Move) -> Case | None:
        """A step that needs nobody's approval."""
        changed: dict[str, Any] = {}
        if step.key == "register":
            changed["ledger"] = f"登记{cases.next_number(self.rows, case.facts.desk)}号"
        if not cases.change(self.rows, self.all.vault, case, self.when, step.ends, **changed):
            return None
        self.note(step.key, case, n=case.version + 1, start=case.status, end=str(step.ends), **changed)
        return cases.load(self.rows, self.all.vault, case.report)

    def decide(self, report: str, version: int, *, agrees: bool, reason: str = "") -> bool | Refused:
        """Approve or return what waits. Never the proposer; never anything but what was proposed."""
        case = self.case(report)
        if case is None:
            return GONE
        waits = self.proposal(case)
        if waits is None or case.decided != version:
            return MOVED
        mine, proposal = waits
        if not mine or proposal.proposer == self.person.id:
            return NOT_YOURS
        if proposal.move == EXTENSION:
            cases.drop_proposal(self.rows, case.report)
            return self.extend(case, proposal, day_from_iso(proposal.said["until"]) if agrees else 0, reason)
        move = move_from(case.status, proposal.move)
        if move is None or not cases.drop_proposal(self.rows, case.report):
            return MOVED
        if not agrees:
            return self._returned(case, proposal, reason)
        changed, tell = self._effects(case, move, proposal)
        if not self._changed(case, move.ends, tell, "answer" if move.key == "conclude" else "told", **changed):
            return MOVED
        detail = {name: text for name, text in proposal.said.items() if name != "answer"}
        self.note(
            "approved", case, n=case.version + 1, start=case.status, end=str(move.ends), move=move.key,
            proposer=proposal.proposer, **detail,
        )  # fmt: skip
        self.tell(case, "decided", proposal.proposer)
        return True

    def _returned(self, case: Case, proposal: Proposal, reason: str) -> bool | Refused:
        """`returned` stays on it until it gets on: the inbox says so."""
        if not cases.add(self.rows, self.all.vault, case, self.when, returned=proposal.move):
            return MOVED
        if reason:
            self._add(case, "note", reason)
        self.note("returned", case, move=proposal.move, proposer=proposal.proposer)
        self.tell(case, "decided", proposal.proposer)
        return True

    def extend(self, case: Case, proposal: Proposal, until: int, reason: str = "") -> bool | Refused:
        """An extension is granted until a day, or (0) not; the reporter hears the new date."""
        if not until:
            if reason:
                self._add(case, "note", reason)
            self.note("extension_refused", case, proposer=proposal.proposer)
        else:
            told = f"您反映的事还在办，{said_day(until)}前告诉您办到哪一步。"
            if not self._changed(case, case.status, told, "told", extended_to=until):
                return MOVED
            self.note("extended", case, until=iso_day(until), proposer=proposal.proposer)
        self.tell(case, "extended", proposal.proposer)
        return True

    def take_back(self, report: str) -> bool | Refused:
        """The proposer takes back what waits."""
        case = self.case(report)
        waits = self.proposal(case) if case else None
        if case is None or waits is None:
            return GONE if case is None else MOVED
        if waits[1].proposer != self.person.id:
            return NOT_YOURS
        cases.drop_proposal(self.rows, case.report)
        self.note("taken_back", case, move=waits[1].move)
        return True

    def _effects(self, case: Case, move: Move, proposal: Proposal) -> tuple[dict[str, Any], str]:
        """What an approved move changes, and what the reporter is told (dialogues.md §16); an empty text is not sent."""
        said, hotline = proposal.said, self.all.here.hotline
        match move.key:
            case "accept":
                accepted = {"handler": proposal.proposer, "category": said["category"]}
                due = self.when.due_day(move.ends, Since(case.received_day, self.when.today))
                by = f"，{said_day(due)}前告诉您办到哪一步" if due is not None else ""
                return accepted, f"您反映的事已经接下来办{by}。"
            case "refuse":
                return {
                    "grounds": said["grounds"]
                }, f"您反映的事，{said['grounds']}，这里没有接下来办。想问，打 {hotline}。"
            case "transfer":
                told = f"您反映的事，按规定归{said['to']}。您的话没有转出去，请直接找他们；想问，打 {hotline}。"
                return {"grounds": said["grounds"], "to": said["to"]}, told
            case "clue":
                return {"disposal": said["disposal"]}, ""
            case "conclude":
                return {"result": said["result"], "evidence": said["evidence"]}, said["answer"]
        return {}, ""

    # ------------------------------------------------------------ speaking with the reporter

    def ask(self, report: str, version: int, question: str) -> bool | Refused:
        """Ask back. Before acceptance anybody of the desk may; afterwards the handler alone."""
        if wording.question_fault(question) or len(question) > wording.QUESTION_CHARS_MAX:
            return Refused("wording")
        case = self.case(report)
        if case is not None and case.handling.get("withdrawn"):
            return Refused("withdrawn")
        return self._say(report, version, "question", question)

    def answer(self, report: str, version: int, text: str) -> bool | Refused:
        """Word on where it stands, from the handler."""
        case = self.case(report)
        if case is not None and self.answer_fault(case, text):
            return Refused("wording")
        return self._say(report, version, "answer", text)

    def answer_fault(self, case: Case, text: str) -> str:
        """What is wrong with an answer; the name and phone that were left are compared, and shown to nobody."""
        if fault := wording.answer_fault(text):
            return fault
        if len(text) > wording.ANSWER_CHARS_MAX:
            return f"太长了，请不要超过 {wording.ANSWER_CHARS_MAX} 字。"
        left = cases.contact_of(self.rows, self.all.vault, case)
        return "里面有反映人留的名字或电话，请去掉。" if wording.names_somebody(text, left) else ""

    def _say(self, report: str, version: int, step: str, text: str) -> bool | Refused:
        case = self.case(report)
        if case is None:
            return GONE
        if case.decided != version:
            return MOVED
        if STAGES.get(Status(case.status)) == 2:
            return MOVED
        if case.handler != self.person.id and (case.handler or step == "answer"):
            return NOT_YOURS
        ready: Case | None = case
        if (begins := move_from(case.status, "begin")) is not None:
            ready = self._stepped(case, begins)
        asks = {"asked_day": self.when.today} if step == "question" and ready is not None else {}
        if ready is None or not self._changed(ready, ready.status, text, step, **asks):
            return MOVED
        self.note("asked" if step == "question" else "answered", ready)
        return True

    def _changed(self, case: Case, status: str, text: str, step: str, **changed: Any) -> bool:
        """A change of the report, and in the same transaction a word to its reporter, if there is one to say."""
        told = int(case.handling.get("told", 0))
        if text:
            changed["told"] = told + 1
        if not cases.change(self.rows, self.all.vault, case, self.when, status, **changed):
            return False
        if text:
            self._add(case, step, text, told)
            push_to_reporter(self.all, self.rows, case, self.now)
        return True

    def _add(self, case: Case, step: str, text: str, position: int = 0) -> None:
        cases.add_words(self.rows, self.all.chance, case, Told(step, position, text, self.now, self.person.id))

    # ------------------------------------------------------------ the rest

    def feedback(self, report: str, version: int) -> bool | Refused:
        """The reporter has been told, also by phone if they left one."""
        case = self.case(report)
        if case is None:
            return GONE
        step = move_from(case.status, "feedback")
        if step is None or case.decided != version:
            return MOVED
        if case.handler != self.person.id:
            return NOT_YOURS
        return MOVED if self._stepped(case, step) is None else True

    def contact(self, report: str, reason: str) -> str | Refused:
        """Name and phone: for the accepted handler alone, with a reason, one audit row an opening (domain.md §8)."""
        case = self.case(report)
        if case is None:
            return GONE
        if case.handler != self.person.id or not case.named:
            return NOT_YOURS
        if not reason.strip():
            return LACKS
        self.note("contact_opened", case, reason=reason.strip())
        return cases.contact_of(self.rows, self.all.vault, case)

    def note(self, what: str, case: Case, **detail: Any) -> None:
        detail["step"] = next(self._step)
        fact = audit.Fact(self.now, self.person.id, what, case.report.hex(), detail)
        audit.add(self.rows, self.all.vault, self.all.chance, fact)

    def tell(self, case: Case, kind: str, to: PersonId | str = "") -> None:
        """Somebody of the desk, or all of it."""
        tell_desk(self.all, self.rows, case, self.now, kind, to)

    def tell_person(self, case: Case, kind: str, person: Person) -> None:
        """Somebody who may be of another desk, and is told no more than that something waits."""
        at = person.desk
        outbox.tell_desk(self.rows, self.all.vault, self.all.chance, at, case.report, self.now, kind, person.id)


def tell_desk(all_: Shared, rows: Rows, case: Case, now: Millis, kind: str, to: str = "") -> None:
    outbox.tell_desk(rows, all_.vault, all_.chance, case.facts.desk, case.report, now, kind, to)


def push_to_reporter(all_: Shared, rows: Rows, case: Case, now: Millis) -> None:
    """A push without content, unless they asked not to be looked for any more."""
    to = cases.reporter_of(rows, all_.vault, case.report)
    if to is not None and not case.handling.get("withdrawn"):
        outbox.tell_notice(rows, all_.vault, all_.chance, to, ("reply_new", ""), now, all_.schedule.loud_at(now))
