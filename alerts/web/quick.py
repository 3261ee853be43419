"""Links to act, answered in front of the app: the same rules and the same rows, without what a page costs around them.

Mails bring many people within minutes, all to one page. Whatever is out of the ordinary here is left to the app.
"""

from __future__ import annotations

from psycopg import Error as DatabaseError
from sqlalchemy.exc import SQLAlchemyError

from alerts.core.errors import AlertsError
from alerts.core.looks import Looks
from alerts.core.tokens import BadToken, Purpose, mint, read
from alerts.mailings.invitations import Invitation, invitation
from alerts.participation.service import Person, add_name
from alerts.web.formats import masked
from alerts.web.kept import Asked, Asking, Pressing

_LEFT_TO_THE_APP = (BadToken, AlertsError, SQLAlchemyError, DatabaseError)


def asking(looks: Looks) -> Asking:
    """What a link to act asks for at this moment, in one look at the database."""

    def asked_by(token: str) -> Asked | None:
        try:
            asked = invitation(looks, read(token, Purpose.ACT).id)
        except _LEFT_TO_THE_APP:
            return None
        return page_of(asked, asked.language) if asked.takes_acts and asked.email and asked.signs else None

    return asked_by


def pressing(looks: Looks) -> Pressing:
    """Act, as the button of a mail's link does it where nothing is typed; gives the path of the receipt.

    A second press, and one on a case that just stopped, is left to the app.
    """

    def pressed_by(token: str) -> str | None:
        try:
            asked = invitation(looks, read(token, Purpose.ACT).id)
            if not (asked.takes_acts and asked.email and asked.name and asked.signs):
                return None
            person = Person(asked.person_hash, asked.email, asked.name, asked.country, asked.language)
            made = add_name(looks, asked.case_id, person, delivery_id=asked.delivery_id)
        except _LEFT_TO_THE_APP:
            return None
        return None if made is None else f"/r/{mint(Purpose.RECEIPT, made)}"

    return pressed_by


def page_of(asked: Invitation, code: str) -> Asked:
    """The page of an invitation in a language, as it is the same for many, and what is this person's own."""
    page = ("act", code, asked.time_zone, asked.case_id, not asked.name, asked.acted)
    return Asked(page, {"person": masked(asked.name, asked.email, asked.country, code)})
