"""The mails that go to a target: one person's letter, or those of many gathered. From us, as each person allowed it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from uuid import UUID

from alerts.actions.queries import PublicCase, path_number_of
from alerts.appeals.choosing import Writer
from alerts.appeals.rules import LARGEST_DIGEST, Signatory, as_allowed, signatory
from alerts.core.countries import country_name
from alerts.core.dates import figure
from alerts.core.i18n import translations
from alerts.core.languages import direction
from alerts.core.tokens import Purpose, mint
from alerts.delivery.content import Compiled, Content, Recipient, Sender, compile_content
from alerts.delivery.render import RenderedMail, render_mail
from alerts.delivery.site import Site
from alerts.participation.letters import one_line, subject, whole

PREFIX = "a"
"""What tells letters to targets from other mail, in message ids and return paths."""
_LONGEST_SENDER = 100
_MOST_LINES = 400
_BYTES_A_LINE = 60


@dataclass(frozen=True)
class Office:
    """Where letters of a case go: the target, what its language calls it, and its mail address."""

    target_id: UUID
    name: str
    email: str


@dataclass(frozen=True)
class Mail:
    """One mail, compiled, and for whom it speaks."""

    compiled: Compiled
    recipient: Recipient
    writers: Sequence[Writer]


def letter_mail(writer: Writer, case: PublicCase, office: Office, site: Site) -> Mail:
    """One person's letter: in their own words where they wrote one, else the case's, signed as they allowed.

    An answer goes to them only where they chose that; `case` is in the language of the office.
    """
    signs, letter = _signatory(writer, case.language), _letter_of(writer, case)
    signed_already = signs is not None and letter.rstrip().endswith(signs.name)
    rendered = render_mail(
        "appeal",
        case.language,
        subject=subject(case.title, case.name if case.slug else None, case.language, writer.person_hash),
        paragraphs=_paragraphs(letter),
        letter=letter,
        signature="" if signs is None or signed_already else signs.in_mail,
        answers_to_writer=_answers(writer),
        **_context(case, site),
    )
    sender = translations(case.language).gettext("%(name)s, through %(organisation)s") % {
        "name": signs.name if signs else "",
        "organisation": site.organisation,
    }
    reply_to = writer.email if _answers(writer) else site.reply_to
    return _mail(rendered, case, office, site, [writer], sender=sender, reply_to=reply_to)


def digest_mail(writers: Sequence[Writer], case: PublicCase, office: Office, site: Site) -> Mail:
    """The case's letter once, for as many of these people as one mail holds; with names and own letters as allowed."""
    fitting = _fitting(writers, case)
    own = [(_signature(one, case.language), _paragraphs(_letter_of(one, case))) for one in fitting if one.letter]
    names = [signed for one in fitting if not one.letter and (signed := _signature(one, case.language))]
    countries = Counter(_country(one, case.language) for one in fitting)
    unnamed = len(fitting) - len(names) - sum(1 for signed, _ in own if signed)
    rendered = render_mail(
        "appeals",
        case.language,
        people=len(fitting),
        figure=lambda number: figure(number, case.language),
        letter=whole(case.salutation, case.letter),
        paragraphs=_paragraphs(whole(case.salutation, case.letter)),
        title=case.title,
        names=names,
        own=own,
        unnamed=unnamed,
        countries=[(place, number) for place, number in countries.most_common() if place],
        **_context(case, site),
    )
    return _mail(rendered, case, office, site, fitting, sender=site.organisation, reply_to=site.reply_to)


def _mail(
    rendered: RenderedMail,
    case: PublicCase,
    office: Office,
    site: Site,
    writers: Sequence[Writer],
    *,
    sender: str,
    reply_to: str | None,
) -> Mail:
    content = Content(
        language=case.language,
        direction=direction(case.language),
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        sender=Sender(one_line(sender)[:_LONGEST_SENDER], site.mail_from),
        reply_to=reply_to,
        list_id=f"appeals.{site.mail_domain}",
        feedback_id=f"ua-{path_number_of(case.number)}:{case.language}:appeal:{site.feedback_sender}",
        receipt=False,
    )
    token = mint(Purpose.OFFICE, 0, extra=office.target_id.bytes)
    slots = {
        "leave_url": f"{site.base_url}/o/{token}",
        "leave_mailto": f"mailto:{site.leave_mailbox}?subject={token}",
    }
    recipient = Recipient(writers[0].id, office.email, one_line(office.name), slots)
    return Mail(compile_content(content, domain=site.mail_domain, id_prefix=PREFIX), recipient, writers)


def _context(case: PublicCase, site: Site) -> dict[str, object]:
    return {
        "number": case.number,
        "case_url": f"{site.base_url}/{case.language}/ua/{path_number_of(case.number)}",
        "copies": case.copies,
        "organisation": site.organisation,
        "postal_line": site.postal_line,
    }


def _fitting(writers: Sequence[Writer], case: PublicCase) -> Sequence[Writer]:
    """As many from the first on as one mail holds; the first always."""
    room = LARGEST_DIGEST
    for number, one in enumerate(writers):
        room -= _size(_signature(one, case.language)) + _size(one.letter or "")
        if room < 0 and number:
            return writers[:number]
    return writers


def _letter_of(writer: Writer, case: PublicCase) -> str:
    if writer.letter:
        return as_allowed(writer.letter, writer.name, writer.shown_as)
    return whole(case.salutation, case.letter)


def _signature(writer: Writer, language: str) -> str:
    signs = _signatory(writer, language)
    return signs.in_mail if signs else ""


def _signatory(writer: Writer, language: str) -> Signatory | None:
    name = one_line(writer.name or "")
    return signatory(name, writer.shown_as, town=writer.town, country=_country(writer, language))


def _country(writer: Writer, language: str) -> str:
    return country_name(writer.country, language) if writer.country else ""


def _answers(writer: Writer) -> bool:
    """Whether the target is told this person's address: they chose it, and it is one that a header can hold."""
    return writer.may_answer and bool(writer.email) and str(writer.email).rpartition("@")[0].isascii()


def _paragraphs(letter: str) -> list[list[str]]:
    """Its lines, by paragraph; of a letter that is hardly anything but line ends all that it says, in one."""
    if letter.count("\n") > _MOST_LINES:
        return [[" ".join(letter.split())]]
    return [part.split("\n") for part in letter.split("\n\n") if part.strip()]


def _size(words: str) -> int:
    """Bytes of HTML that these words take, at most."""
    return _BYTES_A_LINE * (1 + words.count("\n")) + len(escape(words).encode())
