"""Organisers as Flask-Security sees them: signing in and out, and nothing else of it."""

from __future__ import annotations

from flask import Flask
from flask_security import Security, SQLAlchemyUserDatastore, UserMixin

from alerts.extensions import db
from alerts.organisers.models import Organiser, OrganiserRole


class SignedIn(UserMixin, Organiser):  # type: ignore[misc]
    """An organiser's account with what Flask-Security asks of a user; the same table, no more columns."""


def install(app: Flask) -> None:
    """Bind Flask-Security: argon2id, sessions only, no registration, the same answer for any wrong sign-in."""
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106 - the name of a way to hash
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_PASSWORD_SALT="unused: argon2id salts each password itself",  # noqa: S106
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_URL_PREFIX="/console",
        SECURITY_LOGIN_URL="/sign-in",
        SECURITY_LOGOUT_URL="/sign-out",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_POST_LOGIN_VIEW="/console/",
        SECURITY_POST_LOGOUT_VIEW="/",
        SECURITY_LOGIN_USER_TEMPLATE="console/sign_in.html",
        SECURITY_TRACKABLE=False,
        SECURITY_SEND_REGISTER_EMAIL=False,
        SECURITY_WEBAUTHN=False,
        SECURITY_USE_VERIFY_PASSWORD_CACHE=False,
    )
    Security(app, SQLAlchemyUserDatastore(db, SignedIn, OrganiserRole), register_blueprint=True)  # type: ignore[arg-type]
    # Flask-Security would look for a token in each request, and read the whole body of a JSON post for it.
    app.login_manager.request_loader(lambda _: None)  # type: ignore[attr-defined]
