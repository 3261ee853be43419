"""The pictures that networks show beside a link to a case or a campaign; read afresh each time, drawn once an hour."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from flask import Response, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from redis import Redis
from redis.exceptions import RedisError

from alerts.actions.errors import CaseGone
from alerts.actions.people import faces
from alerts.actions.queries import PublicCase, case_id_of, public_case, public_portrait_size
from alerts.actions.sharecard import ShareCard, drawn
from alerts.campaigns import sharecard as campaigns
from alerts.campaigns.errors import CampaignGone
from alerts.campaigns.kinds import BlockKind
from alerts.campaigns.queries import CampaignPage, campaign_page, home_page
from alerts.core.languages import direction
from alerts.extensions import db
from alerts.web.access import public
from alerts.web.campaigns import campaign_gone
from alerts.web.languages import PREFIX
from alerts.web.public import gone_page, site
from config import Settings

KEPT = 3600
"""Seconds that a drawn card is kept: no longer, so that nothing of a case that was taken down stays anywhere."""


@site.get(f"{PREFIX}/ua/<number>/card.jpg")
@public
def card(number: str, lang: str) -> ResponseReturnValue:
    """The card in the language of the address; a case that is not shown has none."""
    case_id = case_id_of(db.session(), number)
    try:
        found = public_case(db.session(), case_id, lang)
    except CaseGone as gone:
        return gone_page(gone.number, gone.state.value)
    said = _said(found)
    return _answer(said.digest, lambda: _drawn(said, found))


@site.get(f"{PREFIX}/card.jpg")
@public
def front_card(lang: str) -> ResponseReturnValue:
    """The picture of the front page, in the language of the address."""
    return _campaign_card(home_page(db.session(), lang), lang)


@site.get(f"{PREFIX}/c/<slug>/card.jpg")
@public
def campaign_card(slug: str, lang: str) -> ResponseReturnValue:
    """The picture of a campaign; of the one at home it is that of the front page."""
    try:
        page = campaign_page(db.session(), slug, lang)
    except CampaignGone:
        return campaign_gone()
    if page.is_home:
        return redirect(url_for("public.front_card", lang=lang), 301)
    return _campaign_card(page, lang)


def _campaign_card(page: CampaignPage, lang: str) -> ResponseReturnValue:
    """Its words, and who of its gallery may be seen at this moment."""
    session, settings = db.session(), _settings()
    hero = page.block(BlockKind.HERO)
    spoken, words = (hero.language, hero.parts) if hero else (lang, {})
    people = faces(session, lang, page.id) if page.block(BlockKind.GALLERY) else ()
    seen = [person.portrait_id for person in people if person.portrait_id][: campaigns.MOST_FACES]
    with force_locale(spoken):
        said = campaigns.CampaignCard(
            language=spoken,
            direction=direction(spoken),
            organisation=settings.organisation,
            headline=words.get("headline") or settings.organisation,
            strap_line=words.get("strap_line") or _("Urgent actions for human rights defenders at risk."),
            portraits=tuple(map(str, seen)),
        )
    return _answer(
        said.digest,
        lambda: campaigns.drawn(said, [public_portrait_size(session, one, 800, "webp") for one in seen]),
    )


def _answer(digest: str, draw: Callable[[], bytes]) -> ResponseReturnValue:
    """The picture that is kept under this digest, or else drawn and kept."""
    picture = _kept(digest)
    if picture is None:
        picture = draw()
        _keep(digest, picture)
    answer = Response(picture, mimetype="image/jpeg")
    answer.set_etag(digest)
    return answer.make_conditional(request)


def _said(case: PublicCase) -> ShareCard:
    with force_locale(case.language):  # all of it in one language, also where the page's is another
        over = "" if case.takes_acts else _("Closed") if case.ended_at else _("The deadline has passed")
        return ShareCard(
            language=case.language,
            direction=direction(case.language),
            organisation=_settings().organisation,
            number=_("Urgent action %(number)s", number=case.number),
            call=case.call,
            button=_("Add my name") if case.takes_acts else "",
            over=over,
            portrait=str(case.portrait_id or ""),
        )


def _drawn(said: ShareCard, case: PublicCase) -> bytes:
    portrait = public_portrait_size(db.session(), case.portrait_id, 800, "webp") if case.portrait_id else None
    return drawn(said, portrait)


def _keep(digest: str, picture: bytes) -> None:
    with suppress(RedisError):  # drawn anew at the next look
        _redis().set(_key(digest), picture, ex=KEPT)


def _kept(digest: str) -> bytes | None:
    try:
        kept = _redis().get(_key(digest))
    except RedisError:
        return None
    return kept if isinstance(kept, bytes) else None


def _key(digest: str) -> str:
    return f"card:{digest}"


def _redis() -> Redis:
    found: Redis = current_app.extensions["redis"]
    return found


def _settings() -> Settings:
    found: Settings = current_app.extensions["settings"]
    return found
