"""Mail that arrives at the bounce mailbox, as servers and people write it."""

from __future__ import annotations

MAIL = """Return-Path: <{path}>
List-Unsubscribe: <https://we-defend.example/u/{token}>,
 <mailto:leave@we-defend.example?subject={token}>
From: We Defend <alerts@we-defend.example>
To: person@mail.example
Subject: Defend her!
Content-Type: text/plain

Dear Ana, ...
"""


def dsn(
    *,
    status: str = "5.1.1",
    action: str = "failed",
    to: str = "bounces@we-defend.example",
    path: str = "",
    words: str = "",
) -> bytes:
    """A delivery status notification (RFC 3464), returning the mail it is about."""
    return _lines(f"""From: MAILER-DAEMON@mail.example
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="one"

--one
Content-Type: text/plain

It could not be delivered.

--one
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example
Arrival-Date: Mon, 2 Mar 2026 10:00:00 +0000

Final-Recipient: rfc822; person@mail.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {words or f"550 {status} <person@mail.example>: no"}

--one
Content-Type: message/rfc822

{MAIL.format(path=path, token="x")}
--one--
""")


def complaint(*, path: str = "", token: str = "redacted", kind: str = "abuse") -> bytes:
    """A complaint in the abuse reporting format (RFC 5965)."""
    return _lines(f"""From: <feedback@isp.example>
To: bounces@we-defend.example
Subject: FW: Defend her!
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="one"

--one
Content-Type: text/plain

This is an email abuse report.

--one
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1

--one
Content-Type: message/rfc822

{MAIL.format(path=path, token=token)}
--one--
""")


def out_of_office(to: str) -> bytes:
    """Somebody is away."""
    return _lines(f"""From: person@mail.example
To: {to}
Subject: Out of office
Auto-Submitted: auto-replied (vacation)

I am away. In urgent cases write to 550 5.1.1 Main Street.
""")


def qmail_bounce(to: str, code: str = "5.1.1") -> bytes:
    """A bounce of a server that knows no RFC 3464."""
    return _lines(f"""From: MAILER-DAEMON@mail.example
To: {to}
Subject: failure notice

Hi. This is the qmail-send program at mail.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<person@mail.example>:
Sorry, no mailbox here by that name. (#{code})

--- Below this line is a copy of the message.

{MAIL.format(path="", token="x")}""")


def nested(depth: int, *, lines: int = 0) -> bytes:
    """Parts within parts within parts."""
    heads = (f'Content-Type: multipart/mixed; boundary="b{level}"\n\n--b{level}\n' for level in range(depth))
    return _lines("".join(heads) + "x\n" * lines)


def _lines(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()
