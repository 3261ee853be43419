"""What the console calls things: states, needs, reasons, and what happened, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from babel import Locale
from babel.dates import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from flask_babel import ngettext

from alerts.actions.desk import Need
from alerts.actions.states import (
    ActKind,
    AppealsBy,
    BulletinKind,
    CaseState,
    Outcome,
    Pronouns,
    Risk,
    Topic,
    Visibility,
)
from alerts.appeals.models import RelayState
from alerts.campaigns.kinds import BlockKind
from alerts.campaigns.transitions import RevisionState
from alerts.core import dates
from alerts.extensions import current_limits
from alerts.mailings.models import MailingState
from alerts.mailings.progress import Progress
from alerts.mailings.reports import Reports
from alerts.organisers import Role

CASE_STATES: Mapping[str, str] = {
    CaseState.DRAFT: later("Draft"),
    CaseState.IN_REVIEW: later("In review"),
    CaseState.APPROVED: later("Approved"),
    CaseState.PUBLISHED: later("Published"),
    CaseState.HELD: later("Held"),
    CaseState.CLOSED: later("Closed"),
    CaseState.WITHDRAWN: later("Withdrawn"),
}
PAGE_STATES: Mapping[str, str] = {
    RevisionState.DRAFT: later("Draft"),
    RevisionState.IN_REVIEW: later("In review"),
    RevisionState.APPROVED: later("Approved"),
    RevisionState.PUBLISHED: later("Published"),
    RevisionState.REPLACED: later("Replaced"),
}
BLOCKS: Mapping[str, str] = {
    BlockKind.HERO: later("Headline and narrative"),
    BlockKind.GALLERY: later("Gallery of defenders"),
    BlockKind.QUOTE: later("Quotation"),
    BlockKind.NARRATIVE: later("Second narrative"),
    BlockKind.ACTION: later("Take action"),
    BlockKind.NUMBERS: later("The numbers"),
    BlockKind.OUTCOMES: later("What your action did"),
    BlockKind.SHARE: later("Sharing"),
    BlockKind.SIGN_UP: later("Sign-up for alerts"),
}
BLOCK_MEANS: Mapping[str, str] = {
    BlockKind.HERO: later("What readers see first."),
    BlockKind.GALLERY: later("Everyone of this campaign who has a page, with portrait; made by itself."),
    BlockKind.QUOTE: later("One sentence of somebody else, and who said it."),
    BlockKind.NARRATIVE: later("A longer text under a title of its own."),
    BlockKind.ACTION: later("The open cases of this campaign, the most urgent first; made by itself."),
    BlockKind.NUMBERS: later("Figures with year, change and source, drawn as pictures."),
    BlockKind.OUTCOMES: later("The cases that ended last; made by itself."),
    BlockKind.SHARE: later("Plain links; nothing is loaded from anybody."),
    BlockKind.SIGN_UP: later("Leads to the form for new subscribers; left out where the site has none."),
}
BLOCK_STEPS: Mapping[str, str] = {
    "up": later("Moved up: %(block)s."),
    "down": later("Moved down: %(block)s."),
    "show": later("Shown: %(block)s."),
    "hide": later("Hidden: %(block)s. Its words are kept."),
}
PAGE_PARTS: Mapping[str, str] = {
    "headline": later("Headline"),
    "strap_line": later("Strap line"),
    "narrative": later("Narrative"),
    "title": later("Title"),
    "intro": later("Introduction"),
    "text": later("Text"),
    "attribution": later("Who said it"),
    "role": later("Role"),
    "button": later("Button"),
}
RISKS: Mapping[str, str] = {
    Risk.KILLING: later("Killing"),
    Risk.THREAT: later("Threat"),
    Risk.ARREST: later("Arrest"),
    Risk.FORCED_DISAPPEARANCE: later("Forced disappearance"),
    Risk.SMEAR_CAMPAIGN: later("Smear campaign"),
    Risk.SURVEILLANCE: later("Surveillance"),
    Risk.UNFAIR_TRIAL: later("Unfair trial"),
    Risk.TRAVEL_BAN: later("Travel ban"),
}
TOPICS: Mapping[str, str] = {
    Topic.JOURNALISTS: later("Journalists"),
    Topic.LAWYERS: later("Lawyers and judges"),
    Topic.LAND: later("Land and the environment"),
    Topic.INDIGENOUS: later("Indigenous peoples and minorities"),
    Topic.WOMEN: later("Women’s rights"),
    Topic.LGBTI: later("LGBTI people"),
    Topic.WORKERS: later("Workers and trade unions"),
    Topic.CORRUPTION: later("Corruption and impunity"),
    Topic.MIGRANTS: later("Refugees and migrants"),
    Topic.PROTEST: later("Students and peaceful protest"),
}
KINDS: Mapping[str, str] = {
    ActKind.SIGN: later("Sign the letter"),
    ActKind.WRITE: later("Write to the target"),
    ActKind.PRINT: later("Print and post"),
    ActKind.SHARE: later("Share"),
}
APPEALS_BY: Mapping[str, str] = {
    AppealsBy.HAND_IN: later("As names, handed in"),
    AppealsBy.RELAY: later("By mail, letter by letter"),
    AppealsBy.DIGEST: later("By mail, gathered once a day"),
}
RELAY_STATES: Mapping[str, str] = {
    RelayState.GOING: later("Letters go"),
    RelayState.PAUSED: later("Letters wait"),
    RelayState.REFUSED: later("The target refuses letters"),
}
PARTS: Mapping[str, str] = {
    "call": later("Call"),
    "title": later("Title"),
    "summary": later("Summary"),
    "story": later("Story"),
    "asks": later("Points to ask for"),
    "letter": later("Letter"),
    "copies": later("Copies go to"),
}
BULLETIN_KINDS: Mapping[str, str] = {
    BulletinKind.FIRST: later("First bulletin"),
    BulletinKind.FURTHER_INFORMATION: later("Further information"),
    BulletinKind.STOP: later("Stop: no more appeals"),
    BulletinKind.OUTCOME: later("Outcome"),
}
OUTCOMES: Mapping[str, str] = {
    Outcome.RELEASED: later("Released"),
    Outcome.CHARGES_DROPPED: later("Charges dropped"),
    Outcome.SAFE_ABROAD: later("Safe abroad"),
    Outcome.PROTECTION_GRANTED: later("Under protection"),
    Outcome.CONVICTED: later("Convicted"),
    Outcome.KILLED: later("Killed"),
    Outcome.UNKNOWN: later("Unknown"),
}
VISIBILITIES: Mapping[str, str] = {
    Visibility.NAMED: later("Named"),
    Visibility.PSEUDONYM: later("Under a pseudonym"),
    Visibility.WITHHELD: later("Name withheld"),
}
PRONOUNS: Mapping[str, str] = {
    Pronouns.SHE: later("she / her"),
    Pronouns.HE: later("he / him"),
    Pronouns.THEY: later("they / them"),
}
ROLES: Mapping[str, str] = {
    Role.AUTHOR: later("author"),
    Role.REVIEWER: later("reviewer"),
    Role.SENDER: later("sender"),
    Role.DATA_OFFICER: later("data officer"),
    Role.ADMINISTRATOR: later("administrator"),
}
NEEDS: Mapping[str, str] = {
    Need.CONSENT_OVER: later("Consent has ended: hold or withdraw the case"),
    Need.DEADLINE_OVER: later("The deadline is over: close the case"),
    Need.REVIEW: later("Waiting for review"),
    Need.PUBLISH: later("Approved: ready to launch"),
    Need.SENT_BACK: later("Sent back by the reviewer"),
    Need.DEADLINE_NEAR: later("The deadline is near"),
    Need.CONSENT_NEAR: later("Consent is about to lapse"),
    Need.HELD: later("Held: publish again, close, or take back to draft"),
    Need.DRAFT: later("Draft"),
}
MAILING_STATES: Mapping[str, str] = {
    MailingState.SCHEDULED: later("Scheduled"),
    MailingState.RUNNING: later("Running"),
    MailingState.PAUSED: later("Paused"),
    MailingState.PARKED: later("Waiting for the provider"),
    MailingState.STOPPED: later("Stopped by a fault"),
    MailingState.CANCELLED: later("Cancelled"),
    MailingState.DONE: later("Done"),
}
LEFT_OUT: Mapping[str, str] = {
    "suppressed": later("Address must not be mailed"),
    "has_acted": later("Has acted on this case already"),
    "not_chosen": later("Chose to be told of other countries or dangers"),
    "has_received": later("Has received this bulletin already"),
    "after_deadline": later("Their turn comes after the deadline"),
    "capped": later("Has had as many mails lately as we allow"),
    "in_audience": later("Was in an audience of this bulletin; the ledger there says what became of it"),
    "left": later("Left after the launch"),
    "case_not_public": later("The case was no longer public"),
}
DELIVERY_STATES: Mapping[str, str] = {
    "waiting": later("Waiting"),
    "handing_over": later("Being handed over"),
    "handed_over": later("Handed over"),
    "skipped": later("Skipped"),
    "refused": later("Refused for good"),
    "deferred": later("Refused for now, tried again"),
    "unknown": later("Unknown"),
    "cancelled": later("Not sent: cancelled"),
}
REPORTED: Mapping[str, str] = {
    "delivered": later("Delivered: the receiving server took it"),
    "delayed": later("Delayed at some time"),
    "returned": later("Returned, for a reason that may pass"),
    "bounced": later("Bounced for good"),
    "dropped": later("Dropped by the provider"),
    "complained": later("Called spam"),
    "left": later("Left through the provider"),
}
STANDINGS: Mapping[str, str] = {
    MailingState.SCHEDULED: later("It waits for its time."),
    MailingState.RUNNING: later("Mail is being handed to the provider."),
    MailingState.PAUSED: later("Nothing more is handed over until someone resumes it."),
    MailingState.PARKED: later(
        "The mail provider is away or asked us to slow down. Nothing is lost; it goes on by itself."
    ),
    MailingState.STOPPED: later("The provider refuses us, and waiting will not help. Mend what it says, then resume."),
    MailingState.CANCELLED: later("Cancelled. Nothing more is handed over."),
    MailingState.DONE: later("Finished: everyone in the audience has an outcome."),
}
LONG = 120
"""Minutes from which a time is told in hours."""
EVENTS: Mapping[str, str] = {
    "case.created": later("began the case"),
    "case.loaded": later("loaded the case from files"),
    "case.facts_changed": later("changed the facts"),
    "case.text_written": later("saved the text"),
    "case.variants_written": later("saved the variants of the text"),
    "case.reopened": later("reopened the case by changing it"),
    "case.submitted": later("submitted it for review"),
    "case.approved": later("approved it"),
    "case.sent_back": later("sent it back"),
    "case.taken_back": later("took it back to draft"),
    "case.published": later("published it"),
    "names.exported": later("took out the names"),
    "bulletin.created": later("began a later bulletin"),
    "bulletin.text_written": later("saved the text of a later bulletin"),
    "bulletin.submitted": later("asked for review of a later bulletin"),
    "bulletin.approved": later("approved a later bulletin"),
    "bulletin.sent_back": later("sent a later bulletin back"),
    "bulletin.taken_back": later("took a later bulletin back to draft"),
    "bulletin.published": later("published a later bulletin"),
    "case.held": later("held it"),
    "letters.paused": later("let the letters wait"),
    "letters.refused": later("noted that the target refuses letters"),
    "letters.resumed": later("let the letters go on"),
    "case.closed": later("closed it"),
    "case.number_leads_here": later("let another number lead here"),
    "case.withdrawn": later("withdrew it"),
    "case.version_taken_down": later("took a replaced version down"),
    "campaign.loaded": later("began the campaign"),
    "campaign.page_loaded": later("loaded the page from files"),
    "campaign.draft_begun": later("began a draft"),
    "campaign.block_written": later("saved words"),
    "campaign.figures_written": later("saved the figures"),
    "campaign.block_shown": later("showed a block"),
    "campaign.block_hidden": later("hid a block"),
    "campaign.block_moved": later("moved a block"),
    "campaign.reopened": later("reopened the page by changing it"),
    "campaign.submitted": later("submitted it for review"),
    "campaign.approved": later("approved it"),
    "campaign.sent_back": later("sent it back"),
    "campaign.published": later("published it"),
    "campaign.case_added": later("added a case"),
    "campaign.taken_down": later("took the published page down"),
    "campaign.may_return": later("let the page return"),
}


def left_out(reason: str) -> str:
    """Why someone is left out or skipped."""
    return str(LEFT_OUT.get(reason, reason.replace("_", " ")))


def reported(reports: Reports) -> list[tuple[str, int]]:
    """What was reported of the mailing since: each that there is, and of how many people."""
    return [(str(name), count) for key, name in REPORTED.items() if (count := getattr(reports, key))]


def language(code: str) -> str:
    """What English calls the language: a native name in the middle of an English sentence turns it around."""
    return str(Locale("en").languages[code])


def page_part(name: str) -> str:
    """A part of a block's words, by its name for people."""
    return str(PAGE_PARTS.get(name) or _("Words of figure %(number)s", number=name[-1]))


def event(action: str) -> str:
    """What someone did, as it stands behind their name."""
    return str(EVENTS.get(action, action.replace(".", ": ").replace("_", " ")))


def day(value: date | datetime) -> str:
    """A day with the month's name: 14 March 2026."""
    return format_date(value, "d MMMM yyyy", locale="en")


def moment(value: datetime) -> str:
    """A moment with the month's name and the zone: 14 March 2026, 18:00 UTC."""
    return f"{day(value)}, {value:%H:%M} UTC"


def there(value: datetime) -> str:
    """A moment on the organisation's clock, with the zone: 1 December 2026, 09:00 UTC+1."""
    return dates.moment(value, "en", current_limits().time_zone)


def to_the_second(value: datetime) -> str:
    """A moment that is seconds away: 18:00:05 UTC."""
    return f"{value:%H:%M:%S} UTC"


def time_left(seconds: float) -> str:
    """About how long it will still take."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return str(_("in less than a minute"))
    if minutes < LONG:
        return str(ngettext("in about %(num)d minute", "in about %(num)d minutes", minutes))
    return str(ngettext("in about %(num)d hour", "in about %(num)d hours", round(minutes / 60)))


def standing(progress: Progress) -> str:
    """One sentence that says what the mailing is doing."""
    if progress.state is MailingState.RUNNING and not progress.frozen:
        return str(_("Gathering the audience; the first mails leave while this goes on."))
    if progress.state is MailingState.SCHEDULED:
        return str(_("It starts %(at)s.", at=there(progress.starts_at)))
    if progress.state is MailingState.RUNNING and progress.waiting_for_hour == progress.waiting and progress.next_start:
        following = there(progress.next_start)
        return str(_("Everyone who is left waits for an hour on their own clock; next: %(at)s.", at=following))
    return str(STANDINGS[progress.state])
