"""Handing in: how many people ask, from where, and their names as pages or as a table, for a stated purpose."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as later

from alerts.actions.desk import case_detail
from alerts.actions.queries import path_number_of, public_case
from alerts.appeals.hand_in import as_csv, hand_in
from alerts.appeals.hand_in_paper import hand_in_pdf
from alerts.core.errors import Unknown
from alerts.extensions import current_site, db
from alerts.organisers import Permission
from alerts.papers.typeset import paper_of
from alerts.participation.queries import count
from alerts.web.access import current_organiser, permission
from alerts.web.console.blueprint import console, page
from alerts.web.console.forms import ConsoleForm, choice, languages, needed, passage

FORMS = [("pdf", later("Pages to hand over (PDF)")), ("csv", later("A table (CSV)"))]
SHEETS = [("a4", later("A4")), ("us-letter", later("US letter"))]


class HandInForm(ConsoleForm):
    """What the names are for, and how they are wanted."""

    purpose = passage(later("What the names are for"), "reason", needed(later("Say what the names are for.")), rows=2)
    form = choice(later("As"), FORMS, default="pdf")
    language = choice(later("Language"), languages())
    sheet = choice(later("Paper"), SHEETS, default=paper_of(None))


@console.route("/cases/<uuid:case_id>/hand-in", methods=["GET", "POST"])
@permission(Permission.EXPORT_NAMES)
def handed_in(case_id: UUID) -> ResponseReturnValue:
    """Take out the names of a case, as each person allowed it; recorded with its purpose."""
    actor = current_organiser()
    detail = case_detail(db.session(), actor, case_id)
    form = HandInForm(language=detail.main_language) if request.method == "GET" else HandInForm()
    done = form.carry_out(
        lambda: hand_in(db.session(), actor, case_id, purpose=form.purpose.data, language=form.language.data)
    )
    if done is None:
        people = count(db.session(), case_id)
        return page("hand_in.html", form.status, form=form, detail=detail, people=people)
    found = done.value
    name = f"hand-in-{path_number_of(found.number)}.{form.form.data}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if form.form.data == "csv":
        return Response(as_csv(found), mimetype="text/csv", headers=headers)
    try:
        case = public_case(db.session(), case_id, form.language.data)
    except Unknown as error:
        form.refusal = error
        return page("hand_in.html", 422, form=form, detail=detail, people=found.total)
    made = hand_in_pdf(found, case, organisation=current_site().organisation, paper=form.sheet.data)
    return Response(made, mimetype="application/pdf", headers=headers)
