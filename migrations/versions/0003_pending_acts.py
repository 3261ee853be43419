"""An index for acts that wait to be confirmed, so that old ones are found and forgotten quickly."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_participations_pending", "participations", ["acted_at"], postgresql_where=sa.text("state = 'pending'")
    )


def downgrade() -> None:
    op.drop_index("ix_participations_pending", table_name="participations")
