"""The picture of a case that networks show beside a link to it; read afresh each time, drawn once an hour."""

from __future__ import annotations

from flask import Response, current_app, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from redis import Redis
from redis.exceptions import RedisError

from alerts.actions.errors import CaseGone
from alerts.actions.queries import PublicCase, case_id_of, public_case, public_portrait_size
from alerts.actions.sharecard import ShareCard, drawn
from alerts.core.languages import direction
from alerts.extensions import db
from alerts.web.access import public
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
    answer = Response(_kept(said.digest) or _drawn(said, found), mimetype="image/jpeg")
    answer.set_etag(said.digest)
    return answer.make_conditional(request)


def _said(case: PublicCase) -> ShareCard:
    settings: Settings = current_app.extensions["settings"]
    with force_locale(case.language):  # all of it in one language, also where the page's is another
        over = "" if case.takes_acts else _("Closed") if case.ended_at else _("The deadline has passed")
        return ShareCard(
            language=case.language,
            direction=direction(case.language),
            organisation=settings.organisation,
            number=_("Urgent action %(number)s", number=case.number),
            call=case.call,
            button=_("Add my name") if case.takes_acts else "",
            over=over,
            portrait=str(case.portrait_id or ""),
        )


def _drawn(said: ShareCard, case: PublicCase) -> bytes:
    portrait = public_portrait_size(db.session(), case.portrait_id, 800, "webp") if case.portrait_id else None
    picture = drawn(said, portrait)
    try:
        _redis().set(_key(said.digest), picture, ex=KEPT)
    except RedisError:
        return picture  # drawn anew at the next look
    return picture


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
