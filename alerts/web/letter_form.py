"""Letters as forms show and take them: the one that is offered, the points to choose, what stands in the editor."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from flask import request
from flask_babel import gettext as _

from alerts.actions.queries import PublicCase, public_case
from alerts.actions.signed import Signed
from alerts.actions.states import ActKind
from alerts.extensions import db
from alerts.participation.letters import LONGEST, Letter, cleaned, compose, whole
from alerts.participation.service import SIGNING, Doing

CHOOSE, EDIT, SEND = "choose", "edit", "send"
MOST_OWN_WORDS = 1500
OFFICE, MINE = "office", "mine"


@dataclass(frozen=True)
class Offer:
    """A letter that can be changed before it is sent, and the language it is written in."""

    text: str
    language: str


def offered(case: PublicCase, person_hash: bytes) -> Offer:
    """The letter somebody sends who changes nothing: the case's own, or on a case to write on one of their own."""
    return _offer(offered_in(case), person_hash)


def offered_in(case: PublicCase) -> PublicCase:
    """The case in the language of the letter it offers."""
    return case if ActKind.SIGN in case.kinds else for_the_office(case)


def is_own(case: PublicCase, then: Signed | None, person_hash: bytes, written: str) -> bool:
    """Whether somebody wrote this letter or changed it: it is not the one that was offered when the case read so."""
    words = offered_in(case)
    if then is None or then.language != words.language:
        return bool(cleaned(written))
    offer = _offer(replace(words, asks=then.asks, letter=then.letter), person_hash)
    return _flat(cleaned(written)) not in ("", _flat(offer.text))


def doing_of(case: PublicCase, person_hash: bytes, written: str | None) -> Doing:
    """What one press does: the case's first kind of act, with the letter only where it is somebody's own."""
    kind = case.kinds[0]
    own = cleaned(written or "")
    if kind is ActKind.WRITE:
        return Doing(kind, own or offered(case, person_hash).text)
    if not own or _flat(own) == _flat(_whole(case)):
        return SIGNING if kind is ActKind.SIGN else Doing(kind)
    return Doing(kind, own)


def is_too_long(letter: str) -> bool:
    """Whether a letter, cleaned, is longer than any that is sent."""
    return len(letter) > LONGEST


def too_long() -> str:
    """What whoever wrote such a letter is told."""
    words: str = _("The letter is too long. Keep it under %(most)s characters.", most=LONGEST)
    return words


def for_the_office(case: PublicCase) -> PublicCase:
    """The case in the language the target prefers, where it has every point of it; else as it is read."""
    if case.preferred_language in ("", case.language):
        return case
    found = public_case(db.session(), case.id, case.preferred_language)
    return found if len(found.asks) == len(case.asks) else case


def seed_of(case: PublicCase, who: bytes) -> bytes:
    """What makes somebody's letter on this case theirs."""
    return who + case.id.bytes


@dataclass
class LetterForm:
    """The points that were chosen, the words beside them, and the letter as it stands in the editor."""

    case: PublicCase
    office: PublicCase
    seed: bytes
    points: tuple[int, ...] = ()
    own: str = ""
    tongue: str = OFFICE
    letter: str = ""
    step: str = CHOOSE
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def opened(cls, case: PublicCase, seed: bytes) -> LetterForm:
        """The form as it is first shown: every point chosen."""
        return cls(case, for_the_office(case), seed, tuple(range(len(case.asks))))

    @classmethod
    def sent(cls, case: PublicCase, seed: bytes) -> LetterForm:
        """What this request's form says."""
        said = request.form
        known = {str(number): number for number in range(len(case.asks))}
        step = said.get("step", CHOOSE)
        return cls(
            case,
            for_the_office(case),
            seed,
            points=tuple(known[value] for value in dict.fromkeys(said.getlist("point")) if value in known),
            own=cleaned(said.get("own", ""))[:MOST_OWN_WORDS],
            tongue=MINE if said.get("tongue") == MINE else OFFICE,
            letter=cleaned(said.get("letter", "")),
            step=step if step in (CHOOSE, EDIT, SEND) else CHOOSE,
        )

    @property
    def written_in(self) -> PublicCase:
        """The case in the language of the letter."""
        return self.case if self.tongue == MINE else self.office

    @property
    def beside(self) -> str:
        """The same letter in the reader's language, where the letter is in another."""
        other = self.written_in.language != self.case.language
        return compose(_letter(self.case, self.points, self.own), self.seed) if other else ""

    def compose(self) -> None:
        """Go on to the editor with the letter that the chosen points make, or say what is missing."""
        if not self.points and not self.own:
            self.errors["points"] = _("Choose at least one point, or write your own words.")
            self.step = CHOOSE
            return
        self.letter = compose(_letter(self.written_in, self.points, self.own), self.seed)
        self.step = EDIT

    def check(self) -> bool:
        """Whether the letter can be sent; else the editor is shown again, and says why not."""
        self.step = EDIT
        if not any(letter.isalpha() for letter in self.letter):
            self.errors["letter"] = _("The letter is empty. Write it, or choose points again.")
        elif is_too_long(self.letter):
            self.errors["letter"] = too_long()
        return not self.errors


def _letter(case: PublicCase, points: tuple[int, ...], own: str = "") -> Letter:
    asks = tuple(case.asks[number] for number in sorted(points) if number < len(case.asks))
    return Letter(case.language, case.salutation, case.name, asks, own)


def _offer(words: PublicCase, person_hash: bytes) -> Offer:
    if ActKind.SIGN in words.kinds:
        return Offer(_whole(words), words.language)
    every = tuple(range(len(words.asks)))
    return Offer(compose(_letter(words, every), seed_of(words, person_hash)), words.language)


def _whole(case: PublicCase) -> str:
    return whole(case.salutation, case.letter)


def _flat(text: str) -> str:
    """A text for comparing: browsers change its line ends and spaces."""
    return " ".join(text.split())
