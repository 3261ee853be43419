"""What each topic is called, in the page's language."""

from __future__ import annotations

from flask_babel import gettext as _

from alerts.actions.states import Topic


def topic_names() -> dict[str, str]:
    """Every topic by its code, as a short label."""
    return {
        Topic.JOURNALISTS: _("Journalists"),
        Topic.LAWYERS: _("Lawyers and judges"),
        Topic.LAND: _("Land and the environment"),
        Topic.INDIGENOUS: _("Indigenous peoples and minorities"),
        Topic.WOMEN: _("Women’s rights"),
        Topic.LGBTI: _("LGBTI people"),
        Topic.WORKERS: _("Workers and trade unions"),
        Topic.CORRUPTION: _("Corruption and impunity"),
        Topic.MIGRANTS: _("Refugees and migrants"),
        Topic.PROTEST: _("Students and peaceful protest"),
    }
