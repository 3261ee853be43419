"""Variants of a bulletin's words: what a mailing may try on a share of its readers, reviewed with the case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from alerts.actions.errors import BadText
from alerts.actions.models import Bulletin, BulletinText, BulletinVariant, UrgentAction
from alerts.actions.wording import checked
from alerts.actions.writing import check_version, editable, reopen, words_of
from alerts.audit import record
from alerts.core import clock
from alerts.core.db import lock
from alerts.core.errors import Unknown
from alerts.organisers import Actor, Permission, require

MOST = 3
"""Variants beside the bulletin's own words, which are variant 0."""


@dataclass(frozen=True)
class VariantWords:
    """What a variant says otherwise; an empty part is as in the bulletin. `call` is also the mail's subject."""

    title: str = ""
    call: str = ""
    summary: str = ""
    story: str = ""


def variant_words(variant: BulletinVariant) -> VariantWords:
    """The words that are kept."""
    return VariantWords(variant.title or "", variant.call or "", variant.summary or "", variant.story or "")


def letter_of(variant: int) -> str:
    """A variant as people call it: A is the bulletin's own words."""
    return "ABCD"[variant]


def variant_named(letter: str) -> int:
    """The variant called A to D. Raises Unknown."""
    if len(letter) != 1 or letter.upper() not in "ABCD":
        raise Unknown(f"“{letter[:20]}” is no variant: write A, B, C or D.")
    return "ABCD".index(letter.upper())


def write_variants(
    session: Session, actor: Actor, case_id: UUID, language: str, variants: Sequence[VariantWords], *, version: int
) -> BulletinText:
    """Keep these variants, and no others, beside the words of one language; the case goes back to draft.

    They are part of that language's text: `version` is the text's, and grows. Raises Conflict where someone saved in
    between, BadText, IllegalMove, or Unknown where the language has no text.
    """
    require(actor, Permission.WRITE)
    wanted = _checked(variants)
    case = editable(lock(session, UrgentAction, case_id))
    query = select(BulletinText).join(Bulletin, Bulletin.id == BulletinText.bulletin_id)
    text = session.scalars(
        query.where(Bulletin.urgent_action_id == case.id, Bulletin.number == 1, BulletinText.language == language),
        execution_options={"populate_existing": True},
    ).one_or_none()
    if text is None:
        raise Unknown("Write the case in this language first; variants come beside it.")
    check_version(session, text, words_of(text), version)
    reopen(session, actor, case)
    session.execute(delete(BulletinVariant).filter_by(bulletin_id=text.bulletin_id, language=language))
    for number, words in enumerate(wanted, start=1):
        parts = {part: value or None for part, value in asdict(words).items()}
        session.add(BulletinVariant(bulletin_id=text.bulletin_id, language=language, variant=number, **parts))
    text.version, text.edited_by, text.edited_at = text.version + 1, actor.id, clock.now()
    session.flush()
    session.expire(session.get_one(Bulletin, text.bulletin_id), ["variants"])
    record(
        session, actor, "case.variants_written", "urgent_action", case.id,
        case=case.number, language=language, variants=len(wanted),
    )  # fmt: skip
    return text


def variants_of(session: Session, bulletin_id: UUID) -> dict[tuple[int, str], BulletinVariant]:
    """Each variant in each language; without the bulletin's own words."""
    query = select(BulletinVariant).filter_by(bulletin_id=bulletin_id)
    return {(found.variant, found.language): found for found in session.scalars(query)}


def _checked(variants: Sequence[VariantWords]) -> list[VariantWords]:
    faults = [f"There are {len(variants)} variants beside the text: keep to {MOST}."] if len(variants) > MOST else []
    found = []
    for number, variant in enumerate(variants[:MOST], start=1):
        parts = {part: value.strip() for part, value in asdict(variant).items()}
        if not any(parts.values()):
            faults.append(f"Variant {letter_of(number)} says nothing otherwise. Change a part of it, or take it out.")
        checked({part: value for part, value in parts.items() if value})
        found.append(VariantWords(**parts))
    if faults:
        raise BadText(faults)
    return found
