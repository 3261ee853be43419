"""Deliveries remember that an answer to them was never heard, so that a mailing cancelled since does not deny them.

Revision ID: 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("unheard", sa.Boolean(), nullable=True))


def downgrade() -> None:
    op.drop_column("deliveries", "unheard")
