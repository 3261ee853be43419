"""The mail catcher: a real SMTP server that keeps mails instead of delivering them, and a page to read them."""

from alerts.catcher.server import run_catcher

__all__ = ["run_catcher"]
