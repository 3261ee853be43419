"""The pages of campaigns, the front page among them: blocks in their order, with what is open and what was done."""

from __future__ import annotations

from typing import Any

from flask import current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from alerts.actions.listing import Listed, Wanted, newest_cases
from alerts.actions.people import faces
from alerts.actions.queries import Card, open_cases
from alerts.campaigns.errors import CampaignGone
from alerts.campaigns.figures import BAR_HEIGHT, RADIUS, arc, bars
from alerts.campaigns.kinds import BlockKind
from alerts.campaigns.queries import CampaignPage, campaign_page, home_page
from alerts.extensions import db
from alerts.participation.queries import counts
from alerts.web.access import public
from alerts.web.kept import kept_page
from alerts.web.languages import PREFIX, language
from alerts.web.public import STILL_OPEN, absolute, alternates, site

LATEST_OUTCOMES = 3
SUBSCRIBING = "public.subscribe"
"""The page that takes new subscribers; where the site has none, the sign-up block is left out."""


@site.get("/")
@site.get(f"{PREFIX}/")
@public
@kept_page
def front(lang: str | None = None) -> ResponseReturnValue:  # noqa: ARG001 - `language()` reads it from the path
    """The campaign at home and its open cases, the most urgent first."""
    page = home_page(db.session(), language())
    return campaign_html(page, canonical=absolute(f"/{language()}/"), alternates=alternates("public.front"))


@site.get("/c/<slug>")
@site.get(f"{PREFIX}/c/<slug>")
@public
@kept_page
def campaign(slug: str, lang: str | None = None) -> ResponseReturnValue:
    """A campaign; the one at home is sent there."""
    try:
        page = campaign_page(db.session(), slug, language())
    except CampaignGone:
        return campaign_gone()
    if page.is_home:
        return redirect(url_for("public.front", lang=lang), 301)
    spoken = language() if language() in page.languages else page.blocks[0].language
    return campaign_html(
        page,
        canonical=absolute(url_for("public.campaign", lang=spoken, slug=slug)),
        alternates=alternates("public.campaign", page.languages, slug=slug),
    )


def campaign_gone() -> ResponseReturnValue:
    """410: the page was taken down, and what is open elsewhere."""
    others = open_cases(db.session(), language())[:STILL_OPEN]
    people = counts(db.session(), [card.id for card in others])
    return render_template("public/campaign_gone.html", others=others, counts=people), 410


def campaign_html(page: CampaignPage, **context: Any) -> str:
    """The page as its readers get it, and nothing that may not be shown; each list is read once, if it is shown."""
    session, lang = db.session(), language()
    kinds = {block.kind for block in page.blocks}
    cards: tuple[Card, ...] = ()
    if BlockKind.ACTION in kinds:
        cards = open_cases(session, lang, campaign_id=page.id)
    ended: tuple[Listed, ...] = ()
    if BlockKind.OUTCOMES in kinds:
        wanted = Wanted(campaign=page.slug, state="closed")
        ended = newest_cases(session, lang, wanted, LATEST_OUTCOMES)
    people = faces(session, lang, page.id) if BlockKind.GALLERY in kinds else ()
    return render_template(
        "public/home.html",
        page=page,
        hero=page.block(BlockKind.HERO),
        cards=cards,
        ended=ended,
        people=people,
        counts=counts(session, [*(card.id for card in cards), *(one.card.id for one in ended)]),
        subscribe_url=url_for(SUBSCRIBING, lang=lang) if SUBSCRIBING in current_app.view_functions else None,
        bars=bars,
        arc=arc,
        BAR_HEIGHT=BAR_HEIGHT,
        RADIUS=RADIUS,
        **context,
    )
