"""A correction says what was wrong, a case when it was corrected last, and a letter nobody may read is kept back.

Revision ID: 0033
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

WORDS = ("title", "call", "summary", "story", "letter", "asks", "copies", "correction")
WIPED = (
    "taken_down_at IS NULL OR (title || call || summary || story || letter || correction = ''"
    " AND asks = '{}' AND copies = '{}')"
)


def _stays(words: tuple[str, ...]) -> str:
    new, old = (", ".join(f"{row}.{word}" for word in words) for row in ("NEW", "OLD"))
    return f"""
CREATE OR REPLACE FUNCTION version_stays_as_it_was_read() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.taken_down_at IS NOT NULL OR NEW.read_from <> OLD.read_from OR NEW.version <> OLD.version
        OR NEW.taken_down_at IS NULL AND ({new}) IS DISTINCT FROM ({old}) THEN
        RAISE EXCEPTION 'What was read is never changed; it can only be taken down.'
            USING ERRCODE = '23514', CONSTRAINT = 'version_stays_as_it_was_read';
    END IF;
    RETURN NEW;
END $$;
"""


SO_FAR = """
UPDATE urgent_actions u SET corrected_at = found.at FROM (
    SELECT b.urgent_action_id, max(v.replaced_at) AS at
    FROM bulletin_versions v JOIN bulletins b ON b.id = v.bulletin_id
    JOIN bulletin_versions n ON n.bulletin_id = v.bulletin_id AND n.language = v.language AND n.read_from = v.replaced_at
    GROUP BY b.urgent_action_id
) found WHERE u.id = found.urgent_action_id
"""


def _wiped(rule: str) -> None:
    op.drop_constraint(op.f("version_down_is_wiped"), "bulletin_versions")
    op.create_check_constraint(op.f("version_down_is_wiped"), "bulletin_versions", rule)


def _appeals(*more: str) -> None:
    states = ", ".join(f"'{state}'" for state in ("handing_over", "handed_over", "unknown", "returned", *more))
    op.drop_constraint(op.f("appeal_state_known"), "appeals")
    op.create_check_constraint(op.f("appeal_state_known"), "appeals", f"state IN ({states})")


def upgrade() -> None:
    _appeals("kept_back")
    for table in ("bulletin_texts", "bulletin_versions"):
        op.add_column(table, sa.Column("correction", sa.Text(), nullable=False, server_default=""))
    op.add_column("urgent_actions", sa.Column("corrected_at", sa.DateTime(timezone=True)))
    _wiped(WIPED)
    op.execute(_stays(WORDS))
    op.execute(SO_FAR)


def downgrade() -> None:
    op.execute("DELETE FROM appeals WHERE state = 'kept_back'")
    _appeals()
    op.execute(_stays(WORDS[:-1]))
    _wiped(WIPED.replace(" || correction", ""))
    op.drop_column("urgent_actions", "corrected_at")
    for table in ("bulletin_texts", "bulletin_versions"):
        op.drop_column(table, "correction")
