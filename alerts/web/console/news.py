"""Later bulletins in the console: news, stops and outcomes, written, reviewed, published and launched by themselves."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import abort, flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from wtforms import IntegerField
from wtforms.widgets import HiddenInput

from alerts.actions import later as verbs
from alerts.actions.desk import case_detail
from alerts.actions.errors import Conflict
from alerts.actions.models import Bulletin
from alerts.actions.news import later_bulletin
from alerts.actions.states import BulletinKind, BulletinState, Outcome
from alerts.actions.writing import Words
from alerts.core.languages import LANGUAGES
from alerts.extensions import db
from alerts.organisers import Permission
from alerts.web.access import current_organiser, permission
from alerts.web.console import words
from alerts.web.console.blueprint import console, page, see
from alerts.web.console.forms import ConsoleForm, MoveForm, NoteForm, choice, line, named, needed, passage


class NewsForm(ConsoleForm):
    """The words of one language. `version` is the one the writer started from."""

    version = IntegerField(widget=HiddenInput(), default=0)
    title = line(later("Title"), "title", needed(later("Write a title: what is new.")))
    summary = passage(later("Summary"), "summary", rows=4)
    story = passage(later("Story"), "story", rows=12)

    def words(self) -> Words:
        """What was typed, as the bulletin keeps it."""
        return Words(self.title.data, summary=self.summary.data, story=self.story.data)


class NewNewsForm(NewsForm):
    """The beginning of a bulletin: what it is, and its words in the case's main language."""

    kind = choice(
        later("What this is"), [pair for pair in named(words.BULLETIN_KINDS) if pair[0] != BulletinKind.FIRST]
    )
    outcome = choice(later("What became of the person"), [("", later("Nothing to say yet")), *named(words.OUTCOMES)])

    @property
    def became(self) -> Outcome | None:
        """The outcome that was chosen."""
        return Outcome(self.outcome.data) if self.outcome.data else None


@console.route("/cases/<uuid:case_id>/news/new", methods=["GET", "POST"])
@permission(Permission.WRITE)
def new_news(case_id: UUID) -> ResponseReturnValue:
    """Begin a later bulletin of a case that is public."""
    actor = current_organiser()
    detail = case_detail(db.session(), actor, case_id)
    form = NewNewsForm()
    done = form.carry_out(
        lambda: verbs.begin(
            db.session(), actor, case_id, BulletinKind(form.kind.data), form.words(), outcome=form.became
        )
    )
    if done:
        flash(_("Bulletin %(number)s is a draft now.", number=done.value.number))
        return see("news", bulletin_id=done.value.id)
    return page("news_new.html", form.status, form=form, detail=detail)


@console.get("/news/<uuid:bulletin_id>")
@permission(Permission.SEE)
def news(bulletin_id: UUID) -> ResponseReturnValue:
    """One later bulletin: where it stands, what is missing, its words, and what can be done next."""
    return _page(bulletin_id)


@console.route("/news/<uuid:bulletin_id>/texts/<language>", methods=["GET", "POST"])
@permission(Permission.WRITE)
def news_text(bulletin_id: UUID, language: str) -> ResponseReturnValue:
    """Write the words of one language."""
    if language not in LANGUAGES:
        abort(404)
    actor = current_organiser()
    found = later_bulletin(db.session(), actor, bulletin_id)
    kept, version = found.texts.get(language, (Words(""), 0))
    form = NewsForm(version=version, title=kept.title, summary=kept.summary, story=kept.story)
    if form.carry_out(
        lambda: verbs.write(db.session(), actor, bulletin_id, language, form.words(), version=form.version.data or 0)
    ):
        flash(_("The %(language)s text is saved.", language=words.language(language)))
        return see("news", bulletin_id=bulletin_id)
    conflict = form.refusal if isinstance(form.refusal, Conflict) else None
    if conflict:
        form.version.data, form.version.raw_data = conflict.version, None
    detail = case_detail(db.session(), actor, found.case_id)
    return page(
        "news_text.html", form.status, form=form, found=found, detail=detail, language=language, conflict=conflict
    )


@console.post("/news/<uuid:bulletin_id>/submit")
@permission(Permission.WRITE)
def news_submit(bulletin_id: UUID) -> ResponseReturnValue:
    """Ask for review."""
    return _press(bulletin_id, verbs.submit, _("It waits for a reviewer now."))


@console.post("/news/<uuid:bulletin_id>/approve")
@permission(Permission.REVIEW)
def news_approve(bulletin_id: UUID) -> ResponseReturnValue:
    """Approve what someone else wrote."""
    return _press(bulletin_id, verbs.approve, _("It is approved, and can be published."))


@console.post("/news/<uuid:bulletin_id>/take-back")
@permission(Permission.WRITE)
def news_take_back(bulletin_id: UUID) -> ResponseReturnValue:
    """Work on it again."""
    return _press(bulletin_id, verbs.take_back, _("It is a draft again."))


@console.post("/news/<uuid:bulletin_id>/publish")
@permission(Permission.PUBLISH)
def news_publish(bulletin_id: UUID) -> ResponseReturnValue:
    """Show it on the case's page; a stop or an outcome ends the appeals at once."""
    return _press(bulletin_id, verbs.publish_later, _("It is public now. Nobody has been mailed."))


@console.post("/news/<uuid:bulletin_id>/send-back")
@permission(Permission.REVIEW)
def news_send_back(bulletin_id: UUID) -> ResponseReturnValue:
    """Return it to its author with a note."""
    form = NoteForm()
    if form.carry_out(lambda: verbs.send_back(db.session(), current_organiser(), bulletin_id, note=form.note.data)):
        flash(_("It is back with its author, with your note."))
        return see("news", bulletin_id=bulletin_id)
    return _page(bulletin_id, form=form, note=form)


def _press(bulletin_id: UUID, verb: Callable[..., Bulletin], said: str) -> ResponseReturnValue:
    form = MoveForm()
    if form.carry_out(lambda: verb(db.session(), current_organiser(), bulletin_id)) is None:
        return _page(bulletin_id, form=form)
    flash(said)
    return see("news", bulletin_id=bulletin_id)


def _page(bulletin_id: UUID, form: ConsoleForm | None = None, note: NoteForm | None = None) -> ResponseReturnValue:
    actor = current_organiser()
    found = later_bulletin(db.session(), actor, bulletin_id)
    return page(
        "news.html",
        form.status if form else 200,
        found=found,
        detail=case_detail(db.session(), actor, found.case_id),
        refusal=form.refusal if form else None,
        button=MoveForm(formdata=None),
        note=note or NoteForm(formdata=None),
        S=BulletinState,
        may_approve=actor.id not in found.hands,
        ends=found.kind in verbs.ENDS_APPEALS,
    )
