"""What somebody signed: the words that readers saw when they acted, and none that came after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from alerts.actions.changes import PartChange, changes_between
from alerts.actions.models import Bulletin, BulletinVersion, Defender, UrgentAction
from alerts.actions.queries import PublicCase
from alerts.actions.readiness import exposing_parts
from alerts.actions.versions import Replaced, replaced_versions
from alerts.actions.writing import Words
from alerts.core import clock


@dataclass(frozen=True)
class Signed:
    """The part of a case's words that goes to its target; the same for everybody who signed the same."""

    language: str
    title: str
    letter: str
    asks: tuple[str, ...]
    copies: tuple[str, ...]


@dataclass(frozen=True)
class Read:
    """A version of a case, from when it was read (UTC); `words` is None where nobody may read it any more."""

    language: str
    read_from: datetime
    words: Signed | None


@dataclass(frozen=True)
class Corrected:
    """What a reader has not seen yet: what `changes` in the words that go to the target, and each correction's reason.

    `before` is what they saw. Where nobody may read that any more it is None, and no change is told.
    """

    before: Signed | None
    changes: tuple[PartChange, ...]
    corrections: tuple[Replaced, ...]


def versions_read(session: Session, case_id: UUID, language: str) -> tuple[Read, ...]:
    """Every version of a case in `language` and in its main language, the first one first."""
    query = (
        select(BulletinVersion, Defender)
        .join(Bulletin, Bulletin.id == BulletinVersion.bulletin_id)
        .join(UrgentAction, UrgentAction.id == Bulletin.urgent_action_id)
        .join(Defender, Defender.id == UrgentAction.defender_id)
        .where(UrgentAction.id == case_id, BulletinVersion.language.in_((language, UrgentAction.main_language)))
        .order_by(BulletinVersion.read_from, BulletinVersion.version)
        .options(lazyload(Defender.texts), lazyload(Defender.consents))
    )
    return tuple(_read(one, defender) for one, defender in session.execute(query).tuples())


def read_at(versions: Sequence[Read], language: str, at: datetime) -> Read:
    """What somebody read who acted at `at` (UTC): in `language`, where the case had words in it then.

    Acts older than what was kept are taken to be on the first that was; where nothing was, nobody knows what was read.
    """
    known = [one for one in versions if one.read_from <= at][::-1] or list(versions)
    nothing = Read(language, at, None)
    return next((one for one in known if one.language == language), known[0] if known else nothing)


def corrected_since(session: Session, case: PublicCase, read: datetime) -> Corrected | None:
    """What changed since a reader saw the case at `read` (UTC); None where what goes to the target is the same."""
    if case.corrected_at is None or case.corrected_at <= read:
        return None
    versions = versions_read(session, case.id, case.language)
    before, latest = (read_at(versions, case.language, at) for at in (read, clock.now()))
    if before == latest or (before.words is not None and before.words == latest.words):
        return None
    replaced = [one for one in replaced_versions(session, case.id, case.language) if one.replaced_at > read]
    changes = changes_between(_words(before.words), _words(latest.words)) if before.words and latest.words else ()
    return Corrected(before.words, changes, tuple(replaced))


def _words(signed: Signed) -> Words:
    return Words(signed.title, letter=signed.letter, asks=signed.asks, copies=signed.copies)


def _read(one: BulletinVersion, defender: Defender) -> Read:
    if one.taken_down_at is not None or exposing_parts(one, defender):
        return Read(one.language, one.read_from, None)
    words = Signed(one.language, one.title, one.letter, tuple(one.asks), tuple(one.copies))
    return Read(one.language, one.read_from, words)
