"""Cases say whom they are about, and subscribers choose alerts by it.

Revision ID: 0032
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0029"
branch_labels = None
depends_on = None

TOPICS = (
    "ARRAY['journalists', 'lawyers', 'land', 'indigenous', 'women', 'lgbti', 'workers', 'corruption', 'migrants',"
    " 'protest']::text[]"
)


def upgrade() -> None:
    op.add_column(
        "urgent_actions", sa.Column("topics", sa.ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'::text[]"))
    )
    op.create_check_constraint(op.f("urgent_action_topics_known"), "urgent_actions", f"topics <@ {TOPICS}")
    op.add_column("subscribers", sa.Column("topics", sa.ARRAY(sa.Text())))
    op.create_check_constraint(
        op.f("subscriber_topics_known"),
        "subscribers",
        f"topics IS NULL OR (topics <@ {TOPICS} AND cardinality(topics) > 0)",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("subscriber_topics_known"), "subscribers", type_="check")
    op.drop_column("subscribers", "topics")
    op.drop_constraint(op.f("urgent_action_topics_known"), "urgent_actions", type_="check")
    op.drop_column("urgent_actions", "topics")
