"""From `MAIL_URL` to a transport."""

from __future__ import annotations

from urllib.parse import parse_qs, unquote, urlsplit

from alerts.delivery.sendgrid import SendGridTransport
from alerts.delivery.relay import Relay, Tls
from alerts.delivery.smtp import SmtpTransport
from alerts.delivery.transport import Transport

HOW = "Write smtp://user:password@host:587?tls=starttls|tls|none, sendgrid: or catcher:."


class BadMailUrl(ValueError):
    """`MAIL_URL` cannot be understood; the message says what to write instead."""


def open_transport(
    mail_url: str,
    *,
    sendgrid_key: str,
    sendgrid_url: str,
    catcher_port: int,
    window: int,
    bounce_mailbox: str,
) -> Transport:
    """The transport that `mail_url` names; nothing is connected yet. Raises BadMailUrl."""
    scheme = mail_url.partition(":")[0]
    match scheme:
        case "sendgrid":
            return SendGridTransport(key=sendgrid_key, host=sendgrid_url)
        case "catcher":
            return SmtpTransport(Relay("127.0.0.1", catcher_port, Tls.NONE), window=window, bounce_mailbox=bounce_mailbox)
        case "smtp":
            return SmtpTransport(relay_of(mail_url), window=window, bounce_mailbox=bounce_mailbox)
    raise BadMailUrl(f"MAIL_URL begins with “{scheme}:”, which is no way to send mail. {HOW}")


def relay_of(mail_url: str) -> Relay:
    """Host, port, protection and account of an `smtp://` address. Raises BadMailUrl."""
    parts = urlsplit(mail_url)
    asked = parse_qs(parts.query).get("tls", ["starttls"])[0]
    try:
        tls, port = Tls(asked), parts.port
    except ValueError:
        raise BadMailUrl(f"MAIL_URL has a port or ?tls={asked} that cannot be. {HOW}") from None
    if not parts.hostname:
        raise BadMailUrl(f"MAIL_URL names no host. {HOW}")
    default = {Tls.TLS: 465, Tls.STARTTLS: 587, Tls.NONE: 25}[tls]
    user = unquote(parts.username) if parts.username else None
    return Relay(parts.hostname, port or default, tls, user, unquote(parts.password or ""))
