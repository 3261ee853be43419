"""Versions: what readers were shown of a case stays readable when it is corrected, marked as replaced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session, aliased, lazyload

from alerts.actions.errors import IllegalMove, VersionGone
from alerts.actions.models import Bulletin, BulletinVersion, Defender, UrgentAction
from alerts.actions.readiness import exposing_parts
from alerts.actions.states import CaseState
from alerts.actions.transitions import SHOWN
from alerts.actions.writing import Words, put_words, same_words, words_of
from alerts.audit import record
from alerts.core import clock
from alerts.core.db import lock
from alerts.core.errors import Unknown
from alerts.organisers import Actor, Permission, require


@dataclass(frozen=True)
class Replaced:
    """A version that readers saw from `read_from` until `replaced_at` (UTC); `down`: it is readable no more.

    `why` says what was wrong in it, in `why_language`: its own, or the main one; empty where nobody may read that.
    `comparable`: what came after it may be read, so that both can be set beside each other.
    """

    language: str
    version: int
    read_from: datetime
    replaced_at: datetime
    down: bool
    why: str
    why_language: str
    comparable: bool


@dataclass(frozen=True)
class OldWords:
    """What a replaced version said."""

    replaced: Replaced
    title: str
    call: str
    summary: str
    story: str
    letter: str
    asks: tuple[str, ...]


def keep_versions(session: Session, case: UrgentAction, at: datetime) -> None:
    """Keep what readers see of a case from `at` on: texts that changed since the last publication replace theirs."""
    bulletin = case.bulletins[0]
    kept = {one.language: one for one in session.scalars(_current(bulletin.id))}
    for text in bulletin.texts:
        before = kept.get(text.language)
        if before is not None and same_words(words_of(before), words_of(text)):
            continue
        if before is not None:
            before.replaced_at = case.corrected_at = at
            session.flush()
        now = BulletinVersion(bulletin_id=bulletin.id, language=text.language, version=text.version, read_from=at)
        put_words(now, words_of(text))
        session.add(now)
    session.flush()
    session.expire(bulletin, ["last_read"])


def replaced_versions(session: Session, case_id: UUID, language: str | None = None) -> tuple[Replaced, ...]:
    """The versions of a case that were replaced, the latest first; of one language, where it is given."""
    query = _replaced(case_id).order_by(BulletinVersion.replaced_at.desc(), BulletinVersion.language)
    if language is not None:
        query = query.where(BulletinVersion.language == language)
    return tuple(_told(*row) for row in session.execute(query).tuples())


def old_words(session: Session, case_id: UUID, language: str, version: int) -> OldWords:
    """What a replaced version said. Raises Unknown, or VersionGone where it may not be read any more.

    That is where it was taken down, and where it holds a name that must not be shown by now.
    """
    told, said, _ = version_and_next(session, case_id, language, version)
    if told.down:
        raise VersionGone
    return OldWords(told, said.title, said.call, said.summary, said.story, said.letter, said.asks)


def version_and_next(
    session: Session, case_id: UUID, language: str, version: int
) -> tuple[Replaced, Words, Words | None]:
    """A replaced version, what it says, and what the next says, where that may be read. Raises Unknown.

    Whoever asks looks whether it is `down`.
    """
    query = _replaced(case_id).where(BulletinVersion.language == language, BulletinVersion.version == version)
    found = session.execute(query).tuples().one_or_none()
    if found is None:
        raise Unknown("There is no such version.")
    one, _, after, _ = found
    told = _told(*found)
    return told, words_of(one), words_of(after) if after and told.comparable else None


def take_down(session: Session, actor: Actor, case_id: UUID, language: str, version: int) -> None:
    """Delete the words of a version, for good; that there was one stays known.

    The one that readers saw last can be taken down while its case is not shown, so that a correction never brings it
    back. Raises Unknown, or IllegalMove where it was taken down before, or readers see it now.
    """
    require(actor, Permission.WITHDRAW)
    case = lock(session, UrgentAction, case_id)
    one = session.get(BulletinVersion, (case.bulletins[0].id, language, version), with_for_update=True)
    if one is None:
        raise Unknown("There is no such version.")
    if one.taken_down_at is not None:
        raise IllegalMove("This version was taken down before.")
    if one.replaced_at is None and CaseState(case.state) in SHOWN:
        raise IllegalMove("Readers see this version now. Hold the case first, then take it down and write it anew.")
    one.taken_down_at = clock.now()
    one.replaced_at = one.replaced_at or one.taken_down_at
    put_words(one, Words(""))
    session.flush()
    session.expire(case.bulletins[0], ["last_read"])
    record(
        session, actor, "case.version_taken_down", "urgent_action", case.id,
        case=case.number, language=language, version=version,
    )  # fmt: skip


def last_read(session: Session, case_id: UUID) -> tuple[tuple[str, int], ...]:
    """Language and version of what readers see, or saw last."""
    query = (
        select(BulletinVersion.language, BulletinVersion.version)
        .join(Bulletin, Bulletin.id == BulletinVersion.bulletin_id)
        .where(Bulletin.urgent_action_id == case_id, BulletinVersion.replaced_at.is_(None))
        .order_by(BulletinVersion.language)
    )
    return tuple(session.execute(query).tuples())


def refuse_what_was_taken_down(session: Session, case: UrgentAction) -> None:
    """Raise IllegalMove where a text was taken down while the case was held, and has not been written anew."""
    bulletin = case.bulletins[0]
    down = {
        (one.language, one.version)
        for one in session.scalars(select(BulletinVersion).filter_by(bulletin_id=bulletin.id))
        if one.taken_down_at is not None
    }
    if again := sorted(text.language for text in bulletin.texts if (text.language, text.version) in down):
        raise IllegalMove(
            f"The text of {case.number} in {', '.join(again)} was taken down because it could harm somebody, and has"
            " not been changed since. Take the case back to draft and write it anew."
        )


def _current(bulletin_id: UUID) -> Select[BulletinVersion]:
    return select(BulletinVersion).where(
        BulletinVersion.bulletin_id == bulletin_id, BulletinVersion.replaced_at.is_(None)
    )


Row = tuple[BulletinVersion, Defender, BulletinVersion | None, BulletinVersion | None]


def _replaced(case_id: UUID) -> Select[*Row]:
    """Replaced versions of a case, each with the next in its language and, where it came then, in the main one."""
    after, main = aliased(BulletinVersion), aliased(BulletinVersion)
    follows = [
        and_(one.bulletin_id == BulletinVersion.bulletin_id, one.read_from == BulletinVersion.replaced_at)
        for one in (after, main)
    ]
    return (
        select(BulletinVersion, Defender, after, main)
        .join(Bulletin, Bulletin.id == BulletinVersion.bulletin_id)
        .join(UrgentAction, UrgentAction.id == Bulletin.urgent_action_id)
        .join(Defender, Defender.id == UrgentAction.defender_id)
        .outerjoin(after, and_(follows[0], after.language == BulletinVersion.language))
        .outerjoin(main, and_(follows[1], main.language == UrgentAction.main_language))
        .where(UrgentAction.id == case_id, BulletinVersion.replaced_at.is_not(None))
        .options(lazyload(Defender.texts), lazyload(Defender.consents))
    )


def _told(
    one: BulletinVersion, defender: Defender, after: BulletinVersion | None, main: BulletinVersion | None
) -> Replaced:
    down = _is_down(one, defender)
    said = [next for next in (after, main) if next is not None and next.correction]
    why = next((next for next in said if "correction" not in exposing_parts(next, defender)), None)
    return Replaced(
        one.language,
        one.version,
        one.read_from,
        one.replaced_at or one.read_from,
        down,
        why.correction if why else "",
        why.language if why else one.language,
        not down and after is not None and not _is_down(after, defender),
    )


def _is_down(one: BulletinVersion, defender: Defender) -> bool:
    return one.taken_down_at is not None or bool(exposing_parts(one, defender))
