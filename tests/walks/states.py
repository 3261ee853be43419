"""Every state that a public page can be in, with the address that shows it. A page that is not here fails a test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.actions.models import UrgentAction
from alerts.actions.publishing import close, hold, withdraw
from alerts.actions.states import ActKind, AppealsBy, BulletinKind, CaseState
from alerts.actions.versions import take_down as take_version_down
from alerts.actions.writing import write_text
from alerts.appeals.models import Relay
from alerts.campaigns.review import take_down
from alerts.core import clock
from alerts.core.addresses import address_hash
from alerts.core.tokens import Purpose, mint
from alerts.organisers import Role
from alerts.participation.models import ParticipationState
from alerts.participation.service import Doing, act, ask_to_confirm, stranger
from alerts.subscribers.joining import Statement
from alerts.subscribers.models import SignUp
from alerts.subscribers.service import leave
from alerts.subscribers.signing_up import ask_to_join
from tests.builders import a_later_bulletin, an_actor, an_urgent_action, brought_to, words
from tests.campaigns.scenes import a_page_at
from tests.mailings.scenes import people
from tests.web.pages import Alert, an_alert, number_of

LANGUAGES = ("en", "fa")
EVERY_KIND = ["sign", "write", "print", "share"]


@dataclass(frozen=True)
class State:
    """One state of a page: which address it belongs to (an endpoint), where it is, and the status it answers with.

    `press`: the selector of a button to press once the page is there, which leads to the state; `meanwhile` happens
    before that. What the button is folded into is opened first.
    """

    endpoint: str
    path: str
    status: int = 200
    press: str = ""
    meanwhile: Callable[[], None] | None = None

    def in_language(self, code: str) -> str:
        """The path in a language: by its address, or for a page behind somebody's link by a query."""
        if self.path.startswith("/LANG"):
            return self.path.replace("/LANG", f"/{code}", 1)
        return f"{self.path}{'&' if '?' in self.path else '?'}lang={code}"


def states(session: Session) -> list[State]:
    """Something real behind each."""
    return [*_public(session), *_cases(session), *_acting(session), *_subscribing(session)]


def _public(session: Session) -> list[State]:
    a_page_at(session, "amal-sabri")
    session.commit()
    return [
        State("public.front", "/LANG/"),
        State("public.campaign", "/LANG/c/amal-sabri"),
        State("public.campaign", "/LANG/c/nothing-here", 404),
        State("public.cases", "/LANG/cases"),
        State("public.cases", "/LANG/cases?country=ZW"),
        State("public.outcomes", "/LANG/outcomes"),
        State("public.find", "/LANG/search"),
        State("public.find", "/LANG/search?q=lawyer"),
        State("public.find", "/LANG/search?q=zzzz"),
        State("public.ask_mine", "/LANG/my"),
        State("public.ask_mine", "/LANG/my", 422, press="form:not([role=search]) button[type=submit]"),
        State("public.mine_asked", "/LANG/my/check-mail"),
        State("public.subscribe", "/LANG/subscribe"),
        State("public.subscribe", "/LANG/subscribe", 422, press="form:not([role=search]) button[type=submit]"),
        State("public.subscribe_asked", "/LANG/subscribe/check-mail"),
    ]


def _cases(session: Session) -> list[State]:
    told = an_urgent_action(session, CaseState.PUBLISHED, languages=LANGUAGES)
    told.kinds = EVERY_KIND
    act(session, told.id, stranger(email="a@mail.example", name="Ana", country="GT", language="en"))
    a_later_bulletin(session, told, languages=LANGUAGES)
    sender = an_actor(session, Role.SENDER)
    stopped = an_urgent_action(session, CaseState.PUBLISHED, languages=LANGUAGES)
    a_later_bulletin(session, stopped, BulletinKind.STOP, languages=LANGUAGES)
    gone = an_urgent_action(session, CaseState.PUBLISHED, languages=LANGUAGES)
    withdraw(session, sender, gone.id, reason="Asked for.")
    refusing = an_urgent_action(session, CaseState.PUBLISHED, languages=LANGUAGES, appeals_by=AppealsBy.RELAY)
    assert refusing.target_id
    now = clock.now()
    session.add(Relay(target_id=refusing.target_id, state="refused", next_at=now, words="No.", since=now))
    session.commit()
    replaced = corrected(session, CaseState.PUBLISHED)
    session.commit()
    number = number_of(told)
    slug = session.scalar(text("SELECT slug FROM defenders WHERE id = :id"), {"id": told.defender_id})
    form = ".sign button[type=submit]"
    return [
        State("public.case", f"/LANG/ua/{number}"),
        State("public.case", f"/LANG/ua/{number}", 422, press=form),
        State("public.version", f"/LANG/ua/{number_of(replaced)}/version/1"),
        State("public.version_changes", f"/LANG/ua/{number_of(replaced)}/version/1/changes"),
        State("public.case", f"/LANG/ua/{number_of(replaced)}"),
        State("public.case", f"/LANG/ua/{number_of(stopped)}"),
        State("public.case", f"/LANG/ua/{number_of(gone)}", 410),
        State("public.case", f"/LANG/ua/{number_of(refusing)}"),
        State("public.case", "/LANG/ua/9999-26", 404),
        State("public.write", f"/LANG/ua/{number}/write"),
        State("public.write", f"/LANG/ua/{number}/write", press="button[value=edit]"),
        State("public.write", f"/LANG/ua/{number_of(stopped)}/write", 410),
        State("public.paper", f"/LANG/ua/{number}/print"),
        State("public.check_mail", f"/LANG/ua/{number}/check-mail"),
        State("public.defender", f"/LANG/defenders/{slug}"),
        State("public.defender", "/LANG/defenders/nobody", 404),
        State("public.embed", f"/LANG/embed/{number}"),
        State("public.embed", f"/LANG/embed/{number_of(gone)}", 410),
        State("public.embed_check_mail", f"/LANG/embed/{number}/check-mail"),
    ]


def corrected(session: Session, state: CaseState) -> UrgentAction:
    """A case that readers have seen, with other words since, brought to `state`."""
    return _corrects(session, an_urgent_action(session, CaseState.PUBLISHED, languages=LANGUAGES), state)


def _corrects(session: Session, case: UrgentAction, state: CaseState) -> UrgentAction:
    hold(session, an_actor(session, Role.SENDER), case.id, reason="A mistake.")
    for code, told in (("en", "It happened twice."), ("fa", "دو بار رخ داد.")):
        changed = words(code, summary=told, asks=("Protect her.", told), correction=told)
        write_text(session, an_actor(session, Role.AUTHOR), case.id, code, changed, version=1)
    return brought_to(session, case, state)


def _acting(session: Session) -> list[State]:
    alert = an_alert(session, 3, language="fa")
    alert.case.kinds = EVERY_KIND
    over = an_alert(session, language="fa")
    close(session, an_actor(session, Role.SENDER), over.case.id, reason="Over.")
    made = act(
        session,
        alert.case.id,
        stranger(email="b@mail.example", name="Berta", country="GT", language="en"),
        doing=Doing(ActKind.WRITE, "Dear Sir,\n\nProtect her."),
    )
    ask_to_confirm(session, alert.case.id, stranger(email="w@mail.example", name="W", country="GT", language="en"))
    waiting = session.scalar(
        text("SELECT id FROM participations WHERE state = :s"), {"s": ParticipationState.PENDING.value}
    )
    relayed = _relayed(session)
    session.commit()
    receipt = f"/r/{mint(Purpose.RECEIPT, made)}"
    mine = mint(Purpose.MINE, 0, expires=clock.now() + timedelta(days=1), extra=address_hash("b@mail.example"))
    nobody = mint(Purpose.MINE, 0, expires=clock.now() + timedelta(days=1), extra=address_hash("n@mail.example"))
    assert relayed.target_id
    return [
        State("acting.form", alert.act_link(0)),
        State("acting.form", over.act_link(0), 410),
        State("acting.form", "/a/nothing", 404),
        State("acting.letter", f"{alert.act_link(1)}/letter"),
        State("acting.confirmation", f"/k/{mint(Purpose.CONFIRM, waiting or 0)}"),
        State("acting.kept", receipt),
        State("acting.kept", f"/r/{mint(Purpose.RECEIPT, waiting or 0)}"),
        State("acting.kept", f"/r/{mint(Purpose.RECEIPT, _act_on(session, relayed))}"),
        State("acting.own_letter", f"{receipt}/write"),
        State("acting.on_paper", f"{receipt}/print"),
        State("acting.mine", f"/m/{mine}"),
        State("acting.mine", f"/m/{nobody}"),
        State("acting.office", f"/o/{mint(Purpose.OFFICE, 0, extra=relayed.target_id.bytes)}"),
    ]


def _relayed(session: Session) -> UrgentAction:
    return an_urgent_action(session, CaseState.PUBLISHED, languages=LANGUAGES, appeals_by=AppealsBy.RELAY)


def _act_on(session: Session, case: UrgentAction) -> int:
    made = act(session, case.id, stranger(email="r@mail.example", name="Rita", country="GT", language="en"))
    session.commit()
    return made


def _subscribing(session: Session) -> list[State]:
    stays, goes = people(session, 2)
    gone = goes.address_hash
    leave(session, gone)
    ask_to_join(
        session, email="new@mail.example", name=None, country=None, language="en", statement=Statement("Tell me.", "1")
    )
    asked = session.query(SignUp).one().id
    session.commit()

    def preferences(hash_: bytes) -> str:
        return f"/p/{mint(Purpose.PREFERENCES, 0, extra=hash_)}"

    return [
        State("acting.sign_up", f"/s/{mint(Purpose.SIGN_UP, asked)}"),
        State("acting.preferences", preferences(stays.address_hash)),
        State("acting.preferences", preferences(gone), 410),
        State("acting.leaving", f"/u/{mint(Purpose.LEAVE, 0, extra=stays.address_hash)}"),
    ]


def endings(session: Session) -> list[State]:
    """What can be seen once: the pages behind a last press. Something real behind each, as before."""
    who, form = people(session, 1), "main form:not([role=search]) button[type=submit]"
    alert, relayed = an_alert(session), _relayed(session)
    sign_up = SignUp(
        address_hash=address_hash("late@mail.example"),
        email="late@mail.example",
        language="en",
        statement="Tell me.",
        statement_version="1",
        asked_at=clock.now(),
        not_before=clock.now(),
    )
    session.add(sign_up)
    ask_to_confirm(session, alert.case.id, stranger(email="l@mail.example", name="L", country="GT", language="en"))
    waiting = session.scalar(text("SELECT id FROM participations WHERE email = 'l@mail.example'"))
    old, older = an_alert(session, language="fa"), an_alert(session, language="fa")
    ask_to_confirm(session, older.case.id, stranger(email="o@mail.example", name="O", country="GT", language="en"))
    unsure = session.scalar(text("SELECT id FROM participations WHERE email = 'o@mail.example'"))

    def corrects(alert: Alert) -> Callable[[], None]:
        def now() -> None:
            _corrects(session, alert.case, CaseState.PUBLISHED)
            session.commit()

        return now

    receipt = f"/r/{mint(Purpose.RECEIPT, _act_on(session, relayed))}"
    late = clock.now() + timedelta(days=1)
    mine = mint(Purpose.MINE, 0, expires=late, extra=address_hash("r@mail.example"))
    assert relayed.target_id
    session.commit()
    return [
        *_taken_down(session),
        State("acting.form", alert.act_link(), press=form),
        State("acting.confirmation", f"/k/{mint(Purpose.CONFIRM, waiting or 0)}", press=form),
        State("acting.form", old.act_link(), 409, press=form, meanwhile=corrects(old)),
        State("acting.confirmation", f"/k/{mint(Purpose.CONFIRM, unsure or 0)}", 409, form, corrects(older)),
        State("acting.sign_up", f"/s/{mint(Purpose.SIGN_UP, sign_up.id)}", press=form),
        State("acting.kept", receipt, press="form[action*='/name'] button"),
        State(
            "acting.kept",
            receipt,
            press="form:not([action*='/name'], [action*='/did'], [action*='/subscribe']) .textual",
        ),
        State("acting.mine", f"/m/{mine}", press="form[action*='/delete'] button"),
        State("acting.leaving", f"/u/{mint(Purpose.LEAVE, 0, extra=who[0].address_hash)}", press=form),
        State("acting.office", f"/o/{mint(Purpose.OFFICE, 0, extra=relayed.target_id.bytes)}", press=form),
    ]


def _taken_down(session: Session) -> list[State]:
    """Pages of what was public once."""
    sender = an_actor(session, Role.SENDER)
    page = a_page_at(session, "over")
    take_down(session, sender, page.campaign_id, reason="Asked for.")
    case = an_urgent_action(session, CaseState.PUBLISHED, languages=LANGUAGES)
    slug = session.scalar(text("SELECT slug FROM defenders WHERE id = :id"), {"id": case.defender_id})
    withdraw(session, sender, case.id, reason="Asked for.")
    corrected = an_urgent_action(session, CaseState.PUBLISHED, languages=LANGUAGES)
    session.execute(
        text("UPDATE bulletin_versions SET replaced_at = now() WHERE bulletin_id = :id"),
        {"id": corrected.bulletins[0].id},
    )
    for code in LANGUAGES:
        take_version_down(session, sender, corrected.id, code, 1)
    session.commit()
    return [
        State("public.campaign", "/LANG/c/over", 410),
        State("public.defender", f"/LANG/defenders/{slug}", 410),
        State("public.version", f"/LANG/ua/{number_of(corrected)}/version/1", 410),
    ]


NOT_PAGES = {
    *("static", "health.alive", "health.ready", "public.portrait", "public.portrait_size"),
    *("public.card", "public.campaign_card", "public.front_card"),
    *("public.bulletin_pdf", "public.letter_pdf", "public.embed_script", "acting.mine_export", "security.login"),
    *("public.feed", "public.country_feed", "public.risk_feed", "public.sitemap", "public.language_map"),
    *("public.robots", "acting.form_again", "acting.confirmation_again", "acting.mine_delete_again"),
}
"""Addresses that answer with no page of the public site: pictures, papers, feeds, files, what only leads on."""
