"""Rules on returned mail: whose fault a status code says it is, and when soft bounces add up. Pure.

Codes are RFC 3463's. What is said about the sender, the content or a policy is ours to mend: no address suffers for it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum

IN_A_ROW = 3
LEAST_SPAN = timedelta(days=5)
LONGEST_GAP = timedelta(days=30)
"""Two soft bounces further apart are not in a row, and what is older is forgotten."""


class Blame(StrEnum):
    """What a returned mail says of the address: no such mailbox; not now; nothing, it is about us."""

    HARD = "hard"
    SOFT = "soft"
    OURS = "ours"


CODES: tuple[tuple[re.Pattern[str], Blame], ...] = (
    # The first that fits decides.
    (re.compile(r"5\.1\.[78]"), Blame.OURS),  # the sender's address
    (re.compile(r"5\.1\.\d+"), Blame.HARD),  # bad address; 5.1.10 takes no mail at all (RFC 7505)
    (re.compile(r"5\.2\.1"), Blame.HARD),  # mailbox disabled
    (re.compile(r"[45]\.[567]\.\d+"), Blame.OURS),  # protocol, content, policy
    (re.compile(r"[45]\.\d+\.\d+"), Blame.SOFT),  # mailbox full, system or network of the receiver, no reason given
)


def blame(code: str) -> Blame:
    """What an enhanced status code says; a code that is none says no more than that it did not arrive."""
    return next((found for pattern, found in CODES if pattern.fullmatch(code)), Blame.SOFT)


def given_up(moments: Collection[datetime]) -> bool:
    """Whether soft bounces at these moments are enough to mail the address no more.

    They are where the newest ones make a row of at least three, over at least five days, with no more than thirty
    days between neighbours. One moment stands for one mail. A mail in between that arrived is not seen: SMTP tells us
    only of those that came back.
    """
    row: list[datetime] = []
    for moment in sorted(moments):
        if row and moment - row[-1] > LONGEST_GAP:
            row = []
        row.append(moment)
    return len(row) >= IN_A_ROW and row[-1] - row[0] >= LEAST_SPAN
