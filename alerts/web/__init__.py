"""Pages: parse the request, call one feature verb, answer."""

from alerts.web.wiring import install

__all__ = ["install"]
