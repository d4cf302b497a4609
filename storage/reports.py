"""反映件: filed, found again by their reporter, listed for those who may see them.

A report has three keys: content (words and facts), contact (name and phone) and link (who it came from). No clear
column says whose it is; its clear time is a whole day, the exact one is sealed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, delete, null, select, update
from sqlalchemy.dialects.postgresql import insert

from handlers.code import ALPHABET, query_code
from handlers.dates import day_of
from handlers.model import (
    About,
    AccountId,
    Accused,
    DeskId,
    Heard,
    Millis,
    Person,
    PersonId,
    Placard,
    Post,
    ReportFacts,
    ReportId,
    VillageCode,
)
from handlers.rules.deadlines import Since, When
from handlers.rules.routing import Routing
from handlers.rules.statuses import FIRST
from handlers.rules.visibility import may_see, scope
from storage import figures
from storage.conversations import Chance
from storage.packed import packed, padded, unpacked
from storage.statement import Row, Rows, first, statement
from storage.tables import mine as mine_table
from storage.tables import report_words as words_table
from storage.tables import reports as table
from storage.vault import Vault

FILED, VILLAGER = FIRST.value, "villager"
NUMBER_LETTERS = 6
"""7KD-3QF: random, so that no desk sees a gap for what it never had (domain.md §5)."""
NUMBER_TRIES = 20

_ADD = statement(
    insert(table).on_conflict_do_nothing(),
    *("id", "number", "code", "desk", "sector", "status", "received_day"),
    *("stage", "version", "due_day", "content_key", "facts", "contact_key", "contact", "link_key", "link"),
)
_ADD_WORDS = statement(insert(words_table), "id", "report", "sealed")
_HEAD = statement(
    select(table.c.desk, table.c.sector, table.c.status, table.c.received_day).where(table.c.id == bindparam("id_"))
)
_BY_CODE = statement(select(table.c.id).where(table.c.code == bindparam("code")))
_HELD = statement(
    select(
        table.c.id, table.c.number, table.c.desk, table.c.sector, table.c.status, table.c.received_day,
        table.c.content_key, table.c.facts, table.c.handling,
    )
    .where(table.c.desk == bindparam("desk"), table.c.received_day <= bindparam("day"))
    .order_by(table.c.received_day.desc())
    .limit(bindparam("limit_"))
)  # fmt: skip
_MINE = statement(select(mine_table.c.box).where(mine_table.c.key == bindparam("key")))
_ADD_MINE = statement(insert(mine_table).on_conflict_do_nothing(), "key", "box")
_SET_MINE = statement(update(mine_table).where(mine_table.c.key == bindparam("key_")).values(box=bindparam("box_")))
_DROP_MINE = statement(delete(mine_table).where(mine_table.c.key == bindparam("key")))
_SEVER = statement(
    update(table).where(table.c.id == bindparam("id_")).values(link=null(), link_key=null(), contact=null())
)
PAST = "past"
"""The slots of reports that an account no longer finds by itself: whoever leaves must take those with them, too."""


@dataclass(frozen=True, slots=True)
class NewReport:
    """What filing seals. `words` are (step, text) in the order said; `contact` is empty for an unnamed report."""

    placard: Placard
    version: int
    about: About
    routing: Routing
    words: tuple[tuple[str, str], ...]
    contact: str
    heard: Heard
    due_day: int
    """When the first look is due: whoever lists what waits goes by it, so that none may be without."""
    only: str = ""
    accused: tuple[Accused, ...] = ()
    about_report: str = ""
    """With “有人为难我”: the report over which somebody is troubled."""
    source: str = VILLAGER
    slip: bytes = b""
    """Of a report that a helper enters for somebody: under what the query code on that person's slip is looked up. Then
    nothing leads to the helper: no link, and no row of their own."""
    not_counting: tuple[PersonId, ...] = ()
    """Readers of figures who may not know of it (handlers/rules/places.py)."""


@dataclass(frozen=True, slots=True)
class Head:
    """What may be said of a report to the one who made it."""

    desk: DeskId
    sector: str
    status: str
    received_day: int


@dataclass(frozen=True, slots=True)
class Mine:
    """One of an account's own reports."""

    report: ReportId
    code: str
    at: Millis
    placard: int
    read: int = 0
    """How many of the messages that came back were read."""
    rated: int = 0
    """1 once its reporter has said whether it was solved."""


@dataclass(frozen=True, slots=True)
class Held:
    """One line of a desk's list: no words, no reporter."""

    report: ReportId
    number: str
    facts: ReportFacts
    sector: str
    status: str
    received_day: int
    reasons: tuple[str, ...]


# ---------------------------------------------------------------- filing


def file(rows: Rows, vault: Vault, new: NewReport, account: AccountId, chance: Chance, mine_max: int) -> Mine:
    """Store a report with its words, its link and its reporter's own row. RuntimeError if no free number is found."""
    id_ = ReportId(chance(16))
    village, desk, at = new.placard.village, new.routing.desk, new.heard.received_at
    content, content_key = vault.new_key(f"content|{desk}", "reports.content_key", id_)
    contact, contact_key = vault.new_key(f"contact|{desk}", "reports.contact_key", id_)
    link, link_key = vault.new_key("link", "reports.link_key", id_)
    own, code = not new.slip, ""
    for _ in range(NUMBER_TRIES):
        code = query_code(int.from_bytes(chance(8), "big") % 10**10)
        if rows.run(
            _ADD,
            id=id_,
            number=_number(chance),
            code=code_index(vault, village, code) if own else new.slip,
            desk=desk,
            sector=new.placard.item.sector.value,
            status=FILED,
            received_day=day_of(at),
            stage=0,
            version=0,
            due_day=new.due_day,
            content_key=content_key,
            facts=content.seal(_sealed_facts(new), "reports.facts", id_),
            contact_key=contact_key,
            contact=contact.seal(new.contact.encode(), "reports.contact", id_) if new.contact else None,
            link_key=link_key if own else None,
            link=link.seal(padded([new.heard.channel, new.heard.address]), "reports.link", id_) if own else None,
        ):
            break
    else:
        raise RuntimeError(f"no free report number in {NUMBER_TRIES} tries")
    for position, (step, text) in enumerate(new.words):
        word = chance(16)
        sealed = content.seal(packed([step, position, text]), "report_words.sealed", word)
        rows.run(_ADD_WORDS, id=word, report=id_, sealed=sealed)
    concerned = sorted({*new.not_counting, *(each.person for each in new.accused)})
    for holder in (desk, *(figures.shun(vault, desk, person) for person in concerned)):
        fact = figures.Fact(day_of(at), holder, new.placard.item.sector.value, new.heard.channel, new.source, FILED)
        figures.share(rows, vault, (id_, "", village), fact)
    made = Mine(id_, code if own else "", at, new.placard.id)
    if own:
        _add_mine(rows, vault, account, made, mine_max)
    return made


def first_due(when: When) -> int:
    """When the first look at a report that comes now is due."""
    due_day = when.due_day(FIRST, Since(when.today, when.today))
    assert due_day is not None
    return due_day


def code_index(vault: Vault, village: VillageCode, code: str) -> bytes:
    """A query code is looked up inside its village only."""
    return vault.index("reports.code", village, code)


def _sealed_facts(new: NewReport) -> bytes:
    """Only what is not empty: a row of more than a thousand bytes would take SQLite a page of its own."""
    item = new.placard.item
    rare = {
        "only": new.only,
        "accused": [[a.person, a.desk, a.rank, a.heads] for a in new.accused],
        "about_report": new.about_report,
        "not_counting": new.not_counting,
        "source": "" if new.source == VILLAGER else new.source,
    }
    return packed(
        {
            "placard": new.placard.id,
            "item": item.id,
            "version": new.version,
            "village": new.placard.village,
            "about": new.about.value,
            "bypassed": sorted(new.routing.bypassed),
            "reasons": new.routing.reasons,
            "received_at": new.heard.received_at,
            "unit": item.facts.unit,
            "channel": new.heard.channel,
            **{name: value for name, value in rare.items() if value},
        }
    )


def facts_as_filed(new: NewReport) -> ReportFacts:
    """What visibility may know of a report that was just filed."""
    return facts_of(unpacked(_sealed_facts(new)), new.routing.desk, {})


def _number(chance: Chance) -> str:
    letters = "".join(ALPHABET[byte % 32] for byte in chance(NUMBER_LETTERS))
    return f"{letters[:3]}-{letters[3:]}"


# ---------------------------------------------------------------- the reporter's own


def subject_of(vault: Vault, account: AccountId, report: ReportId) -> bytes:
    """How an account's rows name a report: a keyed hash that means nothing beside any other account."""
    return vault.index("subject", account, report)


def head(rows: Rows, report: ReportId) -> Head | None:
    row = first(rows.all(_HEAD, id_=report))
    return Head(DeskId(row[0]), *row[1:]) if row else None


def by_code(rows: Rows, vault: Vault, village: VillageCode, code: str) -> ReportId | None:
    row = first(rows.all(_BY_CODE, code=code_index(vault, village, code)))
    return ReportId(row[0]) if row else None


def mine(rows: Rows, vault: Vault, account: AccountId) -> list[Mine]:
    """An account's own reports, newest first."""
    return sorted(_chained(rows, vault, account, ""), key=lambda each: each.at, reverse=True)


def _chained(rows: Rows, vault: Vault, account: AccountId, chain: str) -> list[Mine]:
    """Slot after slot until one is free."""
    found: list[Mine] = []
    while True:
        key = _slot(vault, account, f"{chain} {len(found)}" if chain else len(found))
        row = first(rows.all(_MINE, key=key))
        if row is None:
            return found
        found.append(_unboxed(vault, key, row[0]))


def mine_about(rows: Rows, vault: Vault, account: AccountId, report: ReportId) -> Mine | None:
    return next((each for each in mine(rows, vault, account) if each.report == report), None)


def forget_mine(rows: Rows, vault: Vault, account: AccountId, report: ReportId) -> None:
    """The account no longer finds this report by itself; the slots close up behind it."""
    own = mine(rows, vault, account)
    kept = [each for each in reversed(own) if each.report != report]
    for gone in (each for each in own if each.report == report):
        _add_past(rows, vault, account, gone)
    for slot in range(len(kept) + 1):
        rows.run(_DROP_MINE, key=_slot(vault, account, slot))
    for each in kept:
        _add_mine(rows, vault, account, each, len(kept))


def _add_mine(rows: Rows, vault: Vault, account: AccountId, made: Mine, mine_max: int) -> None:
    """Into the first free slot; if there is none, the oldest makes room and is found by its code only."""
    whole = _packed_mine(made)
    for slot in range(mine_max):
        key = _slot(vault, account, slot)
        if rows.run(_ADD_MINE, key=key, box=vault.box(whole, "mine", "mine.box", key)):
            return
    oldest = mine(rows, vault, account)[-1]
    forget_mine(rows, vault, account, oldest.report)
    _add_mine(rows, vault, account, made, mine_max)


def _add_past(rows: Rows, vault: Vault, account: AccountId, gone: Mine) -> None:
    key = _slot(vault, account, f"{PAST} {len(_chained(rows, vault, account, PAST))}")
    rows.run(_ADD_MINE, key=key, box=vault.box(_packed_mine(gone), "mine", "mine.box", key))


def sever_all(rows: Rows, vault: Vault, account: AccountId) -> list[ReportId]:
    """Nobody finds out any more whose an account's reports are; the reports stay. Which ones they were.

    Link and contact go, and the account's own rows: what is left of the reporter is the query code.
    """
    own = [*_chained(rows, vault, account, ""), *_chained(rows, vault, account, PAST)]
    for each in own:
        rows.run(_SEVER, id_=each.report)
    for chain in ("", PAST):
        for n in range(len(_chained(rows, vault, account, chain)) - 1, -1, -1):
            rows.run(_DROP_MINE, key=_slot(vault, account, f"{chain} {n}" if chain else n))
    return [each.report for each in own]


def _slot(vault: Vault, account: AccountId, slot: int | str) -> bytes:
    return vault.index("mine.key", account, slot)


def _unboxed(vault: Vault, key: bytes, boxed: bytes) -> Mine:
    report, code, at, placard, *more = unpacked(vault.unbox(boxed, "mine", "mine.box", key))
    return Mine(ReportId(bytes.fromhex(report)), code, Millis(at), placard, *more)


def _packed_mine(made: Mine) -> bytes:
    return padded([made.report.hex(), made.code, made.at, made.placard, made.read, made.rated])


def mark_read(rows: Rows, vault: Vault, account: AccountId, report: ReportId, n: int) -> None:
    """The account has read `n` messages about its report: kept in its own row, the report learns nothing of it."""
    _set_mine(rows, vault, account, report, read=n)


def mark_rated(rows: Rows, vault: Vault, account: AccountId, report: ReportId) -> bool:
    """The account has rated its report, once; False if it had, or does not have it. The report learns nothing of it."""
    return _set_mine(rows, vault, account, report, rated=1)


def _set_mine(
    rows: Rows, vault: Vault, account: AccountId, report: ReportId, *, read: int | None = None, rated: int | None = None
) -> bool:
    """Change an account's own row; False if there is nothing to change. The account's lane must be held."""
    for slot, each in enumerate(_chained(rows, vault, account, "")):
        new = replace(each, read=each.read if read is None else read, rated=each.rated if rated is None else rated)
        if each.report == report and new != each:
            key = _slot(vault, account, slot)
            return rows.run(_SET_MINE, key_=key, box_=vault.box(_packed_mine(new), "mine", "mine.box", key)) > 0
    return False


# ---------------------------------------------------------------- those who handle it


def held_for(rows: Rows, vault: Vault, person: Person, limit: int, until_day: int = 2**31) -> list[Held]:
    """What a person may see, newest day first: asked of the query by scope, and of every row by may_see."""
    found: list[Held] = []
    for desk in sorted(scope(person).desks):
        opened = [_held(vault, row) for row in rows.all(_HELD, desk=desk, day=until_day, limit_=limit)]
        found += [each for each in opened if may_see(person, each.facts)]
    return sorted(found, key=lambda each: each.received_day, reverse=True)[:limit]


def _held(vault: Vault, row: Row) -> Held:
    id_, number, desk, sector, status, day, content_key, sealed, sealed_handling = row
    content = vault.key(content_key, f"content|{desk}", "reports.content_key", id_)
    told = unpacked(content.open(sealed, "reports.facts", id_))
    handling = {} if sealed_handling is None else unpacked(content.open(sealed_handling, "reports.handling", id_))
    facts = facts_of(told, DeskId(desk), handling)
    return Held(ReportId(id_), number, facts, sector, status, day, tuple(told["reasons"]))


def facts_of(told: dict[str, Any], desk: DeskId, handling: dict[str, Any]) -> ReportFacts:
    """What visibility may know, from the sealed facts of filing and what handling has added."""
    only = told.get("only") or ""
    return ReportFacts(
        VillageCode(told["village"]),
        About(told["about"]),
        desk,
        frozenset(DeskId(each) for each in (*told["bypassed"], *handling.get("bypassed", ()))),
        told["item"],
        told.get("unit", ""),
        frozenset(PersonId(each) for each in handling.get("recused", ())),
        tuple(Accused(*each) for each in (*told.get("accused", ()), *handling.get("accused", ()))),
        Post(only) if only else None,
    )
