"""Who has had a mail, as far as anybody can know."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_

from alerts.mailings.models import Batch, Delivery


def handed_over_or_unsure() -> ColumnElement[bool]:
    """Whether the delivery of the surrounding query went out, or may have."""
    return or_(
        Delivery.state.in_(("handed_over", "handing_over", "unknown")),
        and_(Delivery.state.is_(None), Delivery.id < Batch.first_id + Batch.intent),
    )
