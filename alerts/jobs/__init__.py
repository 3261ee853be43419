"""Doorbells: jobs that carry a name and ids, and may be rung twice or never."""

from alerts.jobs.bells import install

__all__ = ["install"]
