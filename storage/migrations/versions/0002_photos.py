"""Photos and their cleaning, and a mailbox for what is pushed to web visitors."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('mailbox',
    sa.Column('owner', sa.LargeBinary(), nullable=False),
    sa.Column('n', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('expires_day', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('owner', 'n'),
    sqlite_with_rowid=False
    )
    op.create_index('mailbox_expires', 'mailbox', ['expires_day'], unique=False)
    op.create_table('media',
    sa.Column('id', sa.LargeBinary(), nullable=False),
    sa.Column('holder', sa.LargeBinary(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('key_wrapped', sa.LargeBinary(), nullable=False),
    sa.Column('about', sa.LargeBinary(), nullable=False),
    sa.Column('same', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sqlite_with_rowid=False
    )
    op.create_index('media_holder', 'media', ['holder'], unique=False)
    op.create_table('media_work',
    sa.Column('id', sa.LargeBinary(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('attempts', sa.BigInteger(), nullable=False),
    sa.Column('next_try_at', sa.BigInteger(), nullable=False),
    sa.Column('claimed_until', sa.BigInteger(), nullable=False),
    sa.Column('last_error', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_with_rowid=False
    )
    op.create_index('media_work_next', 'media_work', ['next_try_at'], unique=False)
    op.drop_index(op.f('outbox_next'), table_name='outbox')
    op.create_index('outbox_accounts', 'outbox', ['next_try_at'], unique=False, sqlite_where=sa.text('desk IS NULL'), postgresql_where=sa.text('desk IS NULL'))
    op.create_index('outbox_desks', 'outbox', ['next_try_at'], unique=False, sqlite_where=sa.text('desk IS NOT NULL'), postgresql_where=sa.text('desk IS NOT NULL'))
