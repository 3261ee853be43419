"""A batch is a range of delivery ids: a million deliveries are written with two indexes and read in order.

Deliveries lose their position (it is the id, counted from the batch's first) and three foreign keys that were checked
row by row; triggers that look at a whole statement at once refuse the same (docs/decisions/0012).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LEDGER = """
CREATE VIEW ledger AS
SELECT d.id AS delivery_id, d.mailing_id, d.subscriber_id, b.language,
    CASE
        WHEN d.state IS NOT NULL AND NOT (d.state = 'deferred' AND m.state = 'cancelled') THEN d.state
        WHEN d.state IS NULL AND {position} < b.settled THEN 'handed_over'
        WHEN d.state IS NULL AND {position} < b.intent THEN 'handing_over'
        WHEN m.state = 'cancelled' THEN 'cancelled'
        ELSE 'waiting'
    END AS state,
    d.reason, d.code, coalesce(d.at, w.at) AS at,
    coalesce(d.provider_id, w.provider_ids[CASE cardinality(w.provider_ids) WHEN 1 THEN 1
        ELSE {position} - w.first + 1 END]) AS provider_id
FROM deliveries d
JOIN batches b ON b.id = d.batch_id
JOIN mailings m ON m.id = d.mailing_id
LEFT JOIN windows w ON w.batch_id = d.batch_id AND w.first <= {position} AND {position} < w.last
    AND (d.state IS NULL OR d.state = 'handed_over');
"""

TRIGGERS = """
CREATE FUNCTION delivery_in_its_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added d LEFT JOIN batches b ON b.id = d.batch_id AND b.mailing_id = d.mailing_id
            AND d.id >= b.first_id AND d.id < b.first_id + b.size
        LEFT JOIN subscribers s ON s.id = d.subscriber_id
        WHERE b.id IS NULL OR s.id IS NULL
    ) THEN
        RAISE EXCEPTION 'A delivery belongs to a subscriber, and to the batch of its mailing that its id lies in.'
            USING ERRCODE = '23503', CONSTRAINT = 'delivery_in_its_batch';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER delivery_in_its_batch AFTER INSERT ON deliveries
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION delivery_in_its_batch();

CREATE FUNCTION delivery_stays_where_it_is() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A delivery keeps its id, its mailing, its subscriber and its batch.'
        USING ERRCODE = '23514', CONSTRAINT = 'delivery_stays_where_it_is';
END $$;

CREATE TRIGGER delivery_stays_where_it_is BEFORE UPDATE OF id, mailing_id, subscriber_id, batch_id ON deliveries
    FOR EACH ROW EXECUTE FUNCTION delivery_stays_where_it_is();

CREATE FUNCTION subscriber_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A subscriber is wiped, never deleted: the ledger speaks of them.'
        USING ERRCODE = '23503', CONSTRAINT = 'subscriber_stays';
END $$;

CREATE TRIGGER subscriber_stays BEFORE DELETE OR UPDATE OF id ON subscribers
    FOR EACH ROW EXECUTE FUNCTION subscriber_stays();

CREATE FUNCTION batch_outlives_its_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM deliveries d WHERE d.id >= OLD.first_id AND d.id < OLD.first_id + OLD.size) THEN
        RAISE EXCEPTION 'A batch with deliveries keeps its range, and is not deleted.'
            USING ERRCODE = '23503', CONSTRAINT = 'batch_outlives_its_deliveries';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER batch_outlives_its_deliveries BEFORE DELETE OR UPDATE OF id, mailing_id, first_id, size ON batches
    FOR EACH ROW EXECUTE FUNCTION batch_outlives_its_deliveries();
"""

CONTIGUOUS = """
DO $$ BEGIN
    IF EXISTS (
        SELECT FROM batches b JOIN deliveries d ON d.batch_id = b.id WHERE d.id <> b.first_id + d.position
    ) THEN
        RAISE EXCEPTION 'Batches of two mailings lie interleaved here, which this version cannot hold.'
            ' Export their ledgers, delete these mailings, then migrate again.';
    END IF;
END $$;
"""


def upgrade() -> None:
    op.execute("DROP VIEW ledger")
    op.execute("CREATE SEQUENCE delivery_blocks AS bigint INCREMENT BY 10000")
    op.execute("SELECT setval('delivery_blocks', (SELECT coalesce(max(id), 0) + 1 FROM deliveries))")
    op.add_column("batches", sa.Column("first_id", sa.BigInteger(), nullable=True))
    op.execute(
        "UPDATE batches SET first_id ="
        " coalesce((SELECT min(id - position) FROM deliveries d WHERE d.batch_id = batches.id), 0)"
    )
    op.execute(CONTIGUOUS)
    op.alter_column("batches", "first_id", nullable=False)
    for column in ("mailing_id", "subscriber_id", "batch_id"):
        op.drop_constraint(f"fk_deliveries_{column}", "deliveries", type_="foreignkey")
    op.drop_constraint("uq_deliveries_batch_id_position", "deliveries", type_="unique")
    op.drop_column("deliveries", "position")
    op.execute("ALTER TABLE deliveries ALTER COLUMN id DROP IDENTITY")
    op.execute(TRIGGERS)
    op.execute(LEDGER.format(position="d.id - b.first_id"))


def downgrade() -> None:
    op.execute("DROP VIEW ledger")
    for trigger, table in (
        ("batch_outlives_its_deliveries", "batches"),
        ("subscriber_stays", "subscribers"),
        ("delivery_stays_where_it_is", "deliveries"),
        ("delivery_in_its_batch", "deliveries"),
    ):
        op.execute(f"DROP TRIGGER {trigger} ON {table}; DROP FUNCTION {trigger}")
    op.add_column("deliveries", sa.Column("position", sa.SmallInteger(), nullable=True))
    op.execute("UPDATE deliveries d SET position = d.id - b.first_id FROM batches b WHERE b.id = d.batch_id")
    op.alter_column("deliveries", "position", nullable=False)
    op.execute("ALTER TABLE deliveries ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY")
    op.execute(
        "SELECT setval(pg_get_serial_sequence('deliveries', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM deliveries))"
    )
    op.create_unique_constraint("uq_deliveries_batch_id_position", "deliveries", ["batch_id", "position"])
    for column, table in (("mailing_id", "mailings"), ("subscriber_id", "subscribers"), ("batch_id", "batches")):
        op.create_foreign_key(f"fk_deliveries_{column}", "deliveries", table, [column], ["id"])
    op.drop_column("batches", "first_id")
    op.execute("DROP SEQUENCE delivery_blocks")
    op.execute(LEDGER.format(position="d.position"))
