"""What the public may read of cases. A name that is not to be shown never leaves this module."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Row, Select, Text, and_, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from alerts.actions.errors import CaseGone
from alerts.actions.models import (
    Bulletin,
    BulletinText,
    Defender,
    DefenderText,
    Portrait,
    PortraitSize,
    Target,
    TargetText,
    UrgentAction,
)
from alerts.actions.naming import shown_name
from alerts.actions.states import ActKind, AppealsBy, CaseState, Visibility
from alerts.actions.transitions import SHOWN
from alerts.core import clock
from alerts.core.errors import Unknown

_NUMBER = re.compile(r"(?:UA[ -]*)?([0-9]{1,7})[/-](?:20)?([0-9]{2})", re.IGNORECASE)


@dataclass(frozen=True)
class Card:
    """A published case in a list, in `language`: the reader's where it has a text, else the case's main one.

    `slug` is the address of the defender's page, where they have one.
    """

    id: UUID
    number: str
    year: int
    sequence: int
    language: str
    title: str
    call: str
    summary: str
    name: str
    role: str
    slug: str | None
    country: str
    risk: str
    portrait_id: UUID | None
    deadline: datetime
    published_at: datetime


@dataclass(frozen=True)
class PublicCase:
    """A case as its page shows it. `story` and `letter` are Markdown; `languages` are those it can be read in.

    `takes_acts`: published, and the deadline still to come.
    """

    id: UUID
    number: str
    year: int
    sequence: int
    state: CaseState
    takes_acts: bool
    language: str
    main_language: str
    languages: tuple[str, ...]
    bulletin_id: UUID
    title: str
    call: str
    summary: str
    story: str
    asks: tuple[str, ...]
    letter: str
    name: str
    role: str
    slug: str | None
    pronouns: str
    country: str
    risk: str
    portrait_id: UUID | None
    target: str
    salutation: str
    target_address: str
    preferred_language: str
    deadline: datetime
    published_at: datetime
    ended_at: datetime | None
    corrected_at: datetime | None = None
    kinds: tuple[ActKind, ...] = (ActKind.SIGN,)
    copies: tuple[str, ...] = ()
    appeals_by: AppealsBy = AppealsBy.HAND_IN


def open_cases(session: Session, language: str, *, campaign_id: UUID | None = None) -> tuple[Card, ...]:
    """Published cases whose deadline is to come, the nearest deadline first; of all campaigns or of one."""
    query = _texts_in(
        language,
        select(*_CARD).where(UrgentAction.state == CaseState.PUBLISHED.value, UrgentAction.deadline > clock.now()),
    ).order_by(UrgentAction.deadline, UrgentAction.id)
    if campaign_id is not None:
        query = query.where(UrgentAction.campaign_id == campaign_id)
    return tuple(_card(row) for row in session.execute(query))


def public_case(session: Session, case_id: UUID, language: str) -> PublicCase:
    """A published or closed case, in `language` where it has a text in it.

    Raises CaseGone (with its state) where it was public and is held or withdrawn now, and Unknown where it never was.
    """
    row = session.execute(_one_case(), {"case": case_id, "language": language}).first()
    if row is None or row.published_at is None:
        raise Unknown("There is no such case here.")
    state = CaseState(row.state)
    if state not in SHOWN:
        if state not in (CaseState.HELD, CaseState.WITHDRAWN):
            state = CaseState.HELD
        raise CaseGone(_number(row), state)
    return _page(row, state)


def case_id_of(session: Session, number: str) -> UUID:
    """The case that people write as `UA 12/26`, `12/26` or `12-26`, in any state. Raises Unknown."""
    if (match := _NUMBER.fullmatch(number.strip())) is None:
        raise Unknown(f"“{number[:40]}” is not the number of a case. Write it as UA 3/26 or 3/26.")
    sequence, year = match.groups()
    query = select(UrgentAction.id).where(UrgentAction.sequence == int(sequence), UrgentAction.year % 100 == int(year))
    case_id = session.scalar(query.order_by(UrgentAction.year.desc()).limit(1))
    if case_id is None:
        raise Unknown(f"There is no case UA {int(sequence)}/{year}.")
    return case_id


def path_number_of(number: str) -> str:
    """A case's number as it stands in addresses and file names: `UA 12/26` is `12-26`."""
    return number.removeprefix("UA ").replace("/", "-")


def number_shown(session: Session, typed: str) -> str | None:
    """What `typed` means where it is the number of a case that is shown, as it stands in addresses: `12-26`."""
    if (match := _NUMBER.fullmatch(typed.strip())) is None:
        return None
    sequence, year = match.groups()
    query = select(UrgentAction.id).where(
        UrgentAction.sequence == int(sequence),
        UrgentAction.year % 100 == int(year),
        UrgentAction.state.in_([state.value for state in SHOWN]),
    )
    return f"{int(sequence)}-{year}" if session.scalar(query.limit(1)) else None


def public_portrait(session: Session, portrait_id: UUID) -> bytes:
    """The WebP of a defender who may be named and has a case that is shown. Raises Unknown for any other."""
    return _shown_portrait(session, portrait_id, select(Portrait.webp))


def public_portrait_size(session: Session, portrait_id: UUID, width: int, form: str) -> bytes:
    """The same in one of the sizes and forms that pages offer. Raises Unknown for any other."""
    same = and_(PortraitSize.portrait_id == Portrait.id, PortraitSize.width == width, PortraitSize.form == form)
    return _shown_portrait(
        session, portrait_id, select(PortraitSize.data).select_from(Portrait).join(PortraitSize, same)
    )


def _shown_portrait(session: Session, portrait_id: UUID, what: Select[bytes]) -> bytes:
    query = (
        what.join(Defender, Defender.portrait_id == Portrait.id)
        .join(UrgentAction, UrgentAction.defender_id == Defender.id)
        .where(
            Portrait.id == portrait_id,
            Defender.visibility == Visibility.NAMED.value,
            UrgentAction.state.in_([state.value for state in SHOWN]),
        )
        .limit(1)
    )
    picture = session.scalar(query)
    if picture is None:
        raise Unknown("There is no such portrait here.")
    return picture


_CARD: Sequence[ColumnElement[Any] | Any] = (
    UrgentAction.id,
    UrgentAction.year,
    UrgentAction.sequence,
    UrgentAction.state,
    UrgentAction.risk,
    UrgentAction.deadline,
    UrgentAction.published_at,
    BulletinText.language,
    BulletinText.title,
    BulletinText.call,
    BulletinText.summary,
    Defender.visibility,
    Defender.name.label("real_name"),
    Defender.pseudonym,
    Defender.slug,
    Defender.country,
    Defender.portrait_id,
    DefenderText.name.label("localised"),
    DefenderText.role,
)
_PAGE: Sequence[ColumnElement[Any] | Any] = (
    UrgentAction.main_language,
    UrgentAction.ended_at,
    UrgentAction.corrected_at,
    UrgentAction.kinds,
    UrgentAction.appeals_by,
    Bulletin.id.label("bulletin_id"),
    BulletinText.story,
    BulletinText.asks,
    BulletinText.letter,
    BulletinText.copies,
    Defender.pronouns,
    Target.name.label("target_name"),
    Target.preferred_language,
    Target.address.label("target_address"),
    TargetText.office,
    TargetText.salutation,
)


def read_in(language: str | BindParameter[str]) -> ColumnElement[bool]:
    """That a text, joined to its bulletin and case, is what readers of `language` get: theirs, or else the main one."""
    own = aliased(BulletinText)
    wanted = select(own.language).where(own.bulletin_id == Bulletin.id, own.language == language).scalar_subquery()
    return BulletinText.language == func.coalesce(wanted, UrgentAction.main_language)


@cache
def _one_case() -> Select[Any]:
    """What the page of a `case` says in a `language`. Built once: building it takes longer than asking it."""
    other = aliased(BulletinText)
    languages = select(other.language).where(other.bulletin_id == Bulletin.id).order_by(other.language)
    chosen = select(*_CARD, *_PAGE, func.array(languages.scalar_subquery()).label("languages"))
    return (
        _texts_in(bindparam("language", type_=Text), chosen.where(UrgentAction.id == bindparam("case")))
        .outerjoin(Target, Target.id == UrgentAction.target_id)
        .outerjoin(TargetText, and_(TargetText.target_id == Target.id, TargetText.language == BulletinText.language))
    )


def _texts_in(language: str | BindParameter[str], query: Select[Any]) -> Select[Any]:
    """The query with defender, first bulletin and texts joined, all in one language: the wanted or the main one."""
    return (
        query.select_from(UrgentAction)
        .join(Defender, Defender.id == UrgentAction.defender_id)
        .join(Bulletin, and_(Bulletin.urgent_action_id == UrgentAction.id, Bulletin.number == 1))
        .join(
            BulletinText,
            and_(BulletinText.bulletin_id == Bulletin.id, read_in(language)),
        )
        .outerjoin(
            DefenderText,
            and_(DefenderText.defender_id == Defender.id, DefenderText.language == BulletinText.language),
        )
    )


def _number(row: Row[Any]) -> str:
    return f"UA {row.sequence}/{row.year % 100:02d}"


def _name(row: Row[Any]) -> str:
    return shown_name(
        row.visibility, row.language, name=row.real_name, pseudonym=row.pseudonym, localised=row.localised
    )


def _portrait(row: Row[Any]) -> UUID | None:
    portrait: UUID | None = row.portrait_id if row.visibility == Visibility.NAMED else None
    return portrait


def _slug(row: Row[Any]) -> str | None:
    """The address of the person's page; nobody whose name is withheld has one."""
    slug: str | None = row.slug if row.visibility != Visibility.WITHHELD else None
    return slug


def _card(row: Row[Any]) -> Card:
    return Card(
        id=row.id,
        number=_number(row),
        year=row.year,
        sequence=row.sequence,
        language=row.language,
        title=row.title,
        call=row.call,
        summary=row.summary,
        name=_name(row),
        role=row.role or "",
        slug=_slug(row),
        country=row.country,
        risk=row.risk,
        portrait_id=_portrait(row),
        deadline=row.deadline,
        published_at=row.published_at,
    )


def _page(row: Row[Any], state: CaseState) -> PublicCase:
    return PublicCase(
        id=row.id,
        number=_number(row),
        year=row.year,
        sequence=row.sequence,
        state=state,
        takes_acts=state is CaseState.PUBLISHED and row.deadline > clock.now(),
        language=row.language,
        main_language=row.main_language,
        languages=tuple(row.languages),
        bulletin_id=row.bulletin_id,
        title=row.title,
        call=row.call,
        summary=row.summary,
        story=row.story,
        asks=tuple(row.asks),
        letter=row.letter,
        name=_name(row),
        role=row.role or "",
        slug=_slug(row),
        pronouns=row.pronouns,
        country=row.country,
        risk=row.risk,
        portrait_id=_portrait(row),
        target=row.office or row.target_name,
        salutation=row.salutation or "",
        target_address=row.target_address or "",
        preferred_language=row.preferred_language,
        deadline=row.deadline,
        published_at=row.published_at,
        ended_at=row.ended_at,
        corrected_at=row.corrected_at,
        kinds=tuple(map(ActKind, row.kinds)),
        copies=tuple(row.copies),
        appeals_by=AppealsBy(row.appeals_by),
    )
