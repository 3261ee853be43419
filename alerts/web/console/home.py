"""What needs me now: the page the console opens on."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from uuid import UUID

from flask.typing import ResponseReturnValue

from alerts.actions.desk import Need, Todo, needs_now
from alerts.actions.news import waiting_for
from alerts.appeals.desk import stopped
from alerts.campaigns.desk import CampaignLine, campaign_list
from alerts.campaigns.mentions import Place, held_back
from alerts.campaigns.transitions import RevisionState
from alerts.extensions import db
from alerts.mailings import desk
from alerts.organisers import Actor, Permission
from alerts.web.access import current_organiser, permission
from alerts.web.console.blueprint import console, page

SHOWN_OF_OTHERS = 12


@console.get("/")
@permission(Permission.SEE)
def home() -> ResponseReturnValue:
    """Mailings under way, then what this organiser can do now, then what waits for colleagues."""
    actor = current_organiser()
    todos = needs_now(db.session(), actor)
    yours = [todo for todo in todos if todo.yours]
    others = [todo for todo in todos if not todo.yours and todo.need is not Need.DRAFT]
    return page(
        "home.html",
        mailings=desk.under_way(db.session(), actor),
        pressing=[todo for todo in yours if todo.need is not Need.DRAFT],
        drafts=[todo for todo in yours if todo.need is Need.DRAFT],
        others=others[:SHOWN_OF_OTHERS],
        more_others=max(0, len(others) - SHOWN_OF_OTHERS),
        goes_to=_goes_to,
        stopped_letters=stopped(db.session(), actor),
        news=waiting_for(db.session(), actor),
        pages=_pages_for(actor),
        held_back=_by_campaign(held_back(db.session(), actor)) if actor.may(Permission.WRITE) else [],
    )


def _pages_for(actor: Actor) -> list[CampaignLine]:
    """Campaigns whose page waits for something that this organiser may do."""
    wants = {RevisionState.IN_REVIEW: Permission.REVIEW, RevisionState.APPROVED: Permission.PUBLISH}
    wanted = {state for state, needed in wants.items() if actor.may(needed)}
    return [line for line in campaign_list(db.session(), actor) if line.open_state in wanted]


def _by_campaign(places: Iterable[Place]) -> list[tuple[UUID, list[Place]]]:
    return [(campaign, list(own)) for campaign, own in groupby(places, lambda place: place.campaign_id)]


def _goes_to(todo: Todo) -> str:
    """The page on which the need is met."""
    actor = current_organiser()
    if todo.need is Need.PUBLISH and actor.may(Permission.LAUNCH):
        return "console.launch"
    return "console.case"
