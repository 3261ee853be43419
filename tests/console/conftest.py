"""Organisers at their desks: browsers without scripts that are signed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from alerts.organisers import Role
from alerts.organisers.models import Organiser
from tests.builders import an_organiser

Desk = Callable[..., FlaskClient]


@pytest.fixture
def at_desk(app: Flask, session: Session) -> Desk:
    """A browser in which someone with these roles (or the given organiser) is signed in."""

    def sit(*roles: Role, organiser: Organiser | None = None) -> FlaskClient:
        person = organiser or an_organiser(session, roles)
        session.flush()
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = person.fs_uniquifier, True
            cookie["fs_cc"], cookie["fs_paa"] = "set", 0
        return client

    return sit
