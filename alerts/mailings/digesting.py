"""What of a digest is for whom, and how it reads: people with the same cases before them get the same words.

Whichever of its cases are for a person, in their language, are the bits of a number: the variant of the mailing that
they get. Words are made for a set of cases when the first mail with it is handed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    and_,
    case,
    cast,
    func,
    literal,
    not_,
    null,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import LateralFromClause

from alerts.actions.models import Bulletin, BulletinText, Defender, UrgentAction
from alerts.actions.naming import public_name, target_office
from alerts.actions.states import BulletinKind
from alerts.core import clock
from alerts.core.dates import figure, moment
from alerts.core.i18n import translations
from alerts.core.tokens import Purpose, minter
from alerts.delivery.content import Recipient
from alerts.delivery.render import render_mail
from alerts.delivery.site import Site
from alerts.mailings.audience import acted_on, had_one_of, suppressed, wanted
from alerts.mailings.models import Batch, Delivery, DigestCase, Mailing, MailingContent
from alerts.mailings.receipts import handed_over_or_unsure
from alerts.mailings.recipients import Pending
from alerts.mailings.standing import Standing
from alerts.subscribers.models import HowOften, Subscriber, SubscriberState
from alerts.subscribers.queries import gets

LONGEST_KIND = timedelta(days=7)
LETTERS = "abcdefghijklmn"
"""What tells the links of a mail's cases apart, by their place."""


_TOLD = text("""
SELECT m.id, here.place, NULL::smallint FROM digest_cases here
    JOIN mailings m ON m.urgent_action_id = here.urgent_action_id AND m.digest IS NULL
WHERE here.mailing_id = :digest
UNION ALL
SELECT there.mailing_id, here.place, there.place FROM digest_cases here
    JOIN digest_cases there ON there.urgent_action_id = here.urgent_action_id AND there.mailing_id <> here.mailing_id
WHERE here.mailing_id = :digest
""")
"""Each mailing that told of a case of this digest, its place here, and in that one where it is a digest, too."""
_BEFORE = text("""
SELECT max(made_at) FROM digest_days WHERE kind = :kind AND made_at < :at AND mailing_id IS DISTINCT FROM :first
""")


@dataclass(frozen=True)
class About:
    """A case of a digest: its place, what it is about, and the languages that it has words in."""

    place: int
    case_id: UUID
    country: str
    risk: str
    topics: Sequence[str]
    main_language: str
    languages: tuple[str, ...]


class BySets:
    """Splits a digest's people by the set of cases that is for them."""

    sampling = False

    def variant(self, people: CTE) -> ColumnElement[int]:
        """The set, as a number."""
        return cast(people.c.cases, Integer)


def about(session: Session, mailing_id: UUID) -> list[About]:
    """The cases of a digest."""
    query = (
        select(
            DigestCase.place,
            UrgentAction.id,
            Defender.country,
            UrgentAction.risk,
            UrgentAction.topics,
            UrgentAction.main_language,
            func.array_agg(BulletinText.language),
        )
        .join(UrgentAction, UrgentAction.id == DigestCase.urgent_action_id)
        .join(Defender, Defender.id == UrgentAction.defender_id)
        .join(Bulletin, and_(Bulletin.urgent_action_id == UrgentAction.id, Bulletin.kind == BulletinKind.FIRST.value))
        .join(BulletinText, BulletinText.bulletin_id == Bulletin.id)
        .where(DigestCase.mailing_id == mailing_id)
        .group_by(DigestCase.place, UrgentAction.id, Defender.country)
        .order_by(DigestCase.place)
    )
    return [
        About(place, id, country, risk, topics, main, tuple(sorted(languages)))
        for place, id, country, risk, topics, main, languages in session.execute(query).tuples()
    ]


def digest_candidates(session: Session, mailing: Mailing, standing: Standing) -> Select[*tuple[Any, ...]]:
    """Who gets digests of this kind: id, why left out (null: not), the language of their mail, and `cases` for them."""
    cases = about(session, mailing.id)
    spoken = sorted({language for one in cases for language in one.languages})
    language = case((Subscriber.language.in_(spoken), Subscriber.language), else_=literal(cases[0].main_language))
    chosen: ColumnElement[int] = sum(
        (case((_is_for(one, language), 1 << one.place), else_=0) for one in cases), start=literal(0, Integer)
    )
    told = _told_before(session, mailing.id)
    if told is not None:
        chosen = chosen.op("&")(told.c.others)
    had = standing.had()
    earlier = _earlier(session, mailing)
    since = _before(session, mailing, earlier[-1] if earlier else mailing.id)
    reasons: list[tuple[ColumnElement[bool], ColumnElement[str]]] = [(suppressed(), literal("suppressed"))]
    if earlier:
        reasons.append((had_one_of(earlier), literal("has_received")))
    reasons += [(chosen == 0, literal("nothing_new")), *standing.reasons(had)]
    query = select(
        Subscriber.id,
        case(*reasons, else_=null()).label("reason"),
        language.label("content_language"),
        chosen.label("cases"),
    ).where(Subscriber.state == SubscriberState.ACTIVE.value, gets(HowOften(mailing.digest or ""), since))
    if told is not None:
        query = query.join_from(Subscriber, told, true())
    if had is not None:
        query = query.outerjoin_from(Subscriber, had, had.c.subscriber_id == Subscriber.id)
    return query if standing.waves is None else query.add_columns(standing.wave().label("wave"))


def _is_for(one: About, language: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the case is one they asked for, in words of their language, and have not acted on."""
    return and_(wanted(one.country, one.risk, one.topics), language.in_(one.languages), not_(acted_on(one.case_id)))


def _told_before(session: Session, mailing_id: UUID) -> LateralFromClause | None:
    """The cases of a digest that the surrounding query's subscriber has not been mailed about, as bits (`others`).

    Looked up once for each person, in the key of deliveries: whatever a mailing of the case said, or a digest held.
    None where there is no mailing that could have told anybody.
    """
    bits: dict[UUID, ColumnElement[int]] = {}
    for earlier, place, there in session.execute(_TOLD, {"digest": mailing_id}).tuples():
        held = literal(1, Integer) if there is None else Batch.variant.op(">>")(there).op("&")(1)
        bit = cast(held, Integer).op("<<")(literal(place, Integer))
        bits[earlier] = bits[earlier].op("|")(bit) if earlier in bits else bit
    if not bits:
        return None
    found = func.bit_or(case(bits, value=Delivery.mailing_id, else_=0))
    query = (
        select(func.coalesce(found.bitwise_not(), -1).label("others"))
        .select_from(Delivery)
        .join(Batch, Batch.id == Delivery.batch_id)
        .where(Delivery.mailing_id.in_(list(bits)), Delivery.subscriber_id == Subscriber.id, handed_over_or_unsure())
        .correlate(Subscriber)
    )
    return query.lateral("told")


def _before(session: Session, mailing: Mailing, first: UUID) -> datetime:
    """When the digest before this one looked; `first` is the one that this was made anew after, or itself."""
    at = session.get_one(Mailing, first).launched_at
    looked: datetime | None = session.scalar(_BEFORE, {"kind": mailing.digest, "at": at, "first": first})
    return looked or at - LONGEST_KIND


def _earlier(session: Session, mailing: Mailing) -> list[UUID]:
    """The digests that this one was made anew after."""
    found: list[UUID] = []
    follows = mailing.follows_id
    while follows is not None:
        found.append(follows)
        follows = session.scalar(select(Mailing.follows_id).where(Mailing.id == follows))
    return found


def words_of(session: Session, mailing: Mailing, language: str, cases: int, site: Site) -> MailingContent:
    """What a digest says in a language about a set of cases, made where nobody has needed it before."""
    key = (mailing.id, language, cases)
    kept = session.get(MailingContent, key)
    if kept is not None:
        return kept
    _ = translations(language).gettext
    held = list(_told(session, mailing.id, language, cases, site))
    rendered = render_mail(
        "digest",
        language,
        number="",
        cases=held,
        more=figure(len(held) - 1, language),
        daily=mailing.digest == "daily",
        organisation=site.organisation,
        postal_line=site.postal_line,
    )
    made = insert(MailingContent).values(
        mailing_id=mailing.id,
        language=language,
        variant=cases,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        greeting=_("Dear %(name)s,"),
        greeting_unnamed=_("Dear friend,"),
    )
    session.execute(made.on_conflict_do_nothing())
    return session.get_one(MailingContent, key, populate_existing=True)


def _told(session: Session, mailing_id: UUID, language: str, cases: int, site: Site) -> Iterator[dict[str, object]]:
    """What is told of each case of a set, the most urgent first."""
    for place, action in _actions(session, mailing_id, cases):
        text = next(text for text in action.bulletins[0].texts if text.language == language)
        yield {
            "letter": LETTERS[place],
            "number": action.number,
            "call": text.call,
            "summary": text.summary,
            "deadline_text": moment(action.deadline or clock.now(), language),
            "defender_name": public_name(action.defender, language),
            "target_name": target_office(action.target, language),
            "case_url": f"{site.base_url}/{language}/ua/{action.sequence}-{action.year % 100:02d}",
        }


def _actions(session: Session, mailing_id: UUID, cases: int) -> Sequence[tuple[int, UrgentAction]]:
    query = (
        select(DigestCase.place, UrgentAction)
        .join(UrgentAction, UrgentAction.id == DigestCase.urgent_action_id)
        .where(DigestCase.mailing_id == mailing_id)
        .order_by(DigestCase.place)
    )
    return [(place, action) for place, action in session.execute(query).tuples() if cases >> place & 1]


def digest_addressing(session: Session, content: MailingContent, site: Site) -> Callable[[Pending], Recipient]:
    """What makes of a delivery the person a transport wants, with a link of their own for each case.

    A link names the case beside the delivery, and is good until the case's deadline; links to leave for ever.
    """
    links = [
        (f"{LETTERS[place]}_act_url", minter(Purpose.ACT, expires=action.deadline or clock.now()), action.id.bytes)
        for place, action in _actions(session, content.mailing_id, content.variant)
    ]
    leave, greeting, unnamed = minter(Purpose.LEAVE), content.greeting, content.greeting_unnamed

    def recipient(item: Pending) -> Recipient:
        name = (item.name or "").strip()
        token = leave(item.delivery_id, item.address_hash)
        slots = {slot: f"{site.base_url}/a/{mint(item.delivery_id, case_id)}" for slot, mint, case_id in links}
        slots |= {
            "greeting": greeting % {"name": name} if name else unnamed,
            "leave_url": f"{site.base_url}/u/{token}",
            "leave_mailto": f"mailto:{site.leave_mailbox}?subject={token}",
        }
        return Recipient(item.delivery_id, item.email or "", name or None, slots)

    return recipient
