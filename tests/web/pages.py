"""What tests of public pages stand on: an alert that reached people, the links of their mails, and what a page says."""

from __future__ import annotations

from dataclasses import dataclass
from html import unescape
from typing import Protocol
from xml.etree.ElementTree import Element

import html5lib
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from alerts.actions.models import UrgentAction
from alerts.core.tokens import Purpose, mint
from alerts.mailings.models import Delivery
from alerts.subscribers.models import Subscriber
from tests.mailings.scenes import Launch, people


class HasText(Protocol):
    """An answer of any client."""

    @property
    def text(self) -> str: ...


NOTHING_CHANGES = ("subscribers", "participations", "suppressions", "deliveries", "urgent_actions", "audit_entries")


@dataclass
class Alert:
    """A launched alert and the people it went to."""

    case: UrgentAction
    people: list[Subscriber]
    deliveries: list[int]

    def act_link(self, index: int = 0) -> str:
        """The path behind the button of this person's mail."""
        return f"/a/{mint(Purpose.ACT, self.deliveries[index], expires=self.case.deadline)}"

    def leave_link(self, index: int = 0) -> str:
        """The path behind the leave link of this person's mail."""
        return f"/u/{mint(Purpose.LEAVE, self.deliveries[index], extra=self.people[index].address_hash)}"


def an_alert(session: Session, number: int = 1, *, name: str | None = "Elena Morgen", language: str = "en") -> Alert:
    """An alert, frozen for so many people."""
    who = people(session, number, name=name, language=language)
    launch = Launch(session, languages=("en",) if language == "en" else ("en", language))
    rows = session.execute(select(Delivery.subscriber_id, Delivery.id).where(Delivery.mailing_id == launch.id)).all()
    by_person = dict(row.tuple() for row in rows)
    return Alert(launch.case, who, [by_person[person.id] for person in who])


def number_of(case: UrgentAction) -> str:
    """The case's number as it stands in addresses."""
    return f"{case.sequence}-{case.year % 100:02d}"


def words(answer: HasText) -> str:
    """The words of a page, without its marks."""
    root: Element = html5lib.parse(answer.text, namespaceHTMLElements=False)
    return unescape(" ".join(" ".join(root.itertext()).split()))


def state_of(session: Session) -> dict[str, str]:
    """A fingerprint of every table that acts and mails live in."""
    session.expire_all()
    query = "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} t"
    return {table: session.scalar(text(query.format(table))) or "" for table in NOTHING_CHANGES}


def follow(client: FlaskClient, path: str) -> TestResponse:
    """Post to the path, as its button does, and go where it leads."""
    return client.post(path, follow_redirects=True)
