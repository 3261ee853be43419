"""Defenders: who is at risk, how they may be shown, their portrait, and their name and role in each language."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts.actions.errors import BadText, IllegalMove
from alerts.actions.models import Defender, DefenderText, Portrait, PortraitSize, UrgentAction
from alerts.actions.portraits import Picture, reencode, sized
from alerts.actions.states import CaseState, Pronouns, Visibility
from alerts.actions.wording import checked, names_within
from alerts.audit import record
from alerts.core import clock
from alerts.core.countries import CODES
from alerts.core.db import lock
from alerts.organisers import Actor, Permission, require


def create_defender(
    session: Session,
    actor: Actor,
    *,
    name: str,
    visibility: Visibility,
    country: str,
    pronouns: Pronouns,
    language: str,
    role: str,
    pseudonym: str | None = None,
) -> Defender:
    """Write down who is at risk, with the role in one language. Raises BadText with everything that is wrong.

    `name` is the real one; unless `visibility` is `named` it is only seen in the console, and may be left empty.
    """
    require(actor, Permission.WRITE)
    _check(name=name, visibility=visibility, pseudonym=pseudonym, country=country, role=role)
    defender = Defender(
        name=name.strip(),
        pseudonym=(pseudonym or "").strip() or None,
        visibility=visibility.value,
        pronouns=pronouns.value,
        country=country,
        created_by=actor.id,
        created_at=clock.now(),
        consents=[],
        texts=[DefenderText(language=language, name=_shown(visibility, name, pseudonym), role=role.strip())],
    )
    session.add(defender)
    session.flush()
    record(session, actor, "defender.created", "defender", defender.id, visibility=visibility.value, country=country)
    return defender


def change_defender(
    session: Session,
    actor: Actor,
    defender_id: UUID,
    *,
    name: str,
    visibility: Visibility,
    country: str,
    pronouns: Pronouns,
    pseudonym: str | None = None,
) -> Defender:
    """Change the facts about a person. Raises BadText, or IllegalMove while a case of theirs is past draft.

    A change of visibility, name or pseudonym replaces what every language shows for a name.
    """
    require(actor, Permission.WRITE)
    defender = lock(session, Defender, defender_id)
    only_drafts(session, defender_id=defender_id)
    _check(name=name, visibility=visibility, pseudonym=pseudonym, country=country, role="-")
    if visibility is not Visibility.NAMED and any(names_within(text.story, name) for text in defender.texts):
        raise BadText(["The name that must not be shown stands in the person's story: write around it first."])
    before = (defender.visibility, defender.name, defender.pseudonym)
    defender.name, defender.pseudonym = name.strip(), (pseudonym or "").strip() or None
    defender.visibility, defender.pronouns, defender.country = visibility.value, pronouns.value, country
    if before != (defender.visibility, defender.name, defender.pseudonym):
        for text in defender.texts:
            text.name = _shown(visibility, defender.name, defender.pseudonym)
    session.flush()
    record(session, actor, "defender.changed", "defender", defender.id, visibility=visibility.value, country=country)
    return defender


def describe_defender(
    session: Session,
    actor: Actor,
    defender_id: UUID,
    language: str,
    *,
    role: str,
    name: str = "",
    story: str | None = None,
) -> None:
    """Write the role, and the name (or pseudonym) as `language` writes it; empty takes the one there is.

    `story` (Markdown) is told on the person's page; None leaves it as it is. Raises BadText,
    or IllegalMove while a case of theirs is past draft.
    """
    require(actor, Permission.WRITE)
    defender = lock(session, Defender, defender_id)
    only_drafts(session, defender_id=defender_id)
    checked({"role": role, "name": name, "life": story or ""}, required=("role",))
    visibility = Visibility(defender.visibility)
    if visibility is Visibility.WITHHELD and name.strip():
        raise BadText(["The name is withheld: leave the field for the name empty."])
    if visibility is Visibility.PSEUDONYM and name.strip() and name.strip() == defender.name:
        raise BadText(["This is the real name, which must not be shown: write the pseudonym."])
    if visibility is not Visibility.NAMED and story and names_within(story, defender.name):
        raise BadText(["The name that must not be shown stands in the story: write around it."])
    shown = name.strip() or _shown(visibility, defender.name, defender.pseudonym)
    text = next((text for text in defender.texts if text.language == language), None)
    if text is None:
        text = DefenderText(language=language, story="")
        defender.texts.append(text)
    text.name, text.role = shown, role.strip()
    text.story = text.story if story is None else story.strip()
    session.flush()
    record(session, actor, "defender.described", "defender", defender.id, language=language)


def set_portrait(session: Session, actor: Actor, defender_id: UUID, data: bytes) -> UUID:
    """Keep the picture in `data` as the defender's portrait, re-encoded; the former one is deleted.

    Raises BadPicture, BadText where a portrait would show who must not be known, or IllegalMove past draft.
    """
    require(actor, Permission.WRITE)
    defender = lock(session, Defender, defender_id)
    only_drafts(session, defender_id=defender_id)
    if defender.visibility != Visibility.NAMED:
        raise BadText(["A portrait would show who the person is: leave it out while their name is not shown."])
    picture = reencode(data)
    former = session.get(Portrait, defender.portrait_id) if defender.portrait_id else None
    portrait = keep_portrait(session, defender, picture)
    if former is not None:
        session.delete(former)
        session.flush()
    record(session, actor, "defender.portrait_set", "defender", defender.id)
    return portrait.id


def keep_portrait(session: Session, defender: Defender, picture: Picture) -> Portrait:
    """Store the picture in every size and form that pages offer, and show the defender by it."""
    sizes = [PortraitSize(width=size.width, form=size.form, data=size.data) for size in sized(picture.webp)]
    portrait = Portrait(
        webp=picture.webp, width=picture.width, height=picture.height, added_at=clock.now(), sizes=sizes
    )
    session.add(portrait)
    session.flush()
    defender.portrait_id = portrait.id
    session.flush()
    return portrait


def only_drafts(session: Session, *, defender_id: UUID | None = None, target_id: UUID | None = None) -> None:
    """Raise IllegalMove where a case that stands on this defender or target is past draft and not withdrawn."""
    query = select(UrgentAction).where(UrgentAction.state.not_in((CaseState.DRAFT.value, CaseState.WITHDRAWN.value)))
    if defender_id is not None:
        query = query.where(UrgentAction.defender_id == defender_id)
    if target_id is not None:
        query = query.where(UrgentAction.target_id == target_id)
    numbers = sorted(case.number for case in session.scalars(query))
    if numbers:
        raise IllegalMove(
            f"{', '.join(numbers)} stands on this and is past draft, so what was reviewed would change unseen."
            " Take it back to draft first (hold it, if it is published)."
        )


def _shown(visibility: Visibility, name: str, pseudonym: str | None) -> str:
    """What a language shows for a name unless told otherwise; nothing where it is withheld."""
    match visibility:
        case Visibility.NAMED:
            return name.strip()
        case Visibility.PSEUDONYM:
            return (pseudonym or "").strip()
        case Visibility.WITHHELD:
            return ""


def _check(*, name: str, visibility: Visibility, pseudonym: str | None, country: str, role: str) -> None:
    faults = []
    if visibility is Visibility.NAMED and not name.strip():
        faults.append("The name is missing: write it, or choose a pseudonym or a withheld name.")
    if visibility is Visibility.PSEUDONYM and not (pseudonym or "").strip():
        faults.append("The pseudonym is missing: write the name that pages and mails show.")
    if visibility is not Visibility.NAMED and pseudonym and pseudonym.strip() == name.strip():
        faults.append("The pseudonym is the real name: choose another.")
    if country not in CODES:
        faults.append("The country is unknown: choose one from the list.")
    checked({"name": name, "pseudonym": pseudonym or "", "role": role}, required=("role",), faults=faults)
