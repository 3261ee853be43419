"""Why mail waits, in words: what the provider asked for, and what our own pace allows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from alerts.core import clock
from alerts.mailings import holds
from alerts.mailings.holds import Standing
from alerts.mailings.pacing import EVERY_OTHER, Pace, day_of


def why_mail_waits(session: Session, key: str, pace: Pace) -> list[str]:
    """What slows mail by this transport now, a sentence each; none where nothing does."""
    return sentences(holds.standing(session, key), pace, clock.now())


def sentences(standing: Standing, pace: Pace, now: datetime) -> list[str]:
    """The same, for a transport that stands so."""
    said = []
    if standing.held_until is not None:
        said.append(f"All mail waits until {_at(standing.held_until, now)}, as the provider said: {standing.words}")
    if standing.paced_until is not None:
        said.append(f"Our own pace lets out no more now; it is looked at again at {_at(standing.paced_until, now)}.")
    if pace.rate is not None:
        said.append(f"Paced at {pace.rate}.")
    if (curve := pace.warm_up) is not None:
        day = day_of(standing.first_day, now.date())
        if (mails := curve.allowance(day)) is not None:
            said.append(f"Warm-up day {day} of {curve.days}: {mails:,} mails today.")
    if pace.domains:
        rates = (f"{'others' if name == EVERY_OTHER else name} {rate}" for name, rate in pace.domains.items())
        said.append(f"Domains: {', '.join(rates)}.")
    return said


def _at(moment: datetime, now: datetime) -> str:
    return f"{moment:%H:%M:%S} UTC" if moment.date() == now.date() else f"{moment:%d %B, %H:%M} UTC"
