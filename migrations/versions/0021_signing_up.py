"""Signing up: people who asked to be told wait here until they confirm; what they chose stands with them.

A consent keeps the version of the statement it is for.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None

RISKS = (
    "ARRAY['killing', 'threat', 'arrest', 'forced_disappearance', 'smear_campaign', 'surveillance', 'unfair_trial',"
    " 'travel_ban']"
)


def upgrade() -> None:
    op.create_table(
        "sign_ups",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("statement_version", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_ups"),
        sa.UniqueConstraint("address_hash", name="uq_sign_ups_address_hash"),
        sa.CheckConstraint(
            "state IN ('due', 'handing_over', 'mailed', 'refused', 'confirmed')", name="sign_up_state_known"
        ),
        sa.CheckConstraint(
            "state NOT IN ('refused', 'confirmed') OR (email IS NULL AND name IS NULL AND country IS NULL)",
            name="sign_up_done_is_wiped",
        ),
        sa.CheckConstraint("octet_length(address_hash) = 16", name="sign_up_hash_length"),
    )
    op.add_column("subscriber_consents", sa.Column("version", sa.Text(), nullable=True))
    for name in ("countries", "risks"):
        op.add_column("subscribers", sa.Column(name, sa.ARRAY(sa.Text()), nullable=True))
    op.create_check_constraint(
        op.f("subscriber_choices_are_some"),
        "subscribers",
        f"(countries IS NULL OR cardinality(countries) > 0) AND (risks IS NULL OR (risks <@ {RISKS} AND cardinality(risks) > 0))",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("subscriber_choices_are_some"), "subscribers", type_="check")
    for name in ("risks", "countries"):
        op.drop_column("subscribers", name)
    op.drop_column("subscriber_consents", "version")
    op.drop_table("sign_ups")
