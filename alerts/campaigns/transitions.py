"""The states of a page's revision, and the legal moves between them, as data. Pure."""

from __future__ import annotations

from enum import StrEnum

from alerts.campaigns.errors import NotOpen


class RevisionState(StrEnum):
    """Where a revision stands. `replaced`: it was published, and a later one is now."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    PUBLISHED = "published"
    REPLACED = "replaced"


S = RevisionState

MOVES: dict[RevisionState, frozenset[RevisionState]] = {
    S.DRAFT: frozenset({S.IN_REVIEW}),
    S.IN_REVIEW: frozenset({S.APPROVED, S.DRAFT}),
    S.APPROVED: frozenset({S.PUBLISHED, S.DRAFT}),
    S.PUBLISHED: frozenset({S.REPLACED}),
    S.REPLACED: frozenset(),
}
OPEN = (S.DRAFT, S.IN_REVIEW, S.APPROVED)
"""States of a revision that is being worked on; a campaign has one at most."""


def check_move(now: RevisionState, to: RevisionState) -> None:
    """Raise NotOpen for a move that is not in the table."""
    if to not in MOVES[now]:
        onward = ", ".join(name_of(state) for state in RevisionState if state in MOVES[now])
        remedy = f"From here it can become: {onward}." if onward else "Begin a new draft instead."
        raise NotOpen(f"This page is {name_of(now)} and cannot become {name_of(to)}. {remedy}")


def name_of(state: RevisionState) -> str:
    """The state as it stands in a sentence."""
    return "a draft" if state is S.DRAFT else state.value.replace("_", " ")
