"""The official account: windows of each person, the access token, scene codes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('wechat_kept',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('name'),
    sqlite_with_rowid=False
    )
    op.create_table('wechat_people',
    sa.Column('owner', sa.LargeBinary(), nullable=False),
    sa.Column('box', sa.LargeBinary(), nullable=False),
    sa.Column('expires_day', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('owner'),
    sqlite_with_rowid=False
    )
    op.create_index('wechat_people_expires', 'wechat_people', ['expires_day'], unique=False)
    op.create_table('wechat_scenes',
    sa.Column('scene', sa.Text(), nullable=False),
    sa.Column('ticket', sa.Text(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('asked', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('scene'),
    sqlite_with_rowid=False
    )
