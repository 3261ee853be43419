"""What the demo begins with: keys, organisers, the campaign, 200 people, and one launched alert."""

from __future__ import annotations

import csv
import time
from itertools import cycle, islice
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from alerts.actions import later, publishing, review
from alerts.actions.load import Outcome, load_folder
from alerts.actions.models import Bulletin, UrgentAction
from alerts.actions.states import CaseState
from alerts.campaigns import review as page_review
from alerts.campaigns.load import Outcome as Loaded
from alerts.campaigns.load import load_page
from alerts.cli.context import app_context
from alerts.core.errors import Refused
from alerts.extensions import current_site, db
from alerts.mailings import launch as mailings
from alerts.mailings.models import Mailing, MailingState
from alerts.mailings.progress import progress
from alerts.organisers import SYSTEM, Actor, Role
from alerts.organisers.models import Organiser
from alerts.organisers.service import add_organiser, organiser_by_email
from alerts.subscribers.models import Subscriber

CAMPAIGN = Path(__file__).parent.parent.parent / "demo" / "we-defend"
FEATURED = "we-defend/narges-mohammadi"
"""The case whose alert is launched: it is written in both directions."""
PEOPLE = 200
STATEMENT = "I want urgent action alerts from We Defend by email. I can leave at any time. (Demo)"
ORGANISERS = {
    "author": ("Ada Author", [Role.AUTHOR]),
    "reviewer": ("Rui Reviewer", [Role.REVIEWER]),
    "sender": ("Sena Sender", [Role.SENDER, Role.DATA_OFFICER]),
}
UNDER_WAY = (MailingState.SCHEDULED, MailingState.RUNNING, MailingState.PARKED)
NAMES = {
    "en": (("Grace", "Owen", "Nadia", "Liam"), ("Walker", "Okafor", "Singh", "Murphy"), ("GB", "Europe/London")),
    "es": (("Lucía", "Mateo", "Inés", "Tomás"), ("Núñez", "Peña", "Ibáñez", "Morales"), ("GT", "America/Guatemala")),
    "fr": (("Zoé", "Noël", "Aïcha", "René"), ("Lefèvre", "Benoît", "Dubois", "Traoré"), ("FR", "Europe/Paris")),
    "ar": (("ليلى", "عمر", "مريم", "سامي"), ("حداد", "منصور", "الخطيب", "ناصر"), ("TN", "Africa/Tunis")),
    "fa": (("شیرین", "آرش", "مینا", "کاوه"), ("رضایی", "کریمی", "احمدی", "موسوی"), ("DE", "Europe/Berlin")),
    "ru": (("Анна", "Иван", "Ольга", "Пётр"), ("Смирнова", "Петров", "Лебедева", "Орлов"), ("KZ", "Asia/Almaty")),
}


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
    """Bring everything to where the demo begins, as far as it is not there yet: accounts, people, published cases."""
    with app_context():
        upgrade()
        _only_in_its_own(db.session())
        people = {role: _organiser(db.session(), role).actor for role in ORGANISERS}
        db.session.commit()
        if _launched(db.session()):
            return
        _publish(db.session(), people)
        db.session.commit()
        empty = db.session.scalar(select(func.count()).select_from(Subscriber)) == 0
    if empty:
        _import_people(data_dir)


def launch_once() -> str:
    """Launch the demo's one alert, unless an earlier demo did; the number of its case."""
    with app_context():
        session = db.session()
        number = _launched(session)
        if number is None:
            published = select(UrgentAction).filter_by(state=CaseState.PUBLISHED.value)
            number = session.scalars(published.order_by(UrgentAction.loaded_from != FEATURED).limit(1)).one().number
            sender = organiser_by_email(session, address_of("sender")).actor
            mailings.launch(session, sender, mailings.newest_bulletin(session, number), site=current_site())
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


def wait_until_handed_over(number: str, seconds: float = 60) -> int:
    """How many people the demo's mailing reached, once it has ended (or after `seconds`)."""
    until = time.monotonic() + seconds
    with app_context():
        mailing_id = mailings.newest_mailing(db.session(), number).id
        while True:
            db.session.rollback()
            at = progress(db.session(), mailing_id)
            if at.state not in UNDER_WAY or time.monotonic() > until:
                return at.handed_over
            time.sleep(0.2)


def _organiser(session: Session, role: str) -> Organiser:
    email = address_of(role)
    known = session.scalar(select(Organiser).filter_by(email=email))
    if known is not None:
        return known
    name, roles = ORGANISERS[role]
    return add_organiser(session, SYSTEM, email=email, name=name, password=password_of(role), roles=roles)


def _import_people(data_dir: Path) -> None:
    from alerts.cli.subscribers import subscribers

    file = data_dir / "demo-subscribers.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["email", "name", "language", "country", "time zone"])
        writer.writerows(_people())
    arguments = ["import", str(file), "--consent", STATEMENT, "--as", address_of("sender")]
    subscribers.main(arguments, standalone_mode=False)


def _people() -> list[tuple[str, str, str, str, str]]:
    """The same 200 people each time: languages in turn, every seventh without a name."""
    rows = []
    for number, language in enumerate(islice(cycle(NAMES), PEOPLE), start=1):
        first, last, (country, zone) = NAMES[language]
        name = f"{first[number // 6 % 4]} {last[number // 24 % 4]}" if number % 7 else ""
        rows.append((f"{language}{number:03}@mail.example", name, language, country, zone))
    return rows


def _publish(session: Session, people: dict[str, Actor]) -> None:
    """The campaign's cases and its page, each written, approved and published by three different people."""
    for case in load_folder(session, people["author"], CAMPAIGN):
        if case.outcome is Outcome.NEW:
            review.submit(session, people["author"], case.case_id)
            review.approve(session, people["reviewer"], case.case_id)
            publishing.publish(session, people["sender"], case.case_id)
    page = load_page(session, people["author"], CAMPAIGN)
    if page.outcome is Loaded.NEW:
        page_review.submit(session, people["author"], page.revision_id)
        page_review.approve(session, people["reviewer"], page.revision_id)
        page_review.publish(session, people["sender"], page.revision_id)
    _tell_more(session, people)


def _tell_more(session: Session, people: dict[str, Actor]) -> None:
    """The campaign's later bulletins: news is published; what would end a case waits for the visitor's review."""
    cases = [case.case_id for case in load_folder(session, people["author"], CAMPAIGN) if case.begun]
    for bulletin in session.scalars(select(Bulletin).where(Bulletin.urgent_action_id.in_(cases), Bulletin.number > 1)):
        later.submit(session, people["author"], bulletin.id)
        if bulletin.kind not in later.ENDS_APPEALS:
            later.approve(session, people["reviewer"], bulletin.id)
            later.publish_later(session, people["sender"], bulletin.id)


def _launched(session: Session) -> str | None:
    """The case that an earlier demo launched."""
    known = session.scalars(select(Mailing).order_by(Mailing.launched_at).limit(1)).one_or_none()
    return session.get_one(UrgentAction, known.urgent_action_id).number if known else None
