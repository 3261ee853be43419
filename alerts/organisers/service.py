"""Making accounts and finding them."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from argon2 import PasswordHasher
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from alerts.audit import record
from alerts.core import clock
from alerts.core.addresses import BadAddress, normalise
from alerts.core.db import translated
from alerts.core.errors import Refused, Unknown
from alerts.organisers.models import Organiser, OrganiserRole
from alerts.organisers.permissions import Actor, Permission, Role, require

SHORTEST_PASSWORD = 12


def add_organiser(
    session: Session, actor: Actor, *, email: str, name: str, password: str, roles: Collection[Role]
) -> Organiser:
    """Make an account. Raises Refused with every fault: address taken or wrong, no role, short password, no name."""
    require(actor, Permission.MANAGE_ACCOUNTS)
    faults = []
    if not name.strip():
        faults.append("A name is missing: write the name colleagues will see.")
    if not roles:
        faults.append(f"A role is missing: give at least one of {', '.join(Role)}.")
    if len(password) < SHORTEST_PASSWORD:
        faults.append(f"The password is too short: take at least {SHORTEST_PASSWORD} characters.")
    try:
        address = normalise(email).lower()
    except BadAddress as error:
        faults.append(f"The address cannot be used: {error}")
    if faults:
        raise Refused("The account was not made.", faults=faults)
    organiser = Organiser(
        email=address,
        name=name.strip(),
        password=PasswordHasher().hash(password),
        fs_uniquifier=secrets.token_hex(16),
        created_at=clock.now(),
        roles=[OrganiserRole(role=role.value) for role in sorted(set(roles))],
    )
    taken = {"uq_organisers_email": lambda: Refused(f"There is an account with the address {address} already.")}
    with translated(taken):
        session.add(organiser)
        session.flush()
    record(session, actor, "organiser.added", "organiser", organiser.id, roles=sorted(roles))
    return organiser


def organiser_by_email(session: Session, email: str) -> Organiser:
    """The active account with this address. Raises Unknown."""
    query = select(Organiser).where(func.lower(Organiser.email) == email.strip().lower(), Organiser.active)
    organiser = session.scalar(query)
    if organiser is None:
        raise Unknown(f"There is no organiser with the address {email}. `alerts organisers list` shows who there is.")
    return organiser
