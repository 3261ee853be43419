"""What is known of a way to a provider, for all workers: until when it is held, since when it takes our mail.

A batch that holds people whom pacing put off, and others who were tried, remembers when those are due (`retry_at`).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transports",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("paced_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key", name="pk_transports"),
        sa.CheckConstraint("held_until IS NULL OR words IS NOT NULL", name="transport_hold_says_why"),
    )
    op.drop_column("mailings", "park_count")
    op.add_column("batches", sa.Column("retry_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("batches", "retry_at")
    op.add_column("mailings", sa.Column("park_count", sa.Integer(), server_default="0", nullable=False))
    op.drop_table("transports")
