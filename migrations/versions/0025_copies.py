"""A text names the offices that get a copy, such as an embassy.

Revision ID: 0025
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    copies = sa.Column("copies", sa.ARRAY(sa.Text()), nullable=False, server_default=sa.text("'{}'::text[]"))
    op.add_column("bulletin_texts", copies)


def downgrade() -> None:
    op.drop_column("bulletin_texts", "copies")
