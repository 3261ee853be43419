"""Signing up: taken down for everybody alike, answered by one mail, and nothing more until its link is pressed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from alerts.core import clock, logs
from alerts.core.addresses import address_hash
from alerts.core.db import lock, ring_after_commit
from alerts.core.errors import Unknown
from alerts.core.tokens import Purpose, mint
from alerts.delivery.content import Recipient, compile_content
from alerts.delivery.single import addressed, answering
from alerts.delivery.site import Site
from alerts.delivery.transport import Answer, Transport, Verdict
from alerts.subscribers.joining import Newcomer, Statement, join
from alerts.subscribers.models import SignUp, SignUpState
from alerts.subscribers.preferences import Preferences, choose, kept_choices
from alerts.suppression.service import may_come_back

log = logs.logger(__name__)

SIGN_UP = "sign_up"
LINK_LASTS = timedelta(days=14)
MAIL_AGAIN_AFTER = timedelta(minutes=10)
STUCK_AFTER = timedelta(minutes=2)
RETRY_AFTER = timedelta(minutes=2)
ATTEMPTS = 6
S = SignUpState

_ASK = text("""
INSERT INTO sign_ups (address_hash, email, name, language, country, statement, statement_version, state, asked_at,
    not_before, how_often, countries, risks, topics)
VALUES (:address_hash, :email, :name, :language, :country, :statement, :version, 'due', :now, :now, :how_often,
    CAST(:countries AS text[]), CAST(:risks AS text[]), CAST(:topics AS text[]))
ON CONFLICT (address_hash) DO UPDATE SET email = excluded.email, name = excluded.name, language = excluded.language,
    country = excluded.country, statement = excluded.statement, statement_version = excluded.statement_version,
    state = 'due', asked_at = excluded.asked_at, not_before = excluded.not_before, attempts = 0,
    how_often = excluded.how_often, countries = excluded.countries, risks = excluded.risks, topics = excluded.topics
WHERE sign_ups.state NOT IN ('due', 'handing_over') AND sign_ups.not_before < :mailed_before
RETURNING id
""")
_STUCK = text("UPDATE sign_ups SET state = 'mailed' WHERE state = 'handing_over' AND not_before < :before")


def ask_to_join(
    session: Session,
    *,
    email: str,
    name: str | None,
    country: str | None,
    language: str,
    statement: Statement,
    chosen: Preferences | None = None,
) -> None:
    """Note that somebody wants to be told; `email` in its normal form, `chosen` what about, where they said so.

    Does the same for everybody, known or not. Asking again while a mail is on its way or just left changes nothing.
    """
    now = clock.now()
    values = {
        "address_hash": address_hash(email),
        "email": email,
        "name": name,
        "language": language,
        "country": country,
        "statement": statement.text,
        "version": statement.version,
        "now": now,
        "mailed_before": now - MAIL_AGAIN_AFTER,
        **_choices(chosen),
    }
    made: int | None = session.scalar(_ASK, values)
    if made is not None:
        ring_after_commit(session, SIGN_UP, made)


def _choices(chosen: Preferences | None) -> dict[str, object]:
    if chosen is None or chosen.everything:
        return dict.fromkeys(("how_often", "countries", "risks", "topics"))
    about = {"countries": chosen.countries, "risks": chosen.risks, "topics": chosen.topics}
    return {"how_often": chosen.how_often.value, **{name: list(some) or None for name, some in about.items()}}


def confirm_sign_up(session: Session, sign_up_id: int) -> bytes:
    """Make whoever asked a subscriber, once; the hash of their address. Raises Unknown where nothing waits any more.

    What they chose on the form holds from now on; who is told already and chose nothing there keeps what they had.
    """
    asked = session.get(SignUp, sign_up_id, with_for_update=True, populate_existing=True)
    if asked is None or asked.state == S.REFUSED:
        raise Unknown("Nothing waits to be confirmed.")
    if asked.email is not None:
        person = Newcomer(asked.address_hash, asked.email, asked.name, asked.language, asked.country)
        join(session, person, Statement(asked.statement, asked.statement_version))
        if asked.how_often is not None:
            choose(session, asked.address_hash, kept_choices(asked))
        _wipe(asked, S.CONFIRMED)
        session.flush()
    return asked.address_hash


def waiting_sign_up(session: Session, sign_up_id: int) -> SignUp:
    """The sign-up behind a link. Raises Unknown where there is none, or it cannot be confirmed."""
    asked = session.get(SignUp, sign_up_id)
    if asked is None or asked.state == S.REFUSED:
        raise Unknown("Nothing waits to be confirmed.")
    return asked


def sign_ups_due(session: Session, limit: int = 200) -> list[int]:
    """Sign-ups whose mail is to be sent now. One whose mail may have left is not mailed twice."""
    session.execute(_STUCK, {"before": clock.now() - STUCK_AFTER})
    session.commit()
    due = (SignUp.state == S.DUE.value) & (SignUp.not_before <= clock.now())
    return list(session.scalars(select(SignUp.id).where(due).order_by(SignUp.not_before).limit(limit)))


def forget_sign_ups(session: Session) -> int:
    """Delete what nobody confirmed while the link was good, and what is over; how many."""
    gone = delete(SignUp).where(SignUp.asked_at < clock.now() - LINK_LASTS)
    return len(session.execute(gone.returning(SignUp.id)).all())


def send_sign_up(
    session: Session, transport: Transport, sign_up_id: int, *, site: Site, commit: Callable[[], None]
) -> None:
    """Send the mail of one sign-up, if it is (still) due: intent written, handed over, outcome written."""
    asked = lock(session, SignUp, sign_up_id)
    if asked.state != S.DUE or asked.email is None:
        commit()
        return
    if not may_come_back(session, asked.address_hash):
        _wipe(asked, S.REFUSED)
        commit()
        return
    asked.state = S.HANDING_OVER.value
    asked.attempts += 1
    asked.not_before = clock.now()
    content = answering("sign_up", asked.language, site, statement=asked.statement)
    person = _recipient(asked, site)
    commit()
    outcome = transport.hand_over(compile_content(content, domain=site.mail_domain, id_prefix="s"), [person])
    _settle(lock(session, SignUp, sign_up_id), outcome.answers[0])
    commit()


def _settle(asked: SignUp, answer: Answer) -> None:
    match answer.verdict:
        case Verdict.ACCEPTED | Verdict.UNKNOWN:
            asked.state = S.MAILED.value
        case Verdict.REFUSED:
            _wipe(asked, S.REFUSED)
        case _ if asked.attempts >= ATTEMPTS:
            _wipe(asked, S.REFUSED)
        case _:
            asked.state = S.DUE.value
            asked.not_before = clock.now() + RETRY_AFTER * asked.attempts
    log.info("sign_up.settled", sign_up=asked.id, verdict=answer.verdict.value, code=answer.code)


def _wipe(asked: SignUp, state: SignUpState) -> None:
    asked.state = state.value
    asked.email = asked.name = asked.country = asked.how_often = None
    asked.countries = asked.risks = asked.topics = None


def _recipient(asked: SignUp, site: Site) -> Recipient:
    token = mint(Purpose.SIGN_UP, asked.id, expires=asked.asked_at + LINK_LASTS)
    return addressed(
        asked.id,
        asked.email,
        asked.name,
        asked.language,
        site,
        address_hash=asked.address_hash,
        sign_up_url=f"/s/{token}",
    )
