"""Loading case folders: each once, as drafts, all of a folder or nothing of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from alerts.actions.campaigns import ensure_campaign
from alerts.actions.casefile import CampaignFile, CaseFile, CaseText
from alerts.actions.casefolder import read_folder
from alerts.actions.consent import record_consent
from alerts.actions.defenders import create_defender, describe_defender, keep_portrait
from alerts.actions.later import begin
from alerts.actions.later import write as write_news
from alerts.actions.models import Bulletin, Defender, UrgentAction
from alerts.actions.newsfile import NewsText
from alerts.actions.states import CaseState, Visibility
from alerts.actions.targets import Office, save_target
from alerts.actions.transitions import SHOWN
from alerts.actions.writing import Words, create_urgent_action, write_text
from alerts.audit import record
from alerts.audit.service import history
from alerts.core import clock
from alerts.core.db import lock
from alerts.organisers import Actor, Permission, require


class Outcome(StrEnum):
    """What became of one case folder: a new draft, the same files as before, or other files than before.

    Files are loaded once: afterwards the case is edited in the console, and nothing in it is overwritten.
    """

    NEW = "new"
    UNCHANGED = "unchanged"
    CHANGED = "changed"


@dataclass(frozen=True)
class LoadedCase:
    """One case folder, its case, and what was done.

    `begun` are the numbers of later bulletins that are drafts since; `waiting` those for which the case has to be
    public first.
    """

    folder: str
    case_id: UUID
    number: str
    outcome: Outcome
    begun: tuple[int, ...] = ()
    waiting: tuple[int, ...] = ()


def load_folder(session: Session, actor: Actor, folder: Path) -> list[LoadedCase]:
    """Load a case folder or a campaign folder from disk.

    Raises CaseFileFaults with every fault of every file, Refused where the home page is taken, Busy where someone
    loads the same folder at this moment; nothing is loaded then.
    """
    require(actor, Permission.WRITE)
    found = read_folder(folder, now=clock.now())
    with session.begin_nested():
        if isinstance(found, CampaignFile):
            return load_campaign(session, actor, found)
        return [load_case(session, actor, found, campaign_id=None, group=folder.resolve().parent.name)]


def load_campaign(session: Session, actor: Actor, file: CampaignFile) -> list[LoadedCase]:
    """The campaign, where there is none with its slug, and each of its cases.

    Its words are not shown by this: they are those of its page, which is loaded, reviewed and published by itself.
    """
    campaign = ensure_campaign(session, actor, slug=file.slug, home=file.home, main_language=file.main_language)
    return [load_case(session, actor, case, campaign_id=campaign.id, group=file.slug) for case in file.cases]


def load_case(session: Session, actor: Actor, file: CaseFile, *, campaign_id: UUID | None, group: str) -> LoadedCase:
    """The case as a draft; where `group`/`file.slug` was loaded before, only the later bulletins it has not reached."""
    key = f"{group}/{file.slug}"
    known = session.scalar(select(UrgentAction).filter_by(loaded_from=key))
    if known is not None:
        digests = [
            e.details.get("digest") for e in history(session, "urgent_action", known.id) if e.action == "case.loaded"
        ]
        outcome = Outcome.UNCHANGED if file.digest in digests else Outcome.CHANGED
        begun, waiting = _add_news(session, actor, known.id, file)
        return LoadedCase(file.slug, known.id, known.number, outcome, begun, waiting)
    case = create_urgent_action(
        session,
        actor,
        defender_id=_defender(session, actor, file).id,
        main_language=file.main_language,
        risk=file.risk,
        words=_words(_main(file)),
        deadline=file.deadline,
        target_id=_target(session, actor, file),
        campaign_id=campaign_id,
        loaded_from=key,
        kinds=file.kinds,
        appeals_by=file.appeals_by,
        topics=file.topics,
    )
    for text in _others(file):
        write_text(session, actor, case.id, text.language, _words(text), version=0)
    record(session, actor, "case.loaded", "urgent_action", case.id, case=case.number, digest=file.digest)
    return LoadedCase(file.slug, case.id, case.number, Outcome.NEW, waiting=tuple(news.number for news in file.news))


def _add_news(session: Session, actor: Actor, case_id: UUID, file: CaseFile) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Begin the bulletins with numbers that the case has not reached; which were begun, and which have to wait."""
    if not file.news:
        return (), ()
    case = lock(session, UrgentAction, case_id)
    last = session.scalar(select(func.max(Bulletin.number)).filter_by(urgent_action_id=case_id)) or 1
    due = [news for news in file.news if news.number > last]
    numbers = tuple(news.number for news in due)
    if CaseState(case.state) not in SHOWN:
        return (), numbers
    for news in due:
        first, *others = news.texts
        bulletin = begin(session, actor, case_id, news.kind, _news_words(first), outcome=news.outcome)
        for text in others:
            write_news(session, actor, bulletin.id, text.language, _news_words(text), version=0)
    return numbers, ()


def _news_words(text: NewsText) -> Words:
    return Words(text.title, summary=text.summary, story=text.story)


def _defender(session: Session, actor: Actor, file: CaseFile) -> Defender:
    facts, main = file.defender, _main(file)
    defender = create_defender(
        session,
        actor,
        name=facts.real_name,
        visibility=facts.visibility,
        country=facts.country,
        pronouns=facts.pronouns,
        language=main.language,
        role=main.role,
        pseudonym=main.name if facts.visibility is Visibility.PSEUDONYM else None,
    )
    for text in file.texts:
        name = "" if text is main else text.name
        describe_defender(session, actor, defender.id, text.language, role=text.role, name=name, story=text.life)
    if file.portrait is not None:
        keep_portrait(session, defender, file.portrait)
    consent = file.consent
    record_consent(
        session,
        actor,
        defender.id,
        scope=consent.scope,
        valid_until=consent.valid_until,
        how_given=consent.how_given or "",
        not_sought_reason=consent.not_sought_reason or "",
        risk_assessment=consent.risk_assessment or "",
    )
    return defender


def _target(session: Session, actor: Actor, file: CaseFile) -> UUID:
    facts = file.target
    offices = {text.language: Office(text.office, text.salutation) for text in file.texts}
    return save_target(
        session,
        actor,
        name=facts.name,
        address=facts.address,
        email=facts.email,
        preferred_language=facts.preferred_language,
        verified_on=facts.verified_on,
        offices=offices,
    ).id


def _main(file: CaseFile) -> CaseText:
    return next(text for text in file.texts if text.language == file.main_language)


def _others(file: CaseFile) -> list[CaseText]:
    return [text for text in file.texts if text.language != file.main_language]


def _words(text: CaseText) -> Words:
    return Words(text.title, text.call, text.summary, text.story, text.asks, text.letter, text.copies)
