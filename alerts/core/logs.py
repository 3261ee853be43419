"""Structured logs: one line an event, with the ids of request, job and mailing, and no personal data.

Callers log ids, counts, states and codes. As a second guard, anything that looks like an address or a link's token
is struck out wherever it turns up, tracebacks included.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

from alerts.core import clock
from alerts.core.lines import Lines

_PERSONAL = re.compile(
    r"[^\s<>\"'(),:;=\[\]{}]+@[^\s<>\"'(),:;=\[\]{}]+|(?<=/[a-z]/)[A-Za-z0-9_-]{20,}|\b\d{1,3}(?:\.\d{1,3}){3}\b"
)


_handler: logging.Handler | None = None
_lines: Lines | None = None


def struck_out(text: str) -> str:
    """`text` with addresses, tokens of links and IP addresses replaced by `[…]`."""
    return _PERSONAL.sub("[…]", text)


def _strike(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = struck_out(value)
        elif not isinstance(value, (int, float, bool, type(None))):
            event[key] = struck_out(str(value))
    return event


def configure(format: str = "json") -> None:
    """Send every log line, ours and the libraries', through the same processors to standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    plain = structlog.dev.ConsoleRenderer(colors=False)
    final: Any = structlog.processors.JSONRenderer() if format == "json" else plain
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _strike, final],
        )
    )
    global _handler, _lines
    _handler, _lines = handler, Lines(handler.stream) if format == "json" else None
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("rq.worker", "rq.scheduler", "mail.log", "alembic", "fontTools", "PIL", "werkzeug"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def answered(**values: str | int | float) -> None:
    """Log an answered request: the line that `info("request.answered", …)` makes, soon, at a tenth of its cost.

    Only for values that we make ourselves: nothing is struck out here.
    """
    root = logging.getLogger()
    if not root.isEnabledFor(logging.INFO):
        return
    if _lines is None or root.handlers != [_handler]:
        structlog.get_logger("alerts.web.requests").info("request.answered", **values)
        return
    said = {**values, "event": "request.answered", "level": "info", "timestamp": f"{clock.now():%Y-%m-%dT%H:%M:%S.%fZ}"}
    _lines.add(orjson.dumps(said).decode() + "\n")


def quiet() -> None:
    """Only warnings and worse: for commands, whose words go to people."""
    logging.getLogger().setLevel(logging.WARNING)


def logger(name: str) -> Any:
    """A structured logger: `log.info("mailing.launched", mailing=id)`."""
    return structlog.get_logger(name)
