"""Signed posts from providers: verified, stored, answered at once; a worker looks at what they say."""

from alerts.hooks.wiring import install

__all__ = ["install"]
