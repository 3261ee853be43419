"""Every page that the world sees: the modules that bring them, loaded onto their two blueprints."""

from alerts.web import leaving, mine, office, papers, receipts, subscribing, versions, writing
from alerts.web.act import acting
from alerts.web.public import site

__all__ = ["acting", "leaving", "mine", "office", "papers", "receipts", "site", "subscribing", "versions", "writing"]
