"""What the demo begins with: keys, organisers, the campaign with its past, 200 people, one launched alert, digests."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from flask_migrate import upgrade
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.states import CaseState
from alerts.cli import demo_people, demo_story
from alerts.cli.context import app_context
from alerts.core import clock
from alerts.core.errors import Refused
from alerts.extensions import current_limits, current_site, db
from alerts.mailings import digests
from alerts.mailings import launch as mailings
from alerts.mailings.models import Mailing, MailingState
from alerts.mailings.progress import progress
from alerts.organisers import SYSTEM, Role
from alerts.organisers.models import Organiser
from alerts.organisers.service import add_organiser, organiser_by_email
from alerts.subscribers.models import Subscriber

CAMPAIGN = Path(__file__).parent.parent.parent / "demo" / "we-defend"
FEATURED = f"{CAMPAIGN.name}/{demo_story.PUBLISHED_TODAY}"
"""The case whose alert is launched."""
JOINED, HIRED = timedelta(days=15), timedelta(days=17)
"""How long ago people subscribed, and organisers got their accounts."""
ORGANISERS = {
    "author": ("Ada Author", [Role.AUTHOR]),
    "reviewer": ("Rui Reviewer", [Role.REVIEWER]),
    "sender": ("Sena Sender", [Role.SENDER, Role.DATA_OFFICER]),
}
UNDER_WAY = (MailingState.RUNNING, MailingState.PARKED)


def address_of(role: str) -> str:
    """A demo organiser's address, to sign in with."""
    return f"{role}@demo.example"


def password_of(role: str) -> str:
    """A demo organiser's password."""
    return f"we-defend-{role}"


def sign_in_lines() -> str:
    """How to sign in, a line each."""
    return "\n".join(f"    {role:<9} {address_of(role)}   {password_of(role)}" for role in ORGANISERS)


def prepare(data_dir: Path) -> None:
    """Bring everything to where the demo begins, as far as it is not there yet: accounts, people, cases, digests."""
    with app_context():
        upgrade()
        _only_in_its_own(db.session())
        with clock.set_back(HIRED):
            staff = demo_story.Staff(**{role: _organiser(db.session(), role).actor for role in ORGANISERS})
        db.session.commit()
        if _launched(db.session()):
            return
        empty = db.session.scalar(select(func.count()).select_from(Subscriber)) == 0
    if empty:
        with clock.set_back(JOINED):
            demo_people.import_people(data_dir, acting=address_of("sender"))
    with app_context():
        demo_people.choose_digests(db.session())
        demo_story.tell(db.session(), staff, CAMPAIGN)
        for digest in digests.make_due(db.session(), hour=0, limits=current_limits()):
            mailings.pause(db.session(), staff.sender, digest)  # nobody takes mail yet
        db.session.commit()


def launch_once() -> str:
    """Launch the demo's one alert, and let its digests go, unless an earlier demo did; the number of its case."""
    with app_context():
        session = db.session()
        number = _launched(session)
        if number is None:
            published = select(UrgentAction).filter_by(state=CaseState.PUBLISHED.value)
            number = session.scalars(published.order_by(UrgentAction.loaded_from != FEATURED).limit(1)).one().number
            sender = organiser_by_email(session, address_of("sender")).actor
            mailings.launch(session, sender, mailings.newest_bulletin(session, number), site=current_site())
            for digest in _digests(session):
                mailings.resume(session, sender, digest)
            session.commit()
    return number


def _only_in_its_own(session: Session) -> None:
    """The demo launches mail: never in a database where somebody works already."""
    accounts = set(session.scalars(select(Organiser.email)))
    if accounts and not accounts & {address_of(role) for role in ORGANISERS}:
        raise Refused(
            "DATABASE_URL names a database in which people work already, so the demo stays out of it."
            " Leave DATABASE_URL empty, or name an empty database."
        )


def wait_until_handed_over(number: str, seconds: float = 60) -> tuple[int, int]:
    """How many people the alert of a case reached, and how many the digests, once they ended (or after `seconds`)."""
    until = time.monotonic() + seconds
    with app_context():
        session = db.session()
        alert = mailings.newest_mailing(session, number).id
        sent = (alert, *_digests(session))
        while True:
            session.rollback()
            at, *digested = (progress(session, mailing_id) for mailing_id in sent)
            if time.monotonic() > until or not any(one.state in UNDER_WAY for one in (at, *digested)):
                return at.handed_over, sum(one.handed_over for one in digested)
            time.sleep(0.2)


def _organiser(session: Session, role: str) -> Organiser:
    email = address_of(role)
    known = session.scalar(select(Organiser).filter_by(email=email))
    if known is not None:
        return known
    name, roles = ORGANISERS[role]
    return add_organiser(session, SYSTEM, email=email, name=name, password=password_of(role), roles=roles)


def _launched(session: Session) -> str | None:
    """The case that an earlier demo launched."""
    known = session.scalars(select(Mailing).filter_by(digest=None).order_by(Mailing.launched_at).limit(1)).one_or_none()
    return session.get_one(UrgentAction, known.urgent_action_id).number if known else None


def _digests(session: Session) -> Sequence[UUID]:
    return session.scalars(select(Mailing.id).where(Mailing.digest.is_not(None))).all()
