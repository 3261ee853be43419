"""A text names the offices that get a copy, such as an embassy; numbers of merged cases lead on.

Revision ID: 0025
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    copies = sa.Column("copies", sa.ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'::text[]"))
    op.add_column("bulletin_texts", copies)
    op.create_table(
        "moved_cases",
        sa.Column("address", sa.Text(), primary_key=True),
        sa.Column("urgent_action_id", sa.UUID(), sa.ForeignKey("urgent_actions.id"), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("address ~ '^[1-9][0-9]{0,6}-[0-9]{2}$'", name=op.f("moved_case_address")),
    )
    op.create_index(op.f("ix_moved_cases_urgent_action_id"), "moved_cases", ["urgent_action_id"])


def downgrade() -> None:
    op.drop_table("moved_cases")
    op.drop_column("bulletin_texts", "copies")
