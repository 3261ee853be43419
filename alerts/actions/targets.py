"""Targets: who is asked, how they are reached, and how each language addresses them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from alerts.actions.defenders import only_drafts
from alerts.actions.models import Target, TargetText
from alerts.actions.wording import checked, faults_in, is_postal
from alerts.audit import record
from alerts.core import clock
from alerts.core.addresses import BadAddress, normalise
from alerts.core.db import lock
from alerts.core.languages import LANGUAGES
from alerts.organisers import Actor, Permission, require


@dataclass(frozen=True)
class Office:
    """A target's office, and how a letter to it begins, in one language."""

    office: str
    salutation: str


def save_target(
    session: Session,
    actor: Actor,
    *,
    name: str,
    address: str | None,
    email: str | None,
    preferred_language: str,
    verified_on: date | None,
    offices: Mapping[str, Office],
    target_id: UUID | None = None,
) -> Target:
    """Write down a target, or change the one with `target_id`; `offices` by language replace those there are.

    Raises BadText with everything that is wrong, or IllegalMove while a case with this target is past draft.
    """
    require(actor, Permission.WRITE)
    address = (address or "").strip()
    mail, faults = _reach(address, (email or "").strip())
    faults += _other_faults(preferred_language, verified_on, offices)
    checked({"name": name, "address": address}, required=("name",), faults=faults)
    target = Target(texts=[])
    if target_id is not None:
        target = lock(session, Target, target_id)
        only_drafts(session, target_id=target_id)
    target.name, target.address, target.email = name.strip(), address or None, mail
    target.preferred_language, target.verified_on = preferred_language, verified_on
    _set_offices(target, offices)
    session.add(target)
    session.flush()
    verb = "target.changed" if target_id else "target.created"
    record(session, actor, verb, "target", target.id, languages=sorted(offices))
    return target


def _set_offices(target: Target, offices: Mapping[str, Office]) -> None:
    kept = {text.language: text for text in target.texts if text.language in offices}
    for language, words in offices.items():
        text = kept.setdefault(language, TargetText(language=language))
        text.office, text.salutation = words.office.strip(), words.salutation.strip()
    target.texts = list(kept.values())


def _reach(address: str, email: str) -> tuple[str | None, list[str]]:
    """The mail address in normal form, if there is one and it is right, and what is wrong with either address."""
    faults = []
    mail = None
    if email:
        try:
            mail = normalise(email)
        except BadAddress as error:
            faults.append(f"The mail address cannot be right: {error}")
    if address and not is_postal(address):
        faults.append("The postal address is not whole: write street, town and country on lines of their own.")
    if not address and not email:
        faults.append("Say how the target is reached: a postal address, a mail address, or both.")
    return mail, faults


def _other_faults(preferred_language: str, verified_on: date | None, offices: Mapping[str, Office]) -> list[str]:
    faults = []
    if preferred_language not in LANGUAGES:
        faults.append("The preferred language is unknown: choose one from the list.")
    tomorrow = clock.now().date() + timedelta(days=1)  # somewhere it may be tomorrow already
    if verified_on and verified_on > tomorrow:
        faults.append("The day of verification is still to come: write the day on which the address was checked.")
    for words in offices.values():
        faults += faults_in({"office": words.office, "salutation": words.salutation}, required=("office", "salutation"))
    return faults
