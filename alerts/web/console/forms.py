"""Forms of the console: validated by field, refused by the service, and always given back as they were typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any, Generic, TypeVar

from flask_wtf import FlaskForm
from wtforms import DateField, Field, SelectField, SelectMultipleField, StringField, TextAreaField, TimeField
from wtforms.validators import InputRequired, Optional, ValidationError
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from alerts.actions.wording import word_faults
from alerts.core.countries import CODES, country_name
from alerts.core.errors import AlertsError, Busy, NotAllowed, Refused
from alerts.core.languages import LANGUAGES
from alerts.extensions import db

T = TypeVar("T")


@dataclass(frozen=True)
class Done(Generic[T]):
    """What a verb gave, committed."""

    value: T


class ConsoleForm(FlaskForm):  # type: ignore[misc]
    """A form whose refusals are shown with everything that was typed still in it."""

    refusal: AlertsError | None = None

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def render_field(self, field: Field, render_kw: dict[str, Any]) -> str:
            """Hidden fields have no id: a page has several forms, and an id may stand on it once."""
            unnamed = {"id": False} if isinstance(field.widget, HiddenInput) else {}
            shown: str = super().render_field(field, unnamed | render_kw)
            return shown

    def carry_out(self, verb: Callable[[], T]) -> Done[T] | None:
        """Check the fields, do it, commit; None where it was refused, and the form then says why."""
        if not self.validate_on_submit():
            return None
        try:
            done = Done(verb())
            db.session.commit()
        except NotAllowed:
            raise
        except (Refused, Busy) as error:
            db.session.rollback()
            self.refusal = error
            return None
        return done

    @property
    def status(self) -> int:
        """200 before it was sent, 409 where someone was quicker, 422 where something has to be mended."""
        if isinstance(self.refusal, Busy):
            return 409
        return 422 if self.is_submitted() else 200

    def field_faults(self) -> Iterator[tuple[str, str]]:
        """Each fault that belongs to a field: the field's id and what to do."""
        for field in self:
            for fault in field.errors:
                yield field.id, str(fault)


def needed(message: str) -> InputRequired:
    """The field may not be empty; `message` says what to write. (Whitespace is not writing.)"""
    return _Written(message)


class _Written(InputRequired):  # type: ignore[misc]
    def __call__(self, form: ConsoleForm, field: Field) -> None:
        super().__call__(form, field)
        if isinstance(field.data, str) and not field.data.strip():
            field.errors = []
            raise ValidationError(self.message)


def wording(part: str) -> Callable[[ConsoleForm, Field], None]:
    """The field holds the part `part` of a case: its length, lines and characters are checked as the case will be."""

    def check(_form: ConsoleForm, field: Field) -> None:
        values = field.data.splitlines() if part in ("ask", "copy") else [field.data or ""]
        faults = [fault for value in values for fault in word_faults(part, value)]
        if faults:
            raise ValidationError(
                " ".join(f"{fault.problem[0].upper()}{fault.problem[1:]}: {fault.instead}." for fault in faults)
            )

    return check


def _lines(value: str | None) -> str:
    """Text as it was typed, with line feeds; browsers send carriage returns."""
    return (value or "").replace("\r\n", "\n").replace("\r", "\n")


def line(label: str, part: str = "", *validators: Any, **options: Any) -> StringField:
    """A single line."""
    checks = [*validators, wording(part)] if part else list(validators)
    return StringField(label, validators=checks, filters=[_lines], **options)


def passage(label: str, part: str, *validators: Any, rows: int = 4, **options: Any) -> TextAreaField:
    """Several lines."""
    return TextAreaField(
        label, validators=[*validators, wording(part)], filters=[_lines], render_kw={"rows": rows}, **options
    )


def choice(label: str, choices: list[tuple[str, Any]], **options: Any) -> SelectField:
    """One of a list."""
    return SelectField(label, choices=choices, **options)


def several(label: str, choices: list[tuple[str, Any]], **options: Any) -> SelectMultipleField:
    """Any of a list, each with a box to tick."""
    boxes = {"option_widget": CheckboxInput(), "widget": ListWidget(prefix_label=False)}
    return SelectMultipleField(label, choices=choices, **boxes, **options)


def named(words: Any) -> list[tuple[str, Any]]:
    """Choices from a table of words."""
    return [(str(key), label) for key, label in words.items()]


def languages() -> list[tuple[str, str]]:
    """The languages of the product, by the name their speakers use."""
    return [(language.code, language.native_name) for language in LANGUAGES.values()]


def countries() -> list[tuple[str, str]]:
    """Every country, by its English name, behind an entry that asks to choose."""
    listed = sorted(((code, country_name(code, "en")) for code in CODES), key=lambda pair: pair[1])
    return [("", "Choose a country"), *listed]


def a_day(label: str, *validators: Any, **options: Any) -> DateField:
    """A day, as the browser lets people choose one; may be empty unless a validator says otherwise."""
    return DateField(label, validators=list(validators) or [Optional()], **options)


def a_time(label: str, **options: Any) -> TimeField:
    """A time of day, UTC."""
    return TimeField(label, validators=[Optional()], **options)


def end_of(day: Any, at: time | None = None) -> datetime | None:
    """That moment of the day, UTC; its last minute where no time is given; None without a day."""
    return datetime.combine(day, at or time(23, 59), tzinfo=UTC) if day else None


class MoveForm(ConsoleForm):
    """A button: nothing to fill in."""


class ReasonForm(ConsoleForm):
    """Why something is ended; the reason stays in the log."""

    reason = passage("Why", "reason", needed("Say why, in a few words, without naming anyone."), rows=3)


class NoteForm(ConsoleForm):
    """What the author should change."""

    note = passage("What should be changed", "reason", needed("Write what should be changed."), rows=4)
