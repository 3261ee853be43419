"""Campaigns as what cases belong to; their pages are the package `alerts.campaigns`."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.models import Campaign
from alerts.audit import record
from alerts.core.db import exists, translated
from alerts.core.errors import Busy, Refused
from alerts.organisers import Actor, Permission, require


def ensure_campaign(session: Session, actor: Actor, *, slug: str, home: bool, main_language: str) -> Campaign:
    """The campaign of this slug; where there is none, a new one, on the front page if `home`.

    Raises Refused where another is the home page, and Busy where someone makes it at this moment.
    """
    require(actor, Permission.WRITE)
    known = session.scalar(select(Campaign).filter_by(slug=slug))
    if known is not None:
        return known
    if home and exists(session, select(Campaign.id).where(Campaign.is_home)):
        raise Refused(f"Another campaign is the home page. Take `home: true` out of {slug}/campaign, then load again.")
    campaign = Campaign(slug=slug, is_home=home, main_language=main_language)
    quicker = {
        name: lambda: Busy("Someone is loading a campaign just now; look again.")
        for name in ("uq_campaigns_slug", "uq_campaigns_home")
    }
    with translated(quicker), session.begin_nested():
        session.add(campaign)
        session.flush()
    record(session, actor, "campaign.loaded", "campaign", campaign.id, slug=slug)
    return campaign
