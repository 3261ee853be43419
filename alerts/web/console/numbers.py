"""Numbers that lead on to a case: of one that was merged into it, or one it was printed under."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from alerts.actions.desk import case_detail
from alerts.actions.moving import lead_on, leading_to
from alerts.actions.transitions import SHOWN
from alerts.extensions import db
from alerts.organisers import Permission
from alerts.web.access import current_organiser, permission
from alerts.web.console.blueprint import console, page, see
from alerts.web.console.case_forms import NumberForm


@console.route("/cases/<uuid:case_id>/numbers", methods=["GET", "POST"])
@permission(Permission.PUBLISH)
def numbers(case_id: UUID) -> ResponseReturnValue:
    """Let every address of another number lead to this case."""
    session, actor = db.session(), current_organiser()
    detail = case_detail(session, actor, case_id)
    form = NumberForm()
    if not form.is_submitted() and detail.case.state not in SHOWN:
        abort(404)
    if form.carry_out(lambda: lead_on(session, actor, form.number.data, detail.case.number)):
        flash(_("Every address of that number leads to %(number)s now.", number=detail.case.number))
        return see("case", case_id=case_id, _anchor="numbers")
    led = leading_to(session, actor, case_id)
    return page("case_numbers.html", form.status, form=form, detail=detail, led=led)
