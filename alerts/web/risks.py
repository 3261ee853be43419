"""What each risk is called, in the page's language."""

from __future__ import annotations

from flask_babel import gettext as _

from alerts.actions.states import Risk


def risk_names() -> dict[str, str]:
    """Every risk by its code, as a short label."""
    return {
        Risk.KILLING: _("Killing"),
        Risk.THREAT: _("Threats"),
        Risk.ARREST: _("Arrest"),
        Risk.FORCED_DISAPPEARANCE: _("Forced disappearance"),
        Risk.SMEAR_CAMPAIGN: _("Smear campaign"),
        Risk.SURVEILLANCE: _("Surveillance"),
        Risk.UNFAIR_TRIAL: _("Unfair trial"),
        Risk.TRAVEL_BAN: _("Travel ban"),
    }
