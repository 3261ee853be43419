"""What makes a mailing wait: its plan, and for each batch the quiet hours of its people.

Rows from before get the empty plan and no quiet hours: they go on as they were.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mailings", sa.Column("plan", JSONB(), server_default="{}", nullable=False))
    op.add_column("batches", sa.Column("quiet_from", sa.DateTime(timezone=True), nullable=True))
    op.add_column("batches", sa.Column("time_zone", sa.Text(), nullable=True))
    op.create_index(
        "ix_batches_quiet", "batches", ["quiet_from"],
        postgresql_where=sa.text("quiet_from IS NOT NULL AND state <> 'done'"),
    )


def downgrade() -> None:
    op.drop_index("ix_batches_quiet", table_name="batches")
    op.drop_column("batches", "time_zone")
    op.drop_column("batches", "quiet_from")
    op.drop_column("mailings", "plan")
