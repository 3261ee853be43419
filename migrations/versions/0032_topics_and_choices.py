"""Cases say whom they are about, and subscribers choose alerts by it; what is chosen with a sign-up waits with it.

Whoever goes over from a digest to hearing more often is owed one more.

Revision ID: 0032
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0030"
branch_labels = None
depends_on = None

TOPICS = (
    "ARRAY['journalists', 'lawyers', 'land', 'indigenous', 'women', 'lgbti', 'workers', 'corruption', 'migrants',"
    " 'protest']::text[]"
)
CHOICES = ("countries", "risks", "topics")
WIPED = "state NOT IN ('refused', 'confirmed') OR (email IS NULL AND name IS NULL AND country IS NULL)"
WIPED_WITH_CHOICES = (
    "state NOT IN ('refused', 'confirmed') OR coalesce(email, name, country, how_often) IS NULL"
    " AND coalesce(countries, risks, topics) IS NULL"
)
OWED = """
CREATE FUNCTION digest_is_owed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    due text := CASE WHEN OLD.owed_since > clock_timestamp() - interval '8 days' THEN OLD.owed_digest END;
    owed text := CASE
        WHEN OLD.state <> 'active' OR NEW.state <> 'active' THEN NULL
        WHEN NEW.how_often <> 'weekly' AND 'weekly' IN (OLD.how_often, due) THEN 'weekly'
        WHEN NEW.how_often = 'each' AND 'daily' IN (OLD.how_often, due) THEN 'daily'
    END;
BEGIN
    IF owed IS DISTINCT FROM due OR owed IS NULL THEN
        NEW.owed_digest := owed;
        NEW.owed_since := CASE WHEN owed IS NOT NULL THEN clock_timestamp() END;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER digest_is_owed BEFORE UPDATE OF how_often, state ON subscribers FOR EACH ROW
    WHEN (OLD.how_often <> NEW.how_often OR OLD.state <> NEW.state) EXECUTE FUNCTION digest_is_owed();
"""


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
    op.add_column("sign_ups", sa.Column("how_often", sa.Text()))
    for name in CHOICES:
        op.add_column("sign_ups", sa.Column(name, sa.ARRAY(sa.Text())))
    op.create_check_constraint(
        op.f("sign_up_how_often_known"), "sign_ups", "how_often IN ('each', 'daily', 'weekly')"
    )
    op.drop_constraint(op.f("sign_up_done_is_wiped"), "sign_ups", type_="check")
    op.create_check_constraint(op.f("sign_up_done_is_wiped"), "sign_ups", WIPED_WITH_CHOICES)
    op.add_column("subscribers", sa.Column("owed_digest", sa.Text()))
    op.add_column("subscribers", sa.Column("owed_since", sa.DateTime(timezone=True)))
    op.create_check_constraint(
        op.f("subscriber_owed_since_when"),
        "subscribers",
        "(owed_digest IS NULL) = (owed_since IS NULL) AND owed_digest IN ('daily', 'weekly')",
    )
    op.execute(OWED)


def downgrade() -> None:
    op.execute("DROP TRIGGER digest_is_owed ON subscribers")
    op.execute("DROP FUNCTION digest_is_owed()")
    op.drop_constraint(op.f("subscriber_owed_since_when"), "subscribers", type_="check")
    for name in ("owed_since", "owed_digest"):
        op.drop_column("subscribers", name)
    op.drop_constraint(op.f("sign_up_done_is_wiped"), "sign_ups", type_="check")
    op.create_check_constraint(op.f("sign_up_done_is_wiped"), "sign_ups", WIPED)
    op.drop_constraint(op.f("sign_up_how_often_known"), "sign_ups", type_="check")
    for name in ("how_often", *CHOICES):
        op.drop_column("sign_ups", name)
    op.drop_constraint(op.f("subscriber_topics_known"), "subscribers", type_="check")
    op.drop_column("subscribers", "topics")
    op.drop_constraint(op.f("urgent_action_topics_known"), "urgent_actions", type_="check")
    op.drop_column("urgent_actions", "topics")
