"""Reading figures: a desk's spans together."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('figures_desk', 'figures', ['desk', 'span'], unique=False)
