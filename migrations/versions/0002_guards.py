"""Guards: what the database itself gives, refuses and shows."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

AUDIT = """
CREATE FUNCTION audit_seal(id bigint, at timestamptz, actor_id uuid, action text, subject_type text, subject_id text,
    details jsonb, previous_hash bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(convert_to(jsonb_build_array(id, extract(epoch FROM at), actor_id, action, subject_type, subject_id,
        details, encode(previous_hash, 'hex'))::text, 'UTF8'))
$$;

CREATE FUNCTION audit_chain() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- One writer at a time: the chain has one order, and the ids follow it without a gap.
    PERFORM pg_advisory_xact_lock(hashtext('audit_chain'));
    SELECT e.hash, e.id + 1 INTO NEW.previous_hash, NEW.id FROM audit_entries e ORDER BY e.id DESC LIMIT 1;
    NEW.id := coalesce(NEW.id, 1);
    NEW.hash := audit_seal(NEW.id, NEW.at, NEW.actor_id, NEW.action, NEW.subject_type, NEW.subject_id, NEW.details,
        NEW.previous_hash);
    RETURN NEW;
END $$;

CREATE TRIGGER audit_chain BEFORE INSERT ON audit_entries FOR EACH ROW EXECUTE FUNCTION audit_chain();

CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit log is append-only.' USING ERRCODE = '23514', CONSTRAINT = 'audit_append_only';
END $$;

CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit_entries
    FOR EACH ROW EXECUTE FUNCTION audit_append_only();
"""

CASES = """
CREATE FUNCTION give_case_number() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.year := extract(year FROM NEW.created_at AT TIME ZONE 'UTC');
    -- The row's lock is held until the transaction ends: a number that is not used is given to the next case.
    INSERT INTO case_numbers AS counter (year, last) VALUES (NEW.year, 1)
        ON CONFLICT (year) DO UPDATE SET last = counter.last + 1 RETURNING last INTO NEW.sequence;
    RETURN NEW;
END $$;

CREATE TRIGGER give_case_number BEFORE INSERT ON urgent_actions FOR EACH ROW EXECUTE FUNCTION give_case_number();

CREATE FUNCTION case_number_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.year, NEW.sequence) IS DISTINCT FROM (OLD.year, OLD.sequence) THEN
        RAISE EXCEPTION 'The number of a case is never changed or given again.'
            USING ERRCODE = '23514', CONSTRAINT = 'case_number_stays';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER case_number_stays BEFORE DELETE OR UPDATE OF year, sequence ON urgent_actions
    FOR EACH ROW EXECUTE FUNCTION case_number_stays();

CREATE FUNCTION reviewer_is_not_author() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.approved_by IS NOT NULL AND EXISTS (
        SELECT FROM bulletin_texts t JOIN bulletins b ON b.id = t.bulletin_id
        WHERE b.urgent_action_id = NEW.id AND t.edited_by = NEW.approved_by
    ) THEN
        RAISE EXCEPTION 'Who wrote a text of this case may not approve it.'
            USING ERRCODE = '23514', CONSTRAINT = 'reviewer_is_not_author';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER reviewer_is_not_author BEFORE INSERT OR UPDATE OF approved_by ON urgent_actions
    FOR EACH ROW EXECUTE FUNCTION reviewer_is_not_author();

CREATE FUNCTION texts_change_in_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM bulletins b JOIN urgent_actions u ON u.id = b.urgent_action_id
        WHERE b.id = NEW.bulletin_id AND u.state <> 'draft'
    ) THEN
        RAISE EXCEPTION 'The texts of a case are changed in draft only.'
            USING ERRCODE = '23514', CONSTRAINT = 'texts_change_in_draft';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER texts_change_in_draft BEFORE INSERT OR UPDATE ON bulletin_texts
    FOR EACH ROW EXECUTE FUNCTION texts_change_in_draft();
"""

LEDGER = """
CREATE VIEW ledger AS
SELECT d.id AS delivery_id, d.mailing_id, d.subscriber_id, b.language,
    CASE
        WHEN d.state IS NOT NULL AND NOT (d.state = 'deferred' AND m.state = 'cancelled') THEN d.state
        WHEN d.state IS NULL AND d.position < b.settled THEN 'handed_over'
        WHEN d.state IS NULL AND d.position < b.intent THEN 'handing_over'
        WHEN m.state = 'cancelled' THEN 'cancelled'
        ELSE 'waiting'
    END AS state,
    d.reason, d.code, coalesce(d.at, w.at) AS at,
    coalesce(d.provider_id, w.provider_ids[CASE cardinality(w.provider_ids) WHEN 1 THEN 1 ELSE d.position - w.first + 1 END])
        AS provider_id
FROM deliveries d
JOIN batches b ON b.id = d.batch_id
JOIN mailings m ON m.id = d.mailing_id
LEFT JOIN windows w ON w.batch_id = d.batch_id AND w.first <= d.position AND d.position < w.last
    AND (d.state IS NULL OR d.state = 'handed_over');
"""


def upgrade() -> None:
    for block in (AUDIT, CASES, LEDGER):
        op.execute(block)


def downgrade() -> None:
    op.execute(
        "DROP VIEW ledger;"
        "DROP TRIGGER texts_change_in_draft ON bulletin_texts; DROP FUNCTION texts_change_in_draft;"
        "DROP TRIGGER reviewer_is_not_author ON urgent_actions; DROP FUNCTION reviewer_is_not_author;"
        "DROP TRIGGER case_number_stays ON urgent_actions; DROP FUNCTION case_number_stays;"
        "DROP TRIGGER give_case_number ON urgent_actions; DROP FUNCTION give_case_number;"
        "DROP TRIGGER audit_append_only ON audit_entries; DROP FUNCTION audit_append_only;"
        "DROP TRIGGER audit_chain ON audit_entries; DROP FUNCTION audit_chain; DROP FUNCTION audit_seal;"
    )
