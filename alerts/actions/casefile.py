"""Case folders and campaign folders: one Markdown file per language, read into facts and texts. Pure.

The format is described for people in `docs/case-files.md`. A folder is read whole or not at all: every fault is
gathered, with file and line, and raised at once as CaseFileFaults.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from alerts.actions.casefaults import CaseFileFaults, Fault, Findings, did_you_mean, listed
from alerts.actions.errors import BadPicture
from alerts.actions.fields import Calendar, Fields
from alerts.actions.frontmatter import EMPTY, Document, part_of, read_document
from alerts.actions.newsfile import NewsFile, is_news, parse_news
from alerts.actions.portraits import Picture, reencode
from alerts.actions.states import COUNTED, ActKind, AppealsBy, Pronouns, Risk, Topic, Visibility
from alerts.actions.wording import MOST_ASKS, MOST_COPIES, is_postal, names_within
from alerts.core.addresses import BadAddress, normalise
from alerts.core.countries import CODES, code_for
from alerts.core.languages import LANGUAGES

PORTRAITS = ("portrait.png", "portrait.jpg", "portrait.jpeg", "portrait.webp")
_SLUG = re.compile(r"(?=.{1,80}\Z)[a-z0-9]+(-[a-z0-9]+)*")
_FACTS = ("risk", "topics", "kinds", "appeals", "deadline", "time_zone", "consent", "home")
_DEFENDER_FACTS = ("visibility", "country", "pronouns", "real_name")
PAGE_HEADINGS = ("Narrative", "Second narrative")
PAGE_KEYS = ("blocks", "gallery", "quote", "narrative", "action", "numbers", "outcomes", "share", "sign_up")
"""What a campaign's files hold for its page, read by `alerts.campaigns.pagefile`."""
_TARGET_FACTS = ("name", "address", "email", "preferred_language", "verified_on")


@dataclass(frozen=True)
class DefenderFacts:
    """The person at risk; `real_name` is kept from the public unless `visibility` is `named`."""

    visibility: Visibility
    real_name: str
    country: str
    pronouns: Pronouns


@dataclass(frozen=True)
class ConsentFacts:
    """What may be shown and why: `how_given`, or `not_sought_reason` with `risk_assessment`."""

    scope: Visibility
    how_given: str | None
    not_sought_reason: str | None
    risk_assessment: str | None
    valid_until: datetime


@dataclass(frozen=True)
class TargetFacts:
    """Who is asked, whatever the language."""

    name: str
    address: str | None
    email: str | None
    preferred_language: str
    verified_on: date | None


@dataclass(frozen=True)
class CaseText:
    """A case in one language. `name` is what that language's readers see: empty where it is withheld."""

    language: str
    title: str
    call: str
    summary: str
    asks: tuple[str, ...]
    story: str
    letter: str
    name: str
    role: str
    life: str
    office: str
    salutation: str
    copies: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseFile:
    """A whole case as its folder says it; `digest` changes with any file of the folder but those of `news`."""

    slug: str
    main_language: str
    risk: Risk
    deadline: datetime
    defender: DefenderFacts
    consent: ConsentFacts
    target: TargetFacts
    texts: tuple[CaseText, ...]
    portrait: Picture | None
    digest: str
    kinds: tuple[ActKind, ...] = (ActKind.SIGN,)
    appeals_by: AppealsBy = AppealsBy.HAND_IN
    topics: tuple[Topic, ...] = ()
    news: tuple[NewsFile, ...] = ()


@dataclass(frozen=True)
class CampaignWords:
    """A campaign in one language; `narrative` is Markdown."""

    language: str
    headline: str
    strap_line: str
    narrative: str


@dataclass(frozen=True)
class CampaignFile:
    """A campaign and its cases."""

    slug: str
    main_language: str
    home: bool
    texts: tuple[CampaignWords, ...]
    cases: tuple[CaseFile, ...] = ()


@dataclass
class _Page:
    """One language's file on its way to being understood."""

    language: str
    document: Document
    fields: Fields
    findings: Findings = field(repr=False)


@dataclass(frozen=True)
class _Folder:
    """What a folder says beside its pages."""

    slug: str
    digest: str
    portrait: Picture | None


def parse_case(files: Mapping[str, bytes], *, slug: str, now: datetime, label: str = "") -> CaseFile:
    """The case that `files` (by name inside the folder) make up; durations count from `now` (UTC).

    `label` is put before file names in faults. Raises CaseFileFaults, and nothing else.
    """
    label = label or slug
    later = {name: data for name, data in files.items() if is_news(name)}
    files = {name: data for name, data in files.items() if name not in later}
    faults = list(_slug_faults(slug, label)) + list(_stray_files(files, label, PORTRAITS))
    pages = _pages(files, label, ("Story", "Letter"))
    main = _main_page(pages, label, faults)
    case = None
    if main is not None:
        folder = _Folder(slug, _digest(files), _portrait(files, label, faults))
        case = _case(pages, main, folder, now)
        news, more = parse_news(later, main_language=main.language, hidden_name=_hidden_name(main), label=label)
        case = replace(case, news=news) if case else None
        faults += more
    faults += [fault for page in pages for fault in page.findings.found]
    if faults or case is None:
        raise CaseFileFaults(faults)
    return case


def parse_campaign(files: Mapping[str, bytes], *, slug: str, label: str = "") -> CampaignFile:
    """The campaign that `files` of its `campaign` folder make up, without cases. Raises CaseFileFaults."""
    label = label or slug
    faults = list(_slug_faults(slug, label)) + list(_stray_files(files, label, ()))
    pages = _pages(files, label, PAGE_HEADINGS)
    main = _main_page(pages, label, faults)
    home = main is not None and main.fields.flag("home")
    texts = []
    for page in pages:
        headline = page.fields.text("headline", "headline")
        strap_line = page.fields.text("strap_line", "strap_line")
        narrative = part_of(page.document, "Narrative", "narrative", page.findings)
        texts.append(CampaignWords(page.language, headline, strap_line, narrative))
        page.fields.asked += PAGE_KEYS
        page.fields.done(("home",))
    faults += [fault for page in pages for fault in page.findings.found]
    if faults or main is None:
        raise CaseFileFaults(faults)
    return CampaignFile(slug, main.language, home, tuple(texts))


def _slug_faults(slug: str, label: str) -> Iterator[Fault]:
    if not _SLUG.fullmatch(slug):
        yield Fault(label, 1, f"the folder is called {slug[:80]!r}", "use small letters a–z, digits and single dashes")


def _stray_files(files: Mapping[str, bytes], label: str, allowed: tuple[str, ...]) -> Iterator[Fault]:
    for name in files:
        stem, dot, ending = name.rpartition(".")
        if ending == "md" and dot:
            if stem not in LANGUAGES:
                remedy = did_you_mean(stem, tuple(LANGUAGES), f"name it {listed(f'{code}.md' for code in LANGUAGES)}")
                yield Fault(f"{label}/{name}", 1, f"unknown language {stem[:40]!r}", remedy)
        elif name not in allowed:
            also = f" and one of {listed(allowed)}" if allowed else ""
            yield Fault(f"{label}/{name}", 1, "this file is not part of the format", f"keep only <language>.md{also}")
    if len(pictures := sorted(set(files) & set(allowed))) > 1:
        yield Fault(f"{label}/{pictures[1]}", 1, f"a second portrait beside {pictures[0]}", "keep one")


def _pages(files: Mapping[str, bytes], label: str, headings: tuple[str, ...]) -> list[_Page]:
    pages = []
    for language in LANGUAGES:
        if (data := files.get(f"{language}.md")) is not None:
            findings = Findings(f"{label}/{language}.md")
            document = read_document(data, headings, findings)
            pages.append(_Page(language, document, Fields(document.front, findings), findings))
    return pages


def _main_page(pages: list[_Page], label: str, faults: list[Fault]) -> _Page | None:
    """The page that says `main: true`, or the only one; where none does, a fault and the likeliest one."""
    if not pages:
        faults.append(Fault(label, 1, "no text in any language", "add a file such as en.md"))
        return None
    chosen = [page for page in pages if page.fields.flag("main")]
    if chosen or len(pages) == 1:
        for page in chosen[1:]:
            remedy = "keep `main: true` in one file"
            page.findings.add(page.fields.line("main"), f"{chosen[0].language}.md is the main file already", remedy)
        return (chosen or pages)[0]
    if unreadable := [page for page in pages if page.document.front is EMPTY]:
        return unreadable[0]
    remedy = "add `main: true` to the file that also holds the facts"
    faults.append(Fault(f"{label}/{pages[0].language}.md", 1, "no file says which is the main one", remedy))
    return max(pages, key=lambda page: sum(page.fields.has(fact) for fact in _FACTS))


def _portrait(files: Mapping[str, bytes], label: str, faults: list[Fault]) -> Picture | None:
    for name in PORTRAITS:
        if name in files:
            try:
                return reencode(files[name])
            except BadPicture as error:
                faults.append(Fault(f"{label}/{name}", 1, error.message, "save it as PNG, JPEG or WebP"))
                return None
    return None


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(name.encode() + b"\0" + hashlib.sha256(files[name]).digest())
    return digest.hexdigest()


def _case(pages: list[_Page], main: _Page, folder: _Folder, now: datetime) -> CaseFile | None:
    """The case, as far as it can be understood; None where a fact it cannot stand without has a fault."""
    fields = main.fields
    calendar = Calendar(now, fields.zone("time_zone"))
    risk = fields.word("risk", Risk)
    topics = fields.words("topics", Topic)
    kinds = _kinds(fields)
    appeals_by = _appeals(fields)
    deadline = fields.moment("deadline", calendar)
    people = {page.language: page.fields.section("defender") for page in pages}
    offices = {page.language: page.fields.section("target") for page in pages}
    defender = _defender(people[main.language], folder.portrait)
    target = _target(offices[main.language], calendar)
    consent = _consent(fields.section("consent"), calendar, defender)
    texts = tuple(_text(page, people[page.language], offices[page.language], defender) for page in pages)
    for page in pages:
        page.fields.done(_FACTS[:-1])
        people[page.language].done(_DEFENDER_FACTS)
        offices[page.language].done(_TARGET_FACTS)
    if risk is None or deadline is None or defender is None or target is None or consent is None:
        return None
    return CaseFile(
        slug=folder.slug,
        main_language=main.language,
        risk=risk,
        deadline=deadline,
        defender=defender,
        consent=consent,
        target=target,
        texts=texts,
        portrait=folder.portrait,
        digest=folder.digest,
        kinds=kinds,
        appeals_by=appeals_by,
        topics=topics,
    )


def _hidden_name(main: _Page) -> str:
    """The name that no text may hold; empty where it may be shown."""
    person = main.fields.section("defender")
    return "" if person.peek("visibility").lower() == Visibility.NAMED else person.peek("real_name")


def _defender(fields: Fields, portrait: Picture | None) -> DefenderFacts | None:
    """The facts as far as they can be told: enough to check consent and texts against, even beside a fault."""
    visibility = fields.word("visibility", Visibility)
    pronouns = fields.word("pronouns", Pronouns)
    country = _country(fields)
    if visibility is Visibility.NAMED:
        real_name = fields.peek("name")
    else:
        real_name = fields.text("real_name", "name", required=False)
        if portrait is not None and visibility is not None:
            fields.findings.add(
                fields.line("visibility"), "a portrait would show who the person is", "delete the portrait"
            )
    if visibility is None:
        return None
    return DefenderFacts(visibility, real_name, country or "", pronouns or Pronouns.THEY)


def _kinds(fields: Fields) -> tuple[ActKind, ...]:
    """The ways to act, in the order people are offered them; signing where the file says none."""
    kinds = fields.words("kinds", ActKind)
    if not kinds:
        return (ActKind.SIGN,)
    if not any(kind in COUNTED for kind in kinds):
        fields.findings.add(fields.line("kinds"), "sharing alone counts nobody", f"add {listed(COUNTED)}")
    return tuple(kind for kind in ActKind if kind in kinds)


def _appeals(fields: Fields) -> AppealsBy:
    """How appeals reach the target: as names handed in, where the file says nothing."""
    way = (fields.word("appeals", AppealsBy) if fields.has("appeals") else None) or AppealsBy.HAND_IN
    if way is not AppealsBy.HAND_IN and not fields.section("target").peek("email"):
        remedy = f"add `email` to the target, or write {AppealsBy.HAND_IN}"
        fields.findings.add(fields.line("appeals"), "letters cannot go to a target without a mail address", remedy)
    return way


def _country(fields: Fields) -> str | None:
    code = fields.text("country", "name")
    if not code or code in CODES:
        return code or None
    meant = code_for(code)
    remedy = f"write {meant}" if meant else "write the two letters of ISO 3166-1, such as GT for Guatemala"
    fields.findings.add(fields.line("country"), f"unknown country {code[:40]!r}", remedy)
    return None


def _target(fields: Fields, calendar: Calendar) -> TargetFacts | None:
    name = fields.text("name", "name")
    address = fields.text("address", "address", required=False)
    email = fields.text("email", "name", required=False)
    preferred_language = fields.text("preferred_language", "name")
    verified_on = fields.day("verified_on", calendar)
    note = fields.findings.add
    if address and not is_postal(address):
        note(
            fields.line("address"), "this is not a whole postal address", "write street, town and country, a line each"
        )
    if email:
        try:
            email = normalise(email)
        except BadAddress as error:
            note(
                fields.line("email"), f"{email[:60]!r} is no mail address: {error}", "write it like office@town.example"
            )
    if not address and not email and fields.mapping is not EMPTY:
        note(fields.line("name"), "nothing says how to reach the target", "add `address: …` or `email: …`")
    if preferred_language and preferred_language not in LANGUAGES:
        remedy = f"write {listed(LANGUAGES)}"
        note(fields.line("preferred_language"), f"unknown language {preferred_language[:40]!r}", remedy)
    return TargetFacts(name, address or None, email or None, preferred_language, verified_on) if name else None


def _consent(fields: Fields, calendar: Calendar, defender: DefenderFacts | None) -> ConsentFacts | None:
    scope = fields.word("scope", Visibility)
    valid_until = fields.moment("until", calendar)
    asked = fields.has("how_given")
    how_given = fields.text("how_given", "reason", required=False)
    reason = fields.text("could_not_be_sought", "reason", required=False)
    assessment = fields.text("risk_assessment", "reason", required=bool(reason))
    note = fields.findings.add
    if fields.mapping is not EMPTY and asked == bool(reason):
        remedy = "write `how_given: …`, or else `could_not_be_sought: …` with `risk_assessment: …`"
        note(fields.line("scope"), f"consent is {'both given and not sought' if asked else 'not explained'}", remedy)
    if scope and defender and not scope.covers(defender.visibility):
        remedy = f"ask the person again, or set defender.visibility to {scope.value}"
        note(fields.line("scope"), f"consent to be {scope.value} does not allow {defender.visibility.value}", remedy)
    if scope is None or valid_until is None:
        return None
    return ConsentFacts(scope, how_given or None, reason or None, assessment or None, valid_until)


def _text(page: _Page, person: Fields, office: Fields, defender: DefenderFacts | None) -> CaseText:
    fields = page.fields
    text = CaseText(
        language=page.language,
        title=fields.text("title", "title"),
        call=fields.text("call", "call"),
        summary=fields.text("summary", "summary"),
        asks=fields.texts("asks", "ask", MOST_ASKS),
        story=part_of(page.document, "Story", "story", page.findings),
        letter=part_of(page.document, "Letter", "letter", page.findings),
        name=_name(person, defender),
        role=person.text("role", "role"),
        life=person.text("story", "life", required=False),
        office=office.text("office", "office"),
        salutation=office.text("salutation", "salutation"),
        copies=_copies(fields),
    )
    if defender and defender.visibility is not Visibility.NAMED and defender.real_name:
        _note_exposure(page, text, defender.real_name)
    return text


def _copies(fields: Fields) -> tuple[str, ...]:
    """The offices that get a copy; none where the key is missing."""
    if not fields.has("copies"):
        fields.asked.append("copies")
        return ()
    return fields.texts("copies", "copy", MOST_COPIES)


def _name(person: Fields, defender: DefenderFacts | None) -> str:
    """What readers see for a name; a name that may not be shown is a fault wherever it stands."""
    if defender is None:
        return person.text("name", "name", required=False) or person.text("pseudonym", "pseudonym", required=False)
    if defender.visibility is Visibility.NAMED:
        return person.text("name", "name")
    person.asked.append("name")
    if person.has("name"):
        remedy = "take it out" if defender.visibility is Visibility.WITHHELD else "write `pseudonym: …` instead"
        person.findings.add(
            person.line("name"), f"visibility is {defender.visibility.value}, so no name may stand here", remedy
        )
    if defender.visibility is Visibility.PSEUDONYM:
        return person.text("pseudonym", "pseudonym")
    return ""


def _note_exposure(page: _Page, text: CaseText, real_name: str) -> None:
    lines = {key: page.fields.line(key) for key in ("title", "call", "summary", "asks", "copies")}
    lines |= {name.lower(): part.line for name, part in page.document.parts.items()}
    lines |= dict.fromkeys(("name", "role", "life"), page.fields.line("defender"))
    lines |= dict.fromkeys(("office", "salutation"), page.fields.line("target"))
    for key, line in lines.items():
        value = getattr(text, key)
        if names_within("\n".join(value) if isinstance(value, tuple) else value, real_name):
            part = "defender's story" if key == "life" else key
            page.findings.add(line, f"the name that must not be shown stands in the {part}", "write around it")
