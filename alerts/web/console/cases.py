"""Cases: the list, one case with everything about it, beginning one, and changing its facts."""

from __future__ import annotations

from uuid import UUID

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from alerts.actions import directory
from alerts.actions.changes import changes_to_review
from alerts.actions.desk import case_detail, case_list
from alerts.actions.models import UrgentAction
from alerts.actions.moving import leading_to, leads_to
from alerts.actions.news import later_of
from alerts.actions.states import AppealsBy, CaseState, Risk
from alerts.actions.targets import Office, save_target
from alerts.actions.transitions import EDITABLE, SHOWN
from alerts.actions.versions import last_read, replaced_versions
from alerts.actions.writing import Words, change_facts, create_urgent_action
from alerts.campaigns.mentions import places_naming
from alerts.core.errors import AlertsError
from alerts.core.text import html_from_markdown
from alerts.extensions import db
from alerts.mailings import desk
from alerts.organisers import Permission
from alerts.web.access import current_organiser, permission
from alerts.web.console.blueprint import as_id, console, page, see, status_of
from alerts.web.console.case_forms import FactsForm, NewCaseForm
from alerts.web.console.forms import MoveForm, NoteForm, end_of


@console.get("/cases")
@permission(Permission.SEE)
def cases() -> ResponseReturnValue:
    """Every case, or those of one state."""
    wanted = request.args.get("state", "")
    state = CaseState(wanted) if wanted in set(CaseState) else None
    everything = case_list(db.session(), current_organiser())
    counts = {one: sum(line.state is one for line in everything) for one in CaseState}
    lines = [line for line in everything if state is None or line.state is state]
    return page("cases.html", lines=lines, state=state, counts=counts, total=len(everything))


@console.get("/cases/<uuid:case_id>")
@permission(Permission.SEE)
def case(case_id: UUID) -> ResponseReturnValue:
    """One case."""
    return case_page(case_id)


def case_page(
    case_id: UUID, *, refusal: AlertsError | None = None, note: NoteForm | None = None, status: int | None = None
) -> ResponseReturnValue:
    """The page of a case; with why a move was refused, where one was."""
    actor = current_organiser()
    detail = case_detail(db.session(), actor, case_id)
    gone = detail.case.state is CaseState.WITHDRAWN
    return page(
        "case.html",
        status or (status_of(refusal) if refusal else 200),
        detail=detail,
        steps={step.to.value: step for step in detail.steps},
        html_from_markdown=html_from_markdown,
        mailings=desk.mailings_of(db.session(), actor, case_id),
        changes=changes_to_review(db.session(), actor, case_id),
        replaced=replaced_versions(db.session(), case_id),
        last_read=() if detail.case.state in SHOWN else last_read(db.session(), case_id),
        later=later_of(db.session(), actor, case_id),
        takes_news=detail.case.state in SHOWN,
        led=leading_to(db.session(), actor, case_id),
        leads_to=leads_to(db.session(), detail.case.number) if gone else None,
        shown=detail.case.state in SHOWN,
        named_in=places_naming(db.session(), actor, detail.defender.id) if gone else (),
        refusal=refusal,
        note=note or NoteForm(formdata=None),
        button=MoveForm(formdata=None),
        editable=detail.case.state in EDITABLE,
    )


@console.route("/cases/new", methods=["GET", "POST"])
@permission(Permission.WRITE)
def new_case() -> ResponseReturnValue:
    """Begin a case."""
    actor = current_organiser()
    form = NewCaseForm(defender=request.args.get("defender", ""))
    people = directory.defender_list(db.session(), actor)
    form.defender.choices = [
        ("", _("Choose a person")),
        *((str(one.id), f"{one.shown_as}, {one.role}") for one in people),
    ]
    _offer_targets(form)

    def begin() -> UrgentAction:
        return create_urgent_action(
            db.session(),
            actor,
            defender_id=UUID(form.defender.data),
            main_language=form.main_language.data,
            risk=Risk(form.risk.data),
            topics=form.about,
            kinds=form.ways,
            appeals_by=AppealsBy(form.appeals_by.data),
            words=Words(form.title.data),
            deadline=end_of(form.deadline_day.data, form.deadline_time.data),
            target_id=_target(form, form.main_language.data),
        )

    if done := form.carry_out(begin):
        flash(_("%(number)s is begun. Write its text next.", number=done.value.number))
        return see("case", case_id=done.value.id)
    return page("case_new.html", form.status, form=form, nobody=not people)


@console.route("/cases/<uuid:case_id>/facts", methods=["GET", "POST"])
@permission(Permission.WRITE)
def facts(case_id: UUID) -> ResponseReturnValue:
    """Change what is the same in every language."""
    actor = current_organiser()
    detail = case_detail(db.session(), actor, case_id)
    deadline = detail.case.deadline
    form = FactsForm(
        risk=detail.risk,
        topics=list(detail.topics),
        kinds=list(detail.kinds),
        appeals_by=detail.appeals_by.value,
        deadline_day=deadline.date() if deadline else None,
        deadline_time=deadline.time() if deadline else None,
        target=str(detail.target.id) if detail.target else "",
    )
    _offer_targets(form)

    def change() -> UrgentAction:
        return change_facts(
            db.session(),
            actor,
            case_id,
            risk=Risk(form.risk.data),
            topics=form.about,
            kinds=form.ways,
            appeals_by=AppealsBy(form.appeals_by.data),
            deadline=end_of(form.deadline_day.data, form.deadline_time.data),
            target_id=_target(form, detail.main_language),
        )

    if form.carry_out(change):
        flash(_("The facts are saved."))
        return see("case", case_id=case_id)
    return page("case_facts.html", form.status, form=form, detail=detail)


def _offer_targets(form: FactsForm) -> None:
    form.offer_targets(
        [(str(target.id), target.name) for target in directory.target_list(db.session(), current_organiser())]
    )


def _target(form: FactsForm, language: str) -> UUID | None:
    """The target that was chosen, or the one that was written down, saved."""
    if not form.writes_target:
        return as_id(form.target.data)
    return save_target(
        db.session(),
        current_organiser(),
        name=form.target_name.data,
        address=form.target_address.data,
        email=form.target_email.data,
        preferred_language=language,
        verified_on=form.target_verified.data,
        offices={language: Office(form.target_office.data, form.target_salutation.data)},
    ).id
