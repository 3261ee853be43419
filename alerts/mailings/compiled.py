"""The compiled words of a mailing, kept by each worker: compiled once, filled for everyone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.core import clock
from alerts.delivery.content import Compiled, Recipient, compile_content
from alerts.delivery.site import Site
from alerts.mailings.claims import Claim
from alerts.mailings.content import deliverable
from alerts.mailings.digesting import digest_addressing, words_of
from alerts.mailings.models import Mailing, MailingContent
from alerts.mailings.recipients import Pending, addressing

KEPT = 32


@dataclass(frozen=True)
class Ready:
    """One variant in one language of one mailing, ready to be filled; `recipient` makes of a delivery whom it is
    filled for.
    """

    compiled: Compiled
    recipient: Callable[[Pending], Recipient]


_kept: dict[tuple[UUID, str, int, Site], Ready] = {}


def ready(session: Session, claim: Claim, site: Site) -> Ready:
    """The mail of this batch, compiled; the words of a mailing never change, so they are read once per process."""
    key = (claim.mailing_id, claim.language, claim.variant, site)
    if key not in _kept:
        while len(_kept) >= KEPT:
            _kept.pop(next(iter(_kept)))
        _kept[key] = _compile(session, claim, site)
    return _kept[key]


def _compile(session: Session, claim: Claim, site: Site) -> Ready:
    mailing = session.get_one(Mailing, claim.mailing_id)
    if mailing.digest:
        content = words_of(session, mailing, claim.language, claim.variant, site)
        compiled = compile_content(deliverable(content, site, f"{mailing.digest}-digest"), domain=site.mail_domain)
        return Ready(compiled, digest_addressing(session, content, site))
    query = (
        select(MailingContent, UrgentAction)
        .join(Mailing, Mailing.id == MailingContent.mailing_id)
        .join(UrgentAction, UrgentAction.id == Mailing.urgent_action_id)
        .where(
            MailingContent.mailing_id == claim.mailing_id,
            MailingContent.language == claim.language,
            MailingContent.variant == claim.variant,
        )
    )
    content, action = session.execute(query).one()
    compiled = compile_content(deliverable(content, site, action.number), domain=site.mail_domain)
    return Ready(compiled, addressing(content, site, action.deadline or clock.now()))
