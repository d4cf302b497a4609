"""An inbox is counted from its index alone: the stage stands beside the day."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("reports_due", table_name="reports")
    op.create_index("reports_due", "reports", ["desk", "due_day", "stage"], unique=False,
        sqlite_where=sa.text("due_day IS NOT NULL"), postgresql_where=sa.text("due_day IS NOT NULL"))
