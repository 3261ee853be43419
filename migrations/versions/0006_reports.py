"""What providers report back: posts, events, odd ones, counts, soft bounces; facts of deliveries and their sums."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FACTS = ("delivered", "delayed", "returned", "bounced", "dropped", "complained", "left")


def upgrade() -> None:
    op.create_table(
        "event_posts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'unreadable')", name=op.f("event_post_state_known")),
        sa.CheckConstraint(
            "(state = 'unreadable') = (trouble IS NOT NULL)", name=op.f("event_post_unreadable_says_why")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_posts")),
    )
    op.create_index("ix_event_posts_waiting", "event_posts", ["id"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_table(
        "provider_events",
        sa.Column("event_id", sa.Text(collation="C"), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("about IN ('d', 'c')", name=op.f("provider_event_about_known")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_provider_events")),
    )
    op.create_index("ix_provider_events_seen_at", "provider_events", ["seen_at"], postgresql_using="brin")
    op.create_table(
        "odd_events",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("names", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_odd_events")),
    )
    op.create_index(op.f("ix_odd_events_seen_at"), "odd_events", ["seen_at"])
    op.create_table(
        "report_counts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.CheckConstraint("by IN ('hook', 'mail')", name=op.f("report_count_by_known")),
        sa.PrimaryKeyConstraint("day", "by", "what", name=op.f("pk_report_counts")),
    )
    op.create_table(
        "soft_bounces",
        sa.Column("address_hash", sa.LargeBinary(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(address_hash) = 16", name=op.f("soft_bounce_hash_length")),
        sa.PrimaryKeyConstraint("address_hash", "reference", name=op.f("pk_soft_bounces")),
    )
    op.create_index(op.f("ix_soft_bounces_at"), "soft_bounces", ["at"])
    op.create_table(
        "delivery_reports",
        sa.Column("delivery_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(f"{fact}_at", sa.DateTime(timezone=True), nullable=True) for fact in FACTS),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("was_unknown", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_delivery_reports_delivery_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_delivery_reports")),
        # Each row is written once for `processed` and again for `delivered`: room for the second on the same page.
        postgresql_with={"fillfactor": "60"},
    )
    op.create_table(
        "mailing_reports",
        sa.Column("mailing_id", sa.UUID(), nullable=False),
        *(sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in ("taken", *FACTS)),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["mailings.id"], name=op.f("fk_mailing_reports_mailing_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mailing_id", name=op.f("pk_mailing_reports")),
    )
    op.create_index("ix_batches_unknown", "batches", ["id"], postgresql_where=sa.text("unknown > 0"))


def downgrade() -> None:
    op.drop_index("ix_batches_unknown", table_name="batches")
    for table in (
        "mailing_reports",
        "delivery_reports",
        "soft_bounces",
        "report_counts",
        "odd_events",
        "provider_events",
        "event_posts",
    ):
        op.drop_table(table)
