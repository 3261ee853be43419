"""Forms about the person at risk: who they are, how they may be shown, what they agreed to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf.file import FileField
from wtforms import RadioField
from wtforms.validators import ValidationError

from alerts.actions.states import Pronouns, Visibility
from alerts.core import clock
from alerts.web.console import words
from alerts.web.console.forms import ConsoleForm, a_day, choice, countries, languages, line, named, needed, passage

GIVEN, NOT_SOUGHT, LATER = "given", "not_sought", "later"


class DefenderForm(ConsoleForm):
    """The facts about a person, the same in every language."""

    name = line(_("Real name"), "name")
    visibility = RadioField(
        _("How they may be shown"), choices=named(words.VISIBILITIES), default=Visibility.NAMED.value
    )
    pseudonym = line(_("Pseudonym"), "pseudonym")
    pronouns = choice(_("Pronouns"), named(words.PRONOUNS), default=Pronouns.THEY.value)
    country = choice(_("Country"), [], validators=[needed(_("Choose the country."))])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.country.choices = countries()

    def validate_name(self, field: Any) -> None:
        """Whoever is named needs a name."""
        if self.visibility.data == Visibility.NAMED and not field.data.strip():
            raise ValidationError(_("Write the name, or choose a pseudonym or a withheld name."))

    def validate_pseudonym(self, field: Any) -> None:
        """Whoever has a pseudonym needs one, and not the real name."""
        if self.visibility.data == Visibility.PSEUDONYM and not field.data.strip():
            raise ValidationError(_("Write the name that pages and mails show."))


class DefenderWordsForm(ConsoleForm):
    """Role, name and story as one language writes them."""

    role = line(_("Role"), "role", needed(_("Write what they do, as it follows the name: “land-rights lawyer”.")))
    name = line(_("Name in this language"), "name")
    story = passage(_("Their story"), "life", rows=14)


class ConsentForm(ConsoleForm):
    """What the person agreed to; or why they could not be asked, and what that risks."""

    sought = RadioField(
        _("Consent"),
        choices=[
            (GIVEN, _("The person agreed")),
            (NOT_SOUGHT, _("The person could not be asked")),
        ],
        default=GIVEN,
    )
    scope = choice(_("What they allow at most"), named(words.VISIBILITIES), default=Visibility.NAMED.value)
    valid_until = a_day(_("Valid until"), needed(_("Choose the last day on which this holds.")))
    how_given = passage(_("How it was given, and to whom"), "reason", rows=3)
    not_sought_reason = passage(_("Why they could not be asked"), "reason", rows=3)
    risk_assessment = passage(_("Risk assessment: what might publication do to them?"), "reason", rows=3)

    def validate_valid_until(self, field: Any) -> None:
        """A consent that is over is none."""
        if self.sought.data != LATER and field.data and field.data <= clock.now().date():
            raise ValidationError(_("Choose a day to come."))

    def validate_how_given(self, field: Any) -> None:
        """Consent that was given was given somehow."""
        if self.sought.data == GIVEN and not field.data.strip():
            raise ValidationError(_("Write how consent was given, and to whom: “by telephone, to Ana”."))

    def _explained(self, field: Any) -> None:
        if self.sought.data == NOT_SOUGHT and not field.data.strip():
            raise ValidationError(_("Without consent, this must be written down."))
        if self.sought.data == GIVEN and field.data.strip():
            raise ValidationError(
                _("Leave this empty where the person agreed, or choose that they could not be asked.")
            )

    validate_not_sought_reason = validate_risk_assessment = _explained

    def consent(self) -> dict[str, str]:
        """The explanations that belong to what was chosen."""
        if self.sought.data == GIVEN:
            return {"how_given": self.how_given.data}
        return {"not_sought_reason": self.not_sought_reason.data, "risk_assessment": self.risk_assessment.data}


class NewDefenderForm(DefenderForm, ConsentForm):
    """Everything about a person that a case needs, on one page."""

    language = choice(_("Language of the role"), languages(), default="en")
    role = line(_("Role"), "role", needed(_("Write what they do, as it follows the name: “land-rights lawyer”.")))
    picture = FileField(_("Portrait"))
    sought = RadioField(
        _("Consent"),
        choices=[
            (GIVEN, _("The person agreed")),
            (NOT_SOUGHT, _("The person could not be asked")),
            (LATER, _("Record this later (until then no case can be reviewed)")),
        ],
        default=GIVEN,
    )
    valid_until = a_day(_("Valid until"), default=lambda: clock.now().date() + timedelta(days=180))

    def validate_valid_until(self, field: Any) -> None:
        """Where consent is recorded now, it has an end."""
        if self.sought.data != LATER and not field.data:
            raise ValidationError(_("Choose the last day on which this holds."))
        super().validate_valid_until(field)


class PortraitForm(ConsoleForm):
    """A picture of the person."""

    picture = FileField(_("Picture (PNG, JPEG or WebP, up to 10 MB)"))

    def validate_picture(self, field: Any) -> None:
        """A file has to be chosen."""
        if not field.data:
            raise ValidationError(_("Choose a picture."))
