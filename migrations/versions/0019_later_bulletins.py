"""Later bulletins: further information, stops and outcomes, each with a state, a review and a publication of its own.

A mailing says whether it asks people to act: only such a one ends with its case's appeals.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0023"
branch_labels = None
depends_on = None

KINDS = "ARRAY['released', 'charges_dropped', 'safe_abroad', 'protection_granted', 'convicted', 'killed', 'unknown']"

TEXTS = """
CREATE OR REPLACE FUNCTION texts_change_in_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM bulletins b JOIN urgent_actions u ON u.id = b.urgent_action_id
        WHERE b.id = NEW.bulletin_id AND coalesce(b.state, u.state) <> 'draft'
    ) THEN
        RAISE EXCEPTION 'The texts of a bulletin are changed in draft only.'
            USING ERRCODE = '23514', CONSTRAINT = 'texts_change_in_draft';
    END IF;
    RETURN NEW;
END $$;
"""
HANDS = """
CREATE OR REPLACE FUNCTION reviewer_is_not_author() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.approved_by IS NOT NULL AND EXISTS (
        SELECT FROM bulletin_texts t JOIN bulletins b ON b.id = t.bulletin_id
        WHERE b.urgent_action_id = NEW.id AND b.state IS NULL AND t.edited_by = NEW.approved_by
    ) THEN
        RAISE EXCEPTION 'Who wrote a text of this case may not approve it.'
            USING ERRCODE = '23514', CONSTRAINT = 'reviewer_is_not_author';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION later_bulletin_is_reviewed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.approved_by IS NOT NULL AND EXISTS (
        SELECT FROM bulletin_texts t WHERE t.bulletin_id = NEW.id AND t.edited_by = NEW.approved_by
    ) THEN
        RAISE EXCEPTION 'Who wrote a text of this bulletin may not approve it.'
            USING ERRCODE = '23514', CONSTRAINT = 'reviewer_is_not_author';
    END IF;
    IF NEW.state = 'published' AND (TG_OP = 'INSERT' OR OLD.state <> 'published') AND NOT EXISTS (
        SELECT FROM urgent_actions u WHERE u.id = NEW.urgent_action_id AND case_is_shown(u.state)
    ) THEN
        RAISE EXCEPTION 'Nothing is published on a case that is not shown.'
            USING ERRCODE = '23514', CONSTRAINT = 'bulletin_of_a_shown_case';
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.state = 'published' AND NEW.state <> 'published' THEN
        RAISE EXCEPTION 'A bulletin that was published stays published.'
            USING ERRCODE = '23514', CONSTRAINT = 'bulletin_stays_published';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER later_bulletin_is_reviewed BEFORE INSERT OR UPDATE OF approved_by, state ON bulletins
    FOR EACH ROW WHEN (NEW.state IS NOT NULL) EXECUTE FUNCTION later_bulletin_is_reviewed();
"""
BEFORE_TEXTS = TEXTS.replace("coalesce(b.state, u.state) <> 'draft'", "u.state <> 'draft'").replace(
    "The texts of a bulletin", "The texts of a case"
)
BEFORE_HANDS = HANDS.split("\nCREATE FUNCTION")[0].replace(" AND b.state IS NULL", "")


def upgrade() -> None:
    for name, kind in (
        ("state", sa.Text()),
        ("outcome", sa.Text()),
        ("author_id", sa.UUID()),
        ("approved_by", sa.UUID()),
        ("review_note", sa.Text()),
        ("published_at", sa.DateTime(timezone=True)),
    ):
        op.add_column("bulletins", sa.Column(name, kind, nullable=True))
    for name in ("author_id", "approved_by"):
        op.create_foreign_key(f"fk_bulletins_{name}_organisers", "bulletins", "organisers", [name], ["id"])
    for name, rule in (
        ("bulletin_state_known", "state IN ('draft', 'in_review', 'approved', 'published')"),
        ("bulletin_first_goes_with_its_case", "(kind = 'first') = (state IS NULL) AND (kind = 'first') = (number = 1)"),
        ("bulletin_outcome_known", f"outcome IS NULL OR (outcome = ANY({KINDS}) AND kind IN ('outcome', 'stop'))"),
        ("bulletin_says_its_outcome", "kind <> 'outcome' OR outcome IS NOT NULL"),
        ("bulletin_reviewer_is_not_author", "approved_by IS DISTINCT FROM author_id OR approved_by IS NULL"),
        ("bulletin_approved_by_somebody", "state NOT IN ('approved', 'published') OR approved_by IS NOT NULL"),
        ("bulletin_published_at_a_time", "(state = 'published') = (published_at IS NOT NULL)"),
    ):
        op.create_check_constraint(op.f(name), "bulletins", rule)
    op.add_column("mailings", sa.Column("asks", sa.Boolean(), nullable=False, server_default="true"))
    op.execute(TEXTS)
    op.execute(HANDS)


def downgrade() -> None:
    op.execute("DROP TRIGGER later_bulletin_is_reviewed ON bulletins; DROP FUNCTION later_bulletin_is_reviewed;")
    op.execute(BEFORE_HANDS)
    op.execute(BEFORE_TEXTS)
    op.drop_column("mailings", "asks")
    for name in ("published_at", "review_note", "approved_by", "author_id", "outcome", "state"):
        op.drop_column("bulletins", name)
