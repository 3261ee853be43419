"""Choosing when a mailing leaves: now, at a moment, or at an hour on each reader's own clock."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from wtforms import DateTimeLocalField, Field, RadioField, SelectField
from wtforms.validators import ValidationError

from alerts.extensions import current_limits
from alerts.mailings.plan import When
from alerts.mailings.schedule import HOURS, BadMoment, moment_in, zone_named

NOW, AT, HOUR = "now", "at", "hour"
MORNING = 9
_TYPED = "%Y-%m-%dT%H:%M"


def when_field() -> RadioField:
    """The choice itself."""
    choices = [
        (NOW, later("Now")),
        (AT, later("At a moment")),
        (HOUR, later("At an hour on each reader's clock")),
    ]
    return RadioField(later("When"), choices=choices, default=NOW)


def at_field() -> DateTimeLocalField:
    """The moment, on the organisation's clock; needed where that was chosen."""
    return _Moment(later("Day and time"), format=[_TYPED, "%Y-%m-%d %H:%M"], validators=[_needed_for_at])


def hour_field() -> SelectField:
    """The hour, on each reader's clock."""
    return SelectField(later("Hour"), choices=[(hour, f"{hour:02d}:00") for hour in HOURS], coerce=int, default=MORNING)


def chosen(form: Any) -> When:
    """What was chosen, from the three fields of a form that is valid. Raises BadMoment."""
    if form.when.data == HOUR:
        return When(local_hour=form.local_hour.data)
    if form.when.data == AT:
        return When(moment_in(zone_named(current_limits().time_zone), f"{form.at.data:{_TYPED}}"))
    return When()


class _Moment(DateTimeLocalField):  # type: ignore[misc]
    """A moment that may be left half typed while another choice is made."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read it; whether it had to be readable is for the validator to say."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None


def _needed_for_at(form: Any, field: Field) -> None:
    if form.when.data != AT:
        return
    if field.data is None:
        raise ValidationError(_("Choose the day and the time at which it should start."))
    try:
        chosen(form)
    except BadMoment as fault:
        raise ValidationError(fault.message) from None
