"""Appeals go to their target by mail, one by one or as a digest, where a case says so.

Revision ID: 0028
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "urgent_actions", sa.Column("appeals_by", sa.Text(), nullable=False, server_default=sa.text("'hand_in'"))
    )
    op.create_check_constraint(
        op.f("urgent_action_appeals_by_known"), "urgent_actions", "appeals_by IN ('hand_in', 'relay', 'digest')"
    )
    op.add_column(
        "participations", sa.Column("may_answer", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    op.create_check_constraint(
        op.f("participation_answers_need_an_address"), "participations", "NOT may_answer OR email IS NOT NULL"
    )
    op.create_table(
        "relays",
        sa.Column("target_id", sa.UUID(), sa.ForeignKey("targets.id"), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False, server_default=sa.text("'going'")),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("words", sa.Text()),
        sa.Column("since", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state IN ('going', 'paused', 'refused')", name=op.f("relay_state_known")),
        sa.CheckConstraint(
            "state = 'going' OR (words IS NOT NULL AND since IS NOT NULL)", name=op.f("relay_stands_and_says_why")
        ),
    )
    op.create_table(
        "appeals",
        sa.Column(
            "participation_id",
            sa.BigInteger(),
            sa.ForeignKey("participations.id", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("urgent_action_id", sa.UUID(), sa.ForeignKey("urgent_actions.id"), nullable=False),
        sa.Column("mail_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('handing_over', 'handed_over', 'unknown', 'returned')", name=op.f("appeal_state_known")
        ),
    )
    op.create_index(op.f("ix_appeals_urgent_action_id"), "appeals", ["urgent_action_id"])
    op.create_index(op.f("ix_appeals_mail_id"), "appeals", ["mail_id"])
    op.create_index("ix_appeals_handing_over", "appeals", ["at"], postgresql_where=sa.text("state = 'handing_over'"))


    _reports_are_about("'d', 'c', 'a', 'm', 's'")


def _reports_are_about(kinds: str) -> None:
    op.drop_constraint(op.f("provider_event_about_known"), "provider_events")
    op.create_check_constraint(op.f("provider_event_about_known"), "provider_events", f"about IN ({kinds})")


def downgrade() -> None:
    op.execute("DELETE FROM provider_events WHERE about IN ('a', 'm', 's')")
    _reports_are_about("'d', 'c'")
    op.drop_table("appeals")
    op.drop_table("relays")
    op.drop_constraint(op.f("participation_answers_need_an_address"), "participations")
    op.drop_column("participations", "may_answer")
    op.drop_constraint(op.f("urgent_action_appeals_by_known"), "urgent_actions")
    op.drop_column("urgent_actions", "appeals_by")
