"""Targets: who is asked, and how each language addresses them."""

from __future__ import annotations

from uuid import UUID

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from alerts.actions import directory
from alerts.actions.models import Target
from alerts.actions.targets import Office, save_target
from alerts.core.languages import LANGUAGES
from alerts.extensions import db
from alerts.organisers import Permission
from alerts.web.access import current_organiser, permission
from alerts.web.console.blueprint import as_id, console, page, see
from alerts.web.console.case_forms import TargetForm


@console.route("/targets/<uuid:target_id>", methods=["GET", "POST"])
@permission(Permission.WRITE)
def target(target_id: UUID) -> ResponseReturnValue:
    """Change a target; office and salutation in each language that has any."""
    actor = current_organiser()
    kept = directory.target_detail(db.session(), actor, target_id)
    form = TargetForm(obj=kept, case=request.args.get("case", ""), **_offices_of(kept))

    def save() -> Target:
        return save_target(
            db.session(),
            actor,
            name=form.name.data,
            address=form.address.data,
            email=form.email.data,
            preferred_language=form.preferred_language.data,
            verified_on=form.verified_on.data,
            offices=_offices_in(form),
            target_id=target_id,
        )

    if form.carry_out(save):
        flash(_("The target is saved."))
        case_id = _id_or_none(form.case.data)
        return see("case", case_id=case_id) if case_id else see("target", target_id=target_id)
    return page("target.html", form.status, form=form, target=kept, case_id=_id_or_none(form.case.data))


def _offices_of(kept: Target) -> dict[str, str]:
    values = {}
    for text in kept.texts:
        values[f"office_{text.language}"] = text.office
        values[f"salutation_{text.language}"] = text.salutation
    return values


def _offices_in(form: TargetForm) -> dict[str, Office]:
    offices = {code: Office(form[f"office_{code}"].data, form[f"salutation_{code}"].data) for code in LANGUAGES}
    return {code: words for code, words in offices.items() if words.office.strip() or words.salutation.strip()}


def _id_or_none(text: str | None) -> UUID | None:
    try:
        return as_id(text or "")
    except ValueError:
        return None
