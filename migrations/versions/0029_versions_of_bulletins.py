"""What readers were shown of a case stays readable when it is corrected; cases that were published have theirs kept.

Revision ID: 0029
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0026"
branch_labels = None
depends_on = None

WORDS = ("title", "call", "summary", "story", "letter")

STAYS = """
CREATE FUNCTION version_stays_as_it_was_read() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.taken_down_at IS NOT NULL OR NEW.read_from <> OLD.read_from OR NEW.version <> OLD.version
        OR NEW.taken_down_at IS NULL AND (NEW.title, NEW.call, NEW.summary, NEW.story, NEW.letter, NEW.asks, NEW.copies)
        IS DISTINCT FROM (OLD.title, OLD.call, OLD.summary, OLD.story, OLD.letter, OLD.asks, OLD.copies) THEN
        RAISE EXCEPTION 'What was read is never changed; it can only be taken down.'
            USING ERRCODE = '23514', CONSTRAINT = 'version_stays_as_it_was_read';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER version_stays_as_it_was_read BEFORE UPDATE ON bulletin_versions
    FOR EACH ROW EXECUTE FUNCTION version_stays_as_it_was_read();
"""

SO_FAR = """
INSERT INTO bulletin_versions (bulletin_id, language, version, title, call, summary, story, letter, asks, copies, read_from)
SELECT t.bulletin_id, t.language, t.version, t.title, t.call, t.summary, t.story, t.letter, t.asks, t.copies, u.published_at
FROM bulletin_texts t JOIN bulletins b ON b.id = t.bulletin_id AND b.number = 1
JOIN urgent_actions u ON u.id = b.urgent_action_id WHERE u.state IN ('published', 'closed')
"""


def upgrade() -> None:
    op.create_table(
        "bulletin_versions",
        sa.Column("bulletin_id", sa.UUID(), sa.ForeignKey("bulletins.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("language", sa.Text(), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in WORDS),
        sa.Column("asks", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("copies", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("read_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True)),
        sa.Column("taken_down_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("replaced_at IS NOT NULL OR taken_down_at IS NULL", name=op.f("version_down_was_replaced")),
        sa.CheckConstraint(
            "taken_down_at IS NULL OR (title || call || summary || story || letter = '' AND asks = '{}' AND copies = '{}')",
            name=op.f("version_down_is_wiped"),
        ),
    )
    op.create_index(
        "uq_bulletin_versions_current",
        "bulletin_versions",
        ["bulletin_id", "language"],
        unique=True,
        postgresql_where=sa.text("replaced_at IS NULL"),
    )
    op.execute(STAYS)
    op.execute(SO_FAR)


def downgrade() -> None:
    op.drop_table("bulletin_versions")
    op.execute("DROP FUNCTION version_stays_as_it_was_read()")
