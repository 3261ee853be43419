"""Forms of a campaign's page: the words of each kind of block, made from its table of parts, and its figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _
from wtforms import BooleanField, IntegerField
from wtforms.validators import Optional, Regexp
from wtforms.widgets import HiddenInput

from alerts.campaigns.figures import Figure
from alerts.campaigns.kinds import FIGURE_PARTS, MOST_FIGURES, PARTS, BlockKind
from alerts.web.console import words
from alerts.web.console.forms import ConsoleForm, choice, languages, line, needed, passage


class NewCampaignForm(ConsoleForm):
    """What a campaign is known by."""

    slug = line(
        _("Address"), "",
        needed(_("Write the last part of its address: “stop-the-dam”.")),
        Regexp("^[a-z0-9]+(-[a-z0-9]+)*$", message=_("Use small letters a–z, digits and single dashes.")),
        Regexp("^.{1,80}$", message=_("Keep to 80 characters.")),
    )  # fmt: skip
    main_language = choice(_("Main language"), languages(), default="en")


class CaseForm(ConsoleForm):
    """A case that is to belong to the campaign."""

    number = line(_("Number of the case"), "", needed(_("Write the number of a case, like UA 3/26.")))


class BlockForm(ConsoleForm):
    """The words of a block in one language. `version` is the one the writer started from."""

    version = IntegerField(widget=HiddenInput(), default=0)

    def parts(self) -> dict[str, str]:
        """What was typed, by part."""
        return {field.name: field.data or "" for field in self if field.name not in ("version", "csrf_token")}


def block_form(kind: BlockKind, kept: Mapping[str, str], version: int, figures: int) -> BlockForm:
    """The form of this kind of block as it is opened; of the figures' words only as many as there are figures."""
    form: BlockForm = _FORMS[kind](version=version, **kept)
    for name in FIGURE_PARTS[figures:]:
        if name in form:
            del form[name]
    return form


def _form_of(kind: BlockKind) -> type[BlockForm]:
    fields: dict[str, Any] = {}
    for rule in PARTS[kind]:
        label = words.page_part(rule.name)
        if rule.one_line:
            fields[rule.name] = line(label, rule.limit)
        else:
            fields[rule.name] = passage(label, rule.limit, rows=12 if rule.limit == "narrative" else 4)
    return type(f"{kind.value.title()}Form", (BlockForm,), fields)


_FORMS = {kind: _form_of(kind) for kind in BlockKind}


class FiguresForm(ConsoleForm):
    """Up to six figures (`value_1`, `year_1` …); one without a value is none."""

    version = IntegerField(widget=HiddenInput(), default=0)

    def figures(self) -> list[Figure]:
        """What was typed; figures without a value are left out."""
        return [
            Figure(
                value=self[f"value_{number}"].data,
                year=self[f"year_{number}"].data or 0,
                before=self[f"before_{number}"].data,
                share=self[f"share_{number}"].data,
                over=self[f"over_{number}"].data,
                source=(self[f"source_{number}"].data or "").strip(),
                source_name=(self[f"source_name_{number}"].data or "").strip(),
            )
            for number in range(1, MOST_FIGURES + 1)
            if self[f"value_{number}"].data is not None
        ]

    @classmethod
    def holding(cls, kept: Sequence[Figure], version: int) -> FiguresForm:
        """The form as it is opened: with the figures that are kept."""
        found = {
            f"{name}_{number}": getattr(figure, name)
            for number, figure in enumerate(kept, 1)
            for name in ("value", "year", "before", "share", "over", "source", "source_name")
        }
        return cls(version=version, **found)


def _whole(label: str) -> IntegerField:
    return IntegerField(label, validators=[Optional()])


for _n in range(1, MOST_FIGURES + 1):
    setattr(FiguresForm, f"value_{_n}", _whole(_("Figure")))
    setattr(FiguresForm, f"year_{_n}", _whole(_("Year")))
    setattr(FiguresForm, f"before_{_n}", _whole(_("The year before")))
    setattr(FiguresForm, f"share_{_n}", BooleanField(_("It is a share of a hundred (per cent)")))
    setattr(FiguresForm, f"over_{_n}", BooleanField(_("It was counted as more than this")))
    setattr(FiguresForm, f"source_{_n}", line(_("Address of the source")))
    setattr(FiguresForm, f"source_name_{_n}", line(_("Who published it")))
