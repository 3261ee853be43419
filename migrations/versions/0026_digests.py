"""Subscribers choose how often they are told: each alert, or a digest once a day or once a week.

Revision ID: 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    often = sa.Column("how_often", sa.Text(), nullable=False, server_default=sa.text("'each'"))
    op.add_column("subscribers", often)
    op.create_check_constraint(
        op.f("subscriber_how_often_known"), "subscribers", "how_often IN ('each', 'daily', 'weekly')"
    )
    op.add_column("mailings", sa.Column("digest", sa.Text()))
    op.create_check_constraint(op.f("mailing_digest_known"), "mailings", "digest IN ('daily', 'weekly')")
    op.drop_index("uq_mailings_open_bulletin", "mailings")
    op.create_index(
        "uq_mailings_open_bulletin",
        "mailings",
        ["bulletin_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('cancelled', 'done') AND digest IS NULL"),
    )
    op.create_table(
        "digest_days",
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mailing_id", sa.UUID(), sa.ForeignKey("mailings.id")),
        sa.CheckConstraint("kind IN ('daily', 'weekly')", name=op.f("digest_day_kind_known")),
    )
    op.create_table(
        "digest_cases",
        sa.Column("mailing_id", sa.UUID(), sa.ForeignKey("mailings.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("place", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("urgent_action_id", sa.UUID(), sa.ForeignKey("urgent_actions.id"), nullable=False),
        sa.UniqueConstraint("mailing_id", "urgent_action_id", name=op.f("uq_digest_cases_mailing_id_urgent_action_id")),
        sa.CheckConstraint("place BETWEEN 0 AND 13", name=op.f("digest_case_place_fits")),
    )
    op.create_index(op.f("ix_digest_cases_urgent_action_id"), "digest_cases", ["urgent_action_id"])


def downgrade() -> None:
    op.drop_table("digest_cases")
    op.drop_table("digest_days")
    op.drop_index("uq_mailings_open_bulletin", "mailings")
    op.create_index(
        "uq_mailings_open_bulletin",
        "mailings",
        ["bulletin_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('cancelled', 'done')"),
    )
    op.drop_constraint(op.f("mailing_digest_known"), "mailings")
    op.drop_column("mailings", "digest")
    op.drop_constraint(op.f("subscriber_how_often_known"), "subscribers")
    op.drop_column("subscribers", "how_often")
