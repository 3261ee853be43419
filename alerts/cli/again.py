"""Commands on what a mailing left behind: the refused, the unknown, those who joined since."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import click
from sqlalchemy.orm import Session

from alerts.cli.context import actor, answer, app_context, as_option, json_option
from alerts.core.errors import Refused, Unknown
from alerts.extensions import current_site, db
from alerts.mailings import again, joined, unsettled
from alerts.mailings.audience import REASONS
from alerts.mailings.launch import newest_mailing
from alerts.mailings.models import Mailing
from alerts.mailings.shifting import Which
from alerts.mailings.unsettled import How, UnknownReason, UnknownRow
from alerts.organisers import Actor

PAGE = 5_000

mailing_option = click.option(
    "--mailing", "chosen", type=click.UUID, help="Another mailing of the case than its newest, by its id."
)
yes_option = click.option("--yes", is_flag=True, help="Do not ask for the number of people to be typed.")


@click.command()
@click.argument("ua")
@as_option
@click.option("--code", help="Only those that the provider refused under this code; give '' for those without one.")
@click.option("--reason", help="Only those whose reason begins like this.")
@click.option("--given-up", is_flag=True, help="Only those who were refused for now until the tries were used up.")
@click.option("--all", "everyone", is_flag=True, help="All who were refused and may be mailed.")
@mailing_option
@yes_option
@json_option
def retry(
    ua: str,
    acting: str,
    chosen: UUID | None,
    code: str | None,
    reason: str | None,
    given_up: bool,
    everyone: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Try again what was refused in the newest mailing of case UA.

    Without a choice (--code, --reason, --given-up, --all) it only shows what was refused and why. Who left, has acted,
    or must not be mailed is never tried again. A mailing that is done, paused or stopped runs again with it.

    \b
    Examples:
      alerts mailings retry "UA 3/26" --as sender@office.example
      alerts mailings retry "UA 3/26" --code 5.7.1 --as sender@office.example
    """
    with app_context():
        session, who = db.session(), actor(acting)
        mailing_id = _mailing(session, ua, chosen)
        if code is None and reason is None and not given_up and not everyone:
            found = again.failed(session, who, mailing_id)
            answer([one._asdict() for one in found], as_json=as_json, words=lambda: _refused(found))
            return
        which = Which(code=code, reason=reason, given_up=given_up or None)
        count = again.retry_count(session, who, mailing_id, which)
        confirmed = _typed(f"Refused, and may be tried again: {count:,} people", count, yes=yes)
        people = again.retry(session, who, mailing_id, which, confirmed=confirmed).people
        session.commit()
        answer({"people": people}, as_json=as_json, words=lambda: f"{people:,} people are tried again.")


@click.command(name="joined")
@click.argument("ua")
@as_option
@yes_option
@json_option
def join(ua: str, acting: str, yes: bool, as_json: bool) -> None:
    """Send the newest mailing of case UA to those who joined since, as a mailing of its own.

    Shows how many they are and who is left out first, and asks for the number to be typed.

    \b
    Example:
      alerts mailings joined "UA 3/26" --as sender@office.example
    """
    with app_context():
        session, who = db.session(), actor(acting)
        mailing_id = newest_mailing(session, ua).id
        audience = joined.joined_since(session, who, mailing_id)
        left_out = [f"Left out: {count:,} — {REASONS[reason]}" for reason, count in audience.excluded.items()]
        told = "\n".join([f"Joined since: {audience.people:,} people", *left_out])
        confirmed = _typed(told, audience.people, yes=yes)
        launched = joined.send_to_joined(session, who, mailing_id, site=current_site(), confirmed=confirmed)
        session.commit()
        found = {"mailing_id": launched.mailing_id, "people": audience.people}
        answer(found, as_json=as_json, words=lambda: f"Launched to {audience.people:,} people who joined since.")


@click.command()
@click.argument("ua")
@as_option
@click.option("--resend", "how", flag_value=How.RESEND.value, help="Send these again: some may get it twice.")
@click.option(
    "--handed-over", "how", flag_value=How.HANDED_OVER.value, help="Count these as handed over: some may never get it."
)
@click.option("--code", help="Only those with this code of the provider; give '' for those without one.")
@click.option("--reason", help="Only those whose reason begins like this.")
@click.option("--delivery", "delivery_id", type=int, help="Only this delivery, by its number in the list.")
@click.option("--sooner", is_flag=True, help="Do not wait for what the provider may still report by itself.")
@mailing_option
@yes_option
@json_option
def unknown(
    ua: str,
    acting: str,
    chosen: UUID | None,
    how: str | None,
    code: str | None,
    reason: str | None,
    delivery_id: int | None,
    sooner: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """The unknown deliveries of the newest mailing of case UA: list them, or settle them (--resend, --handed-over).

    Unknown: the provider was asked to take the mail, and no answer came. It may have arrived.

    \b
    Examples:
      alerts mailings unknown "UA 3/26" --as sender@office.example
      alerts mailings unknown "UA 3/26" --resend --code 504 --as sender@office.example
    """
    with app_context():
        session, who = db.session(), actor(acting)
        mailing_id = _mailing(session, ua, chosen)
        which = Which(code=code, reason=reason, delivery_id=delivery_id)
        if how is None:
            _list(session, who, mailing_id, as_json=as_json)
            return
        count = unsettled.settle_count(session, who, mailing_id, How(how), which)
        confirmed = _typed(_means(How(how), count), count, yes=yes)
        settled = unsettled.settle(session, who, mailing_id, How(how), which, confirmed=confirmed, sooner=sooner)
        session.commit()
        done = "are sent again" if how == How.RESEND else "count as handed over"
        words = f"{settled.people:,} {done}. {settled.left:,} of these stay unknown."
        answer(settled._asdict(), as_json=as_json, words=lambda: words)


def _mailing(session: Session, ua: str, chosen: UUID | None) -> UUID:
    """The newest mailing of the case, or the chosen one, which must be of this case."""
    newest = newest_mailing(session, ua)
    if chosen is None:
        return newest.id
    mailing = session.get(Mailing, chosen)
    if mailing is None or mailing.urgent_action_id != newest.urgent_action_id:
        raise Unknown(f"There is no such mailing of {ua}. The console shows those that there are.")
    return mailing.id


def _typed(told: str, count: int, *, yes: bool) -> int | None:
    """The number that was typed under what is told; None where nobody need type. Raises Refused where it is none."""
    click.echo(told, err=True)
    if yes:
        return None
    if not count:
        raise Refused("Nobody would be mailed or settled: there is nothing to confirm.")
    number: int = click.prompt("Type the number of people to go on", type=int, err=True)
    return number


def _means(how: How, count: int) -> str:
    if how is How.RESEND:
        return f"Unknown, and may be sent again: {count:,} people. Who got the mail already gets it twice."
    return f"Unknown: {count:,} people. Counted as handed over, who did not get the mail never will."


def _refused(found: Sequence[again.Failed]) -> str:
    if not found:
        return "Nobody was refused for good."
    lines = ["    people  can be tried again  code"]
    for one in found:
        tries = " (given up after all tries)" if one.given_up else ""
        lines.append(f"{one.people:>10,}  {one.again:>18,}  {one.code or 'none'}{tries}: {one.words}")
    return "\n".join([*lines, "Choose with --code, --reason, --given-up or --all; nothing has been sent."])


def _list(session: Session, who: Actor, mailing_id: UUID, *, as_json: bool) -> None:
    reasons = unsettled.unknown_reasons(session, who, mailing_id)
    until = unsettled.reported_until(session, mailing_id, Which())
    rows: list[UnknownRow] = []
    while page := unsettled.unknown_rows(
        session, who, mailing_id, after=rows[-1].delivery_id if rows else 0, limit=PAGE
    ):
        rows += page
    found = {
        "reasons": [one._asdict() for one in reasons],
        "reported_until": until,
        "deliveries": [row._asdict() for row in rows],
    }

    def words() -> str:
        waits = [f"The provider may still report some by itself until {until:%H:%M} UTC."] if until else []
        return "\n".join([*_by_reason(reasons), *waits, *map(_one, rows)])

    answer(found, as_json=as_json, words=words)


def _by_reason(reasons: Sequence[UnknownReason]) -> list[str]:
    if not reasons:
        return ["Nothing is unknown."]
    return [
        f"{one.people:>10,}  unknown, {one.again:,} may go again, batches: {one.batches:,}; {one.code} {one.reason}"
        for one in reasons
    ]


def _one(row: UnknownRow) -> str:
    where = f"batch {row.batch_id}, {row.at:%Y-%m-%d %H:%M:%S} UTC"
    return f"{row.delivery_id:>10}  {where}  {row.email or 'left since'}  {row.code}"
