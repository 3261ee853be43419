"""What a correction changes: the words of two versions, part by part, for who reviews it and for who reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from alerts.actions.errors import VersionGone
from alerts.actions.models import UrgentAction
from alerts.actions.versions import Replaced, version_and_next
from alerts.actions.writing import Words, same_words, words_of
from alerts.core.differences import Piece, differences
from alerts.core.errors import Unknown
from alerts.core.languages import LANGUAGES
from alerts.core.text import text_from_markdown
from alerts.organisers import Actor, Permission, require

PARTS = ("call", "title", "summary", "story", "asks", "letter", "copies")
"""In the order in which readers meet them."""
_MARKDOWN = ("story", "letter")


@dataclass(frozen=True)
class PartChange:
    """One part of a text that says something else than before."""

    part: str
    pieces: tuple[Piece, ...]


def changes_between(old: Words, new: Words) -> tuple[PartChange, ...]:
    """The parts that differ; what was wrong is told beside them and is none of them."""
    both = ((part, _as_text(old, part), _as_text(new, part)) for part in PARTS)
    return tuple(PartChange(part, differences(before, after)) for part, before, after in both if before != after)


def changes_to_review(session: Session, actor: Actor, case_id: UUID) -> Mapping[str, tuple[PartChange, ...]]:
    """By language, what is changed of what readers see, or saw last; a language that is new to them is not in it."""
    require(actor, Permission.SEE)
    case = session.get(UrgentAction, case_id)
    if case is None:
        raise Unknown("There is no case with this id.")
    bulletin = case.bulletins[0]
    read = {one.language: words_of(one) for one in bulletin.last_read}
    now = {text.language: words_of(text) for text in bulletin.texts}
    changed = [code for code in LANGUAGES if code in read and code in now and not same_words(read[code], now[code])]
    return {code: changes_between(read[code], now[code]) for code in changed}


def changes_of_version(
    session: Session, case_id: UUID, language: str, version: int
) -> tuple[Replaced, tuple[PartChange, ...]]:
    """What the next version changed of a replaced one. Raises Unknown, or VersionGone where either may not be read."""
    replaced, old, new = version_and_next(session, case_id, language, version)
    if replaced.down or new is None:
        raise VersionGone
    return replaced, tuple(_as_it_reads(one, old, new) for one in changes_between(old, new))


def _as_it_reads(change: PartChange, old: Words, new: Words) -> PartChange:
    """A change as readers met it, without Markdown; where only that was changed, the Markdown."""
    if change.part not in _MARKDOWN:
        return change
    before, after = (text_from_markdown(_as_text(words, change.part)) for words in (old, new))
    return change if before == after else PartChange(change.part, differences(before, after))


def _as_text(words: Words, part: str) -> str:
    value: str | tuple[str, ...] = getattr(words, part)
    return value if isinstance(value, str) else "\n".join(value)
