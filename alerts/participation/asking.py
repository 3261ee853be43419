"""Asking for one's own page: taken down for everybody alike, answered by mail where there is anything to show."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from alerts.core import clock, logs
from alerts.core.addresses import address_hash
from alerts.core.db import lock, ring_after_commit
from alerts.core.languages import LANGUAGES
from alerts.core.tokens import Purpose, mint
from alerts.delivery.content import Recipient, compile_content
from alerts.delivery.single import addressed, answering
from alerts.delivery.site import Site
from alerts.delivery.transport import Answer, Transport, Verdict
from alerts.participation.mine import is_known
from alerts.participation.models import PageRequest, PageRequestState
from alerts.suppression.service import is_suppressed

log = logs.logger(__name__)

MY_PAGE = "my_page"
LINK_LASTS = timedelta(days=3)
MAIL_AGAIN_AFTER = timedelta(minutes=10)
FORGET_AFTER = timedelta(days=1)
STUCK_AFTER = timedelta(minutes=2)
RETRY_AFTER = timedelta(minutes=2)
ATTEMPTS = 6

_ASK = text("""
INSERT INTO page_requests (person_hash, email, language, state, asked_at, not_before)
VALUES (:person_hash, :email, :language, 'due', :now, :now)
ON CONFLICT (person_hash) DO UPDATE SET
    email = excluded.email, language = excluded.language, state = 'due', asked_at = excluded.asked_at,
    not_before = excluded.not_before, attempts = 0
WHERE page_requests.state = 'done' AND page_requests.asked_at < :mailed_before
RETURNING id
""")


def ask_for_page(session: Session, *, email: str, language: str) -> None:
    """Note that somebody wants the link to their page; `email` in its normal form.

    Does the same for everybody, known or not: what is known is looked at later, by whoever sends mail.
    """
    now = clock.now()
    values = {"person_hash": address_hash(email), "email": email, "language": language, "now": now}
    made: int | None = session.scalar(_ASK, values | {"mailed_before": now - MAIL_AGAIN_AFTER})
    if made is not None:
        ring_after_commit(session, MY_PAGE, made)


def pages_due(session: Session, limit: int = 200) -> list[int]:
    """Requests to be answered now; one whose mail may have left is not answered twice, and old ones are forgotten."""
    now = clock.now()
    stuck = (PageRequest.state == PageRequestState.HANDING_OVER.value) & (PageRequest.not_before < now - STUCK_AFTER)
    session.execute(update(PageRequest).where(stuck).values(state=PageRequestState.DONE.value, email=None))
    session.execute(
        delete(PageRequest).where(
            PageRequest.state == PageRequestState.DONE.value, PageRequest.asked_at < now - FORGET_AFTER
        )
    )
    session.commit()
    due = (PageRequest.state == PageRequestState.DUE.value) & (PageRequest.not_before <= now)
    return list(session.scalars(select(PageRequest.id).where(due).order_by(PageRequest.not_before).limit(limit)))


def send_page_link(
    session: Session, transport: Transport, request_id: int, *, site: Site, commit: Callable[[], None]
) -> None:
    """Answer one request, if it is (still) due: by a mail, or by none where there is nothing to show."""
    asked = lock(session, PageRequest, request_id)
    if asked.state != PageRequestState.DUE or asked.email is None:
        commit()
        return
    if is_suppressed(session, asked.person_hash) or not is_known(session, asked.person_hash):
        asked.state, asked.email = PageRequestState.DONE.value, None
        commit()
        return
    asked.state = PageRequestState.HANDING_OVER.value
    asked.attempts += 1
    asked.not_before = clock.now()
    content, person = answering("mine", asked.language, site), _recipient(asked, site)
    commit()
    outcome = transport.hand_over(compile_content(content, domain=site.mail_domain, id_prefix="m"), [person])
    _settle(lock(session, PageRequest, request_id), outcome.answers[0])
    commit()


def _settle(asked: PageRequest, answer: Answer) -> None:
    over = answer.verdict in (Verdict.ACCEPTED, Verdict.UNKNOWN, Verdict.REFUSED) or asked.attempts >= ATTEMPTS
    if over:
        asked.state, asked.email = PageRequestState.DONE.value, None
    else:
        asked.state = PageRequestState.DUE.value
        asked.not_before = clock.now() + RETRY_AFTER * asked.attempts
    log.info("page_link.settled", request=asked.id, verdict=answer.verdict.value, code=answer.code)


def _recipient(asked: PageRequest, site: Site) -> Recipient:
    token = mint(
        Purpose.MINE, list(LANGUAGES).index(asked.language), expires=clock.now() + LINK_LASTS, extra=asked.person_hash
    )
    return addressed(
        asked.id, asked.email, None, asked.language, site, address_hash=asked.person_hash, mine_url=f"/m/{token}"
    )
