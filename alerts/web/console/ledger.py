"""The ledger: who got a mailing and what became of each, for those who may see it."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request, stream_with_context
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from alerts.extensions import db
from alerts.mailings.ledger import STATES, rows, stream_csv
from alerts.mailings.progress import Progress, progress
from alerts.organisers import Permission
from alerts.web.access import current_organiser, permission
from alerts.web.console.blueprint import console, page
from alerts.web.console.forms import ConsoleForm, line, needed

PAGE = 100


class ExportForm(ConsoleForm):
    """What the list is for; it is kept in the log."""

    purpose = line(
        _("What you need it for"), "name", needed(_("Write what you need the list for, without naming anyone."))
    )


@console.get("/mailings/<uuid:mailing_id>/ledger")
@permission(Permission.SEE_LEDGER)
def ledger(mailing_id: UUID) -> ResponseReturnValue:
    """A page of the ledger."""
    return _ledger_page(progress(db.session(), mailing_id), ExportForm(formdata=None))


def _ledger_page(now: Progress, form: ExportForm) -> ResponseReturnValue:
    wanted = request.args.get("state", "")
    state = wanted if wanted in STATES else None
    after = request.args.get("after", 0, type=int)
    found = rows(db.session(), now.mailing_id, state=state, after=max(0, after), limit=PAGE + 1)
    return page(
        "ledger.html",
        form.status,
        now=now,
        form=form,
        state=state,
        states=STATES,
        after=after,
        lines=found[:PAGE],
        further=found[PAGE - 1].delivery_id if len(found) > PAGE else None,
    )


@console.post("/mailings/<uuid:mailing_id>/ledger.csv")
@permission(Permission.SEE_LEDGER)
def ledger_csv(mailing_id: UUID) -> ResponseReturnValue:
    """The whole ledger as CSV. A POST, because the log keeps who took it and what for."""
    now = progress(db.session(), mailing_id)
    form = ExportForm()
    done = form.carry_out(
        lambda: stream_csv(db.session(), current_organiser(), mailing_id, purpose=form.purpose.data.strip())
    )
    if done is None:
        return _ledger_page(now, form)
    name = now.number.replace(" ", "-").replace("/", "-").lower()
    answer = Response(stream_with_context(done.value), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="ledger-{name}.csv"'
    return answer
