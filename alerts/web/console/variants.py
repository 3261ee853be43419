"""Variants: writing them beside a text, and choosing which one everybody who waits gets."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from alerts.actions.desk import case_detail
from alerts.actions.errors import Conflict
from alerts.actions.models import BulletinText
from alerts.actions.states import CaseState
from alerts.actions.transitions import EDITABLE
from alerts.actions.variants import letter_of, write_variants
from alerts.extensions import db
from alerts.mailings.progress import progress
from alerts.mailings.winners import choose_winner, standings
from alerts.organisers import Permission
from alerts.web.access import current_organiser, permission
from alerts.web.console import words
from alerts.web.console.blueprint import console, page, see
from alerts.web.console.case_forms import VariantsForm
from alerts.web.console.forms import MoveForm


@console.route("/cases/<uuid:case_id>/texts/<language>/variants", methods=["GET", "POST"])
@permission(Permission.WRITE)
def variants(case_id: UUID, language: str) -> ResponseReturnValue:
    """Write what is tried on a share of the readers, beside the text of one language."""
    actor = current_organiser()
    kept = case_detail(db.session(), actor, case_id).texts.get(language)
    if kept is None:
        abort(404)
    form = VariantsForm.holding(kept.variants, kept.version)

    def write() -> BulletinText:
        typed, version = form.variants(), form.version.data or 0
        return write_variants(db.session(), actor, case_id, language, typed, version=version)

    if form.carry_out(write):
        flash(_("The variants in %(language)s are saved.", language=words.language(language)))
        return see("case", case_id=case_id, _anchor=f"text-{language}")
    if conflict := form.refusal if isinstance(form.refusal, Conflict) else None:
        form.version.data, form.version.raw_data = conflict.version, None
    detail = case_detail(db.session(), actor, case_id)
    return page(
        "variants.html",
        form.status,
        form=form,
        detail=detail,
        kept=detail.texts[language],
        language=language,
        conflict=conflict,
        returns_to_draft=detail.case.state in EDITABLE and detail.case.state is not CaseState.DRAFT,
    )


@console.route("/mailings/<uuid:mailing_id>/choose/<int:variant>", methods=["GET", "POST"])
@permission(Permission.LAUNCH)
def choose(mailing_id: UUID, variant: int) -> ResponseReturnValue:
    """Ask once more, then send this variant to everyone who waits."""
    trial = standings(db.session(), mailing_id)
    if trial is None or variant >= len(trial.findings):
        abort(404)
    form = MoveForm()
    if form.carry_out(lambda: choose_winner(db.session(), current_organiser(), mailing_id, variant)):
        flash(_("Variant %(letter)s goes to everyone who waited.", letter=letter_of(variant)))
        return see("mailing", mailing_id=mailing_id)
    now = progress(db.session(), mailing_id)
    return page("mailing_choose.html", form.status, now=now, trial=trial, variant=variant, button=form)
