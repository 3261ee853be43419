"""An action inside somebody else's page: a frame that acts by itself, and says what happened when it no longer can."""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from alerts.actions.errors import CaseGone
from alerts.actions.news import published_news
from alerts.actions.queries import PublicCase, case_id_of, public_case
from alerts.core import clock
from alerts.extensions import db
from alerts.limits import limiter
from alerts.participation.errors import NoMoreNames
from alerts.participation.queries import counts
from alerts.web.access import public
from alerts.web.acting_form import ActForm, same_origin
from alerts.web.kept import kept_page
from alerts.web.languages import PREFIX, language
from alerts.web.public import absolute, case_url, countries, is_taken, over, path_number, site
from config import Settings

FRAME = "public/embed_base.html"
HEIGHT = 900
"""Pixels of a frame that nothing tells how high its content is: the form with all its fields, on a narrow column."""
_SNIPPET = Markup(
    '<iframe src="{}" title="{}" width="100%" height="{}" frameborder="0" loading="lazy"></iframe>\n'
    '<script src="{}" async></script>'
)


@site.get("/embed/<number>")
@site.get(f"{PREFIX}/embed/<number>")
@public
@kept_page
def embed(number: str, lang: str | None = None) -> ResponseReturnValue:  # noqa: ARG001 - `language()` knows it
    """The call, the count and the form, and nothing around them."""
    case_id = case_id_of(db.session(), number)
    try:
        found = public_case(db.session(), case_id, language())
    except CaseGone as gone:
        return _gone(gone.number, gone.state.value)
    return _page(found, ActForm(), 200) if found.takes_acts else _gone(found.number, over(found), read=found)


@site.post(f"{PREFIX}/embed/<number>")
@public
@limiter.limit("20 per minute; 200 per hour")
def embed_sign(number: str, lang: str) -> ResponseReturnValue:
    """Take a name, as the form on the case's own page does it; the answer stays in the frame."""
    if not same_origin():
        return render_template("errors/400.html"), 400
    case_id = case_id_of(db.session(), number)
    try:
        found = public_case(db.session(), case_id, language())
        form = ActForm.sent()
        if not form.fits(found.kinds) or not is_taken(found, form):
            return _page(found, form, 422)
    except CaseGone as gone:
        return _gone(gone.number, gone.state.value, acting=True)
    except NoMoreNames:
        return _gone(found.number, over(found), acting=True, read=found)
    return redirect(url_for("public.embed_check_mail", lang=lang, number=path_number(found)), 303)


@site.get(f"{PREFIX}/embed/<number>/check-mail")
@public
def embed_check_mail(number: str, lang: str) -> ResponseReturnValue:
    """What to do next; the same for everyone who sent the form."""
    try:
        public_case(db.session(), case_id_of(db.session(), number), language())
    except CaseGone as gone:
        return _gone(gone.number, gone.state.value)
    back = url_for("public.embed", lang=lang, number=number)
    return render_template("public/check_mail.html", base=FRAME, back_url=back)


@site.app_template_global()
def embed_snippet(case: PublicCase) -> str:
    """What a page puts into its HTML to show the action; empty where no page may."""
    settings: Settings = current_app.extensions["settings"]
    if not settings.embed_ancestors or not case.takes_acts:
        return ""
    frame = absolute(url_for("public.embed", lang=language(), number=path_number(case)))
    script = absolute(url_for("public.embed_script"))
    return str(_SNIPPET.format(frame, case.call, HEIGHT, script))


@site.get("/embed.js")
@public
def embed_script() -> ResponseReturnValue:
    """The script that lets a frame be as high as what is in it, at an address that stays."""
    answer = current_app.send_static_file("js/embed.js")
    answer.headers["Cache-Control"] = "public, max-age=3600"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def frame_policy() -> str | None:
    """Who may show the page that answers now in a frame, as `frame-ancestors` says it; None: nobody."""
    settings: Settings = current_app.extensions["settings"]
    ours = request.endpoint is not None and request.endpoint.startswith("public.embed")
    return settings.embed_ancestors or None if ours else None


def _page(found: PublicCase, form: ActForm, status: int) -> ResponseReturnValue:
    path = url_for("public.embed", lang=language(), number=path_number(found))
    return (
        render_template(
            "public/embed.html",
            case=found,
            form=form,
            errors=form.errors,
            countries=countries(),
            count=counts(db.session(), [found.id]).get(found.id, 0),
            counted_at=clock.now(),
            action_url=path,
            site_url=absolute(case_url(found)),
        ),
        status,
    )


def _gone(number: str, reason: str, *, acting: bool = False, read: PublicCase | None = None) -> ResponseReturnValue:
    """410: what happened, in the frame."""
    told = published_news(db.session(), read.id, language())[-1:] if read else ()
    said = {
        "number": number,
        "reason": reason,
        "acting": acting,
        "case": read,
        "others": (),
        "counts": {},
        "news": told,
    }
    return render_template("public/gone.html", base=FRAME, **said), 410
