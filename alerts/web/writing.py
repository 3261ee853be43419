"""Writing to the target, and printing a letter to post, for people who came without a mail."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from alerts.actions.errors import CaseGone
from alerts.actions.queries import PublicCase, case_id_of, public_case
from alerts.actions.states import ActKind
from alerts.extensions import db
from alerts.limits import limiter
from alerts.participation.errors import NoMoreNames
from alerts.participation.service import Doing, ask_to_confirm
from alerts.web.access import public
from alerts.web.acting_form import ActForm, same_origin
from alerts.web.languages import PREFIX, language
from alerts.web.letter_form import EDIT, SEND, LetterForm, for_the_office, seed_of
from alerts.web.public import case_url, countries, gone_page, over, path_number, site
from alerts.web.robots import is_robot


@site.get(f"{PREFIX}/ua/<number>/write")
@public
def write(number: str, lang: str) -> ResponseReturnValue:  # noqa: ARG001 - `language()` reads it from the path
    """The points to choose, and words of one's own."""
    found = _open_to(number, ActKind.WRITE)
    if not isinstance(found, PublicCase):
        return found
    who = ActForm()
    return _editor(LetterForm.opened(found, seed_of(found, who.opened.encode())), who)


@site.post(f"{PREFIX}/ua/<number>/write")
@public
@limiter.limit("30 per minute; 300 per hour")
def written(number: str, lang: str) -> ResponseReturnValue:  # noqa: ARG001
    """The letter those points make, in an editor; then, sent with a name, an act that counts once it is confirmed."""
    if not same_origin():
        return render_template("errors/400.html"), 400
    found = _open_to(number, ActKind.WRITE)
    if not isinstance(found, PublicCase):
        return found
    who = ActForm.sent()
    form = LetterForm.sent(found, seed_of(found, who.opened.encode()))
    if form.step == EDIT:
        form.compose()
    elif form.step == SEND:
        person = who.person(language())
        if form.check() and person is not None:
            if not is_robot(request.form):
                try:
                    ask_to_confirm(db.session(), found.id, person, Doing(ActKind.WRITE, form.letter))
                except NoMoreNames:
                    return gone_page(found.number, over(found), acting=True, read=found)
                db.session.commit()
            return redirect(url_for("public.check_mail", lang=language(), number=path_number(found)), 303)
    return _editor(form, who)


@site.get(f"{PREFIX}/ua/<number>/print")
@public
def paper(number: str, lang: str) -> ResponseReturnValue:  # noqa: ARG001
    """The letter with the target's address, to print, sign and post; and a form for those who did."""
    found = _open_to(number, ActKind.PRINT)
    if not isinstance(found, PublicCase):
        return found
    return render_template(
        "public/print.html",
        case=found,
        office=for_the_office(found),
        own=None,
        done=False,
        form=ActForm(kind=ActKind.PRINT.value),
        errors={},
        countries=countries(),
        action_url=case_url(found),
        back_url=case_url(found),
    )


def _open_to(number: str, kind: ActKind) -> PublicCase | ResponseReturnValue:
    """The case, where it takes acts of this kind; else the page that says why not, or the case's own."""
    try:
        found = public_case(db.session(), case_id_of(db.session(), number), language())
    except CaseGone as gone:
        return gone_page(gone.number, gone.state.value, acting=True)
    if not found.takes_acts:
        return gone_page(found.number, over(found), acting=True, read=found)
    return found if kind in found.kinds else redirect(case_url(found), 303)


def _editor(form: LetterForm, who: ActForm) -> ResponseReturnValue:
    page = render_template(
        "public/write.html",
        case=form.case,
        form=form,
        who=who,
        person=None,
        countries=countries(),
        action_url=request.path,
        title=_("Write to %(target)s", target=form.case.target),
    )
    return page, 422 if form.errors or who.errors else 200
