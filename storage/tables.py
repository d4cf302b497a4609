"""The schema: BIGINT, TEXT and BYTEA only, random primary keys, no clear column that links an account to a report.

Every account-side table knows its owner by a keyed hash made for that table alone (`owner`, `key`, `subject`): no two
tables can be joined on a person (docs/decisions/0003). Account-side rows carry an expiry day and no time. SQLite
tables are WITHOUT ROWID, or their row numbers are made of a keyed hash, so that not even the order of rows tells who
came when (docs/decisions/0021).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, text

metadata = MetaData()


def _table(name: str, *columns: Column[int] | Column[str] | Column[bytes] | Index) -> Table:
    return Table(name, metadata, *columns, sqlite_with_rowid=False)


def _scattered(name: str, *columns: Column[int] | Column[str] | Column[bytes] | Index) -> Table:
    """For wide rows: SQLite's own table, which holds many more of them a page and a level, with the first 63 bits of a
    keyed hash in place of its row numbers (`place`): they tell no order either."""
    place = Column("place", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=False)
    return Table(name, metadata, *columns, place)


def place_of(key: bytes) -> int:
    """Where a row stands in a table of wide rows: 0 to 2⁶³ - 1."""
    return int.from_bytes(key[:8], "big") >> 1


def _key(name: str) -> Column[bytes]:
    return Column(name, LargeBinary, primary_key=True)


def _bytes(name: str, *, optional: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=optional)


def _number(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _words(name: str) -> Column[str]:
    return Column(name, Text, nullable=False)


def _some(name: str, column: str) -> Index:
    """An index of the few rows that have a value: most writes then leave it alone."""
    there = text(f"{column} IS NOT NULL")
    return Index(name, column, sqlite_where=there, postgresql_where=there)


versions = _table(
    "versions",
    Column("name", Text, primary_key=True),
    _number("version"),
    _words("digest"),
)
"""organisation, items, people, nets, placards: read at the start of every group; a changed number drops that cache."""

items = _table(
    "items",
    Column("id", Text, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    _words("sector"),
    _words("kind"),
    _words("facts"),
    _words("areas"),
)
"""公示事项, every version that was ever shown; public, so in the clear. `facts` and `areas` are JSON."""

item_heads = _table(
    "item_heads",
    Column("id", Text, primary_key=True),
    _number("version"),
    _number("retired"),
)
"""Which version of an item stands now. An import writes all else first, in pieces, and these rows last, at once."""

placards = _table(
    "placards",
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    _words("item"),
    _words("village"),
    Index("placards_village", "village", "item", unique=True),
    Index("placards_item", "item"),
)
"""立码: one a (item, village), never re-made and never removed, since print survives."""

conversations = _table(
    "conversations",
    _key("owner"),
    Column("place", BigInteger, primary_key=True, autoincrement=False),
    _bytes("id"),
    _bytes("subject", optional=True),
    _bytes("key_wrapped"),
    _bytes("state"),
    _number("expires_day"),
    _some("conversations_subject", "subject"),
    Index("conversations_expires", "expires_day"),
)
"""A draft: `place` 0 is the current one, 1 and up are parked, the last parked highest. `state` is sealed JSON."""

draft_words = _table(
    "draft_words",
    _key("conversation"),
    _key("id"),
    _bytes("sealed"),
)
"""One message of a draft, sealed under the conversation's key: {step, position, text}. It goes with its draft."""

turns = _scattered(
    "turns",
    _bytes("key"),
    _bytes("digest"),
    _bytes("reply", optional=True),
    _bytes("subject", optional=True),
    _number("expires_day"),
    _some("turns_subject", "subject"),
    Index("turns_expires", "expires_day"),
)
"""One message that was taken: its keyed hash, the keyed digest of its content, and the reply in a box of its own."""

failed_turns = _table(
    "failed_turns",
    _key("key"),
    _bytes("sealed"),
    _number("expires_day"),
    Index("failed_turns_expires", "expires_day"),
)
"""A message whose turn failed, sealed with the time it first came; a retry that succeeds removes it."""

reports = _table(
    "reports",
    _key("id"),
    Column("number", Text, nullable=False, unique=True),
    Column("code", LargeBinary, nullable=False, unique=True),
    _words("desk"),
    _words("sector"),
    _words("status"),
    _number("received_day"),
    _number("stage"),
    _number("version"),
    Column("due_day", BigInteger, nullable=True),
    _bytes("handler", optional=True),
    _bytes("handling", optional=True),
    _bytes("content_key"),
    _bytes("facts"),
    _bytes("contact_key"),
    _bytes("contact", optional=True),
    _bytes("link_key", optional=True),
    _bytes("link", optional=True),
    Index("reports_desk", "desk", "received_day"),
    Index("reports_stage", "desk", "stage", "received_day"),
    Index(
        "reports_due",
        "desk",
        "due_day",
        "stage",
        sqlite_where=text("due_day IS NOT NULL"),
        postgresql_where=text("due_day IS NOT NULL"),
    ),
    _some("reports_handler", "handler"),
)
"""反映件. `code` is the keyed hash of village and query code. Three keys: content (words, facts, handling), contact, link.
`stage` is 0 new, 1 open, 2 closed; `version` counts changes; `due_day` is when
its clock ends, empty for a closed one; `handler` is the keyed hash of whoever handles it."""

report_words = _table(
    "report_words",
    Column("report", LargeBinary, ForeignKey("reports.id", ondelete="CASCADE"), primary_key=True),
    _key("id"),
    _bytes("sealed"),
)
"""One message of a report, sealed under its content key: {step, position, text}."""

mine = _table(
    "mine",
    _key("key"),
    _bytes("box"),
)
"""An account's own reports: `key` is the keyed hash of account and a slot number, so that rows of one account do not
even look alike."""

slips = _table(
    "slips",
    _key("key"),
    _bytes("code"),
    _number("expires_day"),
    Index("slips_expires", "expires_day"),
)
"""Paper slips that were printed and not used: the keyed hash of village and 登记号, and the one under which the query code
on the lower half will be looked up (`reports.code`). Used, a slip is gone."""

diary = _table(
    "diary",
    _key("owner"),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    _bytes("box"),
)
"""What a monitor keeps for themselves; `n` counts their entries."""

tries = _table(
    "tries",
    _key("key"),
    _number("n"),
    _number("expires_day"),
    Index("tries_expires", "expires_day"),
)
"""Wrong query codes and 登记号, by keyed hash of (account, network or all) and hour."""

outbox = _table(
    "outbox",
    _key("id"),
    Column("desk", Text, nullable=True),
    _bytes("body"),
    _number("attempts"),
    _number("next_try_at"),
    _number("claimed_until"),
    _words("last_error"),
    _bytes("owner", optional=True),
    _number("n"),
    Index(
        "outbox_owner", "owner", "n", sqlite_where=text("owner IS NOT NULL"), postgresql_where=text("owner IS NOT NULL")
    ),
    Index("outbox_accounts", "next_try_at", sqlite_where=text("desk IS NULL"), postgresql_where=text("desk IS NULL")),
    Index(
        "outbox_desks", "next_try_at", sqlite_where=text("desk IS NOT NULL"), postgresql_where=text("desk IS NOT NULL")
    ),
)
"""What must reach a desk, or (desk null) an account named inside the sealed body. What waits for one account goes out
in the order of `n`; `owner` is the account's keyed hash for this table, empty for a desk's rows."""

mailbox = _table(
    "mailbox",
    _key("owner"),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    _bytes("box"),
    _number("expires_day"),
    Index("mailbox_expires", "expires_day"),
)
"""What was pushed to an account whose channel fetches it: `n` counts the account's pushes and is the event id."""

media = _table(
    "media",
    _key("id"),
    _bytes("holder"),
    _words("purpose"),
    _bytes("key_wrapped"),
    _bytes("about"),
    _bytes("same", optional=True),
    Index("media_holder", "holder"),
)
"""One photo of a draft or a report (`holder`). Its key is wrapped for `purpose`; `about` is sealed JSON under that key:
{step, position, state, sha256 of the original}. `same` finds the same file twice in one draft; filing deletes it."""

media_work = _table(
    "media_work",
    _key("id"),
    _bytes("box"),
    _number("attempts"),
    _number("next_try_at"),
    _number("claimed_until"),
    _words("last_error"),
    Index("media_work_next", "next_try_at"),
)
"""A photo that is still to be cleaned: `box` seals whom to tell if it fails."""

leases = _table(
    "leases",
    Column("name", Text, primary_key=True),
    _bytes("holder"),
    _number("until"),
)
"""Work that only one process does, such as polling Telegram; `holder` is a number that a process drew at its start."""

wechat_people = _table(
    "wechat_people",
    _key("owner"),
    _bytes("box"),
    _number("expires_day"),
    Index("wechat_people_expires", "expires_day"),
)
"""What the official account still lets us push to a person: windows, and what was used of them, in the box."""

wechat_kept = _table(
    "wechat_kept",
    Column("name", Text, primary_key=True),
    _bytes("box"),
)
"""What all processes share of the official account: the access token and its end, sealed. Nothing of any person."""

wechat_scenes = _table(
    "wechat_scenes",
    Column("scene", Text, primary_key=True),
    _words("ticket"),
    _words("url"),
    _number("asked"),
)
"""Permanent codes of the official account: printed, so in the clear. `asked` counts towards the account's budget; it is
written before the platform is asked, so an empty url is one that may or may not have been made."""

people = _table(
    "people",
    Column("id", Text, primary_key=True),
    _words("desk"),
    _bytes("box"),
)
"""The roster as it stands: names, posts and declared ties are sealed; an import replaces it whole."""

nets = _table(
    "nets",
    Column("village", Text, primary_key=True),
    _bytes("box"),
)
"""廉情前哨站, one row a village: its groups and members, with their names, are sealed."""

bindings = _table(
    "bindings",
    Column("person", Text, primary_key=True),
    Column("owner", LargeBinary, nullable=False, unique=True),
    _bytes("box"),
)
"""Which account is which person of the roster or of a net: `owner` is a keyed hash, the address is sealed."""

invites = _table(
    "invites",
    _key("code"),
    _bytes("box"),
    _number("expires_day"),
    Index("invites_expires", "expires_day"),
)
"""One-time codes by their keyed hash; whom each invites is sealed."""

shields = _table(
    "shields",
    _key("report"),
    _key("person"),
)
"""Who of the desk must not see a report, by keyed hash of the person: the queries' half of visibility."""

openings = _table(
    "openings",
    _key("person"),
    _key("report"),
    _bytes("box"),
    Index("openings_report", "report"),
)
"""Who has opened a report (keyed hash); from which level, and since which day, is sealed."""

proposals = _table(
    "proposals",
    _key("report"),
    _bytes("approver"),
    _bytes("box"),
    Index("proposals_approver", "approver"),
)
"""What waits for approval, one a report, and by whom (keyed hash); who proposed what is sealed."""

ledger = _table(
    "ledger",
    Column("desk", Text, primary_key=True),
    _number("n"),
)
"""登记号: the last one given by each desk."""

audit = _table(
    "audit",
    _key("id"),
    Column("seq", BigInteger, nullable=True, unique=True),
    _bytes("subject", optional=True),
    _bytes("box"),
    _bytes("chain", optional=True),
    Index("audit_unsealed", "id", sqlite_where=text("seq IS NULL"), postgresql_where=text("seq IS NULL")),
    _some("audit_subject", "subject"),
)
"""One fact a row, written in the fact's transaction; `seq` and `chain` are given afterwards by one sealer."""

audit_head = _table(
    "audit_head",
    Column("name", Text, primary_key=True),
    _number("seq"),
    _bytes("chain"),
    _number("claimed_until"),
)
"""The end of the audit's chain, and until when its sealer holds it."""

links = _table(
    "links",
    _key("token"),
    _bytes("subject"),
    _bytes("cookie", optional=True),
    _bytes("box"),
    _number("expires_day"),
    Index("links_subject", "subject"),
    Index("links_expires", "expires_day"),
)
"""Links to a case page by keyed hash: once opened they belong to one cookie. Whose and until when is sealed."""

matters = _table(
    "matters",
    _key("id"),
    Column("code", LargeBinary, nullable=False, unique=True),
    _words("unit"),
    _words("told"),
    _words("above"),
    _number("stage"),
    _number("version"),
    _number("received_day"),
    Column("due_day", BigInteger, nullable=True),
    _bytes("box"),
    _bytes("link", optional=True),
    Index("matters_unit", "unit", "stage"),
    Index("matters_told", "told", "stage"),
    Index("matters_above", "above", "stage"),
)
"""What a person sent out of the discipline side, having seen the words and whom they go to: a question, a proposal, a
concern. `unit` is the department that reads them, `told` the desk that knows of a concern, `above` the county's desk;
`code` is the keyed hash of village and query code; `stage` is 0 waiting, 1 answered and waiting for the county's yes, 2 done. Words and answer are in `box`, whose it is in `link`."""

asked = _table(
    "asked",
    _key("key"),
    _bytes("box"),
)
"""An account's own matters, as `mine` has its reports."""

faq = _table(
    "faq",
    _key("id"),
    _words("item"),
    _number("day"),
    _words("told"),
    Index("faq_item", "item"),
)
"""What was asked about an item and answered, once the county has said yes: public, so in the clear. `told` is JSON."""

figure_deltas = _table(
    "figure_deltas",
    _key("id"),
    _number("day"),
    _words("desk"),
    _words("sector"),
    _words("channel"),
    _words("source"),
    _words("kind"),
    _number("n"),
)
"""What a fact adds to the figures, written in its transaction; the clock folds them into `figures`."""

figures = _table(
    "figures",
    Column("span", Text, primary_key=True),
    Column("desk", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("sector", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    _number("n"),
    Index("figures_desk", "desk", "span"),
)
"""How many facts of a kind fell into a span: D and the day's number since 1970, or M2026-11. Under
“desk|keyed hash of a person” stand the facts that concern that person, for subtracting them from what they read."""

periods = _table(
    "periods",
    Column("job", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    _number("done_at"),
    Index("periods_done", "done_at"),
)
"""Which period of which job of the clock was done: whoever writes the row does the work, in the same transaction."""
