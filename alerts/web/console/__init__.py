"""The console: where organisers write, review, launch, watch and stop."""

from alerts.web.console import (
    again,
    campaigns,
    cases,
    defenders,
    hand_in,
    home,
    launching,
    ledger,
    letters,
    mailings,
    moves,
    news,
    numbers,
    sign_in,
    targets,
    texts,
    variants,
)
from alerts.web.console.blueprint import console

__all__ = [
    "again",
    "campaigns",
    "cases",
    "console",
    "defenders",
    "hand_in",
    "home",
    "launching",
    "ledger",
    "letters",
    "mailings",
    "moves",
    "news",
    "numbers",
    "sign_in",
    "targets",
    "texts",
    "variants",
]
