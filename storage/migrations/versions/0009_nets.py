"""Nets of monitors, paper slips, diaries."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('nets',
    sa.Column('village', sa.Text(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('village'),
    sqlite_with_rowid=False
    )
    op.create_table('slips',
    sa.Column('key', sa.LargeBinary(), nullable=False),
    sa.Column('code', sa.LargeBinary(), nullable=False),
    sa.Column('expires_day', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('key'),
    sqlite_with_rowid=False
    )
    op.create_index('slips_expires', 'slips', ['expires_day'], unique=False)
    op.create_table('diary',
    sa.Column('owner', sa.LargeBinary(), nullable=False),
    sa.Column('n', sa.BigInteger(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('owner', 'n'),
    sqlite_with_rowid=False
    )
