"""The ledger speaks of subscribers, so the database deletes none."""

from __future__ import annotations

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from alerts.subscribers.models import Subscriber
from tests.mailings.scenes import people


def test_a_subscriber_is_never_deleted(session: Session) -> None:
    people(session, 1)
    with pytest.raises(IntegrityError, match="wiped, never deleted"):
        session.execute(delete(Subscriber))
