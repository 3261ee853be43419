"""Tables of cases. What must never be wrong is a named constraint here or a trigger in the migration."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text

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
from alerts.core.db import Base
from alerts.core.ids import new_id
from alerts.core.languages import LANGUAGES


def _one_of(column: str, values: object, name: str) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)  # type: ignore[attr-defined]
    return CheckConstraint(f"{column} IN ({listed})", name=name)


class Portrait(Base):
    """A picture of a defender, re-encoded by us: WebP, bounded pixels, no metadata."""

    __tablename__ = "portraits"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    webp: Mapped[bytes] = mapped_column(deferred=True)
    width: Mapped[int]
    height: Mapped[int]
    added_at: Mapped[datetime]
    sizes: Mapped[list[PortraitSize]] = relationship(cascade="all, delete-orphan", passive_deletes=True)


class PortraitSize(Base):
    """A portrait at most `width` pixels wide, in a form that browsers choose from; made once, when it is kept."""

    __tablename__ = "portrait_sizes"
    __table_args__ = (_one_of("form", ("avif", "webp"), "portrait_size_form_known"),)

    portrait_id: Mapped[UUID] = mapped_column(ForeignKey("portraits.id", ondelete="CASCADE"), primary_key=True)
    width: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    form: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[bytes] = mapped_column(deferred=True)


class Defender(Base):
    """The person or group at risk. `country` is ISO 3166-1 alpha-2; `pseudonym` is what a pseudonym shows.

    `slug` is the address of their page, given by the database from the name that is shown (`give_defender_slug`);
    there is none while the name is withheld.
    """

    __tablename__ = "defenders"
    __table_args__ = (
        _one_of("visibility", Visibility, "defender_visibility_known"),
        _one_of("pronouns", Pronouns, "defender_pronouns_known"),
        CheckConstraint("visibility <> 'pseudonym' OR btrim(pseudonym) <> ''", name="defender_pseudonym_given"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="defender_country_code"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    pseudonym: Mapped[str | None]
    slug: Mapped[str | None] = mapped_column(unique=True)
    visibility: Mapped[str]
    pronouns: Mapped[str] = mapped_column(default=Pronouns.THEY.value)
    country: Mapped[str]
    portrait_id: Mapped[UUID | None] = mapped_column(ForeignKey("portraits.id"))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("organisers.id"))
    created_at: Mapped[datetime]
    texts: Mapped[list[DefenderText]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    consents: Mapped[list[DefenderConsent]] = relationship(
        cascade="all, delete-orphan", lazy="selectin", order_by="DefenderConsent.recorded_at"
    )


class DefenderText(Base):
    """Name, role and story (Markdown) as one language writes them; a pseudonym may differ by language too."""

    __tablename__ = "defender_texts"

    defender_id: Mapped[UUID] = mapped_column(ForeignKey("defenders.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]
    story: Mapped[str] = mapped_column(server_default="")


class DefenderSpelling(Base):
    """A way in which a defender is or was written, as a pattern for folded words. Kept by triggers, never taken back:

    whoever becomes withheld is still found where they were named before (`keep_spellings`).
    """

    __tablename__ = "defender_spellings"

    defender_id: Mapped[UUID] = mapped_column(ForeignKey("defenders.id", ondelete="CASCADE"), primary_key=True)
    pattern: Mapped[str] = mapped_column(primary_key=True)


class DefenderConsent(Base):
    """What the person agreed to, or why they could not be asked (then with a risk assessment)."""

    __tablename__ = "defender_consents"
    __table_args__ = (
        _one_of("scope", Visibility, "defender_consent_scope_known"),
        CheckConstraint(
            "btrim(how_given) <> '' OR (btrim(not_sought_reason) <> '' AND btrim(risk_assessment) <> '')",
            name="defender_consent_given_or_reasoned",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    defender_id: Mapped[UUID] = mapped_column(ForeignKey("defenders.id", ondelete="CASCADE"), index=True)
    scope: Mapped[str]
    how_given: Mapped[str | None]
    not_sought_reason: Mapped[str | None]
    risk_assessment: Mapped[str | None]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("organisers.id"))
    recorded_at: Mapped[datetime]
    valid_until: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class Target(Base):
    """Who is asked: an office, and how it is written to."""

    __tablename__ = "targets"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    address: Mapped[str | None]
    email: Mapped[str | None]
    preferred_language: Mapped[str]
    verified_on: Mapped[date | None]
    texts: Mapped[list[TargetText]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class TargetText(Base):
    """A target's office and salutation as one language writes them."""

    __tablename__ = "target_texts"

    target_id: Mapped[UUID] = mapped_column(ForeignKey("targets.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    office: Mapped[str]
    salutation: Mapped[str]


class Campaign(Base):
    """A page that gathers cases; the one at `is_home` is the front page.

    While `taken_down_at` is set no page of it can be published (the trigger `campaign_page_stays_down`).
    """

    __tablename__ = "campaigns"
    __table_args__ = (Index("uq_campaigns_home", "is_home", unique=True, postgresql_where="is_home"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(unique=True)
    is_home: Mapped[bool] = mapped_column(default=False)
    main_language: Mapped[str]
    taken_down_at: Mapped[datetime | None]
    texts: Mapped[list[CampaignText]] = relationship(cascade="all, delete-orphan", lazy="selectin")


class CampaignText(Base):
    """A campaign's words in one language; `narrative` is Markdown."""

    __tablename__ = "campaign_texts"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    headline: Mapped[str]
    strap_line: Mapped[str]
    narrative: Mapped[str]


class CaseNumber(Base):
    """The last number given in each year; the trigger `give_case_number` counts here, under the row's lock."""

    __tablename__ = "case_numbers"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class UrgentAction(Base):
    """The case. `year` and `sequence` make its number, `UA 12/26`, given by the database and never reused.

    `deadline` is the last moment (UTC) at which appeals help, `kinds` the ways to act that it offers, `appeals_by` how
    they reach the target, `topics` whom it is about, where somebody said so. The author is whoever wrote it first;
    the database refuses an approval by the author or by anyone who edited its texts (`reviewer_is_not_author`).
    """

    __tablename__ = "urgent_actions"
    __table_args__ = (
        UniqueConstraint("year", "sequence"),
        _one_of("state", CaseState, "urgent_action_state_known"),
        _one_of("risk", Risk, "urgent_action_risk_known"),
        _one_of("main_language", LANGUAGES, "urgent_action_language_known"),
        CheckConstraint("approved_by IS DISTINCT FROM author_id OR approved_by IS NULL", name="reviewer_is_not_author"),
        CheckConstraint(
            "state NOT IN ('approved', 'published') OR approved_by IS NOT NULL", name="approved_by_somebody"
        ),
        CheckConstraint("state <> 'published' OR deadline IS NOT NULL", name="published_has_deadline"),
        CheckConstraint(
            "kinds <@ ARRAY['sign', 'write', 'print', 'share']::text[]"
            " AND kinds && ARRAY['sign', 'write', 'print']::text[]",
            name="urgent_action_kinds_known",
        ),
        _one_of("appeals_by", AppealsBy, "urgent_action_appeals_by_known"),
        CheckConstraint(
            f"topics <@ ARRAY[{', '.join(repr(one.value) for one in Topic)}]::text[]",
            name="urgent_action_topics_known",
        ),
        Index("ix_urgent_actions_campaign_state", "campaign_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    year: Mapped[int] = mapped_column(server_default="0")
    sequence: Mapped[int] = mapped_column(server_default="0")
    campaign_id: Mapped[UUID | None] = mapped_column(ForeignKey("campaigns.id"))
    defender_id: Mapped[UUID] = mapped_column(ForeignKey("defenders.id"), index=True)
    target_id: Mapped[UUID | None] = mapped_column(ForeignKey("targets.id"))
    state: Mapped[str] = mapped_column(default=CaseState.DRAFT.value)
    main_language: Mapped[str]
    risk: Mapped[str]
    topics: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=text("'{}'::text[]"))
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{sign}'::text[]"))
    appeals_by: Mapped[str] = mapped_column(default=AppealsBy.HAND_IN.value, server_default="hand_in")
    deadline: Mapped[datetime | None]
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisers.id"))
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("organisers.id"))
    review_note: Mapped[str | None]
    loaded_from: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    corrected_at: Mapped[datetime | None]
    defender: Mapped[Defender] = relationship()
    target: Mapped[Target | None] = relationship()
    bulletins: Mapped[list[Bulletin]] = relationship(order_by="Bulletin.number")

    @property
    def number(self) -> str:
        """The number as people write it."""
        return f"UA {self.sequence}/{self.year % 100:02d}"


class MovedCase(Base):
    """A number that leads on to another case, as it stands in addresses: `12-26`."""

    __tablename__ = "moved_cases"
    __table_args__ = (CheckConstraint("address ~ '^[1-9][0-9]{0,6}-[0-9]{2}$'", name="moved_case_address"),)

    address: Mapped[str] = mapped_column(primary_key=True)
    urgent_action_id: Mapped[UUID] = mapped_column(ForeignKey("urgent_actions.id"), index=True)
    moved_at: Mapped[datetime]


class Bulletin(Base):
    """One publication on a case, in one or more languages.

    The first goes with its case; a later one has a `state`, an author and a review of its own, and `published_at`.
    `outcome` says what became of the person: of an outcome always, of a stop where it is known.
    """

    __tablename__ = "bulletins"
    __table_args__ = (
        UniqueConstraint("urgent_action_id", "number"),
        _one_of("kind", BulletinKind, "bulletin_kind_known"),
        _one_of("state", BulletinState, "bulletin_state_known"),
        CheckConstraint(
            "(kind = 'first') = (state IS NULL) AND (kind = 'first') = (number = 1)",
            name="bulletin_first_goes_with_its_case",
        ),
        CheckConstraint(
            f"outcome IS NULL OR (outcome = ANY(ARRAY[{', '.join(repr(one.value) for one in Outcome)}])"
            " AND kind IN ('outcome', 'stop'))",
            name="bulletin_outcome_known",
        ),
        CheckConstraint("kind <> 'outcome' OR outcome IS NOT NULL", name="bulletin_says_its_outcome"),
        CheckConstraint(
            "approved_by IS DISTINCT FROM author_id OR approved_by IS NULL", name="bulletin_reviewer_is_not_author"
        ),
        CheckConstraint(
            "state NOT IN ('approved', 'published') OR approved_by IS NOT NULL", name="bulletin_approved_by_somebody"
        ),
        CheckConstraint("(state = 'published') = (published_at IS NOT NULL)", name="bulletin_published_at_a_time"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    urgent_action_id: Mapped[UUID] = mapped_column(ForeignKey("urgent_actions.id"))
    kind: Mapped[str]
    number: Mapped[int]
    state: Mapped[str | None]
    outcome: Mapped[str | None]
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisers.id"))
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("organisers.id"))
    review_note: Mapped[str | None]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    texts: Mapped[list[BulletinText]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    variants: Mapped[list[BulletinVariant]] = relationship(
        primaryjoin="foreign(BulletinVariant.bulletin_id) == Bulletin.id",
        order_by="(BulletinVariant.variant, BulletinVariant.language)",
        viewonly=True,
    )
    last_read: Mapped[list[BulletinVersion]] = relationship(
        primaryjoin="and_(foreign(BulletinVersion.bulletin_id) == Bulletin.id, BulletinVersion.replaced_at.is_(None))",
        viewonly=True,
    )
    """What readers see of it, or saw last, in each language."""


class BulletinVariant(Base):
    """Other words for one language of a bulletin, to be tried on a share of its readers; null is as in its text.

    Variant 0 is the text itself. Like texts they are changed in draft only (the trigger `variants_change_in_draft`).
    """

    __tablename__ = "bulletin_variants"
    __table_args__ = (
        ForeignKeyConstraint(
            ["bulletin_id", "language"],
            ["bulletin_texts.bulletin_id", "bulletin_texts.language"],
            ondelete="CASCADE",
        ),
        CheckConstraint("variant BETWEEN 1 AND 3", name="bulletin_variant_in_range"),
        CheckConstraint("num_nonnulls(title, call, summary, story) > 0", name="bulletin_variant_differs"),
    )

    bulletin_id: Mapped[UUID] = mapped_column(primary_key=True)
    variant: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str | None]
    call: Mapped[str | None]
    summary: Mapped[str | None]
    story: Mapped[str | None]


class BulletinVersion(Base):
    """What readers saw of a first bulletin in one language, from its publication on until it was replaced.

    `correction` says what was wrong in the version that it replaced. Never changed (the trigger
    `version_stays_as_it_was_read`); taken down, its words are gone.
    """

    __tablename__ = "bulletin_versions"
    __table_args__ = (
        CheckConstraint("replaced_at IS NOT NULL OR taken_down_at IS NULL", name="version_down_was_replaced"),
        CheckConstraint(
            "taken_down_at IS NULL"
            " OR (title || call || summary || story || letter || correction = '' AND asks = '{}' AND copies = '{}')",
            name="version_down_is_wiped",
        ),
        Index(
            "uq_bulletin_versions_current",
            "bulletin_id",
            "language",
            unique=True,
            postgresql_where=text("replaced_at IS NULL"),
        ),
    )

    bulletin_id: Mapped[UUID] = mapped_column(ForeignKey("bulletins.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str]
    call: Mapped[str]
    summary: Mapped[str]
    story: Mapped[str]
    letter: Mapped[str]
    asks: Mapped[list[str]] = mapped_column(ARRAY(Text))
    copies: Mapped[list[str]] = mapped_column(ARRAY(Text))
    correction: Mapped[str] = mapped_column(server_default="")
    read_from: Mapped[datetime]
    replaced_at: Mapped[datetime | None]
    taken_down_at: Mapped[datetime | None]


class BulletinText(Base):
    """A bulletin in one language. `story` and `letter` are Markdown; `asks` are the separate points to ask for.

    `copies` are the offices that get a copy, such as an embassy. `correction` tells everybody what was wrong in the
    words that these replace.

    `call` is the short appeal on cards and buttons ("Defend journalist Elena Milashina!"). `version` counts edits:
    an edit names the version it started from, and loses against one that was quicker.
    """

    __tablename__ = "bulletin_texts"

    bulletin_id: Mapped[UUID] = mapped_column(ForeignKey("bulletins.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    call: Mapped[str]
    summary: Mapped[str]
    story: Mapped[str]
    asks: Mapped[list[str]] = mapped_column(ARRAY(Text))
    letter: Mapped[str]
    copies: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default=text("'{}'::text[]"))
    correction: Mapped[str] = mapped_column(default="", server_default="")
    version: Mapped[int] = mapped_column(default=1)
    edited_by: Mapped[UUID | None] = mapped_column(ForeignKey("organisers.id"))
    edited_at: Mapped[datetime]
