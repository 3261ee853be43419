"""A mailing may complete another: the same bulletin, to those who joined since (docs/decisions/0016)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mailings", sa.Column("follows_id", sa.UUID(), nullable=True))
    op.create_foreign_key("fk_mailings_follows_id", "mailings", "mailings", ["follows_id"], ["id"])


def downgrade() -> None:
    op.drop_constraint("fk_mailings_follows_id", "mailings", type_="foreignkey")
    op.drop_column("mailings", "follows_id")
