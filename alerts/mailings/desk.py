"""What organisers read of mailings: those of a case, those under way, and how a mail will read."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.models import Bulletin, UrgentAction
from alerts.core.errors import Unknown
from alerts.core.i18n import translations
from alerts.delivery.content import replace_slots
from alerts.delivery.render import RenderedMail
from alerts.delivery.site import Site
from alerts.mailings.content import asks_of, news_of, rendered_mail
from alerts.mailings.models import Mailing
from alerts.mailings.progress import Progress, progress
from alerts.mailings.transitions import OPEN
from alerts.organisers import Actor, Permission, require

RECENT = 50


def mailings_of(session: Session, actor: Actor, case_id: UUID) -> list[Progress]:
    """The mailings of one case, newest first."""
    require(actor, Permission.SEE)
    query = select(Mailing.id).where(Mailing.urgent_action_id == case_id).order_by(Mailing.launched_at.desc())
    return [progress(session, mailing_id) for mailing_id in session.scalars(query)]


def under_way(session: Session, actor: Actor) -> list[Progress]:
    """The mailings that can still go on, newest first."""
    require(actor, Permission.SEE)
    states = [state.value for state in OPEN]
    query = select(Mailing.id).where(Mailing.state.in_(states)).order_by(Mailing.launched_at.desc())
    return [progress(session, mailing_id) for mailing_id in session.scalars(query)]


def recent(session: Session, actor: Actor) -> list[Progress]:
    """The newest mailings, up to RECENT of them."""
    require(actor, Permission.SEE)
    query = select(Mailing.id).order_by(Mailing.launched_at.desc()).limit(RECENT)
    return [progress(session, mailing_id) for mailing_id in session.scalars(query)]


def open_mailing_of(session: Session, actor: Actor, bulletin_id: UUID) -> UUID | None:
    """The mailing of a bulletin that can still go on, if there is one."""
    require(actor, Permission.SEE)
    states = [state.value for state in OPEN]
    query = select(Mailing.id).where(Mailing.bulletin_id == bulletin_id, Mailing.digest.is_(None))
    return session.scalar(query.where(Mailing.state.in_(states)))


def specimen(session: Session, actor: Actor, bulletin_id: UUID, language: str, site: Site) -> RenderedMail:
    """The mail on a bulletin as a reader of `language` would get it now; its links lead nowhere.

    Raises Unknown where it has no text in the language.
    """
    require(actor, Permission.SEE)
    bulletin = session.get(Bulletin, bulletin_id)
    case = session.get(UrgentAction, bulletin.urgent_action_id) if bulletin else None
    text = next((text for text in bulletin.texts if text.language == language), None) if bulletin else None
    if bulletin is None or case is None or text is None:
        raise Unknown("The bulletin has no text in this language.")
    mail = rendered_mail(case, text, site, None, news_of(bulletin, asks=asks_of(bulletin, case)))
    values = {
        "greeting": translations(language).gettext("Dear friend,"),
        "act_url": f"{site.base_url}/a/…",
        "leave_url": f"{site.base_url}/u/…",
    }

    def fill(words: str) -> str:
        return replace_slots(words, lambda name: values.get(name, "…"))

    return replace(mail, text=fill(mail.text), html=fill(mail.html))
