"""Sending to those who joined since: a second mailing of the same bulletin, to nobody of an audience before."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from alerts.core.errors import Refused, Unknown
from alerts.delivery.site import Site
from alerts.mailings.audience import Audience
from alerts.mailings.launch import Launched, audience_of, launch
from alerts.mailings.models import Mailing, MailingState
from alerts.mailings.shifting import may_send
from alerts.organisers import Actor, Permission, require
from alerts.segments.rules import Rule


def joined_since(session: Session, actor: Actor, mailing_id: UUID) -> Audience:
    """Who is under the mailing's rule now and was in no audience of its bulletin; everyone else, by reason."""
    require(actor, Permission.LAUNCH)
    mailing = _mailing(session, mailing_id)
    return audience_of(session, actor, mailing.bulletin_id, Rule.from_json(mailing.rule), newcomers=True)


def send_to_joined(
    session: Session, actor: Actor, mailing_id: UUID, *, site: Site, confirmed: int | None = None
) -> Launched:
    """Launch the mailing's bulletin to those who joined since, under the same rule; recorded as a launch.

    Only behind a mailing that is done: while one runs, everyone waits for its end. `confirmed` is the number that was
    typed. Raises Refused where nobody joined or nothing may be sent, AudienceChanged, AlreadyLaunched.
    """
    require(actor, Permission.LAUNCH)
    mailing = _mailing(session, mailing_id)
    if mailing.state != MailingState.DONE:
        raise Refused(
            f"The mailing is {mailing.state}: who joined since is mailed once it is done. After a cancel, launch the"
            " case again instead."
        )
    may_send(session, mailing)
    rule = Rule.from_json(mailing.rule)
    people = audience_of(session, actor, mailing.bulletin_id, rule, newcomers=True).people
    if not people:
        raise Refused("Nobody has joined since: everyone under the mailing's rule was in its audience.")
    return launch(session, actor, mailing.bulletin_id, site=site, rule=rule, confirmed=confirmed, follows=mailing.id)


def _mailing(session: Session, mailing_id: UUID) -> Mailing:
    mailing = session.get(Mailing, mailing_id, populate_existing=True)
    if mailing is None:
        raise Unknown("There is no mailing with this id.")
    if mailing.digest:
        raise Refused("A digest is not sent to those who joined since: they get the next one.")
    return mailing
