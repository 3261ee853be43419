"""From `MAIL_URL` to a transport."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

from alerts.core.errors import Refused
from alerts.delivery import relay, sendgrid
from alerts.delivery.dkim import Signer
from alerts.delivery.relay import Relay, Tls
from alerts.delivery.sendgrid import SendGridTransport
from alerts.delivery.smtp import SmtpTransport
from alerts.delivery.transport import Transport

HOW = "Write smtp://user:password@host:587?tls=starttls (or tls=tls, tls=none), sendgrid: or catcher:."
_PORTS = {Tls.TLS: 465, Tls.STARTTLS: 587, Tls.NONE: 25}


class BadMailUrl(Refused):
    """`MAIL_URL` cannot be understood; the message says what to write instead, and no password."""


def open_transport(
    mail_url: str,
    *,
    sendgrid_key: str,
    sendgrid_url: str,
    catcher_port: int,
    window: int,
    bounce_mailbox: str,
    patience: float = 45,
    connections: int = 1,
    signer: Signer | None = None,
) -> Transport:
    """The transport that `mail_url` names; nothing is connected yet. Raises BadMailUrl.

    `patience` is how many seconds one window may take: fewer than it is leased for. `connections` is how
    many a relay may be given at once, `window` mails for each. `signer` signs what goes out by SMTP;
    SendGrid signs by itself, with the key it holds for the domain.
    """
    scheme, colon, rest = mail_url.strip().partition(":")
    match scheme:
        case "sendgrid" if colon and not rest:
            if not sendgrid_key:
                raise BadMailUrl(
                    "MAIL_URL says sendgrid:, and SENDGRID_API_KEY is empty. Set the key, or another MAIL_URL."
                )
            return SendGridTransport(key=sendgrid_key, host=sendgrid_url, timeout=patience)
        case "catcher" if colon and not rest:
            to, connections = Relay("127.0.0.1", catcher_port, Tls.NONE), 1
        case "smtp" if rest.startswith("//"):
            to = relay_of(mail_url.strip())
        case "smtps":
            raise BadMailUrl(f"MAIL_URL begins with “smtps:”. Write smtp:// and add ?tls=tls at its end. {HOW}")
        case _:
            raise BadMailUrl(f"MAIL_URL names no way to send mail. {HOW}")
    return SmtpTransport(
        to,
        window=window,
        bounce_mailbox=bounce_mailbox,
        patience=patience,
        connections=connections,
        signer=signer,
    )


def transport_key(mail_url: str, *, sendgrid_url: str, catcher_port: int) -> str:
    """The `key` of the transport that `mail_url` names, without opening it. Raises BadMailUrl."""
    match mail_url.strip().partition(":")[0]:
        case "sendgrid":
            return sendgrid.key_of(sendgrid_url)
        case "catcher":
            return relay.key_of(Relay("127.0.0.1", catcher_port, Tls.NONE))
        case _:
            return relay.key_of(relay_of(mail_url.strip()))


def relay_of(mail_url: str) -> Relay:
    """Host, port, protection and account of an `smtp://` address. Raises BadMailUrl."""
    parts = urlsplit(mail_url)
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    tls = _tls(asked.pop("tls", Tls.STARTTLS.value))
    if asked:
        raise BadMailUrl(f"MAIL_URL says “{next(iter(asked))}=”, which means nothing here. {HOW}")
    if parts.fragment or parts.path.strip("/"):
        raise BadMailUrl(f"MAIL_URL has a / or # where none belongs. In a password write %2F or %23. {HOW}")
    try:
        port = parts.port
    except ValueError:
        raise BadMailUrl(f"MAIL_URL has a port that is no number from 1 to 65535. {HOW}") from None
    if not parts.hostname:
        raise BadMailUrl(f"MAIL_URL names no host. {HOW}")
    user = unquote(parts.username) if parts.username else None
    return Relay(parts.hostname, port or _PORTS[tls], tls, user, unquote(parts.password or ""))


def _tls(asked: str) -> Tls:
    try:
        return Tls(asked)
    except ValueError:
        raise BadMailUrl(f"MAIL_URL says tls={asked}, which is none of starttls, tls and none. {HOW}") from None
