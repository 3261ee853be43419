"""A version of a case that was replaced: readable, and marked as what it is."""

from __future__ import annotations

from flask import redirect, render_template
from flask.typing import ResponseReturnValue

from alerts.actions.errors import CaseGone, VersionGone
from alerts.actions.queries import case_id_of, public_case
from alerts.actions.versions import old_words
from alerts.core.errors import Unknown
from alerts.extensions import db
from alerts.web.access import public
from alerts.web.languages import PREFIX, language
from alerts.web.public import case_url, gone_page, site


@site.get(f"{PREFIX}/ua/<number>/version/<int:version>")
@public
def version(number: str, version: int, lang: str) -> ResponseReturnValue:  # noqa: ARG001 - `language()` reads it
    """What a case said before it was corrected; where it never said it in this language, what it says now."""
    case_id = case_id_of(db.session(), number)
    try:
        found = public_case(db.session(), case_id, language())
    except CaseGone as gone:
        return gone_page(gone.number, gone.state.value)
    try:
        said = old_words(db.session(), case_id, found.language, version)
    except VersionGone:
        return render_template("public/version_gone.html", case=found, now_url=case_url(found)), 410
    except Unknown:
        return redirect(case_url(found), 303)
    return render_template("public/version.html", case=found, said=said, now_url=case_url(found))
