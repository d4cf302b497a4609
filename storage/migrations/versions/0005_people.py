"""People, and the commission that handles reports: status, approval, who has looked, links, the audit."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('people',
    sa.Column('id', sa.Text(), nullable=False),
    sa.Column('desk', sa.Text(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sqlite_with_rowid=False
    )
    op.create_table('bindings',
    sa.Column('person', sa.Text(), nullable=False),
    sa.Column('owner', sa.LargeBinary(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('person'),
    sa.UniqueConstraint('owner'),
    sqlite_with_rowid=False
    )
    op.create_table('invites',
    sa.Column('code', sa.LargeBinary(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('expires_day', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('code'),
    sqlite_with_rowid=False
    )
    op.create_index('invites_expires', 'invites', ['expires_day'], unique=False)
    op.create_table('shields',
    sa.Column('report', sa.LargeBinary(), nullable=False),
    sa.Column('person', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('report', 'person'),
    sqlite_with_rowid=False
    )
    op.create_table('openings',
    sa.Column('person', sa.LargeBinary(), nullable=False),
    sa.Column('report', sa.LargeBinary(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('person', 'report'),
    sqlite_with_rowid=False
    )
    op.create_index('openings_report', 'openings', ['report'], unique=False)
    op.create_table('proposals',
    sa.Column('report', sa.LargeBinary(), nullable=False),
    sa.Column('approver', sa.LargeBinary(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('report'),
    sqlite_with_rowid=False
    )
    op.create_index('proposals_approver', 'proposals', ['approver'], unique=False)
    op.create_table('ledger',
    sa.Column('desk', sa.Text(), nullable=False),
    sa.Column('n', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('desk'),
    sqlite_with_rowid=False
    )
    op.create_table('audit',
    sa.Column('id', sa.LargeBinary(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=True),
    sa.Column('subject', sa.LargeBinary(), nullable=True),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('chain', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('seq'),
    sqlite_with_rowid=False
    )
    op.create_index('audit_subject', 'audit', ['subject'], unique=False, sqlite_where=sa.text('subject IS NOT NULL'), postgresql_where=sa.text('subject IS NOT NULL'))
    op.create_index('audit_unsealed', 'audit', ['id'], unique=False, sqlite_where=sa.text('seq IS NULL'), postgresql_where=sa.text('seq IS NULL'))
    op.create_table('audit_head',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('chain', sa.LargeBinary(), nullable=False),
    sa.Column('claimed_until', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('name'),
    sqlite_with_rowid=False
    )
    op.create_table('links',
    sa.Column('token', sa.LargeBinary(), nullable=False),
    sa.Column('subject', sa.LargeBinary(), nullable=False),
    sa.Column('cookie', sa.LargeBinary(), nullable=True),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('expires_day', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('token'),
    sqlite_with_rowid=False
    )
    op.create_index('links_expires', 'links', ['expires_day'], unique=False)
    op.create_index('links_subject', 'links', ['subject'], unique=False)
    op.add_column('reports', sa.Column('stage', sa.BigInteger(), nullable=False, server_default='0'))
    op.add_column('reports', sa.Column('version', sa.BigInteger(), nullable=False, server_default='0'))
    op.add_column('reports', sa.Column('handler', sa.LargeBinary(), nullable=True))
    op.add_column('reports', sa.Column('handling', sa.LargeBinary(), nullable=True))
    op.create_index('reports_stage', 'reports', ['desk', 'stage', 'received_day'], unique=False)
    op.create_index('reports_handler', 'reports', ['handler'], unique=False, sqlite_where=sa.text('handler IS NOT NULL'), postgresql_where=sa.text('handler IS NOT NULL'))
