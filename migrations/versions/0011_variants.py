"""Variants of a bulletin's words, tested on a share of the audience; a winner that is chosen once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

GUARDS = """
CREATE FUNCTION variants_change_in_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM bulletins b JOIN urgent_actions u ON u.id = b.urgent_action_id
        WHERE b.id IN (NEW.bulletin_id, OLD.bulletin_id) AND u.state <> 'draft'
    ) THEN
        RAISE EXCEPTION 'The variants of a case are changed in draft only.'
            USING ERRCODE = '23514', CONSTRAINT = 'variants_change_in_draft';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;

CREATE TRIGGER variants_change_in_draft BEFORE INSERT OR UPDATE OR DELETE ON bulletin_variants
    FOR EACH ROW EXECUTE FUNCTION variants_change_in_draft();

CREATE FUNCTION winner_is_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A winner is chosen once.' USING ERRCODE = '23514', CONSTRAINT = 'winner_is_final';
END $$;

CREATE TRIGGER winner_is_final BEFORE UPDATE OR DELETE ON mailing_winners
    FOR EACH ROW EXECUTE FUNCTION winner_is_final();
"""


def upgrade() -> None:
    op.create_table(
        "bulletin_variants",
        sa.Column("bulletin_id", sa.UUID(), nullable=False),
        sa.Column("variant", sa.SmallInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("call", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("story", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("bulletin_id", "variant", "language", name="pk_bulletin_variants"),
        sa.ForeignKeyConstraint(
            ["bulletin_id", "language"],
            ["bulletin_texts.bulletin_id", "bulletin_texts.language"],
            name="fk_bulletin_variants_bulletin_id",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("variant BETWEEN 1 AND 3", name="bulletin_variant_in_range"),
        sa.CheckConstraint("num_nonnulls(title, call, summary, story) > 0", name="bulletin_variant_differs"),
    )
    op.add_column("mailing_contents", sa.Column("variant", sa.SmallInteger(), server_default="0", nullable=False))
    op.drop_constraint("pk_mailing_contents", "mailing_contents", type_="primary")
    op.create_primary_key("pk_mailing_contents", "mailing_contents", ["mailing_id", "language", "variant"])
    op.add_column("batches", sa.Column("variant", sa.SmallInteger(), server_default="0", nullable=True))
    op.add_column("batches", sa.Column("sampled", sa.Boolean(), server_default="false", nullable=False))
    op.create_check_constraint(
        "batch_held_is_untouched", "batches", "variant IS NOT NULL OR (state = 'ready' AND intent = 0 AND NOT sampled)"
    )
    op.drop_index("ix_batches_claimable", table_name="batches")
    _claimable("state <> 'done' AND variant IS NOT NULL")
    op.create_table(
        "mailing_winners",
        sa.Column("mailing_id", sa.UUID(), nullable=False),
        sa.Column("variant", sa.SmallInteger(), nullable=False),
        sa.Column("chosen_by", sa.UUID(), nullable=True),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("mailing_id", name="pk_mailing_winners"),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailings.id"], name="fk_mailing_winners_mailing_id"),
        sa.ForeignKeyConstraint(["chosen_by"], ["organisers.id"], name="fk_mailing_winners_chosen_by"),
        sa.CheckConstraint("variant BETWEEN 0 AND 3", name="mailing_winner_in_range"),
    )
    op.execute(GUARDS)


def downgrade() -> None:
    op.execute("DROP TRIGGER winner_is_final ON mailing_winners; DROP FUNCTION winner_is_final;")
    op.drop_table("mailing_winners")
    op.drop_index("ix_batches_claimable", table_name="batches")
    _claimable("state <> 'done'")
    op.drop_constraint("batch_held_is_untouched", "batches", type_="check")
    op.drop_column("batches", "sampled")
    op.drop_column("batches", "variant")
    op.execute("DELETE FROM mailing_contents WHERE variant > 0")
    op.drop_constraint("pk_mailing_contents", "mailing_contents", type_="primary")
    op.create_primary_key("pk_mailing_contents", "mailing_contents", ["mailing_id", "language"])
    op.drop_column("mailing_contents", "variant")
    op.drop_table("bulletin_variants")
    op.execute("DROP FUNCTION variants_change_in_draft")


def _claimable(condition: str) -> None:
    op.create_index(
        "ix_batches_claimable", "batches", ["mailing_id", "not_before", "id"], postgresql_where=sa.text(condition)
    )
