"""Portraits in the sizes and forms that browsers ask for; those there were get theirs here, once.

What is done to a picture stands in this file, not in the product: a migration does next year what it did today.
"""

from __future__ import annotations

import io

import sqlalchemy as sa
from alembic import op
from PIL import Image

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_WIDTHS = (400, 800)
_FORMS = {"avif": {"quality": 58, "speed": 6}, "webp": {"quality": 78, "method": 4}}


def upgrade() -> None:
    sizes = op.create_table(
        "portrait_sizes",
        sa.Column("portrait_id", sa.UUID(), nullable=False),
        sa.Column("width", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("form IN ('avif', 'webp')", name="portrait_size_form_known"),
        sa.ForeignKeyConstraint(
            ["portrait_id"], ["portraits.id"], name="fk_portrait_sizes_portrait_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("portrait_id", "width", "form", name="pk_portrait_sizes"),
    )
    connection = op.get_bind()
    for portrait_id in connection.execute(sa.text("SELECT id FROM portraits")).scalars().all():
        webp = connection.execute(sa.text("SELECT webp FROM portraits WHERE id = :id"), {"id": portrait_id}).scalar_one()
        connection.execute(sizes.insert(), [{"portrait_id": portrait_id, **row} for row in _sizes(bytes(webp))])


def _sizes(webp: bytes) -> list[dict[str, object]]:
    made = []
    with Image.open(io.BytesIO(webp), formats=("WEBP",)) as opened:
        for width in _WIDTHS:
            smaller = opened.copy()
            smaller.thumbnail((width, width * 2), Image.Resampling.LANCZOS)
            for form, how in _FORMS.items():
                out = io.BytesIO()
                smaller.save(out, form.upper(), **how)
                made.append({"width": width, "form": form, "data": out.getvalue()})
    return made


def downgrade() -> None:
    op.drop_table("portrait_sizes")
