"""What a mailing says: rendered once per language at launch, then the same for everyone but for the slots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.models import Bulletin, BulletinText, BulletinVariant, UrgentAction
from alerts.actions.naming import public_name, target_office
from alerts.actions.states import BulletinKind, CaseState, Outcome
from alerts.core import clock
from alerts.core.dates import moment
from alerts.core.i18n import translations
from alerts.core.languages import direction
from alerts.core.text import html_from_markdown, text_from_markdown
from alerts.delivery.content import Content, Sender
from alerts.delivery.render import RenderedMail, render_mail
from alerts.delivery.site import Site
from alerts.mailings.models import Mailing, MailingContent

PARTS = ("title", "call", "summary", "story")
"""What a variant may say otherwise."""


def contents_of(
    mailing: Mailing, action: UrgentAction, bulletin: Bulletin, site: Site, *, variants: int = 1, instead: int = 0
) -> list[MailingContent]:
    """The words of a mailing in each language the bulletin has, in each of so many variants.

    `instead`: the mailing's only words are those of this variant, the winner of one before it.
    """
    other = {(found.variant, found.language): found for found in bulletin.variants}
    news = news_of(bulletin, asks=mailing.asks)
    return [
        _content(
            action,
            text,
            site,
            other.get((number or instead, text.language)),
            mailing_id=mailing.id,
            variant=number,
            news=news,
        )
        for text in bulletin.texts
        for number in range(variants)
    ]


def asks_of(bulletin: Bulletin, action: UrgentAction) -> bool:
    """Whether mail of this bulletin asks people to act: the first always, news while the case takes acts."""
    match BulletinKind(bulletin.kind):
        case BulletinKind.FIRST:
            return True
        case BulletinKind.FURTHER_INFORMATION:
            open_until = action.deadline or action.created_at
            return action.state == CaseState.PUBLISHED and open_until > clock.now()
        case BulletinKind.STOP | BulletinKind.OUTCOME:
            return False
    assert_never(bulletin.kind)


@dataclass(frozen=True)
class News:
    """What a mail about a later bulletin says beside its words."""

    kind: BulletinKind
    outcome: Outcome | None
    asks: bool


def news_of(bulletin: Bulletin, *, asks: bool) -> News | None:
    """What is told beside the words; None of a first bulletin."""
    if bulletin.state is None:
        return None
    return News(BulletinKind(bulletin.kind), Outcome(bulletin.outcome) if bulletin.outcome else None, asks)


def _content(
    action: UrgentAction,
    text: BulletinText,
    site: Site,
    other: BulletinVariant | None,
    *,
    mailing_id: UUID,
    variant: int,
    news: News | None,
) -> MailingContent:
    _ = translations(text.language).gettext
    rendered = rendered_mail(action, text, site, other, news)
    return MailingContent(
        mailing_id=mailing_id,
        variant=variant,
        language=text.language,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        greeting=_("Dear %(name)s,"),
        greeting_unnamed=_("Dear friend,"),
    )


def rendered_mail(
    action: UrgentAction, text: BulletinText, site: Site, variant: BulletinVariant | None, news: News | None
) -> RenderedMail:
    """The mail of a bulletin in one language, with slots for what differs from person to person."""
    context = mail_context(action, text, site, variant)
    if news is None:
        return render_mail("alert", text.language, **context)
    return render_mail("news", text.language, news=news, **context)


def mail_context(
    action: UrgentAction, text: BulletinText, site: Site, variant: BulletinVariant | None = None
) -> dict[str, object]:
    """What the template of an alert is told about the case; nothing personal, and no name that is withheld."""
    said = {part: (getattr(variant, part) if variant else None) or getattr(text, part) for part in PARTS}
    deadline = action.deadline or action.created_at
    return {
        "number": action.number,
        "case": {
            "title": said["title"],
            "call": said["call"],
            "summary": said["summary"],
            "story_text": text_from_markdown(said["story"]),
            "story_html": html_from_markdown(said["story"]),
            "asks": text.asks,
            "deadline_text": moment(deadline, text.language),
            "defender_name": public_name(action.defender, text.language),
            "target_name": target_office(action.target, text.language),
            "copies": text.copies,
            "corrected": _corrected(action, text),
        },
        "case_url": f"{site.base_url}/{text.language}/ua/{action.sequence}-{action.year % 100:02d}",
        "organisation": site.organisation,
        "postal_line": site.postal_line,
    }


def _corrected(action: UrgentAction, text: BulletinText) -> dict[str, str] | None:
    """When the words that readers see were corrected, and what was wrong, where that is said in their language."""
    bulletin = next(one for one in action.bulletins if one.id == text.bulletin_id)
    read = next((one for one in bulletin.last_read if one.language == text.language), None)
    if read is None or not read.correction:
        return None
    return {"on": moment(read.read_from, text.language), "why": read.correction}


def languages_of(session: Session, mailing_id: UUID) -> tuple[tuple[str, ...], str]:
    """The languages a mailing has words in, and the case's main one."""
    query = (
        select(MailingContent.language, UrgentAction.main_language)
        .join(Mailing, Mailing.id == MailingContent.mailing_id)
        .join(UrgentAction, UrgentAction.id == Mailing.urgent_action_id)
        .where(MailingContent.mailing_id == mailing_id, MailingContent.variant == 0)
        .order_by(MailingContent.language)
    )
    rows = session.execute(query).all()
    return tuple(language for language, _ in rows), rows[0][1]


def deliverable(content: MailingContent, site: Site, number: str) -> Content:
    """The stored words as the delivery package wants them."""
    tag = number.replace("UA ", "ua-").replace("/", "-")
    return Content(
        language=content.language,
        direction=direction(content.language),
        subject=content.subject,
        text=content.text,
        html=content.html,
        sender=Sender(site.organisation, site.mail_from),
        reply_to=site.reply_to,
        list_id=f"alerts.{site.mail_domain}",
        feedback_id=f"{tag}:{content.language}:alert:{site.feedback_sender}",
        receipt=False,
    )
