"""A mail to nobody, made with this installation's settings, to look at what receivers would see."""

from __future__ import annotations

from alerts.core.i18n import translations
from alerts.delivery.content import Recipient, compile_content
from alerts.delivery.render import render_mail
from alerts.delivery.site import Site
from alerts.mailings.content import deliverable
from alerts.mailings.models import MailingContent

_CASE = {
    "title": "Lawyer threatened",
    "call": "Defend the lawyer!",
    "summary": "A lawyer was threatened because of her work.",
    "story_text": "She went to court, and was threatened.",
    "story_html": "<p>She went to court, and was threatened.</p>",
    "asks": ["Protect her.", "Investigate the threats."],
    "deadline_text": "5 January 2027, 12:00 UTC",
    "defender_name": "Name withheld",
    "target_name": "Office of the Attorney General",
    "copies": [],
    "corrected": None,
}


def sample_alert(site: Site, language: str = "en") -> bytes:
    """An alert on a case that does not exist, to somebody who does not; its links lead nowhere."""
    rendered = render_mail(
        "alert",
        language,
        number="UA 0/00",
        case=_CASE,
        case_url=f"{site.base_url}/{language}/ua/0-00",
        organisation=site.organisation,
        postal_line=site.postal_line,
    )
    greeting = translations(language).gettext("Dear friend,")
    content = MailingContent(
        language=language,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        greeting=greeting,
        greeting_unnamed=greeting,
    )
    token = "x" * 43
    person = Recipient(
        delivery_id=0,
        email="person@mail.example",
        name=None,
        slots={
            "greeting": greeting,
            "act_url": f"{site.base_url}/a/{token}",
            "leave_url": f"{site.base_url}/u/{token}",
            "leave_mailto": f"mailto:{site.leave_mailbox}?subject={token}",
        },
    )
    return compile_content(deliverable(content, site, "UA 0/00"), domain=site.mail_domain).fill(person)
