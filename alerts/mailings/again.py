"""Trying again what was refused: by the provider's code or reason, everyone once, nobody who must not be mailed."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from alerts.audit import record
from alerts.core.errors import Refused
from alerts.mailings.errors import AudienceChanged
from alerts.mailings.shifting import FROM, GIVEN_UP, MAY_GO_AGAIN, Which, bring_back, defer, hold_batches, how_many
from alerts.organisers import Actor, Permission, require

REFUSED = "refused"


class Failed(NamedTuple):
    """Deliveries that were refused under one code: `words` is one of the answers, `again` how many may go out again.

    `given_up`: they were refused for now, again and again, until the tries were used up.
    """

    code: str
    given_up: bool
    words: str
    people: int
    again: int

    @property
    def which(self) -> Which:
        """These deliveries, to be tried again."""
        return Which(code=self.code, given_up=self.given_up)


class Retried(NamedTuple):
    """How many people are tried again."""

    people: int


_FAILED = text(
    "SELECT coalesce(d.code, '') AS code, starts_with(coalesce(d.reason, ''), :begins) AS given_up,"
    " coalesce(min(d.reason), '') AS words, count(*) AS people,"
    f" count(*) FILTER (WHERE {MAY_GO_AGAIN}) AS again {FROM.format(state=REFUSED)}"
    " GROUP BY 1, 2 ORDER BY 4 DESC, 1, 2"
)


def failed(session: Session, actor: Actor, mailing_id: UUID) -> list[Failed]:
    """What was refused for good, by code, most first."""
    require(actor, Permission.SEE_LEDGER)
    return [Failed(*row) for row in session.execute(_FAILED, {"mailing": mailing_id, "begins": GIVEN_UP})]


def retry_count(session: Session, actor: Actor, mailing_id: UUID, which: Which) -> int:
    """How many people a retry of these would try again, as things stand now."""
    require(actor, Permission.LAUNCH)
    return how_many(session, mailing_id, REFUSED, which)


def retry(session: Session, actor: Actor, mailing_id: UUID, which: Which, *, confirmed: int | None = None) -> Retried:
    """Let these refused deliveries go out again, and the mailing run again where it had ended or stood.

    Who left, is suppressed, has acted, or had the bulletin by another mailing stays refused. `confirmed` is the number
    that was typed. Raises AudienceChanged, or Refused where there is nobody or nothing may be sent; nothing has then
    changed once the transaction is undone.
    """
    require(actor, Permission.LAUNCH)
    hold_batches(session, mailing_id, REFUSED)
    mailing = bring_back(session, mailing_id)
    people = defer(session, mailing_id, REFUSED, which)
    if confirmed is not None and confirmed != people:
        raise AudienceChanged(f"You confirmed {confirmed} people; now it would be {people}. Look again, then confirm.")
    if not people:
        raise Refused(
            "Nobody is left to be tried again here: nobody was refused like this, or they are tried again already, have"
            " left or acted, or their address must not be mailed."
        )
    record(session, actor, "mailing.retried", "mailing", mailing.id, people=people, **_told(which))
    return Retried(people)


def _told(which: Which) -> dict[str, str | bool]:
    """The choice as the log keeps it: without the reason, which may hold an address."""
    told: dict[str, str | bool | None] = {"code": which.code, "given_up": which.given_up}
    return {name: value for name, value in told.items() if value is not None} | (
        {"by_reason": True} if which.reason is not None else {}
    )
