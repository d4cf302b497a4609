"""What waits for one account goes out in its order; a lease for what only one process does."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('outbox', sa.Column('owner', sa.LargeBinary(), nullable=True))
    op.add_column('outbox', sa.Column('n', sa.BigInteger(), nullable=False, server_default='0'))
    op.create_index('outbox_owner', 'outbox', ['owner', 'n'], unique=False, sqlite_where=sa.text('owner IS NOT NULL'), postgresql_where=sa.text('owner IS NOT NULL'))
    op.create_table('leases',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('holder', sa.LargeBinary(), nullable=False),
    sa.Column('until', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('name'),
    sqlite_with_rowid=False
    )
