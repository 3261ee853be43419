"""Which letter each person signed: their mail is made of that one, and of no other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from alerts.actions.queries import PublicCase, public_case
from alerts.actions.signed import Signed, read_at, versions_read
from alerts.appeals.choosing import Writer


@dataclass(frozen=True)
class Together:
    """Who goes in one mail, and the case as they read it; `kept_back`: those whose letter nobody may read any more."""

    writers: Sequence[Writer]
    case: PublicCase
    kept_back: Sequence[Writer]


def together(session: Session, writers: Sequence[Writer], language: str) -> Together:
    """Of people who acted on one case: those who signed the same letter as the first of them, in `language` if it is.

    Letters in people's own words are theirs whatever became of the case's. Raises as `public_case` does.
    """
    case = public_case(session, writers[0].case_id, language)
    versions = versions_read(session, case.id, case.language)
    signed = {one.id: read_at(versions, case.language, one.signed_at).words for one in writers}
    kept_back = [one for one in writers if one.letter is None and signed[one.id] is None]
    first = next((words for one in writers if (words := signed[one.id])), None)
    same = [one for one in writers if signed[one.id] == first or (one.letter is not None and signed[one.id] is None)]
    going = [one for one in same if one not in kept_back]
    return Together(going, _in_words_of(session, case, first) if first else case, kept_back)


def _in_words_of(session: Session, case: PublicCase, signed: Signed) -> PublicCase:
    """The case as those read it who signed this."""
    if signed.language != case.language:
        case = public_case(session, case.id, signed.language)
    return replace(case, title=signed.title, letter=signed.letter, asks=signed.asks, copies=signed.copies)
