"""A hand-in as pages: on the first what is asked, by how many and from where; then the names, on numbered pages."""

from __future__ import annotations

from alerts.actions.queries import PublicCase
from alerts.appeals.hand_in import HandIn
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
    japan = country_name("JP", language)
    names = [[str(line), line.place.endswith(japan)] for line in found.signatories]
    without = found.only_counted
    means = translations(language).ngettext("person asks this", "people ask this", found.total)
    values = {
        "title": case.title,
        "language": language,
        "direction": direction(language),
        "paper": paper,
        "kicker": f"{organisation} · {_('Urgent action %(number)s') % {'number': case.number}}",
        "to": _("To: %(target)s") % {"target": case.target},
        "total": figure(found.total, language),
        "total_means": means,
        "asks": list(case.asks),
        "figures": [f"{figure(number, language)}." for number in range(1, len(case.asks) + 1)],
        "countries_title": _("Where they live"),
        "countries": [[country or _("not known"), figure(people, language)] for country, people in found.countries],
        "names_title": _("Their names, as each person allowed it"),
        "names": names,
        "foot": " · ".join(
            part
            for part in (
                _("Counted %(moment)s.") % {"moment": moment(found.at, language)},
                _("%(people)s are counted without a name.") % {"people": figure(without, language)} if without else "",
            )
            if part
        ),
    }
    return typeset("hand_in", values)
