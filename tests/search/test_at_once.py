"""Who withdraws a case while somebody else's change writes its documents anew leaves none behind."""

from __future__ import annotations

import threading

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.publishing import withdraw
from alerts.actions.states import CaseState, Visibility
from alerts.organisers import Role
from tests.builders import an_actor
from tests.search.scenes import a_case_of, kept, somebody
from tests.support.databases import engine_of


def test_no_document_outlives_a_withdrawal(app: Flask, committed: Session) -> None:
    case = a_case_of(committed, somebody(committed, Visibility.NAMED), CaseState.PUBLISHED)
    sender = an_actor(committed, Role.SENDER)
    committed.commit()
    case_id = case.id

    def withdrawn() -> None:
        with Session(engine_of(app)) as own:
            withdraw(own, sender, case_id, reason="The family asked for it.")
            own.commit()

    with Session(engine_of(app)) as editing:
        editing.execute(text("UPDATE bulletins SET kind = kind"))
        assert kept(editing)
        other = threading.Thread(target=withdrawn)
        other.start()
        other.join(0.3)
        editing.commit()
    other.join(10)
    assert not other.is_alive()
    committed.rollback()
    assert kept(committed) == ""
