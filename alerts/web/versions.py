"""A version of a case that was replaced: readable, marked as what it is, and set beside the one that replaced it."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, render_template
from flask.typing import ResponseReturnValue

from alerts.actions.changes import changes_of_version
from alerts.actions.errors import CaseGone, VersionGone
from alerts.actions.queries import PublicCase, case_id_of, public_case
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

    def page(found: PublicCase) -> str:
        said = old_words(db.session(), found.id, found.language, version)
        return render_template("public/version.html", case=found, said=said, now_url=case_url(found))

    return _about(number, page)


@site.get(f"{PREFIX}/ua/<number>/version/<int:version>/changes")
@public
def version_changes(number: str, version: int, lang: str) -> ResponseReturnValue:  # noqa: ARG001 - `language()` reads it
    """What the version after this one took out and added."""

    def page(found: PublicCase) -> str:
        replaced, changes = changes_of_version(db.session(), found.id, found.language, version)
        return render_template(
            "public/version_changes.html", case=found, replaced=replaced, changes=changes, now_url=case_url(found)
        )

    return _about(number, page)


def _about(number: str, page: Callable[[PublicCase], str]) -> ResponseReturnValue:
    """A page about a version of a case, or why there is none."""
    case_id = case_id_of(db.session(), number)
    try:
        found = public_case(db.session(), case_id, language())
    except CaseGone as gone:
        return gone_page(gone.number, gone.state.value)
    try:
        return page(found)
    except VersionGone:
        return render_template("public/version_gone.html", case=found, now_url=case_url(found)), 410
    except Unknown:
        return redirect(case_url(found), 303)
