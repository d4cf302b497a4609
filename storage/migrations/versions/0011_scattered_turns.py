"""Wide rows in SQLite's own kind of table: many more of them a page and a level, still in no order."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEYS_AT_ONCE = 1000


def upgrade() -> None:
    op.rename_table('turns', 'turns_before')
    op.drop_index('turns_subject', table_name='turns_before')
    op.drop_index('turns_expires', table_name='turns_before')
    op.create_table('turns',
    sa.Column('key', sa.LargeBinary(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('reply', sa.LargeBinary(), nullable=True),
    sa.Column('subject', sa.LargeBinary(), nullable=True),
    sa.Column('expires_day', sa.BigInteger(), nullable=False),
    sa.Column('place', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.PrimaryKeyConstraint('place', name='turns_places')
    )
    _copy(op.get_bind())
    there = sa.text('subject IS NOT NULL')
    op.create_index('turns_subject', 'turns', ['subject'], unique=False, sqlite_where=there, postgresql_where=there)
    op.create_index('turns_expires', 'turns', ['expires_day'], unique=False)
    op.drop_table('turns_before')


def _copy(connection: sa.Connection) -> None:
    """In pieces: there may be millions."""
    after = b""
    while True:
        found = connection.execute(
            sa.text("SELECT key, digest, reply, subject, expires_day FROM turns_before WHERE key > :after ORDER BY key LIMIT :n"),
            {"after": after, "n": KEYS_AT_ONCE},
        ).all()
        if not found:
            return
        connection.execute(
            sa.text("INSERT INTO turns (place, key, digest, reply, subject, expires_day) VALUES (:place, :key, :digest, :reply, :subject, :expires_day)"),
            [{**row._mapping, "place": int.from_bytes(row.key[:8], "big") >> 1} for row in found],
        )
        after = found[-1].key
