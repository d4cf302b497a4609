"""The first schema: items, placards, conversations, turns, reports, outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('conversations',
    sa.Column('owner', sa.LargeBinary(), nullable=False),
    sa.Column('place', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('id', sa.LargeBinary(), nullable=False),
    sa.Column('subject', sa.LargeBinary(), nullable=True),
    sa.Column('key_wrapped', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.LargeBinary(), nullable=False),
    sa.Column('expires_day', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('owner', 'place'),
    sqlite_with_rowid=False
    )
    op.create_index('conversations_expires', 'conversations', ['expires_day'], unique=False)
    op.create_index('conversations_subject', 'conversations', ['subject'], unique=False, sqlite_where=sa.text('subject IS NOT NULL'), postgresql_where=sa.text('subject IS NOT NULL'))
    op.create_table('draft_words',
    sa.Column('conversation', sa.LargeBinary(), nullable=False),
    sa.Column('id', sa.LargeBinary(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('conversation', 'id'),
    sqlite_with_rowid=False
    )
    op.create_table('failed_turns',
    sa.Column('key', sa.LargeBinary(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('expires_day', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('key'),
    sqlite_with_rowid=False
    )
    op.create_index('failed_turns_expires', 'failed_turns', ['expires_day'], unique=False)
    op.create_table('item_heads',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('retired', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_with_rowid=False
    )
    op.create_table('items',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('version', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('sector', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('facts', sa.Text(), nullable=False),
    sa.Column('areas', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', 'version'),
    sqlite_with_rowid=False
    )
    op.create_table('mine',
    sa.Column('key', sa.LargeBinary(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('key'),
    sqlite_with_rowid=False
    )
    op.create_table('outbox',
    sa.Column('id', sa.LargeBinary(), nullable=False),
    sa.Column('desk', sa.Text(), nullable=True),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('attempts', sa.BigInteger(), nullable=False),
    sa.Column('next_try_at', sa.BigInteger(), nullable=False),
    sa.Column('claimed_until', sa.BigInteger(), nullable=False),
    sa.Column('last_error', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_with_rowid=False
    )
    op.create_index('outbox_next', 'outbox', ['next_try_at'], unique=False)
    op.create_table('placards',
    sa.Column('id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('item', sa.Text(), nullable=False),
    sa.Column('village', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_with_rowid=False
    )
    op.create_index('placards_item', 'placards', ['item'], unique=False)
    op.create_index('placards_village', 'placards', ['village', 'item'], unique=True)
    op.create_table('reports',
    sa.Column('id', sa.LargeBinary(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('code', sa.LargeBinary(), nullable=False),
    sa.Column('desk', sa.Text(), nullable=False),
    sa.Column('sector', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('received_day', sa.BigInteger(), nullable=False),
    sa.Column('content_key', sa.LargeBinary(), nullable=False),
    sa.Column('facts', sa.LargeBinary(), nullable=False),
    sa.Column('contact_key', sa.LargeBinary(), nullable=False),
    sa.Column('contact', sa.LargeBinary(), nullable=True),
    sa.Column('link_key', sa.LargeBinary(), nullable=True),
    sa.Column('link', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('code'),
    sa.UniqueConstraint('number'),
    sqlite_with_rowid=False
    )
    op.create_index('reports_desk', 'reports', ['desk', 'received_day'], unique=False)
    op.create_table('tries',
    sa.Column('key', sa.LargeBinary(), nullable=False),
    sa.Column('n', sa.BigInteger(), nullable=False),
    sa.Column('expires_day', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('key'),
    sqlite_with_rowid=False
    )
    op.create_index('tries_expires', 'tries', ['expires_day'], unique=False)
    op.create_table('turns',
    sa.Column('key', sa.LargeBinary(), nullable=False),
    sa.Column('digest', sa.LargeBinary(), nullable=False),
    sa.Column('reply', sa.LargeBinary(), nullable=True),
    sa.Column('subject', sa.LargeBinary(), nullable=True),
    sa.Column('expires_day', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('key'),
    sqlite_with_rowid=False
    )
    op.create_index('turns_expires', 'turns', ['expires_day'], unique=False)
    op.create_index('turns_subject', 'turns', ['subject'], unique=False, sqlite_where=sa.text('subject IS NOT NULL'), postgresql_where=sa.text('subject IS NOT NULL'))
    op.create_table('versions',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('name'),
    sqlite_with_rowid=False
    )
    op.create_table('report_words',
    sa.Column('report', sa.LargeBinary(), nullable=False),
    sa.Column('id', sa.LargeBinary(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['report'], ['reports.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('report', 'id'),
    sqlite_with_rowid=False
    )
