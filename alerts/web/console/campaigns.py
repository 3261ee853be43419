"""Campaigns' pages: blocks in their order, words beside the main language's, a look as readers get it, review."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import abort, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from alerts.actions.campaigns import ensure_campaign
from alerts.campaigns import desk, editing, review
from alerts.campaigns.errors import BlockConflict
from alerts.campaigns.gathering import add_case, cases_of
from alerts.campaigns.kinds import MOST_FIGURES, PARTS, BlockKind
from alerts.campaigns.mentions import held_back
from alerts.campaigns.models import CampaignRevision
from alerts.campaigns.queries import draft_page
from alerts.core.errors import AlertsError, Unknown
from alerts.core.languages import LANGUAGES
from alerts.core.text import html_from_markdown
from alerts.extensions import db
from alerts.organisers import Permission
from alerts.web.access import current_organiser, permission
from alerts.web.campaigns import campaign_html
from alerts.web.console import words
from alerts.web.console.blueprint import console, page, see
from alerts.web.console.forms import MoveForm, NoteForm, ReasonForm
from alerts.web.console.page_forms import CaseForm, FiguresForm, NewCampaignForm, block_form
from alerts.web.languages import preview

STEPS = ("up", "down", "show", "hide")


@console.get("/campaigns")
@permission(Permission.SEE)
def campaigns() -> ResponseReturnValue:
    """Every campaign and where its page stands."""
    return page("campaigns.html", lines=desk.campaign_list(db.session(), current_organiser()))


@console.route("/campaigns/new", methods=["GET", "POST"])
@permission(Permission.WRITE)
def new_campaign() -> ResponseReturnValue:
    """Begin a campaign, with an empty draft of its page."""
    form = NewCampaignForm()

    def begin() -> CampaignRevision:
        session, actor = db.session(), current_organiser()
        made = ensure_campaign(session, actor, slug=form.slug.data, home=False, main_language=form.main_language.data)
        return editing.open_draft(session, actor, made.id)

    if done := form.carry_out(begin):
        flash(_("The campaign is begun. Nobody sees it before its page is published."))
        return see("campaign", campaign_id=done.value.campaign_id)
    return page("campaign_new.html", form.status, form=form)


@console.get("/campaigns/<uuid:campaign_id>")
@permission(Permission.SEE)
def campaign(campaign_id: UUID) -> ResponseReturnValue:
    """One campaign: the page in work, or else the published one."""
    return _campaign_page(campaign_id)


@console.post("/campaigns/<uuid:campaign_id>/cases")
@permission(Permission.WRITE)
def campaign_case(campaign_id: UUID) -> ResponseReturnValue:
    """Let a case belong to this campaign."""
    form = CaseForm()
    try:
        done = form.carry_out(lambda: add_case(db.session(), current_organiser(), campaign_id, form.number.data))
    except Unknown as unknown:
        db.session.rollback()
        return _campaign_page(campaign_id, refusal=unknown, adding=form, status=422)
    if done is None:
        return _campaign_page(campaign_id, refusal=form.refusal, adding=form, status=form.status)
    flash(_("%(number)s belongs to this campaign now.", number=done.value.number))
    return see("campaign", campaign_id=campaign_id, _anchor="gathered")


@console.post("/campaigns/<uuid:campaign_id>/draft")
@permission(Permission.WRITE)
def campaign_draft(campaign_id: UUID) -> ResponseReturnValue:
    """Begin to change a published page; readers see the old one until the new one is published."""
    return _press(
        campaign_id,
        lambda: editing.open_draft(db.session(), current_organiser(), campaign_id),
        _("This is a draft now. Readers keep the published page until this one is reviewed and published."),
    )


@console.post("/pages/<uuid:revision_id>/blocks/<block>/<step>")
@permission(Permission.WRITE)
def campaign_block_step(revision_id: UUID, block: str, step: str) -> ResponseReturnValue:
    """Move a block up or down, show it or hide it."""
    kind = _kind(block)
    if step not in STEPS:
        abort(404)
    session, actor = db.session(), current_organiser()
    detail = desk.page_detail(session, actor, revision_id)

    def change() -> object:
        if step in ("up", "down"):
            return editing.move_block(session, actor, revision_id, kind, up=step == "up")
        return editing.show_block(session, actor, revision_id, kind, shown=step == "show")

    return _press(detail.campaign_id, change, words.BLOCK_STEPS[step] % {"block": words.BLOCKS[kind]}, block)


@console.route("/pages/<uuid:revision_id>/blocks/<block>/words/<language>", methods=["GET", "POST"])
@permission(Permission.WRITE)
def campaign_block(revision_id: UUID, block: str, language: str) -> ResponseReturnValue:
    """Write the words of a block in one language, beside those of the main language."""
    kind = _kind(block)
    if language not in LANGUAGES:
        abort(404)
    session, actor = db.session(), current_organiser()
    detail = desk.page_detail(session, actor, revision_id)
    kept = detail.block(kind)
    text = kept.texts.get(language)
    form = block_form(kind, text.parts if text else {}, text.version if text else 0, len(kept.figures))

    def write() -> object:
        return editing.write_block(
            session, actor, revision_id, kind, form.parts(), language=language, version=form.version.data or 0
        )

    if form.carry_out(write):
        flash(_("The %(language)s words are saved.", language=words.language(language)))
        return see("campaign", campaign_id=detail.campaign_id, _anchor=block)
    conflict = form.refusal if isinstance(form.refusal, BlockConflict) else None
    if conflict is not None:
        form.version.data, form.version.raw_data = conflict.version, None
    main = kept.texts.get(detail.main_language)
    return page(
        "campaign_block.html",
        form.status,
        form=form,
        detail=detail,
        kind=kind,
        rules=[rule for rule in PARTS[kind] if rule.name in form],
        language=language,
        conflict=conflict,
        said=form.parts(),
        html_from_markdown=html_from_markdown,
        original=main.parts if main and language != detail.main_language else None,
    )


@console.route("/pages/<uuid:revision_id>/figures", methods=["GET", "POST"])
@permission(Permission.WRITE)
def campaign_figures(revision_id: UUID) -> ResponseReturnValue:
    """The figures of the numbers block, the same in every language."""
    session, actor = db.session(), current_organiser()
    detail = desk.page_detail(session, actor, revision_id)
    kept = detail.block(BlockKind.NUMBERS)
    form = FiguresForm.holding(kept.figures, kept.version)

    def write() -> object:
        return editing.set_figures(session, actor, revision_id, form.figures(), version=form.version.data or 0)

    if form.carry_out(write):
        flash(_("The figures are saved."))
        return see("campaign", campaign_id=detail.campaign_id, _anchor=BlockKind.NUMBERS.value)
    conflict = form.refusal if isinstance(form.refusal, BlockConflict) else None
    if conflict is not None:
        form.version.data, form.version.raw_data = conflict.version, None
    return page("campaign_figures.html", form.status, form=form, detail=detail, conflict=conflict)


@console.get("/pages/<uuid:revision_id>/preview/<language>")
@permission(Permission.SEE)
def campaign_preview(revision_id: UUID, language: str) -> ResponseReturnValue:
    """The page as its readers would get it."""
    if language not in LANGUAGES:
        abort(404)
    preview(language)
    return campaign_html(draft_page(db.session(), revision_id, language), canonical=None, alternates=[], previewed=True)


@console.post("/pages/<uuid:revision_id>/submit")
@permission(Permission.WRITE)
def campaign_submit(revision_id: UUID) -> ResponseReturnValue:
    """Ask for review."""
    return _move(revision_id, review.submit, _("The page waits for a reviewer now."))


@console.post("/pages/<uuid:revision_id>/approve")
@permission(Permission.REVIEW)
def campaign_approve(revision_id: UUID) -> ResponseReturnValue:
    """Approve what someone else wrote."""
    return _move(revision_id, review.approve, _("The page is approved. A sender can publish it now."))


@console.post("/pages/<uuid:revision_id>/publish")
@permission(Permission.PUBLISH)
def campaign_publish(revision_id: UUID) -> ResponseReturnValue:
    """Show it to the world, in the place of the one before."""
    return _move(revision_id, review.publish, _("The page is public now."))


@console.post("/pages/<uuid:revision_id>/send-back")
@permission(Permission.REVIEW)
def campaign_send_back(revision_id: UUID) -> ResponseReturnValue:
    """Return it to the author with a note."""
    form, actor = NoteForm(), current_organiser()
    detail = desk.page_detail(db.session(), actor, revision_id)
    if form.carry_out(lambda: review.send_back(db.session(), actor, revision_id, note=form.note.data)):
        flash(_("The page is back with its author, with your note."))
        return see("campaign", campaign_id=detail.campaign_id)
    return _campaign_page(detail.campaign_id, refusal=form.refusal, note=form, status=form.status)


@console.route("/campaigns/<uuid:campaign_id>/take-down", methods=["GET", "POST"])
@permission(Permission.WITHDRAW)
def campaign_take_down(campaign_id: UUID) -> ResponseReturnValue:
    """Take the published page from its readers at once."""
    session, actor = db.session(), current_organiser()
    detail = desk.campaign_detail(session, actor, campaign_id)
    form = ReasonForm()
    if form.carry_out(lambda: review.take_down(session, actor, campaign_id, reason=form.reason.data)):
        flash(_("The page is taken down, and stays down until it is let return. Its draft and its cases stay."))
        return see("campaign", campaign_id=campaign_id)
    return page("campaign_take_down.html", form.status, form=form, detail=detail)


@console.route("/campaigns/<uuid:campaign_id>/let-return", methods=["GET", "POST"])
@permission(Permission.WITHDRAW)
def campaign_let_return(campaign_id: UUID) -> ResponseReturnValue:
    """Let the page be published again after it was taken down."""
    session, actor = db.session(), current_organiser()
    detail = desk.campaign_detail(session, actor, campaign_id)
    form = ReasonForm()
    if form.carry_out(lambda: review.let_return(session, actor, campaign_id, reason=form.reason.data)):
        flash(_("The page may return. Readers see it once a draft is reviewed and published."))
        return see("campaign", campaign_id=campaign_id)
    return page("campaign_let_return.html", form.status, form=form, detail=detail)


@console.post("/look/<block>/<language>")
@permission(Permission.WRITE)
def campaign_block_look(block: str, language: str) -> ResponseReturnValue:
    """What readers will see of the words that are being typed: a fragment. Nothing is kept."""
    if language not in LANGUAGES:
        abort(404)
    kind = _kind(block)
    parts = block_form(kind, {}, 0, MOST_FIGURES).parts()
    return page(
        "_block_look.html", rules=PARTS[kind], said=parts, language=language, html_from_markdown=html_from_markdown
    )


def _move(revision_id: UUID, verb: Callable[..., CampaignRevision], said: str) -> ResponseReturnValue:
    session, actor = db.session(), current_organiser()
    detail = desk.page_detail(session, actor, revision_id)
    return _press(detail.campaign_id, lambda: verb(session, actor, revision_id), said)


def _press(campaign_id: UUID, verb: Callable[[], object], said: str, anchor: str | None = None) -> ResponseReturnValue:
    form = MoveForm()
    if form.carry_out(verb) is None:
        return _campaign_page(campaign_id, refusal=form.refusal, status=form.status)
    flash(said)
    return see("campaign", campaign_id=campaign_id, _anchor=anchor)


def _campaign_page(
    campaign_id: UUID,
    *,
    refusal: AlertsError | None = None,
    note: NoteForm | None = None,
    adding: CaseForm | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    actor = current_organiser()
    detail = desk.campaign_detail(db.session(), actor, campaign_id)
    return page(
        "campaign.html",
        status,
        detail=detail,
        refusal=refusal,
        button=MoveForm(),
        note=note or NoteForm(formdata=None),
        adding=adding or CaseForm(formdata=None),
        held_back=[place for place in held_back(db.session(), actor) if place.campaign_id == campaign_id],
        gathered=cases_of(db.session(), actor, campaign_id),
        own_work=actor.id in detail.hands,
    )


def _kind(name: str) -> BlockKind:
    if name not in list(BlockKind):
        abort(404)
    return BlockKind(name)
