"""Pages of campaigns: revisions made of blocks, reviewed by somebody else than who wrote them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0021"
branch_labels = None
depends_on = None

GUARDS = """
CREATE FUNCTION campaign_reviewer_is_not_author() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.approved_by IS NOT NULL AND EXISTS (
        SELECT FROM campaign_blocks b LEFT JOIN campaign_block_texts t ON t.block_id = b.id
        WHERE b.revision_id = NEW.id AND (b.edited_by = NEW.approved_by OR t.edited_by = NEW.approved_by)
    ) THEN
        RAISE EXCEPTION 'Who wrote in this page may not approve it.'
            USING ERRCODE = '23514', CONSTRAINT = 'campaign_reviewer_is_not_author';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaign_reviewer_is_not_author BEFORE INSERT OR UPDATE OF approved_by ON campaign_revisions
    FOR EACH ROW EXECUTE FUNCTION campaign_reviewer_is_not_author();

-- What was reviewed is what is published. A revision that goes takes its blocks along.
CREATE FUNCTION campaign_blocks_change_in_draft() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept jsonb;
BEGIN
    IF TG_OP = 'DELETE' THEN
        kept := to_jsonb(OLD);
    ELSE
        kept := to_jsonb(NEW);
    END IF;
    IF EXISTS (
        SELECT FROM campaign_revisions r
        WHERE r.state <> 'draft' AND r.id = coalesce(
            (kept ->> 'revision_id')::uuid,
            (SELECT b.revision_id FROM campaign_blocks b WHERE b.id = (kept ->> 'block_id')::uuid))
    ) THEN
        RAISE EXCEPTION 'The blocks of a page are changed in draft only.'
            USING ERRCODE = '23514', CONSTRAINT = 'campaign_blocks_change_in_draft';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaign_blocks_change_in_draft BEFORE INSERT OR UPDATE OR DELETE ON campaign_blocks
    FOR EACH ROW EXECUTE FUNCTION campaign_blocks_change_in_draft();
CREATE TRIGGER campaign_block_texts_change_in_draft BEFORE INSERT OR UPDATE OR DELETE ON campaign_block_texts
    FOR EACH ROW EXECUTE FUNCTION campaign_blocks_change_in_draft();
"""
KINDS = "'hero', 'gallery', 'quote', 'narrative', 'action', 'numbers', 'outcomes', 'share', 'sign_up'"


def upgrade() -> None:
    op.create_table(
        "campaign_revisions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("campaign_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("author_id", sa.UUID(), nullable=True),
        sa.Column("approved_by", sa.UUID(), nullable=True),
        sa.Column("review_note", sa.Text(), nullable=True),
        sa.Column("loaded_digest", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'in_review', 'approved', 'published', 'replaced')",
            name="campaign_revision_state_known",
        ),
        sa.CheckConstraint(
            "approved_by IS DISTINCT FROM author_id OR approved_by IS NULL", name="campaign_reviewer_is_not_author"
        ),
        sa.CheckConstraint(
            "state IN ('draft', 'in_review') OR approved_by IS NOT NULL", name="campaign_approved_by_somebody"
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_campaign_revisions_campaign_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["organisers.id"], name="fk_campaign_revisions_author_id"),
        sa.ForeignKeyConstraint(["approved_by"], ["organisers.id"], name="fk_campaign_revisions_approved_by"),
        sa.PrimaryKeyConstraint("id", name="pk_campaign_revisions"),
        sa.UniqueConstraint("campaign_id", "number", name="uq_campaign_revisions_campaign_id_number"),
    )
    op.create_index(
        "uq_campaign_revisions_published", "campaign_revisions", ["campaign_id"], unique=True,
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_index(
        "uq_campaign_revisions_open", "campaign_revisions", ["campaign_id"], unique=True,
        postgresql_where=sa.text("state IN ('draft', 'in_review', 'approved')"),
    )
    op.create_table(
        "campaign_blocks",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("revision_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("figures", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edited_by", sa.UUID(), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"kind IN ({KINDS})", name="campaign_block_kind_known"),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["campaign_revisions.id"], name="fk_campaign_blocks_revision_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["edited_by"], ["organisers.id"], name="fk_campaign_blocks_edited_by"),
        sa.PrimaryKeyConstraint("id", name="pk_campaign_blocks"),
        sa.UniqueConstraint("revision_id", "kind", name="uq_campaign_blocks_revision_id_kind"),
        sa.UniqueConstraint(
            "revision_id", "position", name="uq_campaign_blocks_revision_id_position",
            deferrable=True, initially="DEFERRED",
        ),
    )
    op.create_table(
        "campaign_block_texts",
        sa.Column("block_id", sa.UUID(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("parts", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edited_by", sa.UUID(), nullable=True),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "language IN ('en', 'es', 'fr', 'ar', 'fa', 'ru')", name="campaign_block_language_known"
        ),
        sa.ForeignKeyConstraint(
            ["block_id"], ["campaign_blocks.id"], name="fk_campaign_block_texts_block_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["edited_by"], ["organisers.id"], name="fk_campaign_block_texts_edited_by"),
        sa.PrimaryKeyConstraint("block_id", "language", name="pk_campaign_block_texts"),
    )
    op.get_bind().exec_driver_sql(GUARDS.replace("%", "%%"))


def downgrade() -> None:
    op.drop_table("campaign_block_texts")
    op.drop_table("campaign_blocks")
    op.drop_table("campaign_revisions")
    op.execute("DROP FUNCTION campaign_blocks_change_in_draft(); DROP FUNCTION campaign_reviewer_is_not_author();")
