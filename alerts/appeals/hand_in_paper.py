"""A hand-in as pages, for each letter that was signed: what is asked, by how many and from where; then the names."""

from __future__ import annotations

from collections.abc import Iterator

from alerts.actions.queries import PublicCase
from alerts.appeals.hand_in import HandIn, Sheet
from alerts.core.countries import country_name
from alerts.core.dates import figure, moment
from alerts.core.i18n import translations
from alerts.core.languages import direction
from alerts.papers.typeset import typeset


def hand_in_pdf(found: HandIn, case: PublicCase, *, organisation: str, paper: str) -> bytes:
    """The PDF, in the language that `case` is read in; `paper` is the sheet, as the typesetter calls it.

    The names of people in Japan are set in the shapes that Han has there, those of all others in the mainland's.
    """
    language = case.language
    _ = translations(language).gettext
    values = {
        "title": case.title,
        "language": language,
        "direction": direction(language),
        "paper": paper,
        "one": figure(1, language),
        "kicker": f"{organisation} · {_('Urgent action %(number)s') % {'number': case.number}}",
        "to": _("To: %(target)s") % {"target": case.target},
        "sheets": [_page(sheet, language) for sheet in found.sheets or (_nobody(case),)],
        "countries_title": _("Where they live"),
        "names_title": _("Their names, as each person allowed it"),
        "foot": " · ".join(_foot(found, language)),
    }
    return typeset("hand_in", values)


def _nobody(case: PublicCase) -> Sheet:
    return Sheet(case.title, case.asks, 0, 0, (), ())


def _page(sheet: Sheet, language: str) -> dict[str, object]:
    """What one sheet says: what is asked, by how many, from where, and their names."""
    _ = translations(language)
    japan = country_name("JP", language)
    return {
        "title": sheet.title,
        "total": figure(sheet.total, language),
        "total_means": _.ngettext("person asks this", "people ask this", sheet.total),
        "asks": list(sheet.asks),
        "figures": [f"{figure(number, language)}." for number in range(1, len(sheet.asks) + 1)],
        "countries": [
            [country or _.gettext("not known"), figure(people, language)] for country, people in sheet.countries
        ],
        "names": [[str(line), line.place.endswith(japan)] for line in sheet.signatories],
    }


def _foot(found: HandIn, language: str) -> Iterator[str]:
    """When it was counted, and whoever is not in a list."""
    _ = translations(language).gettext
    yield _("Counted %(moment)s.") % {"moment": moment(found.at, language)}
    if found.only_counted:
        yield _("%(people)s are counted without a name.") % {"people": figure(found.only_counted, language)}
