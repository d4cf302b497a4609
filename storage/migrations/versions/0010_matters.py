"""Questions, proposals and concerns; what was answered in public."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('matters',
    sa.Column('id', sa.LargeBinary(), nullable=False),
    sa.Column('code', sa.LargeBinary(), nullable=False),
    sa.Column('unit', sa.Text(), nullable=False),
    sa.Column('told', sa.Text(), nullable=False),
    sa.Column('above', sa.Text(), nullable=False),
    sa.Column('stage', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('received_day', sa.BigInteger(), nullable=False),
    sa.Column('due_day', sa.BigInteger(), nullable=True),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('link', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('code'),
    sqlite_with_rowid=False
    )
    op.create_index('matters_unit', 'matters', ['unit', 'stage'], unique=False)
    op.create_index('matters_told', 'matters', ['told', 'stage'], unique=False)
    op.create_index('matters_above', 'matters', ['above', 'stage'], unique=False)
    op.create_table('asked',
    sa.Column('key', sa.LargeBinary(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('key'),
    sqlite_with_rowid=False
    )
    op.create_table('faq',
    sa.Column('id', sa.LargeBinary(), nullable=False),
    sa.Column('item', sa.Text(), nullable=False),
    sa.Column('day', sa.BigInteger(), nullable=False),
    sa.Column('told', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_with_rowid=False
    )
    op.create_index('faq_item', 'faq', ['item'], unique=False)
