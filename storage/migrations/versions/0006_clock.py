"""The clock: when each report is due, the figures, and which periods of which jobs are done."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('reports', sa.Column('due_day', sa.BigInteger(), nullable=True))
    op.create_index('reports_due', 'reports', ['desk', 'due_day'], unique=False,
        sqlite_where=sa.text('due_day IS NOT NULL'), postgresql_where=sa.text('due_day IS NOT NULL'))
    op.create_table('figure_deltas',
    sa.Column('id', sa.LargeBinary(), nullable=False),
    sa.Column('day', sa.BigInteger(), nullable=False),
    sa.Column('desk', sa.Text(), nullable=False),
    sa.Column('sector', sa.Text(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('n', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_with_rowid=False
    )
    op.create_table('figures',
    sa.Column('span', sa.Text(), nullable=False),
    sa.Column('desk', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('sector', sa.Text(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('n', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('span', 'desk', 'kind', 'sector', 'channel', 'source'),
    sqlite_with_rowid=False
    )
    op.create_table('periods',
    sa.Column('job', sa.Text(), nullable=False),
    sa.Column('period', sa.Text(), nullable=False),
    sa.Column('done_at', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('job', 'period'),
    sqlite_with_rowid=False
    )
    op.create_index('periods_done', 'periods', ['done_at'], unique=False)
