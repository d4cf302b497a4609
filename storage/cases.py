"""反映件 as those who handle it have them: status, version, handler, who must not see it, what waits for approval.

Every change of a report is one UPDATE that names the version it was decided on: of two officers at once one wins. Whoever
loses the right to see it loses, in the same transaction, conversation, stored replies and links about it (`severed`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from handlers.dates import day_of
from handlers.model import AccountId, DeskId, Millis, Person, PersonId, ReportFacts, ReportId
from handlers.rules.deadlines import Since, When
from handlers.rules.statuses import FIRST, Status, stage_of
from handlers.rules.visibility import may_see
from storage import conversations, figures, links, media, reports, turns
from storage.packed import padded, unpacked
from storage.statement import Row, Rows, first, statement
from storage.tables import ledger as ledger_table
from storage.tables import openings as openings_table
from storage.tables import proposals as proposals_table
from storage.tables import report_words as words_table
from storage.tables import reports as table
from storage.tables import shields as shields_table
from storage.vault import DataKey, Vault

PROPOSAL, OPENING = "proposal", "opening"
FAR = 2**31
"""A day that is later than any."""
COLUMNS = (
    table.c.id, table.c.number, table.c.desk, table.c.sector, table.c.status, table.c.stage, table.c.version,
    table.c.received_day, table.c.content_key, table.c.facts, table.c.handling, table.c.contact.is_not(None), table.c.due_day,
)  # fmt: skip
_ONE = statement(select(*COLUMNS).where(table.c.id == bindparam("id_")))
_OPEN_AT = statement(select(*COLUMNS).where(table.c.desk == bindparam("desk_"), table.c.stage < 2).order_by(table.c.id))
_HANDLED_BY = statement(
    select(func.count()).select_from(table).where(table.c.handler == bindparam("handler_"), table.c.stage < 2)
)
_CHANGE = statement(
    update(table)
    .where(table.c.id == bindparam("id_"), table.c.version == bindparam("version_"))
    .values(
        version=table.c.version + 1,
        status=bindparam("status_"),
        stage=bindparam("stage_"),
        due_day=bindparam("due_day_"),
        handler=bindparam("handler_"),
        handling=bindparam("handling_"),
    )
)
_MOVE = statement(
    update(table)
    .where(table.c.id == bindparam("id_"))
    .values(desk=bindparam("desk_"), content_key=bindparam("content_key_"), contact_key=bindparam("contact_key_"))
)
_KEYS = statement(select(table.c.contact_key, table.c.contact).where(table.c.id == bindparam("id_")))
_LINK = statement(select(table.c.link_key, table.c.link).where(table.c.id == bindparam("id_")))
_SHIELD = statement(insert(shields_table).on_conflict_do_nothing(), "report", "person")
_UNSHIELD = statement(delete(shields_table).where(shields_table.c.report == bindparam("report_")))
_OPENED = statement(
    select(openings_table.c.box).where(
        openings_table.c.person == bindparam("person_"), openings_table.c.report == bindparam("report_")
    )
)
_OPENED_BY = statement(select(openings_table.c.report).where(openings_table.c.person == bindparam("person_")))
_LOOKED = statement(
    select(openings_table.c.person, openings_table.c.box).where(openings_table.c.report == bindparam("report_"))
)
_ADD_OPENING = statement(insert(openings_table).on_conflict_do_nothing(), "person", "report", "box")
_PROPOSE = statement(insert(proposals_table).on_conflict_do_nothing(), "report", "approver", "box")
_PROPOSAL = statement(
    select(proposals_table.c.approver, proposals_table.c.box).where(proposals_table.c.report == bindparam("report_"))
)
_REASSIGN = statement(
    update(proposals_table)
    .where(proposals_table.c.report == bindparam("report_"))
    .values(approver=bindparam("approver_"))
)
_DROP_PROPOSAL = statement(delete(proposals_table).where(proposals_table.c.report == bindparam("report_")))
_TO_APPROVE = statement(
    select(proposals_table.c.report)
    .where(proposals_table.c.approver == bindparam("approver_"))
    .order_by(proposals_table.c.report)
    .limit(bindparam("limit_"))
)
_NEXT_INSERT = insert(ledger_table).values(desk=bindparam("desk_"), n=1)
_NEXT = statement(
    _NEXT_INSERT.on_conflict_do_update(index_elements=["desk"], set_={"n": ledger_table.c.n + 1}).returning(
        ledger_table.c.n
    )
)
_ADD_WORDS = statement(insert(words_table), "id", "report", "sealed")
_WORDS = statement(select(words_table.c.id, words_table.c.sealed).where(words_table.c.report == bindparam("report_")))


@dataclass(frozen=True, slots=True)
class Case:
    """A report with all that its handlers may know but the words. `handling` is sealed JSON, opened."""

    report: ReportId
    number: str
    facts: ReportFacts
    sector: str
    status: str
    stage: int
    version: int
    received_day: int
    reasons: tuple[str, ...]
    placard: int
    about_report: str
    not_counting: tuple[PersonId, ...]
    handling: dict[str, Any]
    named: bool
    content: DataKey
    channel: str
    source: str
    due_day: int | None

    @property
    def decided(self) -> int:
        """On which stand of it somebody decides: what the clock or the reporter adds does not undo a step half done."""
        return self.version - int(self.handling.get("added", 0))

    @property
    def handler(self) -> str:
        return str(self.handling.get("handler", ""))

    @property
    def shown_number(self) -> str:
        """The 登记号 of the desk once there is one, before that the random number."""
        return str(self.handling.get("ledger") or self.number)


@dataclass(frozen=True, slots=True)
class Proposal:
    """`move` is a key of the statuses table; `said` what the move needs. `version` is the stand (`Case.decided`) it was made on."""

    proposer: PersonId
    move: str
    said: dict[str, str]
    version: int


@dataclass(frozen=True, slots=True)
class Told:
    """One piece of a report's talk: story, gap, supplement and reply come from the reporter, the rest from officers."""

    step: str
    position: int
    text: str
    at: Millis
    who: str


# ---------------------------------------------------------------- one report


def load(rows: Rows, vault: Vault, report: ReportId) -> Case | None:
    row = first(rows.all(_ONE, id_=report))
    return case_of(vault, row) if row else None


def open_at(rows: Rows, vault: Vault, desk: DeskId) -> list[Case]:
    """Everything at a desk that is not closed, for whoever recomputes who may see it."""
    return [case_of(vault, row) for row in rows.all(_OPEN_AT, desk_=desk)]


def case_of(vault: Vault, row: Row) -> Case:
    id_, number, desk, sector, status, stage, version, day, content_key, sealed, sealed_handling, named, due_day = row
    content = vault.key(content_key, f"content|{desk}", "reports.content_key", id_)
    told = unpacked(content.open(sealed, "reports.facts", id_))
    handling = {} if sealed_handling is None else unpacked(content.open(sealed_handling, "reports.handling", id_))
    facts = reports.facts_of(told, DeskId(desk), handling)
    return Case(
        ReportId(id_), number, facts, sector, status, stage, version, day, tuple(told["reasons"]), told["placard"],
        told.get("about_report", ""), _not_counting(told, handling), handling, bool(named), content,
        told.get("channel", ""), told.get("source", reports.VILLAGER), due_day,
    )  # fmt: skip


def _not_counting(told: dict[str, Any], handling: dict[str, Any]) -> tuple[PersonId, ...]:
    """Readers of figures who may not know of it, as of when it came to the desk that holds it."""
    return tuple(PersonId(each) for each in handling.get("not_counting", told.get("not_counting", ())))


def change(rows: Rows, vault: Vault, case: Case, when: When, status: str, **changed: Any) -> bool:
    """One step of a report, if it still is as `case` says; False if somebody was quicker. None removes a value.

    A new status starts its own clock and counts in the figures: there is no other way to change one.
    """
    if not _change(rows, vault, case, when, status, changed):
        return False
    if status != case.status:
        _count(rows, vault, case, when.today, status)
    return True


def add(rows: Rows, vault: Vault, case: Case, when: When, **changed: Any) -> bool:
    """What the clock or the reporter adds, which decides nothing; False if somebody was quicker."""
    return _change(rows, vault, case, when, case.status, {**changed, "added": int(case.handling.get("added", 0)) + 1})


def _change(rows: Rows, vault: Vault, case: Case, when: When, status: str, changed: dict[str, Any]) -> bool:
    """`steps` remembers which statuses began when at this desk: what was counted there goes with it when it moves."""
    handling = {key: value for key, value in {**case.handling, **changed}.items() if value is not None}
    if status != case.status:
        handling["since"] = when.today
        if status != FIRST:
            handling["steps"] = [*handling.get("steps", ()), [status, when.today]]
        for key in ("paused", "asked_day", "asked", "extended_to", "returned"):
            handling.pop(key, None)
    handler = handling.get("handler")
    return bool(
        rows.run(
            _CHANGE,
            id_=case.report,
            version_=case.version,
            status_=status,
            stage_=stage_of(Status(status)),
            due_day_=when.due_day(Status(status), _since(case, handling, when)),
            handler_=handler_key(vault, handler) if handler else None,
            handling_=case.content.seal(padded(handling), "reports.handling", case.report),
        )
    )


def _since(case: Case, handling: dict[str, Any], when: When) -> Since:
    """Where the clock stands still for a question, it ends as if the answer came on the last day that there is for it."""
    stands_still = when.clocks.ask_pauses and "asked_day" in handling
    paused = int(handling.get("paused", 0)) + (when.clocks.ask_workdays if stands_still else 0)
    began = int(handling.get("since", case.received_day))
    asked = "asked_day" in handling or "asked" in handling
    return Since(case.received_day, began, paused, int(handling.get("extended_to", 0)), asked)


def _count(rows: Rows, vault: Vault, case: Case, today: int, status: str) -> None:
    """The status, and how many days after it came."""
    share(rows, vault, case, today, status, 1, f"{case.version}")
    share(rows, vault, case, today, f"days_to_{status}", today - case.received_day, f"{case.version}")


def share(
    rows: Rows, vault: Vault, case: Case, day: int, kind: str, n: int, salt: str,
    to: Iterable[DeskId] | None = None,
) -> None:  # fmt: skip
    """What a fact adds to the figures of its desk, and beside them for everybody whom the report concerns.

    `salt` tells it from every other share of this report and kind; `to` names desks instead.
    """
    at = case.facts.desk
    concerned = {*case.not_counting, *case.facts.recused, *(accused.person for accused in case.facts.accused)}
    desks = (at, *(figures.shun(vault, at, person) for person in sorted(concerned))) if to is None else to
    for desk in desks:
        fact = figures.Fact(day, desk, case.sector, case.channel, case.source, kind)
        figures.share(rows, vault, (case.report, salt, case.facts.village), fact, n)


def counted_so_far(rows: Rows, vault: Vault, case: Case) -> list[tuple[int, str, int]]:
    """(day, kind, n) of every share that the desk that holds a report has of it."""
    found = [(int(case.handling.get("came", case.received_day)), FIRST.value, 1)]
    for status, day in case.handling.get("steps", ()):
        found += [(day, status, 1), (day, f"days_to_{status}", day - case.received_day)]
    if (looked_day := first_look_day(rows, vault, case)) is not None:
        found += [(looked_day, LOOKED, 1), (looked_day, f"days_to_{LOOKED}", looked_day - case.received_day)]
    return found


LOOKED = "looked"
"""The kind of a first look."""


def handler_key(vault: Vault, person: str) -> bytes:
    return vault.index("reports.handler", person)


def handled_by(rows: Rows, vault: Vault, person: PersonId) -> int:
    """How many reports somebody has in hand that are not closed."""
    return int(rows.all(_HANDLED_BY, handler_=handler_key(vault, person))[0][0])


def next_number(rows: Rows, desk: DeskId) -> int:
    """The next 登记号 of a desk: it runs without gaps, since the turn that takes it keeps it or is undone with it."""
    return int(rows.all(_NEXT, desk_=desk)[0][0])


def move(
    rows: Rows, vault: Vault, case: Case, when: When, desk: DeskId, bypassed: Iterable[DeskId], **kept: Any
) -> bool:
    """To another desk, where it begins anew: keys are wrapped for that desk, nothing of its handling goes along but
    who must not see it. False if somebody was quicker."""
    shunned = sorted({*case.handling.get("bypassed", ()), *bypassed} - {desk})
    anew: dict[str, Any] = {}
    for key, value in case.handling.items():
        anew[key] = value if key in ("accused", "recused", "told", "withdrawn") else None
    anew.update(kept)
    anew["bypassed"], anew["came"] = shunned, when.today
    if not _change(rows, vault, case, when, FIRST, anew | {"since": when.today}):
        return False
    for n, (day, kind, share_n) in enumerate(counted_so_far(rows, vault, case)):
        share(rows, vault, case, day, kind, -share_n, f"{case.version} back {n}")
    contact_key, _ = rows.all(_KEYS, id_=case.report)[0]
    contact = vault.key(contact_key, f"contact|{case.facts.desk}", "reports.contact_key", case.report)
    rows.run(
        _MOVE,
        id_=case.report,
        desk_=desk,
        content_key_=vault.rewrap(case.content, f"content|{desk}", "reports.content_key", case.report),
        contact_key_=vault.rewrap(contact, f"contact|{desk}", "reports.contact_key", case.report),
    )
    for photo in media.of(rows, vault, case.report):
        media.hand_over(rows, vault, photo, case.report, f"content|{desk}")
    rows.run(_DROP_PROPOSAL, report_=case.report)
    rows.run(_UNSHIELD, report_=case.report)
    there = load(rows, vault, case.report)
    assert there is not None
    share(rows, vault, there, when.today, FIRST, 1, f"{case.version} here")
    return True


def contact_of(rows: Rows, vault: Vault, case: Case) -> str:
    """Name and phone, if they were given; whoever asks writes the audit row."""
    contact_key, contact = rows.all(_KEYS, id_=case.report)[0]
    if contact is None:
        return ""
    key = vault.key(contact_key, f"contact|{case.facts.desk}", "reports.contact_key", case.report)
    return key.open(contact, "reports.contact", case.report).decode()


def reporter_of(rows: Rows, vault: Vault, report: ReportId) -> tuple[str, str] | None:
    """(channel, address) for sending an answer; shown to nobody, ever (domain.md §8). None once the link is destroyed."""
    row = first(rows.all(_LINK, id_=report))
    if row is None or row[0] is None or row[1] is None:
        return None
    key = vault.key(row[0], "link", "reports.link_key", report)
    channel, address = unpacked(key.open(row[1], "reports.link", report))
    return channel, address


# ---------------------------------------------------------------- words


def words(rows: Rows, case: Case) -> list[Told]:
    """All that was said about a report, in order."""
    found = []
    for id_, sealed in rows.all(_WORDS, report_=case.report):
        step, position, text, *rest = unpacked(case.content.open(sealed, "report_words.sealed", id_))
        at, who = rest or (0, "")
        found.append(Told(step, position, text, Millis(at), who))
    return sorted(found, key=lambda each: (each.at, each.position))


def add_words(rows: Rows, chance: conversations.Chance, case: Case, told: Told) -> None:
    id_ = chance(16)
    whole = padded([told.step, told.position, told.text, told.at, told.who])
    rows.run(_ADD_WORDS, id=id_, report=case.report, sealed=case.content.seal(whole, "report_words.sealed", id_))


# ---------------------------------------------------------------- who may not see it, who has


def person_key(vault: Vault, person: PersonId) -> bytes:
    return vault.index("cases.person", person)


def shield(rows: Rows, vault: Vault, report: ReportId, facts: ReportFacts, people: Iterable[Person]) -> None:
    """Write down who of the desk must not see a report, so that queries and counts agree with `may_see`."""
    rows.run(_UNSHIELD, report_=report)
    for person in people:
        if not may_see(person, facts):
            rows.run(_SHIELD, report=report, person=person_key(vault, person.id))


def severed(rows: Rows, vault: Vault, account: AccountId, report: ReportId) -> None:
    """An account has lost the right to see a report: conversation, answers, stored replies and links about it go."""
    subject = reports.subject_of(vault, account, report)
    for draft in conversations.every(rows, vault, account):
        if draft.subject == subject:
            conversations.bury(rows, draft)
    turns.forget_about(rows, subject)
    links.drop_about(rows, subject)


def opened(rows: Rows, vault: Vault, person: PersonId, report: ReportId) -> bool:
    return bool(rows.all(_OPENED, person_=person_key(vault, person), report_=report))


def opened_by(rows: Rows, vault: Vault, person: PersonId) -> list[ReportId]:
    return [ReportId(row[0]) for row in rows.all(_OPENED_BY, person_=person_key(vault, person))]


def note_opening(rows: Rows, vault: Vault, person: Person, report: ReportId, now: Millis) -> bool:
    """The first opening by a person; False if there was one."""
    key = person_key(vault, person.id)
    box = vault.box(padded([person.desk.partition(":")[0], day_of(now)]), OPENING, "openings.box", key + report)
    return bool(rows.run(_ADD_OPENING, person=key, report=report, box=box))


def first_look_day(rows: Rows, vault: Vault, case: Case, besides: PersonId | None = None) -> int | None:
    """When somebody of the level that holds a report first opened it; `besides` leaves one person out."""
    level, own = case.facts.desk.partition(":")[0], person_key(vault, besides) if besides else b""
    boxes = (
        unpacked(vault.unbox(box, OPENING, "openings.box", key + case.report))
        for key, box in rows.all(_LOOKED, report_=case.report)
        if key != own
    )
    return min((int(day) for opened_at, day in boxes if opened_at == level), default=None)


def looked(rows: Rows, vault: Vault, report: ReportId) -> dict[str, int]:
    """How many people of each level have opened a report."""
    found: dict[str, int] = {}
    for key, box in rows.all(_LOOKED, report_=report):
        level, _ = unpacked(vault.unbox(box, OPENING, "openings.box", key + report))
        found[level] = found.get(level, 0) + 1
    return found


# ---------------------------------------------------------------- approval


def propose(rows: Rows, vault: Vault, report: ReportId, proposal: Proposal, approver: PersonId) -> bool:
    """False if something waits for approval already."""
    box = vault.box(
        padded([proposal.proposer, proposal.move, proposal.said, proposal.version]), PROPOSAL, "proposals.box", report
    )
    return bool(rows.run(_PROPOSE, report=report, approver=person_key(vault, approver), box=box))


def proposal(rows: Rows, vault: Vault, report: ReportId) -> tuple[bytes, Proposal] | None:
    """What waits, and the keyed hash of whoever is to approve it."""
    row = first(rows.all(_PROPOSAL, report_=report))
    if row is None:
        return None
    return row[0], proposal_of(vault, report, row[1])


def proposal_of(vault: Vault, report: ReportId, box: bytes) -> Proposal:
    proposer, move_, said, version = unpacked(vault.unbox(box, PROPOSAL, "proposals.box", report))
    return Proposal(PersonId(proposer), move_, said, version)


def reassign(rows: Rows, vault: Vault, report: ReportId, approver: PersonId) -> None:
    rows.run(_REASSIGN, report_=report, approver_=person_key(vault, approver))


def drop_proposal(rows: Rows, report: ReportId) -> bool:
    return bool(rows.run(_DROP_PROPOSAL, report_=report))


def to_approve(rows: Rows, vault: Vault, person: PersonId, limit: int) -> list[ReportId]:
    found = rows.all(_TO_APPROVE, approver_=person_key(vault, person), limit_=limit)
    return [ReportId(row[0]) for row in found]
