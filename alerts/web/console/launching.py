"""Launching: who will be mailed and what, before the press; then the press, with the number typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, abort, flash, make_response
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from wtforms import IntegerField
from wtforms.validators import Optional, ValidationError

from alerts.actions.desk import CaseDetail, case_detail
from alerts.actions.news import LaterBulletin, later_bulletin
from alerts.actions.states import BulletinState, CaseState
from alerts.core.languages import LANGUAGES, direction
from alerts.extensions import current_limits, current_site, db
from alerts.mailings import desk
from alerts.mailings.launch import audience_of
from alerts.mailings.launch import launch as launch_mailing
from alerts.mailings.plan import Trial, When
from alerts.mailings.transitions import OPEN
from alerts.organisers import Permission
from alerts.web.access import current_organiser, permission
from alerts.web.console import words
from alerts.web.console.blueprint import console, page, see
from alerts.web.console.forms import ConsoleForm, line, needed
from alerts.web.console.when import at_field, chosen, hour_field, when_field
from alerts.web.security import POLICY

MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'self'; sandbox"
PAGE_POLICY = f"{POLICY}; frame-src 'self'"
MOST_HOURS = 10_000
_DIGITS = re.compile(r"[\s.,'’\u00a0\u202f]")


class LaunchForm(ConsoleForm):
    """When, and the number of people, typed by the one who launches."""

    when = when_field()
    at = at_field()
    local_hour = hour_field()

    sample = IntegerField(later("Test the variants on this share of the audience, in percent"), [Optional()])
    decide_after = IntegerField(later("Let the clock choose so many hours after the first mail"), [Optional()])

    confirmed = line(later("Number of people"), "", needed(later("Type the number of people who will be mailed.")))

    def validate_confirmed(self, field: Any) -> None:
        """A number it has to be, however its thousands are set apart."""
        if not _DIGITS.sub("", field.data).isdecimal():
            raise ValidationError(_("Type the number in digits, as it stands above."))

    def seen_as(self) -> When:
        """The choice for which the audience is counted: what was sent, where that can be read; now before."""
        return chosen(self) if self.is_submitted() and not (self.when.errors or self.at.errors) else When()

    def validate_decide_after(self, field: Any) -> None:
        """Without a test there is nothing to decide."""
        if field.data is not None and not self.sample.data:
            raise ValidationError(_("Say on which share to test, or leave the hours empty."))

    def trial(self) -> Trial | None:
        """The test that was chosen; None where no share was given."""
        if self.sample.data is None:
            return None
        hours = self.decide_after.data
        return Trial(self.sample.data, None if hours is None else timedelta(hours=min(hours, MOST_HOURS)))

    @property
    def people(self) -> int:
        """The number that was typed."""
        return int(_DIGITS.sub("", self.confirmed.data))


@console.route("/cases/<uuid:case_id>/launch", methods=["GET", "POST"])
@permission(Permission.LAUNCH)
def launch(case_id: UUID) -> ResponseReturnValue:
    """Look at the audience and the mail, type the number, launch."""
    actor = current_organiser()
    detail = case_detail(db.session(), actor, case_id)
    if running := [one for one in desk.mailings_of(db.session(), actor, case_id) if one.state in OPEN]:
        return see("mailing", mailing_id=running[0].mailing_id)
    return _launch(detail, detail.bulletin_id, _in_order(detail))


@console.route("/news/<uuid:bulletin_id>/launch", methods=["GET", "POST"])
@permission(Permission.LAUNCH)
def news_launch(bulletin_id: UUID) -> ResponseReturnValue:
    """The same for a later bulletin, which goes to those who acted on the case or were mailed about it."""
    actor = current_organiser()
    found = later_bulletin(db.session(), actor, bulletin_id)
    if running := desk.open_mailing_of(db.session(), actor, bulletin_id):
        return see("mailing", mailing_id=running)
    detail = case_detail(db.session(), actor, found.case_id)
    return _launch(detail, bulletin_id, [code for code in LANGUAGES if code in found.texts], found)


def _launch(
    detail: CaseDetail, bulletin_id: UUID, languages: Sequence[str], news: LaterBulletin | None = None
) -> ResponseReturnValue:
    actor = current_organiser()
    form = LaunchForm()
    done = form.carry_out(
        lambda: launch_mailing(
            db.session(),
            actor,
            bulletin_id,
            site=current_site(),
            confirmed=form.people,
            when=chosen(form),
            limits=current_limits(),
            trial=form.trial(),
        )
    )
    if done:
        flash(_said(chosen(form)))
        return see("mailing", mailing_id=done.value.mailing_id)
    mails = {
        language: desk.specimen(db.session(), actor, bulletin_id, language, current_site()) for language in languages
    }
    answer = make_response(
        page(
            "launch.html",
            form.status,
            form=form,
            detail=detail,
            news=news,
            bulletin_id=bulletin_id,
            audience=audience_of(db.session(), actor, bulletin_id, when=form.seen_as(), limits=current_limits()),
            limits=current_limits(),
            mails=mails,
            variants=len(detail.texts[detail.main_language].variants)
            if news is None and detail.main_language in detail.texts
            else 0,
            missing=news.missing if news else detail.missing,
            direction=direction,
            launchable=news.state in (BulletinState.APPROVED, BulletinState.PUBLISHED)
            if news
            else detail.case.state in (CaseState.APPROVED, CaseState.PUBLISHED),
        )
    )
    answer.headers["Content-Security-Policy"] = PAGE_POLICY
    return answer


@console.get("/bulletins/<uuid:bulletin_id>/mail/<language>")
@permission(Permission.SEE)
def mail(bulletin_id: UUID, language: str) -> ResponseReturnValue:
    """The HTML of the mail, shut in: no scripts, nothing from elsewhere, framed by the console only."""
    if language not in LANGUAGES:
        abort(404)
    answer = Response(desk.specimen(db.session(), current_organiser(), bulletin_id, language, current_site()).html)
    answer.headers["Content-Security-Policy"] = MAIL_POLICY
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


def _said(when: When) -> str:
    if when.at is not None:
        return str(_("Launched. It starts %(at)s.", at=words.there(when.at)))
    if when.local_hour is not None:
        return str(_("Launched. Everyone is mailed when their clock shows %(hour)02d:00.", hour=when.local_hour))
    return str(_("Launched. The first mails are on their way."))


def _in_order(detail: CaseDetail) -> list[str]:
    """The case's languages, its main one first."""
    return sorted(
        detail.texts, key=lambda language: (language != detail.main_language, list(LANGUAGES).index(language))
    )
