"""Leaving by the link in a mail: one press, from any mail ever sent. Opening the link changes nothing."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from alerts.core.addresses import HASH_BYTES
from alerts.core.tokens import BadToken, Purpose, read
from alerts.extensions import db
from alerts.limits import limiter
from alerts.subscribers.joining import join
from alerts.subscribers.preferences import choose, standing_of
from alerts.subscribers.service import leave
from alerts.suppression.service import may_come_back
from alerts.web.access import public
from alerts.web.act import acting, one_bad_link
from alerts.web.joining import offer_to_return, preferences_path, returning, speak_to, statement
from alerts.web.languages import language, speak


@acting.get("/u/<token>")
@public
@limiter.exempt
@one_bad_link
def leaving(token: str) -> ResponseReturnValue:
    """A page with one button, which stops all mail."""
    hash_ = _address(token)
    speak_to(standing_of(db.session(), hash_))
    preferences_url = preferences_path(hash_)
    return render_template("public/leave.html", action_url=request.path, preferences_url=preferences_url)


@acting.post("/u/<token>/weekly")
@public
@limiter.exempt
@one_bad_link
def weekly_instead(token: str) -> ResponseReturnValue:
    """Come back for one mail a week, right after leaving: the address is proved by the page that was left by."""
    hash_ = _address(token)
    comes = returning(request.form.get("again", ""), hash_)
    if comes is None or not may_come_back(db.session(), hash_):
        speak_to(standing_of(db.session(), hash_))
        return redirect(url_for("public.subscribe", lang=language()), 303)
    person, chosen = comes
    speak(chosen.language)
    join(db.session(), person, statement())
    choose(db.session(), hash_, chosen)
    db.session.commit()
    return redirect(f"{preferences_path(hash_)}#kept", 303)


@acting.post("/u/<token>")
@public
@limiter.exempt
@one_bad_link
def left(token: str) -> ResponseReturnValue:
    """Stop all mail, at once and for ever. RFC 8058: no cookie, no redirect, whatever the body says."""
    hash_ = _address(token)
    who = standing_of(db.session(), hash_)
    again = offer_to_return(who)
    leave(db.session(), hash_)
    db.session.commit()
    speak_to(who)
    return render_template(
        "public/left.html",
        sign_up_url=url_for("public.subscribe", lang=language()),
        weekly_url=url_for("acting.weekly_instead", token=token),
        again=again,
        statement=statement().text,
    )


def _address(token: str) -> bytes:
    """The hash of the address a link to leave was made for; it stands in the link itself, so no row is needed."""
    said = read(token, Purpose.LEAVE)
    if len(said.extra) != HASH_BYTES:
        raise BadToken("This link names nobody.")
    return said.extra
