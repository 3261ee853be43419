"""A mail that answers what one person did: to them alone, with a way to leave for ever."""

from __future__ import annotations

from typing import Any

from alerts.core.i18n import translations
from alerts.core.languages import direction
from alerts.core.tokens import Purpose, mint
from alerts.delivery.content import Content, Recipient, Sender
from alerts.delivery.render import render_mail
from alerts.delivery.site import Site


def answering(template: str, language: str, site: Site, *, number: str = "", **facts: Any) -> Content:
    """The mail of a template in a language, on a list named like it; `facts` are what its words tell.

    `number` is that of the case it is about, where it is about one.
    """
    rendered = render_mail(
        template, language, number=number, organisation=site.organisation, postal_line=site.postal_line, **facts
    )
    return Content(
        language=language,
        direction=direction(language),
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        sender=Sender(site.organisation, site.mail_from),
        reply_to=site.reply_to,
        list_id=f"{template.replace('_', '-')}.{site.mail_domain}",
        feedback_id=None,
        receipt=True,
    )


def addressed(
    id: int, email: str | None, name: str | None, language: str, site: Site, *, address_hash: bytes, **links: str
) -> Recipient:
    """The one person, greeted by name where there is one; `links` are slots with a path each, to the site.

    The link to leave names the address by its keyed hash, so that it needs no row and lasts.
    """
    _ = translations(language).gettext
    called = (name or "").strip()
    leave = mint(Purpose.LEAVE, 0, extra=address_hash)
    slots = {
        "greeting": _("Dear %(name)s,") % {"name": called} if called else _("Dear friend,"),
        "leave_url": f"{site.base_url}/u/{leave}",
        "leave_mailto": f"mailto:{site.leave_mailbox}?subject={leave}",
    }
    return Recipient(id, email or "", called or None, slots | {to: f"{site.base_url}{links[to]}" for to in links})
