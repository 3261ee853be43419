"""The form for people who came without a mail: what they wrote, what is wrong with it, and who wrote it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from flask import current_app, request
from flask_babel import gettext as _

from alerts.actions.states import ActKind
from alerts.core.addresses import BadAddress, normalise
from alerts.core.countries import CODES
from alerts.core.text import is_a_name
from alerts.participation.letters import one_line
from alerts.participation.service import Person, stranger
from alerts.web.robots import STAMP, age, traps
from config import Settings

LONGEST_NAME = 120
LONGEST_ADDRESS = 254
"""RFC 5321."""


@dataclass
class ActForm:
    """Name, address and country as written; `errors` by the field they are tied to.

    `email` is shown again; what is judged is `typed`, which may hold what cannot be seen.
    """

    name: str = ""
    email: str = ""
    country: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    stamp: str = ""
    kind: str = ActKind.SIGN.value
    typed: str = ""

    @classmethod
    def sent(cls) -> ActForm:
        """What this request's form says."""
        said = request.form
        return cls(
            name=one_line(said.get("name", "")),
            email=one_line(said.get("email", "")),
            country=said.get("country", "").strip().upper(),
            stamp=said.get(STAMP, ""),
            kind=ActKind.PRINT.value if said.get("kind") == ActKind.PRINT else ActKind.SIGN.value,
            typed=said.get("email", "").strip(),
        )

    @property
    def opened(self) -> str:
        """The signed moment this form was first shown; kept when it is shown again."""
        if not self.stamp or age(self.stamp) is None:
            self.stamp = traps()[STAMP]
        return self.stamp

    def fits(self, kinds: Collection[ActKind]) -> bool:
        """Whether a case with these kinds of act takes what was sent.

        What was posted to one that counts no posted letters is made a name to be added, once more, and said so.
        """
        if self.kind in kinds:
            return True
        if ActKind.SIGN in kinds:
            self.kind = ActKind.SIGN.value
            self.errors = {"name": _("Posted letters are not counted here. Press once more to add your name instead.")}
        return False

    def person(self, language: str) -> Person | None:
        """Who acts; None where something has to be corrected first (then `errors` says what)."""
        self.errors = {}
        email = self._email()
        if len(self.name) > LONGEST_NAME or not is_a_name(self.name):
            self.errors["name"] = _("Write your name, as it should stand on the letter.")
        if email is None:
            self.errors["email"] = _("Write your whole email address, such as name@mail.example.")
        if self.country not in CODES:
            self.errors["country"] = _("Choose the country you live in.")
        if not self.errors and age(self.stamp) is None:
            self.stamp = ""
            self.errors["name"] = _("This page was open for very long. Press once more.")
        if self.errors or email is None:
            return None
        return stranger(email=email, name=self.name, country=self.country, language=language)

    def _email(self) -> str | None:
        try:
            return normalise(self.typed) if len(self.typed) <= LONGEST_ADDRESS else None
        except BadAddress:
            return None


def same_origin() -> bool:
    """Whether a form was sent from a page of ours. Stands in for a token in a cookie, which visitors do not get.

    Browsers say so themselves (Fetch Metadata, else Origin); what says nothing is no browser, and acts for nobody else.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or _is_ours(origin)


def _is_ours(origin: str) -> bool:
    settings: Settings = current_app.extensions["settings"]
    try:
        place = urlsplit(origin).netloc
    except ValueError:  # it is no address at all
        return False
    return place in (request.host, urlsplit(settings.base_url).netloc)
