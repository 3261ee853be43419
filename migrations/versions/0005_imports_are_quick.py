"""Imports are quick: whether a subscriber's consent exists is looked up once a statement, and one index less is written.

The foreign key was checked row by row, a third of an import's time (docs/decisions/0009). The index on active people
told nothing that the primary key does not: nearly everyone is active.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TRIGGERS = """
CREATE FUNCTION subscriber_has_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT consent_id FROM added) a
        LEFT JOIN subscriber_consents c ON c.id = a.consent_id WHERE c.id IS NULL
    ) THEN
        RAISE EXCEPTION 'A subscriber has agreed to a statement that is on record.'
            USING ERRCODE = '23503', CONSTRAINT = 'subscriber_has_consent';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER subscriber_has_consent AFTER INSERT ON subscribers
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION subscriber_has_consent();

CREATE FUNCTION subscriber_keeps_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The row is locked, as a foreign key would do, so that nobody deletes it before we commit.
    PERFORM FROM subscriber_consents WHERE id = NEW.consent_id FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'A subscriber has agreed to a statement that is on record.'
            USING ERRCODE = '23503', CONSTRAINT = 'subscriber_has_consent';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER subscriber_keeps_consent BEFORE UPDATE OF consent_id ON subscribers
    FOR EACH ROW WHEN (NEW.consent_id IS DISTINCT FROM OLD.consent_id) EXECUTE FUNCTION subscriber_keeps_consent();

CREATE FUNCTION consent_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM subscribers WHERE consent_id = OLD.id) THEN
        RAISE EXCEPTION 'A statement that somebody agreed to stays on record.'
            USING ERRCODE = '23503', CONSTRAINT = 'consent_stays';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER consent_stays BEFORE DELETE OR UPDATE OF id ON subscriber_consents
    FOR EACH ROW EXECUTE FUNCTION consent_stays();
"""


def upgrade() -> None:
    op.execute(TRIGGERS)
    op.drop_constraint("fk_subscribers_consent_id", "subscribers", type_="foreignkey")
    op.drop_index("ix_subscribers_active", table_name="subscribers")


def downgrade() -> None:
    op.create_index("ix_subscribers_active", "subscribers", ["id"], postgresql_where=sa.text("state = 'active'"))
    op.create_foreign_key("fk_subscribers_consent_id", "subscribers", "subscriber_consents", ["consent_id"], ["id"])
    for trigger, table in (
        ("consent_stays", "subscriber_consents"),
        ("subscriber_keeps_consent", "subscribers"),
        ("subscriber_has_consent", "subscribers"),
    ):
        op.execute(f"DROP TRIGGER {trigger} ON {table}; DROP FUNCTION {trigger}")
