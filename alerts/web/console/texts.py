"""Texts: writing a case in one language beside what readers will see, with nobody's words overwritten."""

from __future__ import annotations

from uuid import UUID

from flask import abort, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from alerts.actions.desk import case_detail
from alerts.actions.errors import Conflict
from alerts.actions.models import BulletinText
from alerts.actions.states import CaseState
from alerts.actions.transitions import EDITABLE
from alerts.actions.writing import write_text
from alerts.core.languages import LANGUAGES
from alerts.core.text import html_from_markdown
from alerts.extensions import db
from alerts.organisers import Permission
from alerts.web.access import current_organiser, permission
from alerts.web.console import words
from alerts.web.console.blueprint import console, page, see
from alerts.web.console.case_forms import TextForm


@console.route("/cases/<uuid:case_id>/texts/<language>", methods=["GET", "POST"])
@permission(Permission.WRITE)
def text(case_id: UUID, language: str) -> ResponseReturnValue:
    """Write the words of one language; a press of “Preview” shows them and keeps nothing."""
    _known(language)
    actor = current_organiser()
    detail = case_detail(db.session(), actor, case_id)
    kept = detail.texts.get(language)
    form = TextForm.holding(kept.words if kept else None, kept.version if kept else 0)
    looked_at = "preview" in request.form

    def write() -> BulletinText:
        return write_text(db.session(), actor, case_id, language, form.words(), version=form.version.data or 0)

    if not looked_at and form.carry_out(write):
        flash(_("The %(language)s text is saved.", language=words.language(language)))
        return see("case", case_id=case_id, _anchor=f"text-{language}")
    conflict = form.refusal if isinstance(form.refusal, Conflict) else None
    theirs = None
    if conflict is not None:
        form.version.data, form.version.raw_data = conflict.version, None
        theirs = _as_typed(conflict)
    return page(
        "text.html",
        200 if looked_at else form.status,
        form=form,
        detail=detail,
        language=language,
        conflict=conflict,
        theirs=theirs,
        html_from_markdown=html_from_markdown,
        returns_to_draft=detail.case.state in EDITABLE and detail.case.state is not CaseState.DRAFT,
        original=detail.texts.get(detail.main_language) if language != detail.main_language else None,
    )


@console.post("/preview/<language>")
@permission(Permission.WRITE)
def text_preview(language: str) -> ResponseReturnValue:
    """What readers will see of what is being typed: a fragment. Nothing is kept."""
    _known(language)
    return page("_preview.html", shown=TextForm().words(), language=language, html_from_markdown=html_from_markdown)


def _known(language: str) -> None:
    if language not in LANGUAGES:
        abort(404)


def _as_typed(conflict: Conflict) -> dict[str, str]:
    """Their text, part by part, as it would stand in the form."""
    return {
        part: "\n".join(value) if isinstance(value, (list, tuple)) else str(value)
        for part, value in conflict.theirs.items()
    }
