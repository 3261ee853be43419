"""Subscribing: asking to be told, confirming it by mail, choosing what one is told. Opening a page changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from alerts.core.addresses import HASH_BYTES, BadAddress, normalise
from alerts.core.countries import CODES
from alerts.core.errors import Unknown
from alerts.core.languages import LANGUAGES
from alerts.core.text import is_a_name
from alerts.core.tokens import BadToken, Purpose, mint, read
from alerts.extensions import db
from alerts.limits import limiter
from alerts.participation.letters import one_line
from alerts.subscribers.models import HowOften
from alerts.subscribers.preferences import Preferences, choose, standing_of
from alerts.subscribers.signing_up import ask_to_join, confirm_sign_up, waiting_sign_up
from alerts.web.access import public
from alerts.web.act import acting, one_bad_link
from alerts.web.acting_form import LONGEST_ADDRESS, LONGEST_NAME, same_origin
from alerts.web.choosing import choices
from alerts.web.formats import masked
from alerts.web.joining import preferences_path, speak_to, statement
from alerts.web.languages import PREFIX, language, speak
from alerts.web.public import absolute, alternates, countries, site
from alerts.web.robots import STAMP, is_robot, traps


@dataclass
class SignUpForm:
    """Address, name and country as written, and what was chosen; `errors` by the field they are tied to.

    `email` is shown again; what is judged is `typed`, which may hold what cannot be seen.
    """

    email: str = ""
    name: str = ""
    country: str = ""
    stamp: str = ""
    typed: str = ""
    chosen: Preferences = field(default_factory=lambda: Preferences(language()))
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def sent(cls) -> SignUpForm:
        """What this request's form says."""
        said = request.form
        country = said.get("country", "").strip().upper()
        return cls(
            one_line(said.get("email", "")),
            one_line(said.get("name", "")),
            country if country in CODES else "",
            said.get(STAMP, ""),
            said.get("email", "").strip(),
            _choices(language(), countries="about"),
        )

    @property
    def opened(self) -> str:
        """The signed moment this form was first shown."""
        return traps(self.stamp)[STAMP]

    def address(self) -> str | None:
        """The address in its normal form; None where something has to be corrected first, and `errors` says what."""
        found = None
        try:
            found = normalise(self.typed[: LONGEST_ADDRESS + 1])
        except BadAddress:
            self.errors["email"] = _("Write your whole email address, such as name@mail.example.")
        if len(self.name) > LONGEST_NAME or (self.name and not is_a_name(self.name)):
            self.errors["name"] = _("Write a name only, without addresses or signs, or leave this empty.")
        return None if self.errors else found


@site.get("/subscribe")
@site.get(f"{PREFIX}/subscribe")
@public
def subscribe(lang: str | None = None) -> ResponseReturnValue:  # noqa: ARG001 - `language()` reads it from the path
    """The form that asks to be told."""
    return _form(SignUpForm(), 200)


@site.post("/subscribe")
@site.post(f"{PREFIX}/subscribe")
@public
@limiter.limit("10 per minute; 60 per hour")
def subscribed(lang: str | None = None) -> ResponseReturnValue:  # noqa: ARG001
    """The same answer to everybody who wrote an address, known or not."""
    if not same_origin():
        return render_template("errors/400.html"), 400
    form = SignUpForm.sent()
    address = form.address()
    if address is None:
        return _form(form, 422)
    if not is_robot(request.form):
        ask_to_join(
            db.session(),
            email=address,
            name=form.name or None,
            country=form.country or None,
            language=language(),
            statement=statement(),
            chosen=form.chosen,
        )
        db.session.commit()
    return redirect(url_for("public.subscribe_asked", lang=language()), 303)


@site.get(f"{PREFIX}/subscribe/check-mail")
@public
def subscribe_asked(lang: str) -> ResponseReturnValue:  # noqa: ARG001
    """What to do next; the same for everyone."""
    return render_template("public/subscribe_asked.html", back_url=url_for("public.subscribe", lang=language()))


@acting.get("/s/<token>")
@public
@one_bad_link
def sign_up(token: str) -> ResponseReturnValue:
    """A page with one button, which makes whoever asked a subscriber."""
    asked = waiting_sign_up(db.session(), read(token, Purpose.SIGN_UP).id)
    speak(asked.language)
    if asked.email is None:
        return redirect(preferences_path(asked.address_hash), 303)
    return render_template(
        "public/sign_up.html",
        person=masked(asked.name, asked.email, asked.country, language()),
        statement=asked.statement,
        action_url=request.path,
    )


@acting.post("/s/<token>")
@public
@one_bad_link
def signed_up(token: str) -> ResponseReturnValue:
    """Join, once; then choose."""
    hash_ = confirm_sign_up(db.session(), read(token, Purpose.SIGN_UP).id)
    db.session.commit()
    return redirect(f"{preferences_path(hash_)}#welcome", 303)


@acting.get("/p/<token>")
@public
@one_bad_link
def preferences(token: str) -> ResponseReturnValue:
    """What somebody is told, and in which language; to be changed here."""
    return _preferences(_address(token))


@acting.post("/p/<token>")
@public
@one_bad_link
def chosen(token: str) -> ResponseReturnValue:
    """Keep what was chosen."""
    hash_ = _address(token)
    if request.form.get("language") not in LANGUAGES:  # no form of ours; it would undo what was chosen
        return render_template("errors/400.html"), 400
    wanted = _choices(request.form["language"], countries="country")
    try:
        choose(db.session(), hash_, wanted)
    except Unknown:
        db.session.rollback()
        return _has_left()
    db.session.commit()
    g.language = wanted.language
    return redirect(f"{request.path}?lang={wanted.language}#kept", 303)


def _choices(spoken: str, countries: str) -> Preferences:
    """What this request's form says is wanted; `countries` is the field with these."""
    said = request.form
    often = said.get("how_often", "")
    return Preferences(
        spoken,
        tuple(said.getlist(countries)),
        tuple(said.getlist("risk")),
        HowOften(often) if often in set(HowOften) else HowOften.EACH,
        tuple(said.getlist("topic")),
    ).cleaned()


def _address(token: str) -> bytes:
    said = read(token, Purpose.PREFERENCES)
    if len(said.extra) != HASH_BYTES:
        raise BadToken("This link names nobody.")
    return said.extra


def _preferences(hash_: bytes) -> ResponseReturnValue:
    found = standing_of(db.session(), hash_)
    speak_to(found)
    if found is None or found.left:
        return _has_left()
    return render_template(
        "public/preferences.html",
        found=found,
        person=masked(found.name, found.email, None, language()),
        choices=choices(found.chosen),
        languages_of_mail=tuple(LANGUAGES),
        leave_url=f"/u/{mint(Purpose.LEAVE, 0, extra=hash_)}",
        action_url=request.path,
    )


def _has_left() -> ResponseReturnValue:
    sign_up_url = url_for("public.subscribe", lang=language())
    return render_template("public/preferences_gone.html", sign_up_url=sign_up_url), 410


def _form(form: SignUpForm, status: int) -> ResponseReturnValue:
    page = render_template(
        "public/subscribe.html",
        form=form,
        errors=form.errors,
        countries=countries(),
        choices=choices(form.chosen),
        statement=statement().text,
        action_url=url_for("public.subscribe", lang=language()),
        canonical=absolute(url_for("public.subscribe", lang=language())),
        alternates=alternates("public.subscribe"),
    )
    return page, status
