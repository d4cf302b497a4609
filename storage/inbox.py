"""An officer's inbox: what waits at a desk, what is due first first, without what is shielded from its reader.

Every statement walks one index and stops: an inbox costs the same with a million reports as with a thousand.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam, case, func, literal_column, select

from handlers.model import Person
from handlers.rules.statuses import CLOSED, NEW, OPEN
from storage.cases import COLUMNS, FAR, Case, Proposal, case_of, person_key, proposal_of
from storage.statement import Row, Rows, statement
from storage.tables import proposals as proposals_table
from storage.tables import reports as table
from storage.tables import shields as shields_table
from storage.vault import Vault

COUNTED_MAX = 100
"""An inbox counts no further: beyond it says “100以上”, and its cost stays flat."""
NOBODY = b""
"""In place of whoever approves: what waits for the reader's own approval is listed with the rest."""

_SHIELDED = (
    select(literal_column("1"))
    .where(shields_table.c.report == table.c.id, shields_table.c.person == bindparam("person_"))
    .exists()
)
_TO_APPROVE_NOW = (
    select(literal_column("1"))
    .where(proposals_table.c.report == table.c.id, proposals_table.c.approver == bindparam("approver_"))
    .exists()
)
_WAITS = proposals_table.alias("waits")
_WITH_PROPOSAL = select(*COLUMNS, _WAITS.c.approver, _WAITS.c.box).select_from(
    table.outerjoin(_WAITS, _WAITS.c.report == table.c.id)
)
_DUE = (
    (table.c.desk == bindparam("desk_"))
    & (table.c.due_day >= bindparam("first"))
    & (table.c.due_day <= bindparam("last"))
)
_LISTED = statement(
    _WITH_PROPOSAL.where(_DUE, table.c.stage <= bindparam("stage_"), ~_SHIELDED, ~_TO_APPROVE_NOW)
    .order_by(table.c.due_day, table.c.stage, table.c.id)
    .limit(bindparam("limit_"))
    .offset(bindparam("offset_"))
)
_CLOSED = statement(
    _WITH_PROPOSAL.where(table.c.desk == bindparam("desk_"), table.c.stage == CLOSED, ~_SHIELDED)
    .order_by(table.c.received_day.desc(), table.c.id.desc())
    .limit(bindparam("limit_"))
    .offset(bindparam("offset_"))
)
_MINE = (table.c.desk.concat("") == bindparam("desk_")) & (_WAITS.c.approver == bindparam("approver_")) & ~_SHIELDED
"""`desk || ''` is in no index: what waits for one person is found by that person, not among all of the desk."""
_APPROVING = statement(
    _WITH_PROPOSAL.where(_MINE)
    .order_by(table.c.due_day, table.c.stage, table.c.id)
    .limit(bindparam("limit_"))
    .offset(bindparam("offset_"))
)
_APPROVING_N = statement(
    select(func.count()).select_from(
        select(literal_column("1"))
        .select_from(_WAITS.join(table, _WAITS.c.report == table.c.id))
        .where(_MINE)
        .limit(bindparam("limit_"))
        .subquery()
    )
)
_SEEN = (
    select(table.c.stage, table.c.due_day, case((_TO_APPROVE_NOW, 1), else_=0).label("mine"))
    .where(table.c.desk == bindparam("desk_"), table.c.due_day <= FAR, ~_SHIELDED)
    .order_by(table.c.due_day)
    .limit(bindparam("limit_"))
    .subquery()
)


def _n(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


_COUNTED = statement(
    select(
        _n((_SEEN.c.mine == 0) & (_SEEN.c.stage == NEW)),
        _n((_SEEN.c.mine == 0) & (_SEEN.c.stage == OPEN)),
        _n(_SEEN.c.due_day < bindparam("today")),
        _n((_SEEN.c.due_day >= bindparam("today_")) & (_SEEN.c.due_day <= bindparam("soon"))),
    )
)

Waiting = tuple[Case, tuple[bytes, Proposal] | None]
"""A report, and what waits for somebody's approval there with the keyed hash of whoever that is."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What waits for the reader's approval; new and open without that; late, and due in the next days, of all. Together
    at most COUNTED_MAX are counted, what is due first first."""

    approving: int
    new: int
    open: int
    overdue: int
    soon: int


def counted(rows: Rows, vault: Vault, person: Person, today: int, soon_day: int) -> Counts:
    """`soon_day` is the last day that counts as soon."""
    key = person_key(vault, person.id)
    found = rows.all(
        _COUNTED, desk_=person.desk, person_=key, approver_=key, limit_=COUNTED_MAX,
        today=today, today_=today, soon=soon_day,
    )  # fmt: skip
    approving = rows.all(_APPROVING_N, desk_=person.desk, person_=key, approver_=key, limit_=COUNTED_MAX)
    return Counts(int(approving[0][0]), *(int(n) for n in found[0]))


def approving(rows: Rows, vault: Vault, person: Person, limit: int, offset: int) -> list[Waiting]:
    """What of a person's desk waits for that person's approval, what is due first first."""
    key = person_key(vault, person.id)
    found = rows.all(_APPROVING, desk_=person.desk, person_=key, approver_=key, limit_=limit, offset_=offset)
    return [_waiting(vault, row) for row in found]


def listed(
    rows: Rows, vault: Vault, person: Person, days: tuple[int, int], limit: int, offset: int, *,
    stage_max: int = OPEN, with_own: bool = False,
) -> list[Waiting]:  # fmt: skip
    """What is due at a person's desk from the first to the last of `days`, the longest late first; up to a stage, and
    `with_own` also what waits for the person's own approval."""
    key, (first_day, last_day) = person_key(vault, person.id), days
    found = rows.all(
        _LISTED, desk_=person.desk, first=first_day, last=last_day, stage_=stage_max, person_=key,
        approver_=NOBODY if with_own else key, limit_=limit, offset_=offset,
    )  # fmt: skip
    return [_waiting(vault, row) for row in found]


def closed(rows: Rows, vault: Vault, person: Person, limit: int, offset: int) -> list[Waiting]:
    """What a person's desk is done with, the newest first."""
    found = rows.all(_CLOSED, desk_=person.desk, person_=person_key(vault, person.id), limit_=limit, offset_=offset)
    return [_waiting(vault, row) for row in found]


def _waiting(vault: Vault, row: Row) -> Waiting:
    known = case_of(vault, (*row[:-2],))
    return known, None if row[-2] is None else (row[-2], proposal_of(vault, row[0], row[-1]))
