"""What a case still lacks before it may be reviewed, approved or published: everything, at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from alerts.actions.models import Bulletin, BulletinText, BulletinVariant, BulletinVersion, Defender, UrgentAction
from alerts.actions.states import AppealsBy, Visibility
from alerts.actions.wording import LIMITS, names_within, word_faults
from alerts.actions.writing import same_words, words_of
from alerts.core.languages import LANGUAGES

PARTS = ("title", "call", "summary", "story", "letter")
LATER_PARTS = ("title", "summary", "story")
"""What a later bulletin says: it asks for nothing that the first did not."""
_LANGUAGE_NAMES = {"en": "English", "es": "Spanish", "fr": "French", "ar": "Arabic", "fa": "Persian", "ru": "Russian"}


def missing(case: UrgentAction, at: datetime) -> list[str]:
    """Everything that stands between the case and its readers at `at` (UTC); empty where it is ready."""
    facts = [*_consent(case.defender, at), *_deadline(case, at), *_target(case)]
    return [*facts, *_texts(case), *_corrections(case), *_variants(case)]


def _consent(defender: Defender, at: datetime) -> Iterator[str]:
    standing = [consent for consent in defender.consents if consent.withdrawn_at is None]
    if not defender.consents:
        yield "No consent is recorded. Record it, or why it could not be sought together with a risk assessment."
    elif not standing:
        yield "The person withdrew their consent. Without a new one this case cannot be shown."
    elif not (current := [consent for consent in standing if consent.valid_until > at]):
        yield "The consent has expired. Ask the person again and record what they say."
    elif not any(Visibility(consent.scope).covers(Visibility(defender.visibility)) for consent in current):
        shown = f"showing the person as “{defender.visibility}”"
        yield f"The consent does not allow {shown}. Ask again, or show less of them."


def _deadline(case: UrgentAction, at: datetime) -> Iterator[str]:
    if case.deadline is None:
        yield "There is no deadline. Set the last day on which appeals help."
    elif case.deadline <= at:
        yield "The deadline is over. Set one that is still to come."


def _target(case: UrgentAction) -> Iterator[str]:
    if case.target is None:
        yield "There is no target. Say who is asked: the office, a salutation, an address."
    elif not case.target.address and not case.target.email:
        yield "The target cannot be reached. Add a postal or a mail address."
    elif case.appeals_by != AppealsBy.HAND_IN and not case.target.email:
        yield "Letters are to go to the target by mail, and it has no mail address. Add one, or hand the names in."


VERIFIED_FOR = timedelta(days=90)


def doubts(case: UrgentAction, at: datetime) -> list[str]:
    """What a reviewer should think about at `at` (UTC); nothing of it stops the case."""
    if case.target is None:
        return []
    checked_on = case.target.verified_on
    if checked_on is None:
        return ["Nobody has said when the target's address was checked. Letters to an old address reach no one."]
    if at.date() - checked_on > VERIFIED_FOR:
        days = (at.date() - checked_on).days
        return [f"The target's address was last checked {days} days ago. Check it again, and write down when."]
    return []


def _texts(case: UrgentAction) -> Iterator[str]:
    texts = {text.language: text for text in case.bulletins[0].texts} if case.bulletins else {}
    if case.main_language not in texts:
        yield f"There is no text in the case's main language, {_LANGUAGE_NAMES[case.main_language]}."
    named = {text.language: text for text in case.defender.texts}
    addressed = {text.language: text for text in case.target.texts} if case.target else {}
    for code in LANGUAGES:
        if code not in texts:
            continue
        language = _LANGUAGE_NAMES[code]
        yield from _words(texts[code], case.defender, language)
        if code not in named or not named[code].role.strip():
            yield f"{language}: the defender's name and role are missing in this language."
        if case.target and (code not in addressed or not addressed[code].salutation.strip()):
            yield f"{language}: the target's office and salutation are missing in this language."


def _corrections(case: UrgentAction) -> Iterator[str]:
    """What was wrong has to be said in each language that is corrected, or in the main one where that is, too."""
    if not case.bulletins:
        return
    silent = [text.language for text in _correcting(case.bulletins[0]) if not text.correction.strip()]
    said = {text.language for text in _correcting(case.bulletins[0])} - set(silent)
    if case.main_language in said:
        return
    for code in LANGUAGES:
        if code in silent:
            remedy = "say what was wrong in the text that this one corrects, in a line for everybody"
            yield f"{_LANGUAGE_NAMES[code]}: {remedy}."


def _correcting(bulletin: Bulletin) -> list[BulletinText]:
    """The texts that say something else than what readers see, or saw last."""
    read = {one.language: words_of(one) for one in bulletin.last_read}
    return [
        text for text in bulletin.texts if text.language in read and not same_words(words_of(text), read[text.language])
    ]


def unequal_variants(bulletin: Bulletin) -> Iterator[str]:
    """What keeps a bulletin's variants from being tested: each has to be there in each language."""
    languages = {text.language for text in bulletin.texts}
    for number in sorted({found.variant for found in bulletin.variants}):
        there = {found.language for found in bulletin.variants if found.variant == number}
        if lacking := [_LANGUAGE_NAMES[code] for code in LANGUAGES if code in languages - there]:
            yield f"Variant {'ABCD'[number]} is missing in {', '.join(lacking)}. Write it, or take it out everywhere."


def _variants(case: UrgentAction) -> Iterator[str]:
    if not case.bulletins:
        return
    yield from unequal_variants(case.bulletins[0])
    for variant in case.bulletins[0].variants:
        if exposed := exposing_variant_parts(variant, case.defender):
            where = f"{_LANGUAGE_NAMES[variant.language]}, variant {'ABCD'[variant.variant]}"
            yield f"{where}: the name that must not be shown stands in the {', '.join(exposed)}. Write around it."


def exposing_variant_parts(variant: BulletinVariant, defender: Defender) -> list[str]:
    """The parts of a variant in which the real name of a person stands who is not to be named."""
    if defender.visibility == Visibility.NAMED:
        return []
    values = {part: getattr(variant, part) or "" for part in ("title", "call", "summary", "story")}
    return [part for part, value in values.items() if names_within(value, defender.name)]


def _words(text: BulletinText, defender: Defender, language: str, parts: Sequence[str] = PARTS) -> Iterator[str]:
    for part in parts:
        value: str = getattr(text, part)
        if not value.strip():
            yield f"{language}: the {LIMITS[part].label} is missing."
        for fault in word_faults(part, value):
            yield f"{language}: {fault.problem} — {fault.instead}."
    for fault in word_faults("correction", text.correction):
        yield f"{language}: {fault.problem} — {fault.instead}."
    if parts == PARTS and not any(ask.strip() for ask in text.asks):
        yield f"{language}: there is no point to ask for. Add at least one."
    if exposed := exposing_parts(text, defender):
        yield f"{language}: the name that must not be shown stands in the {', '.join(exposed)}. Write around it."


def lacking_words(bulletin: Bulletin, case: UrgentAction) -> list[str]:
    """What the texts of a later bulletin lack: a title, a summary and a story in each of its languages, and no name
    that must not be shown.
    """
    found: list[str] = []
    if case.main_language not in {text.language for text in bulletin.texts}:
        found.append(f"There is no text in the case's main language, {_LANGUAGE_NAMES[case.main_language]}.")
    for text in sorted(bulletin.texts, key=lambda text: list(LANGUAGES).index(text.language)):
        found += _words(text, case.defender, _LANGUAGE_NAMES[text.language], parts=LATER_PARTS)
    return found


def exposing_parts(text: BulletinText | BulletinVersion, defender: Defender) -> list[str]:
    """The parts in which the real name of a person stands who is not to be named."""
    if defender.visibility == Visibility.NAMED:
        return []
    values = {part: str(getattr(text, part)) for part in (*PARTS, "correction")}
    values |= {"asks": "\n".join(text.asks), "copies": "\n".join(text.copies)}
    return [part for part, value in values.items() if names_within(value, defender.name)]
