"""What a campaign's page may not show: a page that was taken down, and words that name somebody not to be named.

Revision ID: 0030
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

STAYS_DOWN = """
CREATE FUNCTION campaign_page_stays_down() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'campaigns' AND EXISTS (
        SELECT FROM campaign_revisions r WHERE r.campaign_id = (to_jsonb(NEW) ->> 'id')::uuid AND r.state = 'published'
    ) OR TG_TABLE_NAME = 'campaign_revisions' AND EXISTS (
        SELECT FROM campaigns c
        WHERE c.id = (to_jsonb(NEW) ->> 'campaign_id')::uuid AND c.taken_down_at IS NOT NULL FOR SHARE
    ) THEN
        RAISE EXCEPTION 'A page that was taken down is not shown.'
            USING ERRCODE = '23514', CONSTRAINT = 'campaign_page_stays_down';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaign_page_stays_down BEFORE UPDATE OF taken_down_at ON campaigns
    FOR EACH ROW WHEN (NEW.taken_down_at IS NOT NULL) EXECUTE FUNCTION campaign_page_stays_down();
CREATE TRIGGER campaign_revision_stays_down BEFORE INSERT OR UPDATE OF state ON campaign_revisions
    FOR EACH ROW WHEN (NEW.state = 'published') EXECUTE FUNCTION campaign_page_stays_down();

UPDATE campaigns c SET taken_down_at = now()
WHERE EXISTS (SELECT FROM campaign_revisions r WHERE r.campaign_id = c.id AND r.published_at IS NOT NULL)
    AND NOT EXISTS (SELECT FROM campaign_revisions r WHERE r.campaign_id = c.id AND r.state = 'published');
"""

# A name as a pattern for folded words: Russian declines names, so there the stem counts, with up to four letters more.
PATTERNS = r"""
CREATE FUNCTION name_pattern(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT string_agg(CASE WHEN word ~ '^[\u0430-\u044f]{4,}$'
        THEN coalesce(nullif((ts_lexize('pg_catalog.russian_stem', word))[1], ''), word) || '[\u0430-\u044f]{0,4}'
        ELSE word END, ' ' ORDER BY place)
    FROM regexp_split_to_table(search_fold(name), ' ') WITH ORDINALITY AS parts (word, place)
    WHERE length(search_fold(name)) > 1
$$;

-- Whole words; an Arabic one may have the letter before it that stands for "and", "in", "to" or "like".
CREATE FUNCTION names_within(folded text, pattern text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT folded ~ ('(^| )[\u0648\u0641\u0628\u0644\u0643]?' || pattern || '( |$)')
$$;

CREATE FUNCTION fold_parts(parts jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT coalesce(jsonb_object_agg(key, search_fold(value)), '{}') FROM jsonb_each_text(parts)
$$;
"""

# Spellings are only added: whose name is withheld by now is still recognised by how it was written before.
MENTIONS = """
CREATE FUNCTION keep_spellings() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept jsonb := to_jsonb(NEW);
BEGIN
    INSERT INTO defender_spellings (defender_id, pattern)
    SELECT DISTINCT coalesce(kept ->> 'defender_id', kept ->> 'id')::uuid, name_pattern(name)
    FROM unnest(ARRAY[kept ->> 'name', kept ->> 'pseudonym']) AS name
    WHERE name_pattern(name) IS NOT NULL
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_spellings AFTER INSERT OR UPDATE OF name, pseudonym ON defenders
    FOR EACH ROW EXECUTE FUNCTION keep_spellings();
CREATE TRIGGER keep_spellings AFTER INSERT OR UPDATE OF name ON defender_texts
    FOR EACH ROW EXECUTE FUNCTION keep_spellings();

-- Words and names that come at the same moment wait for each other, so that neither misses the other.
CREATE FUNCTION find_spelling_in_campaigns() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('campaign_mentions'));
    INSERT INTO campaign_mentions (block_id, language, part, defender_id, pattern)
    SELECT t.block_id, t.language, p.key, NEW.defender_id, NEW.pattern
    FROM campaign_revisions r JOIN campaign_blocks b ON b.revision_id = r.id
    JOIN campaign_block_texts t ON t.block_id = b.id, jsonb_each_text(t.folded) p
    WHERE r.state <> 'replaced' AND names_within(p.value, NEW.pattern)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER find_spelling_in_campaigns AFTER INSERT ON defender_spellings
    FOR EACH ROW EXECUTE FUNCTION find_spelling_in_campaigns();

CREATE FUNCTION find_names_in_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('campaign_mentions'));
    DELETE FROM campaign_mentions WHERE block_id = NEW.block_id AND language = NEW.language;
    INSERT INTO campaign_mentions (block_id, language, part, defender_id, pattern)
    SELECT NEW.block_id, NEW.language, p.key, s.defender_id, s.pattern
    FROM jsonb_each_text(NEW.folded) p JOIN defender_spellings s ON names_within(p.value, s.pattern)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER find_names_in_words AFTER INSERT OR UPDATE OF parts ON campaign_block_texts
    FOR EACH ROW EXECUTE FUNCTION find_names_in_words();

-- Withheld; known by a pseudonym and called otherwise; every case that was shown withdrawn; or consent that is over.
CREATE FUNCTION name_is_barred(who uuid, spelling text, at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT d.visibility = 'withheld'
        OR d.visibility = 'pseudonym' AND spelling IS DISTINCT FROM name_pattern(d.pseudonym) AND NOT EXISTS (
            SELECT FROM defender_texts t WHERE t.defender_id = who AND name_pattern(t.name) = spelling
                AND search_fold(t.name) <> search_fold(d.name))
        OR EXISTS (SELECT FROM urgent_actions c WHERE c.defender_id = who AND c.state = 'withdrawn')
            AND NOT EXISTS (SELECT FROM urgent_actions c WHERE c.defender_id = who AND case_is_shown(c.state))
        OR EXISTS (SELECT FROM defender_consents c WHERE c.defender_id = who)
            AND NOT EXISTS (SELECT FROM defender_consents c WHERE c.defender_id = who AND c.withdrawn_at IS NULL
                AND c.valid_until > at AND c.scope IN ('named', d.visibility))
    FROM defenders d WHERE d.id = who
$$;

CREATE FUNCTION campaign_is_barred(campaign uuid, code text, at timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM campaign_revisions r JOIN campaign_blocks b ON b.revision_id = r.id AND b.shown
        JOIN campaign_mentions m ON m.block_id = b.id AND m.language = code
        WHERE r.campaign_id = campaign AND r.state = 'published' AND name_is_barred(m.defender_id, m.pattern, at))
$$;

INSERT INTO defender_spellings (defender_id, pattern)
SELECT DISTINCT id, name_pattern(name) FROM (
    SELECT id, name FROM defenders UNION SELECT id, pseudonym FROM defenders
    UNION SELECT defender_id, name FROM defender_texts
) AS known WHERE name_pattern(name) IS NOT NULL;
"""
_FUNCTIONS = (
    "campaign_is_barred(uuid, text, timestamptz)", "name_is_barred(uuid, text, timestamptz)", "find_names_in_words()",
    "find_spelling_in_campaigns()", "keep_spellings()", "fold_parts(jsonb)", "names_within(text, text)",
    "name_pattern(text)",
)  # fmt: skip


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("taken_down_at", sa.DateTime(timezone=True), nullable=True))
    op.get_bind().exec_driver_sql(STAYS_DOWN)
    op.get_bind().exec_driver_sql(PATTERNS)
    folded = sa.Computed("fold_parts(parts)", persisted=True)
    op.add_column("campaign_block_texts", sa.Column("folded", postgresql.JSONB(), folded, nullable=False))
    op.create_table(
        "defender_spellings",
        sa.Column("defender_id", sa.UUID(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["defender_id"], ["defenders.id"], name="fk_defender_spellings_defender_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("defender_id", "pattern", name="pk_defender_spellings"),
    )
    op.create_table(
        "campaign_mentions",
        sa.Column("block_id", sa.UUID(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("defender_id", sa.UUID(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["block_id", "language"], ["campaign_block_texts.block_id", "campaign_block_texts.language"],
            name="fk_campaign_mentions_block_id_language", ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["defender_id", "pattern"], ["defender_spellings.defender_id", "defender_spellings.pattern"],
            name="fk_campaign_mentions_defender_id_pattern", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "block_id", "language", "part", "defender_id", "pattern", name="pk_campaign_mentions"
        ),
    )  # fmt: skip
    op.create_index("ix_campaign_mentions_defender_id", "campaign_mentions", ["defender_id"])
    op.get_bind().exec_driver_sql(MENTIONS)


def downgrade() -> None:
    op.drop_table("campaign_mentions")
    op.drop_table("defender_spellings")
    op.execute("DROP TRIGGER find_names_in_words ON campaign_block_texts")
    for table in ("defenders", "defender_texts"):
        op.execute(f"DROP TRIGGER keep_spellings ON {table}")
    op.drop_column("campaign_block_texts", "folded")
    for function in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.execute("DROP TRIGGER campaign_revision_stays_down ON campaign_revisions")
    op.execute("DROP TRIGGER campaign_page_stays_down ON campaigns")
    op.execute("DROP FUNCTION campaign_page_stays_down()")
    op.drop_column("campaigns", "taken_down_at")
