"""Every place where something sealed is kept: which keys a database needs, and whether a ring really opens it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, bindparam, func, select
from sqlalchemy.sql.selectable import Select

from storage import (
    audit,
    cases,
    conversations,
    diary,
    links,
    mailbox,
    matters,
    media,
    nets,
    outbox,
    people,
    turns,
    wechat,
)
from storage import tables as t
from storage.packed import unpacked
from storage.reports import code_index
from storage.statement import Row, Rows, Statement, statement
from storage.vault import NotOpened, Vault

SAMPLE_ROWS = 1000
"""Rows of a kind that are tried. Primary keys are random, so the first thousand are a random sample."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of sealed row: `wrapped` finds the ids of the keys it needs, `open` raises NotOpened."""

    table: str
    wrapped: Statement
    sample: Statement
    open: Callable[[Vault, Row], object]


@dataclass(frozen=True, slots=True)
class Proof:
    """How many sealed rows were tried, and of each table how many stay closed; `index` is false for a wrong index key."""

    tried: int
    closed: dict[str, int]
    index: bool


def _kind(column: Column[bytes], sample: Select[*tuple[Any, ...]], open_: Callable[[Vault, Row], object]) -> Kind:
    key_id = func.substr(column, 2, 1)
    return Kind(
        column.table.name,
        statement(select(key_id).where(column.is_not(None)).distinct()),
        statement(sample.where(column.is_not(None)).limit(bindparam("limit_"))),
        open_,
    )


def _box(column: Column[bytes], key: Column[bytes], purpose: str) -> Kind:
    where = f"{column.table.name}.{column.name}"
    sample = select(key, column).order_by(*column.table.primary_key.columns)
    return _kind(column, sample, lambda vault, row: vault.unbox(row[1], purpose, where, row[0]))


def _of_report(key: str, sealed: str, by_desk: bool) -> Kind:
    """One of the three keys of a report, and what it seals, if that is there."""
    c, purpose = t.reports.c, key.removesuffix("_key")

    def open_(vault: Vault, row: Row) -> None:
        id_, desk, wrapped, content = row
        opened = vault.key(wrapped, f"{purpose}|{desk}" if by_desk else purpose, f"reports.{key}", id_)
        if content is not None:
            opened.open(content, f"reports.{sealed}", id_)

    return _kind(c[key], select(c.id, c.desk, c[key], c[sealed]).order_by(c.id), open_)


def _report_words(vault: Vault, row: Row) -> None:
    report, desk, wrapped, id_, sealed = row
    vault.key(wrapped, f"content|{desk}", "reports.content_key", report).open(sealed, "report_words.sealed", id_)


def _conversation(vault: Vault, row: Row) -> None:
    id_, wrapped, state = row
    vault.key(wrapped, conversations.PURPOSE, "conversations.key_wrapped", id_).open(state, "conversations.state", id_)


def _draft_words(vault: Vault, row: Row) -> None:
    draft, wrapped, id_, sealed = row
    key = vault.key(wrapped, conversations.PURPOSE, "conversations.key_wrapped", draft)
    key.open(sealed, "draft_words.sealed", id_)


def _mailbox(vault: Vault, row: Row) -> None:
    owner, n, box = row
    vault.unbox(box, mailbox.PURPOSE, "mailbox.box", owner + n.to_bytes(8, "big"))


def _diary(vault: Vault, row: Row) -> None:
    owner, n, box = row
    vault.unbox(box, diary.PURPOSE, "diary.box", owner + n.to_bytes(8, "big"))


def _photo(vault: Vault, row: Row) -> None:
    id_, purpose, wrapped, about = row
    vault.key(wrapped, purpose, media.WHERE, id_).open(about, "media.about", id_)


def _handling(vault: Vault, row: Row) -> None:
    id_, desk, wrapped, handling = row
    key = vault.key(wrapped, f"content|{desk}", "reports.content_key", id_)
    if handling is not None:
        key.open(handling, "reports.handling", id_)


def _by_text(table: Table, purpose: str) -> Kind:
    """A row whose key is text: a person's id, or a village's code."""
    (key,), box = table.primary_key.columns, table.c.box
    where = f"{table.name}.box"
    return _kind(
        box, select(key, box).order_by(key), lambda vault, row: vault.unbox(row[1], purpose, where, row[0].encode())
    )


def _opening(vault: Vault, row: Row) -> None:
    person, report, box = row
    vault.unbox(box, cases.OPENING, "openings.box", person + report)


_o = t.openings.c
_r, _w, _d, _dw, _m = t.reports.c, t.report_words.c, t.conversations.c, t.draft_words.c, t.media.c
KINDS = (
    _of_report("content_key", "facts", by_desk=True),
    _of_report("contact_key", "contact", by_desk=True),
    _of_report("link_key", "link", by_desk=False),
    _kind(
        _r.content_key,
        select(_r.id, _r.desk, _r.content_key, _w.id, _w.sealed)
        .join_from(t.report_words, t.reports, _r.id == _w.report)
        .order_by(_w.report, _w.id),
        _report_words,
    ),
    _kind(_d.key_wrapped, select(_d.id, _d.key_wrapped, _d.state).order_by(_d.owner), _conversation),
    _kind(
        _d.key_wrapped,
        select(_d.id, _d.key_wrapped, _dw.id, _dw.sealed)
        .join_from(t.draft_words, t.conversations, _d.id == _dw.conversation)
        .order_by(_dw.conversation, _dw.id),
        _draft_words,
    ),
    _kind(
        t.mailbox.c.box,
        select(t.mailbox.c.owner, t.mailbox.c.n, t.mailbox.c.box).order_by(t.mailbox.c.owner),
        _mailbox,
    ),
    _kind(_m.key_wrapped, select(_m.id, _m.purpose, _m.key_wrapped, _m.about).order_by(_m.id), _photo),
    _kind(_r.content_key, select(_r.id, _r.desk, _r.content_key, _r.handling).order_by(_r.id), _handling),
    _kind(_o.box, select(_o.person, _o.report, _o.box).order_by(_o.person), _opening),
    _by_text(t.people, people.PURPOSE),
    _by_text(t.bindings, people.BINDING),
    _by_text(t.nets, nets.PURPOSE),
    _kind(t.diary.c.box, select(t.diary.c.owner, t.diary.c.n, t.diary.c.box).order_by(t.diary.c.owner), _diary),
    _box(t.invites.c.box, t.invites.c.code, people.INVITE),
    _box(t.proposals.c.box, t.proposals.c.report, cases.PROPOSAL),
    _box(t.audit.c.box, t.audit.c.id, audit.PURPOSE),
    _box(t.links.c.box, t.links.c.token, links.PURPOSE),
    _box(t.turns.c.reply, t.turns.c.key, turns.REPLY),
    _box(t.failed_turns.c.sealed, t.failed_turns.c.key, turns.FAILED),
    _box(t.mine.c.box, t.mine.c.key, "mine"),
    _box(t.matters.c.box, t.matters.c.id, matters.PURPOSE),
    _box(t.matters.c.link, t.matters.c.id, matters.LINK),
    _box(t.asked.c.box, t.asked.c.key, matters.ASKED),
    _box(t.outbox.c.body, t.outbox.c.id, outbox.PURPOSE),
    _box(t.media_work.c.box, t.media_work.c.id, media.WORK),
    _box(t.wechat_people.c.box, t.wechat_people.c.owner, wechat.PEOPLE),
    _kind(
        t.wechat_kept.c.box,
        select(t.wechat_kept.c.name, t.wechat_kept.c.box).order_by(t.wechat_kept.c.name),
        lambda vault, row: vault.unbox(row[1], wechat.KEPT, "wechat_kept.box", row[0].encode()),
    ),
)
_MINE = statement(select(t.mine.c.key, t.mine.c.box).order_by(t.mine.c.key).limit(bindparam("limit_")))
_CODE = statement(select(_r.code).where(_r.id == bindparam("id_")))
_PHOTOS = statement(select(t.media.c.id).order_by(t.media.c.id))
_VILLAGE = statement(select(t.placards.c.village).where(t.placards.c.id == bindparam("placard")))


def key_ids(rows: Rows, tables: Collection[str]) -> list[int]:
    """The ids of all master keys that what is sealed in these tables was wrapped with."""
    found = {row[0][0] for kind in KINDS if kind.table in tables for row in rows.all(kind.wrapped)}
    return sorted(found)


def prove(rows: Rows, vault: Vault, tables: Collection[str]) -> Proof:
    """Try a sample of every kind of row in these tables."""
    tried, closed = 0, dict[str, int]()
    for kind in (kind for kind in KINDS if kind.table in tables):
        for row in rows.all(kind.sample, limit_=SAMPLE_ROWS):
            tried += 1
            try:
                kind.open(vault, row)
            except NotOpened:
                closed[kind.table] = closed.get(kind.table, 0) + 1
    return Proof(tried, closed, all(_indexes_agree(rows, vault)))


def photo_ids(rows: Rows, vault: Vault, tables: Collection[str]) -> list[str]:
    """Every photo that must have a file, as its file is named: not one that was refused, or has yet to be fetched."""
    if "media" not in tables:
        return []
    photos = (media.one(rows, vault, row[0]) for row in rows.all(_PHOTOS))
    return [photo.id.hex() for photo in photos if photo is not None and photo.state == media.READY]


def _indexes_agree(rows: Rows, vault: Vault) -> Iterator[bool]:
    """The index key has no id: it is the right one if it finds, under its query code, a report that we know."""
    for key, box in rows.all(_MINE, limit_=SAMPLE_ROWS):
        try:
            report, code, _, placard, *_ = unpacked(vault.unbox(box, "mine", "mine.box", key))
        except NotOpened:
            continue
        kept = rows.all(_CODE, id_=bytes.fromhex(report))
        village = rows.all(_VILLAGE, placard=placard) if placard > 0 else [(str(-placard),)]
        if kept and village:
            yield bool(kept[0][0] == code_index(vault, village[0][0], code))
