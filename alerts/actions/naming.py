"""What may be called by which name: the one door through which a defender's name reaches anything public."""

from __future__ import annotations

from alerts.actions.models import Defender, Target, TargetText
from alerts.actions.states import Visibility
from alerts.core.i18n import translations
from alerts.core.languages import DEFAULT


def shown_name(visibility: str, language: str, *, name: str, pseudonym: str | None, localised: str | None) -> str:
    """The name that readers of `language` may see: the person's, their pseudonym, or words saying it is withheld.

    `localised` is the name as that language writes it (of a pseudonym: the pseudonym), where there is one.
    """
    match Visibility(visibility):
        case Visibility.NAMED:
            return localised or name
        case Visibility.PSEUDONYM:
            return localised if localised and localised != name else pseudonym or _withheld(language)
        case Visibility.WITHHELD:
            return _withheld(language)


def _withheld(language: str) -> str:
    return translations(language).gettext("Name withheld")


def public_name(defender: Defender, language: str) -> str:
    """The name that readers of `language` may see."""
    texts = {text.language: text.name for text in defender.texts}
    return shown_name(
        defender.visibility,
        language,
        name=defender.name,
        pseudonym=defender.pseudonym,
        localised=texts.get(language) or texts.get(DEFAULT),
    )


def target_office(target: Target | None, language: str) -> str:
    """The office that is asked, as `language` calls it; the target's own name where it has no words in it."""
    if target is None:
        return ""
    text = _in_language(target, language)
    return text.office if text else target.name


def target_salutation(target: Target | None, language: str) -> str:
    """How a letter in `language` begins; empty where the target has no words in it."""
    text = _in_language(target, language) if target else None
    return text.salutation if text else ""


def _in_language(target: Target, language: str) -> TargetText | None:
    texts = {text.language: text for text in target.texts}
    return texts.get(language) or texts.get(DEFAULT)
