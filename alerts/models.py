"""Every table of the product, imported so that the metadata is whole."""

import alerts.actions.models
import alerts.appeals.models
import alerts.audit.models
import alerts.campaigns.models
import alerts.events.models
import alerts.mailings.models
import alerts.mailings.reports
import alerts.organisers.models
import alerts.participation.models
import alerts.search.models
import alerts.subscribers.models
import alerts.suppression.models  # noqa: F401
