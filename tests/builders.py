"""Builders: each makes one whole, valid thing, and takes what a test cares about.

Nothing here goes around the services: a published case was written, reviewed and published, by different people.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from alerts.actions import later
from alerts.actions.consent import record_consent
from alerts.actions.defenders import create_defender, describe_defender
from alerts.actions.models import Bulletin, Defender, DefenderConsent, Target, UrgentAction
from alerts.actions.publishing import close, hold, publish, withdraw
from alerts.actions.review import approve, submit
from alerts.actions.states import (
    AppealsBy,
    BulletinKind,
    BulletinState,
    CaseState,
    Outcome,
    Pronouns,
    Risk,
    Topic,
    Visibility,
)
from alerts.actions.targets import Office, save_target
from alerts.actions.writing import Words, create_urgent_action, write_text
from alerts.core import clock
from alerts.core.ids import new_id
from alerts.organisers import Actor, Role
from alerts.organisers.models import Organiser, OrganiserRole

_count = itertools.count(1)
DEFAULT_LANGUAGES = ("en",)


def an_organiser(
    session: Session, roles: Collection[Role] = (Role.AUTHOR,), *, name: str | None = None, email: str | None = None
) -> Organiser:
    """An account with these roles; its password is never one that signs in."""
    number = next(_count)
    organiser = Organiser(
        email=email or f"organiser-{number}-{new_id().hex[-8:]}@office.example",
        name=name or f"Organiser {number}",
        password="!",
        fs_uniquifier=new_id().hex,
        created_at=clock.now(),
        roles=[OrganiserRole(role=role.value) for role in roles],
    )
    session.add(organiser)
    session.flush()
    return organiser


def an_actor(session: Session, *roles: Role, name: str | None = None) -> Actor:
    """A fresh organiser with these roles, as services want them."""
    return an_organiser(session, roles, name=name).actor


def a_defender(
    session: Session,
    actor: Actor | None = None,
    *,
    name: str = "Amal Sabri",
    visibility: Visibility = Visibility.NAMED,
    pseudonym: str | None = None,
    country: str = "EG",
    languages: Collection[str] = DEFAULT_LANGUAGES,
) -> Defender:
    """A defender with a role in each of `languages`, and no consent yet."""
    actor = actor or an_actor(session, Role.AUTHOR)
    first, *others = languages
    defender = create_defender(
        session,
        actor,
        name=name,
        visibility=visibility,
        country=country,
        pronouns=Pronouns.SHE,
        language=first,
        role=f"lawyer ({first})",
        pseudonym=pseudonym or ("The Lawyer" if visibility is Visibility.PSEUDONYM else None),
    )
    for language in others:
        describe_defender(session, actor, defender.id, language, role=f"lawyer ({language})")
    return defender


def a_consent(
    session: Session,
    defender: Defender,
    actor: Actor | None = None,
    *,
    scope: Visibility = Visibility.NAMED,
    valid_until: datetime | None = None,
    expired: bool = False,
) -> DefenderConsent:
    """Consent given by telephone, good for a year; `expired` puts its end into the past."""
    consent = record_consent(
        session,
        actor or an_actor(session, Role.AUTHOR),
        defender.id,
        scope=scope,
        valid_until=valid_until or clock.now() + timedelta(days=365),
        how_given="By telephone, to the person who recorded it.",
    )
    if expired:
        consent.valid_until = clock.now() - timedelta(days=1)
        session.flush()
    return consent


def a_target(session: Session, actor: Actor | None = None, *, languages: Collection[str] = DEFAULT_LANGUAGES) -> Target:
    """An office that can be reached, with a salutation in each of `languages`."""
    return save_target(
        session,
        actor or an_actor(session, Role.AUTHOR),
        name="Office of the Attorney General",
        address="Office of the Attorney General\n1 Justice Street\nExampleton",
        email="attorney@office.example",
        preferred_language="en",
        verified_on=date(2026, 1, 2),
        offices={
            language: Office(f"Attorney General ({language})", "Dear Attorney General,") for language in languages
        },
    )


def words(language: str = "en", **changed: object) -> Words:
    """Complete words in one language; each part can be replaced by name."""
    parts: dict[str, object] = {
        "title": f"Lawyer threatened ({language})",
        "call": f"Defend the lawyer! ({language})",
        "summary": f"A lawyer was threatened because of her work. ({language})",
        "story": f"She went to court, and was **threatened**. ({language})",
        "asks": (f"Protect her. ({language})", f"Investigate the threats. ({language})"),
        "letter": f"I call on you to protect her. ({language})",
    }
    return Words(**(parts | changed))  # type: ignore[arg-type]


def an_urgent_action(
    session: Session,
    state: CaseState = CaseState.DRAFT,
    *,
    author: Actor | None = None,
    reviewer: Actor | None = None,
    sender: Actor | None = None,
    defender: Defender | None = None,
    languages: Collection[str] = DEFAULT_LANGUAGES,
    main_language: str | None = None,
    deadline: datetime | None = None,
    visibility: Visibility = Visibility.NAMED,
    risk: Risk = Risk.THREAT,
    appeals_by: AppealsBy = AppealsBy.HAND_IN,
    topics: Collection[Topic] = (),
) -> UrgentAction:
    """A whole case, brought to `state` by three different people; `languages` begin with the main one."""
    author = author or an_actor(session, Role.AUTHOR)
    main = main_language or next(iter(languages))
    if defender is None:
        defender = a_defender(session, author, visibility=visibility, languages=languages)
        a_consent(session, defender, author, scope=visibility)
    case = create_urgent_action(
        session,
        author,
        defender_id=defender.id,
        main_language=main,
        risk=risk,
        words=words(main),
        deadline=deadline or clock.now() + timedelta(days=42),
        target_id=a_target(session, author, languages=languages).id,
        appeals_by=appeals_by,
        topics=topics,
    )
    for language in languages:
        if language != main:
            write_text(session, author, case.id, language, words(language), version=0)
    return brought_to(session, case, state, author=author, reviewer=reviewer, sender=sender)


def brought_to(
    session: Session,
    case: UrgentAction,
    state: CaseState,
    *,
    author: Actor | None = None,
    reviewer: Actor | None = None,
    sender: Actor | None = None,
) -> UrgentAction:
    """A complete draft, moved on to `state` by people who may."""
    if state is CaseState.DRAFT:
        return case
    sender = sender or an_actor(session, Role.SENDER)
    if state is CaseState.WITHDRAWN:
        brought_to(session, case, CaseState.PUBLISHED, author=author, reviewer=reviewer, sender=sender)
        return withdraw(session, sender, case.id, reason="The family asked for it.")
    submit(session, author or an_actor(session, Role.AUTHOR), case.id)
    if state is CaseState.IN_REVIEW:
        return case
    approve(session, reviewer or an_actor(session, Role.REVIEWER), case.id)
    if state is CaseState.APPROVED:
        return case
    publish(session, sender, case.id)
    if state is CaseState.HELD:
        hold(session, sender, case.id, reason="A fact is being checked.")
    if state is CaseState.CLOSED:
        close(session, sender, case.id, reason="She was released.")
    return case


def past_deadline(session: Session, case_id: UUID) -> None:
    """Let the case's deadline have passed an hour ago."""
    over = clock.now() - timedelta(hours=1)
    session.execute(update(UrgentAction).where(UrgentAction.id == case_id).values(deadline=over))
    session.expire_all()


def a_later_bulletin(
    session: Session,
    case: UrgentAction,
    kind: BulletinKind = BulletinKind.FURTHER_INFORMATION,
    state: BulletinState = BulletinState.PUBLISHED,
    *,
    title: str = "She was moved to another prison",
    outcome: Outcome | None = None,
    languages: Collection[str] = (),
) -> Bulletin:
    """A later bulletin of a case that is shown, brought to `state` by three different people."""
    author = an_actor(session, Role.AUTHOR)
    told = Words(title, summary="What is new, in two sentences.", story="The whole of it.")
    if kind is BulletinKind.OUTCOME and outcome is None:
        outcome = Outcome.RELEASED
    bulletin = later.begin(session, author, case.id, kind, told, outcome=outcome)
    for language in languages:
        if language != case.main_language:
            there = Words(f"{title} ({language})", summary="New.", story="All.")
            later.write(session, author, bulletin.id, language, there, version=0)
    steps = [BulletinState.IN_REVIEW, BulletinState.APPROVED, BulletinState.PUBLISHED]
    verbs = [
        (later.submit, author),
        (later.approve, an_actor(session, Role.REVIEWER)),
        (later.publish_later, an_actor(session, Role.SENDER)),
    ]
    for step, (verb, actor) in zip(steps, verbs, strict=True):
        if bulletin.state != state:
            verb(session, actor, bulletin.id)
            assert bulletin.state == step
    return bulletin
