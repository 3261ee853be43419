"""Telling programs from people without asking people anything: a field nobody sees, and the time a form was open.

A program gets the answer that a person gets, and nothing is kept: it learns nothing by trying.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask import current_app
from itsdangerous import BadSignature, SignatureExpired, TimestampSigner

from alerts.core import clock

QUICKEST = 2
"""Seconds that a person needs for a form at the least; programs are quicker."""
LONGEST = 24 * 3600
"""Seconds after which a page that was left open is asked for once more."""
TRAP = "website"
STAMP = "opened"


def traps(stamp: str = "") -> dict[str, str]:
    """The values of a form's hidden fields: the signed moment it was first shown, kept when it is shown again."""
    kept = stamp if stamp and age(stamp) is not None else _signer().sign(STAMP).decode()
    return {TRAP: "", STAMP: kept}


def is_robot(form: Mapping[str, str]) -> bool:
    """Whether a program filled this in: it wrote where nobody can, was too quick, or never asked for the form."""
    if form.get(TRAP):
        return True
    try:
        _signer().unsign(form.get(STAMP, ""))
    except BadSignature:
        return True
    seconds = age(form.get(STAMP, ""))
    return seconds is not None and seconds < QUICKEST


def age(stamp: str) -> int | None:
    """Seconds since the stamp was made; None where it is not ours, or too old."""
    try:
        _value, at = _signer().unsign(stamp, max_age=LONGEST, return_timestamp=True)
    except (BadSignature, SignatureExpired):
        return None
    return int((clock.now() - at).total_seconds())


def _signer() -> TimestampSigner:
    return TimestampSigner(current_app.config["SECRET_KEY"], salt="act-form")
