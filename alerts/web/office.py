"""The page behind the link in letters to a target, where it can say that it takes none by mail."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue

from alerts.appeals.refusing import BY_LINK, office_name, office_of, refuse
from alerts.extensions import db
from alerts.limits import limiter
from alerts.web.access import public
from alerts.web.act import acting, one_bad_link


@acting.get("/o/<token>")
@public
@limiter.exempt
@one_bad_link
def office(token: str) -> ResponseReturnValue:
    """A page with one button, which ends letters by mail to this office."""
    name = office_name(db.session(), office_of(token))
    return render_template("public/office.html", target=name, action_url=request.path)


@acting.post("/o/<token>")
@public
@limiter.exempt
@one_bad_link
def office_refused(token: str) -> ResponseReturnValue:
    """Send this office nothing more, at once. RFC 8058: no cookie, no redirect, whatever the body says."""
    target_id = office_of(token)
    refuse(db.session(), target_id, BY_LINK)
    db.session.commit()
    return render_template("public/office_refused.html", target=office_name(db.session(), target_id))
