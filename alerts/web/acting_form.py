"""The form for people who came without a mail: what they wrote, what is wrong with it, and who wrote it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask import current_app, request
from flask_babel import gettext as _
from itsdangerous import BadSignature, SignatureExpired, TimestampSigner

from alerts.core import clock
from alerts.core.addresses import BadAddress, normalise
from alerts.core.countries import CODES
from alerts.participation.service import Person, stranger
from config import Settings

QUICKEST = 2
"""Seconds that a person needs for the form at the least; programs are quicker."""
LONGEST = 24 * 3600
"""Seconds after which a page that was left open is asked for once more."""
LONGEST_NAME = 120
TRAP = "website"


@dataclass
class ActForm:
    """Name, address and country as written; `errors` by the field they are tied to."""

    name: str = ""
    email: str = ""
    country: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    stamp: str = ""
    trapped: bool = False

    @classmethod
    def sent(cls) -> ActForm:
        """What this request's form says."""
        said = request.form
        return cls(
            name=" ".join(said.get("name", "").split()),
            email=said.get("email", "").strip(),
            country=said.get("country", "").strip().upper(),
            stamp=said.get("opened", ""),
            trapped=bool(said.get(TRAP)),
        )

    @property
    def opened(self) -> str:
        """The signed moment this form was first shown; kept when it is shown again."""
        return self.stamp if self.stamp and _age(self.stamp) is not None else _signer().sign("opened").decode()

    def person(self, language: str) -> Person | None:
        """Who acts; None where something has to be corrected first (then `errors` says what)."""
        self.errors = {}
        email = self._email()
        if not self.name or len(self.name) > LONGEST_NAME or not any(letter.isalpha() for letter in self.name):
            self.errors["name"] = _("Write your name, as it should stand on the letter.")
        if email is None:
            self.errors["email"] = _("Write your whole email address, such as name@mail.example.")
        if self.country not in CODES:
            self.errors["country"] = _("Choose the country you live in.")
        if not self.errors:
            self._check_pace()
        if self.errors or email is None:
            return None
        return stranger(email=email, name=self.name, country=self.country, language=language)

    def _email(self) -> str | None:
        try:
            return normalise(self.email) if len(self.email) <= 254 else None  # noqa: PLR2004 - RFC 5321
        except BadAddress:
            return None

    def _check_pace(self) -> None:
        age = _age(self.stamp)
        if self.trapped:
            self.errors["name"] = _("A field that people do not see was filled in. It is empty now: press once more.")
        elif age is None:
            self.stamp = ""
            self.errors["name"] = _("This page was open for very long. Press once more.")
        elif age < QUICKEST:
            self.errors["name"] = _("That was very fast. Wait a moment, then press once more.")


def same_origin() -> bool:
    """Whether a form was sent from a page of ours. Stands in for a token in a cookie, which visitors do not get.

    Browsers say so themselves (Fetch Metadata, else Origin); what says nothing is no browser, and acts for nobody else.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    settings: Settings = current_app.extensions["settings"]
    return origin is None or urlsplit(origin).netloc in (request.host, urlsplit(settings.base_url).netloc)


def _signer() -> TimestampSigner:
    return TimestampSigner(current_app.config["SECRET_KEY"], salt="act-form")


def _age(stamp: str) -> int | None:
    """Seconds since the stamp was made; None where it is not ours, or too old."""
    try:
        _value, at = _signer().unsign(stamp, max_age=LONGEST, return_timestamp=True)
    except (BadSignature, SignatureExpired):
        return None
    return int((clock.now() - at).total_seconds())
