"""A campaign's page that was taken down stays down until somebody who may withdraw lets it return.

Revision ID: 0030
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

STAYS_DOWN = """
CREATE FUNCTION campaign_page_stays_down() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'campaigns' AND EXISTS (
        SELECT FROM campaign_revisions r WHERE r.campaign_id = (to_jsonb(NEW) ->> 'id')::uuid AND r.state = 'published'
    ) OR TG_TABLE_NAME = 'campaign_revisions' AND EXISTS (
        SELECT FROM campaigns c
        WHERE c.id = (to_jsonb(NEW) ->> 'campaign_id')::uuid AND c.taken_down_at IS NOT NULL FOR SHARE
    ) THEN
        RAISE EXCEPTION 'A page that was taken down is not shown.'
            USING ERRCODE = '23514', CONSTRAINT = 'campaign_page_stays_down';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaign_page_stays_down BEFORE UPDATE OF taken_down_at ON campaigns
    FOR EACH ROW WHEN (NEW.taken_down_at IS NOT NULL) EXECUTE FUNCTION campaign_page_stays_down();
CREATE TRIGGER campaign_revision_stays_down BEFORE INSERT OR UPDATE OF state ON campaign_revisions
    FOR EACH ROW WHEN (NEW.state = 'published') EXECUTE FUNCTION campaign_page_stays_down();

UPDATE campaigns c SET taken_down_at = now()
WHERE EXISTS (SELECT FROM campaign_revisions r WHERE r.campaign_id = c.id AND r.published_at IS NOT NULL)
    AND NOT EXISTS (SELECT FROM campaign_revisions r WHERE r.campaign_id = c.id AND r.state = 'published');
"""


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("taken_down_at", sa.DateTime(timezone=True), nullable=True))
    op.get_bind().exec_driver_sql(STAYS_DOWN)


def downgrade() -> None:
    op.execute("DROP TRIGGER campaign_revision_stays_down ON campaign_revisions")
    op.execute("DROP TRIGGER campaign_page_stays_down ON campaigns")
    op.execute("DROP FUNCTION campaign_page_stays_down()")
    op.drop_column("campaigns", "taken_down_at")
