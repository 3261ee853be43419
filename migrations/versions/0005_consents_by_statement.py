"""That people came with a consent which exists is checked once a statement: an import names one for a million people.

A foreign key is checked row by row, which was a fifth of an import's time (docs/decisions/0009); these triggers refuse the same.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TRIGGERS = """
CREATE FUNCTION subscriber_consent_known(consent uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Locked as by a foreign key: it is not deleted before this transaction has ended.
    PERFORM FROM subscriber_consents c WHERE c.id = consent FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'A subscriber comes with a consent that is on record.'
            USING ERRCODE = '23503', CONSTRAINT = 'subscriber_consent_known';
    END IF;
END $$;

CREATE FUNCTION subscribers_came_with_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM subscriber_consent_known(a.consent_id) FROM (SELECT DISTINCT consent_id FROM added) a;
    RETURN NULL;
END $$;

CREATE TRIGGER subscriber_consent_known AFTER INSERT ON subscribers
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION subscribers_came_with_consent();

CREATE FUNCTION subscriber_changed_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM subscriber_consent_known(NEW.consent_id);
    RETURN NULL;
END $$;

CREATE TRIGGER subscriber_consent_known_still AFTER UPDATE ON subscribers
    FOR EACH ROW WHEN (OLD.consent_id IS DISTINCT FROM NEW.consent_id) EXECUTE FUNCTION subscriber_changed_consent();

CREATE FUNCTION consent_outlives_its_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- After the consent was deleted, hence after everyone who was just coming with it is in or not. Whoever reads by an
    -- older snapshot would not see them, and may not delete.
    IF current_setting('transaction_isolation') <> 'read committed'
        OR EXISTS (SELECT FROM subscribers s WHERE TG_OP = 'TRUNCATE' OR s.consent_id = OLD.id)
    THEN
        RAISE EXCEPTION 'A consent that subscribers came with is neither deleted nor given another id.'
            USING ERRCODE = '23503', CONSTRAINT = 'consent_outlives_its_people',
            HINT = 'Other consents are deleted in read committed transactions only.';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER consent_outlives_its_people AFTER DELETE OR UPDATE OF id ON subscriber_consents
    FOR EACH ROW EXECUTE FUNCTION consent_outlives_its_people();
CREATE TRIGGER consents_outlive_their_people AFTER TRUNCATE ON subscriber_consents
    FOR EACH STATEMENT EXECUTE FUNCTION consent_outlives_its_people();
"""


def upgrade() -> None:
    op.drop_constraint("fk_subscribers_consent_id", "subscribers", type_="foreignkey")
    op.execute(TRIGGERS)
    # Nearly everyone is active: the primary key tells as much, and one index less is written.
    op.drop_index("ix_subscribers_active", table_name="subscribers")


def downgrade() -> None:
    op.create_index("ix_subscribers_active", "subscribers", ["id"], postgresql_where=sa.text("state = 'active'"))
    op.execute(
        "DROP TRIGGER consents_outlive_their_people ON subscriber_consents;"
        "DROP TRIGGER consent_outlives_its_people ON subscriber_consents; DROP FUNCTION consent_outlives_its_people;"
        "DROP TRIGGER subscriber_consent_known_still ON subscribers; DROP FUNCTION subscriber_changed_consent;"
        "DROP TRIGGER subscriber_consent_known ON subscribers; DROP FUNCTION subscribers_came_with_consent;"
        "DROP FUNCTION subscriber_consent_known"
    )
    op.create_foreign_key("fk_subscribers_consent_id", "subscribers", "subscriber_consents", ["consent_id"], ["id"])
