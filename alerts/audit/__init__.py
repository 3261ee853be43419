"""Who did what and when: append-only, each row sealed with the hash of the one before."""

from alerts.audit.service import record

__all__ = ["record"]
