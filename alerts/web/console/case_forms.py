"""Forms of a case: its facts, its target, its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, HiddenField, IntegerField
from wtforms.validators import Email, Optional, ValidationError
from wtforms.widgets import HiddenInput

from alerts.actions.states import COUNTED, ActKind, AppealsBy, Risk, Topic
from alerts.actions.variants import VariantWords
from alerts.actions.writing import Words
from alerts.core.languages import LANGUAGES
from alerts.web.console import words
from alerts.web.console.forms import (
    ConsoleForm,
    a_day,
    a_time,
    choice,
    languages,
    line,
    named,
    needed,
    passage,
    several,
)

NEW = "new"


class FactsForm(ConsoleForm):
    """What is the same in every language. A new target can be written down with it."""

    risk = choice(_("What they are in danger of"), named(words.RISKS), default=Risk.THREAT.value)
    topics = several(_("Whom it is about"), named(words.TOPICS))
    kinds = several(_("What people are asked to do"), named(words.KINDS), default=[ActKind.SIGN.value])
    appeals_by = choice(_("How appeals reach the target"), named(words.APPEALS_BY), default=AppealsBy.HAND_IN.value)
    deadline_day = a_day(_("Deadline: last day on which appeals help"))
    deadline_time = a_time(_("Time (UTC)"))
    target = choice(_("Who is asked"), [])
    target_name = line(_("Name of the target"), "name")
    target_office = line(_("Office"), "office")
    target_salutation = line(_("Salutation"), "salutation")
    target_address = passage(_("Postal address"), "address", rows=3)
    target_email = line(
        _("Mail address"), "", Optional(), Email(_("Write a whole address, like office@country.example."))
    )
    target_verified = a_day(_("Address checked on"))

    def offer_targets(self, targets: list[tuple[str, str]]) -> None:
        """Fill the list of targets."""
        self.target.choices = [("", _("Decide later")), *targets, (NEW, _("A new target, written below"))]

    @property
    def writes_target(self) -> bool:
        """Whether a new target is to be written down."""
        return bool(self.target.data == NEW or (not self.target.data and (self.target_name.data or "").strip()))

    def validate_kinds(self, field: Any) -> None:
        """Somebody has to be counted: sharing alone counts nobody."""
        if not any(kind.value in (field.data or []) for kind in COUNTED):
            raise ValidationError(_("Choose signing, writing, or printing and posting. Sharing alone counts nobody."))

    @property
    def ways(self) -> list[ActKind]:
        """The ways to act that were chosen."""
        return [ActKind(kind) for kind in self.kinds.data or []]

    @property
    def about(self) -> list[Topic]:
        """The topics that were chosen."""
        return [Topic(topic) for topic in self.topics.data or []]

    def validate_target_name(self, field: Any) -> None:
        """A new target needs a name; one that was chosen from the list needs none."""
        if self.target.data == NEW and not field.data.strip():
            raise ValidationError(_("Write the target's name, or choose “Decide later”."))
        if self.target.data not in ("", NEW) and field.data.strip():
            raise ValidationError(_("Choose a target from the list or write a new one, not both."))

    def _needed_with_target(self, field: Any) -> None:
        if self.writes_target and not field.data.strip():
            raise ValidationError(_("A new target needs this too."))

    validate_target_office = validate_target_salutation = _needed_with_target


class NewCaseForm(FactsForm):
    """The beginning of a case: who, what, and a working title."""

    defender = choice(
        _("Defender"),
        [],
        validators=[needed(_("Choose the person at risk. If they are not in the list, add them first."))],
    )
    main_language = choice(_("Main language"), languages(), default="en")
    title = line(
        _("Working title"), "title", needed(_("Write a working title; it can be changed until it is reviewed."))
    )


class TextForm(ConsoleForm):
    """The words of one language. `version` is the one the writer started from."""

    version = IntegerField(widget=HiddenInput(), default=0)
    title = line(_("Title"), "title", needed(_("Write a title: what happened, to whom.")))
    call = line(_("Call"), "call")
    summary = passage(_("Summary"), "summary", rows=4)
    story = passage(_("Story"), "story", rows=14)
    asks = passage(_("Points to ask for"), "ask", rows=4)
    letter = passage(_("Letter"), "letter", rows=10)
    copies = passage(_("Copies go to"), "copy", rows=2)
    correction = line(_("What was wrong"), "correction")

    def words(self) -> Words:
        """What was typed, as the case keeps it."""
        asks = tuple(ask.strip() for ask in self.asks.data.splitlines() if ask.strip())
        copies = tuple(office.strip() for office in self.copies.data.splitlines() if office.strip())
        return Words(
            self.title.data,
            self.call.data,
            self.summary.data,
            self.story.data,
            asks,
            self.letter.data,
            copies,
            self.correction.data,
        )

    @classmethod
    def holding(cls, kept: Words | None, version: int) -> TextForm:
        """The form as it is opened: with the words that are kept."""
        if kept is None:
            return cls(version=version)
        parts = {part: getattr(kept, part) for part in ("title", "call", "summary", "story", "letter", "correction")}
        return cls(version=version, asks="\n".join(kept.asks), copies="\n".join(kept.copies), **parts)


class VariantsForm(ConsoleForm):
    """The variants B, C and D of one language (`b_call`, `b_title` …). `version` is that of the text they belong to."""

    version = IntegerField(widget=HiddenInput(), default=0)

    def variants(self) -> list[VariantWords]:
        """What was typed, without variants that are empty."""
        typed = [VariantWords(**{part: self[f"{one}_{part}"].data for part in VARIANT_PARTS}) for one in "bcd"]
        return [words for words in typed if any(value.strip() for value in asdict(words).values())]

    @classmethod
    def holding(cls, kept: Sequence[VariantWords], version: int) -> VariantsForm:
        """The form as it is opened: with the variants that are kept."""
        lettered = zip("bcd", kept, strict=False)
        found = {f"{one}_{part}": value for one, said in lettered for part, value in asdict(said).items()}
        return cls(version=version, **found)


VARIANT_PARTS = ("call", "title", "summary", "story")
for _one in "bcd":
    setattr(VariantsForm, f"{_one}_call", line(_("Call, and subject of the mail"), "call"))
    setattr(VariantsForm, f"{_one}_title", line(_("Title"), "title"))
    setattr(VariantsForm, f"{_one}_summary", passage(_("Summary"), "summary", rows=4))
    setattr(VariantsForm, f"{_one}_story", passage(_("Story"), "story", rows=6))


class NumberForm(ConsoleForm):
    """A number that is to lead to the case, and that this is meant."""

    number = line(_("Number that leads here"), "", needed(_("Write the number of a case, like UA 5/26.")))
    sure = BooleanField(
        _("Every address of this number is to lead to this case"),
        validators=[needed(_("Tick this: addresses that lead on are remembered by browsers."))],
    )


class TargetForm(ConsoleForm):
    """A target, with office and salutation for each language (`office_en`, `salutation_en` …)."""

    case = HiddenField()
    name = line(_("Name"), "name", needed(_("Write who is asked: a person's name, or the office.")))
    address = passage(_("Postal address"), "address", rows=4)
    email = line(_("Mail address"), "", Optional(), Email(_("Write a whole address, like office@country.example.")))
    preferred_language = choice(_("Language they prefer to be written to in"), languages(), default="en")
    verified_on = a_day(_("Address checked on"))


for _code in LANGUAGES:
    setattr(TargetForm, f"office_{_code}", line(_("Office"), "office"))
    setattr(TargetForm, f"salutation_{_code}", line(_("Salutation"), "salutation"))
