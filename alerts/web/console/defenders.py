"""Defenders: who is at risk, how they may be shown, what they agreed to."""

from __future__ import annotations

from uuid import UUID

from flask import Response, abort, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from alerts.actions import consent as consents
from alerts.actions import defenders as people
from alerts.actions import directory
from alerts.actions.desk import portrait_of
from alerts.actions.models import Defender
from alerts.actions.states import Pronouns, Visibility
from alerts.campaigns.mentions import places_naming
from alerts.core.languages import LANGUAGES
from alerts.extensions import db
from alerts.organisers import Permission
from alerts.web.access import current_organiser, permission
from alerts.web.console.blueprint import console, page, see
from alerts.web.console.defender_forms import (
    LATER,
    ConsentForm,
    DefenderForm,
    DefenderWordsForm,
    NewDefenderForm,
    PortraitForm,
)
from alerts.web.console.forms import ReasonForm, end_of


@console.get("/defenders")
@permission(Permission.SEE)
def defenders() -> ResponseReturnValue:
    """Everyone a case can be written about."""
    return page("defenders.html", lines=directory.defender_list(db.session(), current_organiser()))


@console.route("/defenders/new", methods=["GET", "POST"])
@permission(Permission.WRITE)
def new_defender() -> ResponseReturnValue:
    """Write down who is at risk, with consent and portrait, all or nothing."""
    form = NewDefenderForm()
    if done := form.carry_out(lambda: _create(form)):
        flash(_("Saved. Now begin a case about them."))
        return see("defender", defender_id=done.value.id)
    return page("defender_new.html", form.status, form=form)


def _create(form: NewDefenderForm) -> Defender:
    session, actor = db.session(), current_organiser()
    defender = people.create_defender(
        session,
        actor,
        name=form.name.data,
        visibility=Visibility(form.visibility.data),
        country=form.country.data,
        pronouns=Pronouns(form.pronouns.data),
        language=form.language.data,
        role=form.role.data,
        pseudonym=form.pseudonym.data or None,
    )
    if form.sought.data != LATER:
        _record_consent(form, defender.id)
    if form.picture.data:
        people.set_portrait(session, actor, defender.id, form.picture.data.read())
    return defender


def _record_consent(form: ConsentForm, defender_id: UUID) -> object:
    until = end_of(form.valid_until.data)
    assert until is not None, "the form asks for it"
    return consents.record_consent(
        db.session(),
        current_organiser(),
        defender_id,
        scope=Visibility(form.scope.data),
        valid_until=until,
        **form.consent(),
    )


@console.get("/defenders/<uuid:defender_id>")
@permission(Permission.SEE)
def defender(defender_id: UUID) -> ResponseReturnValue:
    """One person: facts, words, consents, cases."""
    session, actor = db.session(), current_organiser()
    detail = directory.defender_detail(session, actor, defender_id)
    return page("defender.html", detail=detail, named_in=places_naming(session, actor, defender_id))


@console.route("/defenders/<uuid:defender_id>/facts", methods=["GET", "POST"])
@permission(Permission.WRITE)
def defender_facts(defender_id: UUID) -> ResponseReturnValue:
    """Change what is the same in every language."""
    detail = directory.defender_detail(db.session(), current_organiser(), defender_id)
    form = DefenderForm(obj=detail.defender)

    def change() -> Defender:
        return people.change_defender(
            db.session(),
            current_organiser(),
            defender_id,
            name=form.name.data,
            visibility=Visibility(form.visibility.data),
            country=form.country.data,
            pronouns=Pronouns(form.pronouns.data),
            pseudonym=form.pseudonym.data or None,
        )

    if form.carry_out(change):
        flash(_("Saved."))
        return see("defender", defender_id=defender_id)
    return page("defender_facts.html", form.status, form=form, detail=detail)


@console.route("/defenders/<uuid:defender_id>/words/<language>", methods=["GET", "POST"])
@permission(Permission.WRITE)
def defender_words(defender_id: UUID, language: str) -> ResponseReturnValue:
    """Role, name and story as one language writes them."""
    if language not in LANGUAGES:
        abort(404)
    detail = directory.defender_detail(db.session(), current_organiser(), defender_id)
    kept = next((text for text in detail.defender.texts if text.language == language), None)
    form = DefenderWordsForm(obj=kept)

    def describe() -> None:
        people.describe_defender(
            db.session(),
            current_organiser(),
            defender_id,
            language,
            role=form.role.data,
            name=form.name.data,
            story=form.story.data,
        )

    if form.carry_out(describe):
        flash(_("Saved."))
        return see("defender", defender_id=defender_id)
    return page("defender_words.html", form.status, form=form, detail=detail, language=language)


@console.route("/defenders/<uuid:defender_id>/consent", methods=["GET", "POST"])
@permission(Permission.WRITE)
def consent(defender_id: UUID) -> ResponseReturnValue:
    """Record what the person allows."""
    detail = directory.defender_detail(db.session(), current_organiser(), defender_id)
    form = ConsentForm(scope=detail.defender.visibility)
    if form.carry_out(lambda: _record_consent(form, defender_id)):
        flash(_("The consent is recorded."))
        return see("defender", defender_id=defender_id)
    return page("consent.html", form.status, form=form, detail=detail)


@console.route("/defenders/<uuid:defender_id>/consent/withdraw", methods=["GET", "POST"])
@permission(Permission.WITHDRAW)
def withdraw_consent(defender_id: UUID) -> ResponseReturnValue:
    """The person takes back what they allowed: every case of theirs stops at once."""
    detail = directory.defender_detail(db.session(), current_organiser(), defender_id)
    form = ReasonForm()

    def take_back() -> list[str]:
        return consents.withdraw_consent(db.session(), current_organiser(), defender_id, reason=form.reason.data)

    if done := form.carry_out(take_back):
        numbers = ", ".join(done.value)
        flash(_("Consent is withdrawn. Stopped with it: %(numbers)s.", numbers=numbers or _("no case")))
        return see("defender", defender_id=defender_id)
    named_in = places_naming(db.session(), current_organiser(), defender_id)
    return page("consent_withdraw.html", form.status, form=form, detail=detail, named_in=named_in)


@console.route("/defenders/<uuid:defender_id>/portrait", methods=["GET", "POST"])
@permission(Permission.WRITE)
def portrait(defender_id: UUID) -> ResponseReturnValue:
    """Give the person a portrait, or another one."""
    detail = directory.defender_detail(db.session(), current_organiser(), defender_id)
    form = PortraitForm()

    def keep() -> UUID:
        return people.set_portrait(db.session(), current_organiser(), defender_id, form.picture.data.read())

    if form.carry_out(keep):
        flash(_("The portrait is saved, without the data cameras add."))
        return see("defender", defender_id=defender_id)
    return page("portrait.html", form.status, form=form, detail=detail)


@console.get("/defenders/<uuid:defender_id>/portrait.webp")
@permission(Permission.SEE)
def portrait_picture(defender_id: UUID) -> ResponseReturnValue:
    """The portrait, for organisers."""
    return Response(portrait_of(db.session(), current_organiser(), defender_id), mimetype="image/webp")
