"""Kinds of act: what a case asks people to do, what each person did, their own words, and how their name is shown.

Withdrawing wipes the new personal columns too. People who ask by mail for the page of their own acts wait in a table.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0011"
branch_labels = None
depends_on = None

KINDS = "ARRAY['sign', 'write', 'print', 'share']::text[]"
WIPED = "state <> 'withdrawn' OR (name IS NULL AND email IS NULL AND country IS NULL"


def upgrade() -> None:
    _ways("urgent_actions")
    op.create_check_constraint(
        "urgent_action_kinds_known",
        "urgent_actions",
        f"kinds <@ {KINDS} AND kinds && ARRAY['sign', 'write', 'print']::text[]",
    )
    _ways("participations")
    op.create_check_constraint(
        "participation_kinds_known", "participations", f"kinds <@ {KINDS} AND cardinality(kinds) > 0"
    )
    op.add_column("participations", sa.Column("letter", sa.Text(), nullable=True))
    op.add_column("participations", sa.Column("town", sa.Text(), nullable=True))
    op.add_column("participations", sa.Column("shown_as", sa.Text(), server_default="full", nullable=False))
    op.add_column("participations", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        "participation_shown_as_known", "participations", "shown_as IN ('full', 'initials', 'counted')"
    )
    op.drop_constraint("participation_withdrawn_is_wiped", "participations", type_="check")
    op.create_check_constraint(
        "participation_withdrawn_is_wiped", "participations", f"{WIPED} AND letter IS NULL AND town IS NULL)"
    )
    op.create_index("ix_participations_person_hash", "participations", ["person_hash"])
    op.create_table(
        "page_requests",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("person_hash", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_page_requests"),
        sa.UniqueConstraint("person_hash", name="uq_page_requests_person_hash"),
        sa.CheckConstraint("state IN ('due', 'handing_over', 'done')", name="page_request_state_known"),
        sa.CheckConstraint("state <> 'done' OR email IS NULL", name="page_request_done_is_wiped"),
    )


def downgrade() -> None:
    op.drop_table("page_requests")
    op.drop_index("ix_participations_person_hash", table_name="participations")
    op.drop_constraint("participation_withdrawn_is_wiped", "participations", type_="check")
    op.create_check_constraint("participation_withdrawn_is_wiped", "participations", f"{WIPED})")
    for column in ("reminded_at", "shown_as", "town", "letter", "kinds"):
        op.drop_column("participations", column)
    op.drop_column("urgent_actions", "kinds")


def _ways(table: str) -> None:
    kinds = sa.Column("kinds", sa.ARRAY(sa.Text()), server_default=sa.text("'{sign}'::text[]"), nullable=False)
    op.add_column(table, kinds)
