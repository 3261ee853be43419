"""Where a process can be made to die: names of the product's functions, looked up when the process starts.

The product has no hook for this. A name that no longer exists fails loudly, in the process and in a test of its own.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from chaos.providers import Way

BOTH = (Way.SMTP, Way.SENDGRID)


class When(StrEnum):
    """Whether the process goes as the call begins, or when it has done its work and not yet returned."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True)
class Point:
    """A call of a function of the product; `call` says which one in the life of a process, from 1.

    With `giving`, only calls that gave something back are counted.
    """

    module: str
    attribute: str
    when: When
    call: int
    ways: tuple[Way, ...] = BOTH
    command: str = "worker"
    giving: bool = False


B, A = When.BEFORE, When.AFTER
_MAILINGS = "alerts.mailings."

POINTS: dict[str, Point] = {
    "before freeze": Point(_MAILINGS + "freeze", "freeze_next_slice", B, 1),
    "mid-slice": Point(_MAILINGS + "freeze", "freeze_next_slice", A, 1),
    "claim written": Point(_MAILINGS + "claims", "claim_next", A, 2),
    "after claim": Point(_MAILINGS + "recovery", "recover", B, 2),
    "before intent": Point(_MAILINGS + "claims", "intend", B, 2),
    "after intent, SMTP": Point("alerts.delivery.smtp", "SmtpTransport.hand_over", B, 3, (Way.SMTP,)),
    "after intent, SendGrid": Point("alerts.delivery.sendgrid", "SendGridTransport.hand_over", B, 1, (Way.SENDGRID,)),
    "mid-window, SMTP": Point("alerts.delivery.content", "Compiled.fill", A, 47, (Way.SMTP,)),
    "mid-window, SendGrid": Point("alerts.delivery.sendgrid_request", "unsubscribe", A, 60, (Way.SENDGRID,)),
    "after the yes, SMTP": Point("alerts.delivery.smtp", "SmtpTransport.hand_over", A, 3, (Way.SMTP,)),
    "after the yes, SendGrid": Point("alerts.delivery.sendgrid", "SendGridTransport.hand_over", A, 1, (Way.SENDGRID,)),
    "while settling": Point(_MAILINGS + "settling", "settle_first_pass", A, 2),
    "before release": Point(_MAILINGS + "claims", "release", B, 1),
    "while recovering": Point(_MAILINGS + "recovery", "recover", A, 1),
    "while settling a second try": Point(_MAILINGS + "settling", "settle_retry", B, 1),
    "in the clock, starting": Point(_MAILINGS + "upkeep", "start_due", A, 1, BOTH, "clock"),
    "in the clock, ringing": Point(_MAILINGS + "working", "in_line", B, 1, BOTH, "clock"),
    "in the clock, finishing": Point(_MAILINGS + "upkeep", "finish_complete", A, 1, BOTH, "clock", giving=True),
}

SHORTENED: dict[tuple[str, str], float] = {
    # Waits of the product that only make a run longer, in proportion to the short lease it has here.
    (_MAILINGS + "backoff", "FIRST_WAIT"): 1.0,
    ("alerts.delivery.relay", "CONNECT_TIMEOUT"): 1.0,
}


class NoSuchPoint(Exception):
    """A name in the tables above is not in the product any more: give the table the new one."""


def find(module: str, attribute: str) -> tuple[Any, str, Any]:
    """Where the name stands (a module or class), its last part, and what it is. Raises NoSuchPoint."""
    try:
        holder: Any = importlib.import_module(module)
        *path, last = attribute.split(".")
        for part in path:
            holder = getattr(holder, part)
        return holder, last, getattr(holder, last)
    except (ImportError, AttributeError) as error:
        raise NoSuchPoint(
            f"{module} has no {attribute} any more: {error}. Mend the table in chaos/points.py."
        ) from None


def shorten() -> None:
    """Make the product's waits short in this process."""
    for (module, name), value in SHORTENED.items():
        holder, last, _ = find(module, name)
        setattr(holder, last, value)


def arm(name: str, flag: Path, *, with_signal: signal.Signals = signal.SIGKILL) -> None:
    """Let this process get the signal from itself at the point, once for all processes that share the `flag`."""
    point = POINTS[name]
    holder, last, real = find(point.module, point.attribute)
    armed = _armed(real, point, flag, with_signal)
    if isinstance(holder, type):
        setattr(holder, last, armed)
        return
    for module in list(sys.modules.values()):  # wherever the product imported it by name
        if getattr(module, "__name__", "").startswith("alerts.") and getattr(module, last, None) is real:
            setattr(module, last, armed)


def _armed(real: Callable[..., Any], point: Point, flag: Path, with_signal: signal.Signals) -> Callable[..., Any]:
    calls = itertools.count(1)

    @functools.wraps(real)
    def armed(*args: Any, **kwargs: Any) -> Any:
        if point.when is When.BEFORE and next(calls) >= point.call:
            _go(flag, with_signal)
        result = real(*args, **kwargs)
        if point.when is When.AFTER and (result or not point.giving) and next(calls) >= point.call:
            _go(flag, with_signal)
        return result

    return armed


def _go(flag: Path, with_signal: signal.Signals) -> None:
    try:
        os.close(os.open(flag, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    os.kill(os.getpid(), with_signal)
