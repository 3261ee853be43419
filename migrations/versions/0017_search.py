"""Searching: a document for whatever the public may find, kept by triggers in the transaction that changes it.

A defender gets a story in each language, and an address that tells no more than the name that is shown.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# Accents, letter case, vowel signs, the carriers of hamza, Persian and Arabic forms of a letter, digits: all made one.
# The joiner between the parts of a Persian word becomes a space, as many people type it. Russian keeps its й.
FOLDING = r"""
CREATE FUNCTION search_fold(words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT btrim(regexp_replace(
        translate(
            regexp_replace(
                regexp_replace(normalize(casefold(words COLLATE pg_unicode_fast), NFKD), '\u0438\u0306', U&'\0439', 'g'),
                '[\u0300-\u036f\u0610-\u061a\u0621\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200d]', '', 'g'),
            U&'\0649\06CC\06A9\0629\06D5\06C1\06BE\0671'
                || U&'\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9'
                || U&'\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669',
            U&'\064A\064A\0643\0647\0647\0647\0647\0627' || '01234567890123456789'),
        '[^[:alnum:]]+', ' ', 'g'))
$$;

-- What a stemmer would take apart: a French participle's double e, an Arabic word's last h, which is written two ways.
CREATE FUNCTION search_fold_in(code text, words text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $$
    SELECT CASE code
        WHEN 'fr' THEN regexp_replace(search_fold(words), 'ee(s?)\M', 'e\1', 'g')
        WHEN 'ar' THEN regexp_replace(search_fold(words), U&'([^ ][^ ][^ ])\0647(?= |$)', '\1', 'g')
        ELSE search_fold(words) END
$$;

CREATE FUNCTION search_config(code text) RETURNS regconfig LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE code WHEN 'en' THEN 'pg_catalog.english'::regconfig WHEN 'es' THEN 'pg_catalog.spanish'::regconfig
        WHEN 'fr' THEN 'pg_catalog.french'::regconfig WHEN 'ru' THEN 'pg_catalog.russian'::regconfig
        WHEN 'ar' THEN 'pg_catalog.arabic'::regconfig ELSE 'pg_catalog.simple'::regconfig END
$$;

-- The parts of a Persian word are found apart, and as one word.
CREATE FUNCTION search_vector(code text, words text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT to_tsvector(search_config(code), coalesce(search_fold_in(code, words), '')) || CASE
        WHEN words LIKE U&'%\200C%'
        THEN to_tsvector('pg_catalog.simple', search_fold(replace(words, U&'\200C', '')))
        ELSE ''::tsvector END
$$;

-- All words, as each language's texts are kept; the last one may be unfinished.
CREATE FUNCTION search_query(words text) RETURNS tsquery LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    folded text := search_fold(words);
    finished text := regexp_replace(folded, ' ?[^ ]+$', '');
    last text := substring(folded FROM '[^ ]+$');
    prefix tsquery := CASE WHEN length(last) > 1 THEN (last || ':*')::tsquery ELSE ''::tsquery END;
    part text;  -- as text: two queries that differ in a word's being unfinished count as equal
    whole tsquery := ''::tsquery;
BEGIN
    FOR part IN
        SELECT DISTINCT way::text FROM unnest(ARRAY['en', 'es', 'fr', 'ru', 'ar', 'fa']) AS code,
            LATERAL (VALUES
                (plainto_tsquery(search_config(code), search_fold_in(code, folded))),
                (CASE WHEN length(last) > 1
                    THEN plainto_tsquery(search_config(code), search_fold_in(code, finished)) && prefix END)
            ) AS ways (way)
        WHERE numnode(way) > 0
    LOOP
        whole := whole || part::tsquery;
    END LOOP;
    RETURN whole;
END $$;
"""

ADDRESSES = """
CREATE FUNCTION give_defender_slug() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    shown text := CASE NEW.visibility WHEN 'named' THEN NEW.name WHEN 'pseudonym' THEN NEW.pseudonym END;
    base text;
    further int := 1;
BEGIN
    IF TG_OP = 'UPDATE' AND (NEW.name, NEW.visibility, NEW.pseudonym) IS NOT DISTINCT FROM
            (OLD.name, OLD.visibility, OLD.pseudonym) AND OLD.slug IS NOT NULL THEN
        NEW.slug := OLD.slug;
        RETURN NEW;
    END IF;
    NEW.slug := NULL;  -- a name that was shown once must not lead to the one that is shown now
    IF btrim(shown) <> '' THEN
        base := btrim(left(regexp_replace(search_fold(shown), '[^a-z0-9]+', '-', 'g'), 60), '-');
        IF base = '' THEN
            base := 'defender-' || left(gen_random_uuid()::text, 8);
        END IF;
        PERFORM pg_advisory_xact_lock(hashtext('defender_slug:' || base));
        NEW.slug := base;
        WHILE EXISTS (SELECT FROM defenders d WHERE d.slug = NEW.slug AND d.id <> NEW.id) LOOP
            further := further + 1;
            NEW.slug := base || '-' || further;
        END LOOP;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER give_defender_slug BEFORE INSERT OR UPDATE ON defenders
    FOR EACH ROW EXECUTE FUNCTION give_defender_slug();

UPDATE defenders SET slug = NULL;
"""

DOCUMENTS = """
CREATE FUNCTION case_is_shown(state text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT state IN ('published', 'closed')
$$;

-- Whether the world may read a later bulletin of a case that is shown.
CREATE FUNCTION bulletin_is_shown(b bulletins) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(to_jsonb(b) ->> 'state' = 'published', false)
$$;

-- As alerts/actions/naming.py: the names under which readers of any language may know a person.
CREATE FUNCTION search_names(d defenders) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE d.visibility
        WHEN 'named' THEN concat_ws(' ', d.name, (SELECT string_agg(t.name, ' ') FROM defender_texts t
            WHERE t.defender_id = d.id))
        WHEN 'pseudonym' THEN concat_ws(' ', d.pseudonym, (SELECT string_agg(t.name, ' ') FROM defender_texts t
            WHERE t.defender_id = d.id AND search_fold(t.name) <> search_fold(d.name)))
        ELSE '' END
$$;

-- No word of a name that must not be shown is found, wherever it stands, unless the shown name has it too.
CREATE FUNCTION search_unnamed(d defenders, code text, words tsvector) RETURNS tsvector LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN d.visibility = 'named' THEN words ELSE ts_delete(words, ARRAY(
        SELECT unnest(tsvector_to_array(search_vector(code, d.name) || search_vector('', d.name)))
        EXCEPT SELECT unnest(tsvector_to_array(search_vector(code, search_names(d)) || search_vector('', search_names(d))))
    )) END
$$;

CREATE FUNCTION search_case(wanted uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Whoever moves the case at this moment comes first, or waits: no document outlives a withdrawal.
    PERFORM FROM urgent_actions WHERE id = wanted FOR SHARE;
    DELETE FROM search_documents WHERE case_id = wanted;
    INSERT INTO search_documents (kind, subject_id, language, case_id, readers, heading, words, title, body)
    SELECT CASE WHEN b.number = 1 THEN 'case' ELSE 'bulletin' END, b.id, t.language, c.id,
        CASE WHEN t.language = c.main_language
            THEN ARRAY(SELECT unnest(ARRAY['en', 'es', 'fr', 'ar', 'fa', 'ru']) EXCEPT
                SELECT o.language FROM bulletin_texts o WHERE o.bulletin_id = b.id AND o.language <> t.language)
            ELSE ARRAY[t.language] END,
        h.heading,
        h.heading || search_unnamed(d, t.language,
            setweight(search_vector(t.language, t.summary), 'C')
            || setweight(search_vector(t.language, concat_ws(' ', t.story, array_to_string(t.asks, ' '))), 'D')),
        t.title, concat_ws(E'\\n\\n', t.summary, t.story)
    FROM urgent_actions c
    JOIN defenders d ON d.id = c.defender_id
    JOIN bulletins b ON b.urgent_action_id = c.id AND (b.number = 1 OR bulletin_is_shown(b))
    JOIN bulletin_texts t ON t.bulletin_id = b.id
    LEFT JOIN defender_texts p ON p.defender_id = d.id AND p.language = t.language,
    LATERAL (SELECT search_unnamed(d, t.language,
        setweight(search_vector('', search_names(d)), 'A')
        || setweight(search_vector('', format('UA %s %s', c.sequence, lpad((c.year % 100)::text, 2, '0'))), 'A')
        || setweight(search_vector(t.language, concat_ws(' ', t.title, t.call, p.role)), 'B')) AS heading) AS h
    WHERE c.id = wanted AND case_is_shown(c.state)
    ON CONFLICT (kind, subject_id, language) DO UPDATE SET readers = excluded.readers, heading = excluded.heading,
        words = excluded.words, title = excluded.title, body = excluded.body;
END $$;

CREATE FUNCTION search_defender(wanted uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM search_documents WHERE kind = 'defender' AND subject_id = wanted;
    INSERT INTO search_documents (kind, subject_id, language, readers, heading, words, title, body)
    SELECT 'defender', d.id, t.language,
        CASE WHEN t.language = m.main
            THEN ARRAY(SELECT unnest(ARRAY['en', 'es', 'fr', 'ar', 'fa', 'ru']) EXCEPT
                SELECT o.language FROM defender_texts o WHERE o.defender_id = d.id AND o.language <> t.language)
            ELSE ARRAY[t.language] END,
        h.heading, h.heading || search_unnamed(d, t.language, setweight(search_vector(t.language, t.story), 'D')),
        CASE WHEN d.visibility = 'named' THEN coalesce(nullif(t.name, ''), d.name)
            WHEN search_fold(t.name) NOT IN ('', search_fold(d.name)) THEN t.name ELSE d.pseudonym END,
        concat_ws(E'\\n\\n', t.role, t.story)
    FROM defenders d
    JOIN defender_texts t ON t.defender_id = d.id,
    LATERAL (SELECT o.language AS main FROM defender_texts o WHERE o.defender_id = d.id
        ORDER BY o.language <> 'en', o.language LIMIT 1) AS m,
    LATERAL (SELECT search_unnamed(d, t.language, setweight(search_vector('', search_names(d)), 'A')
        || setweight(search_vector(t.language, t.role), 'B')) AS heading) AS h
    WHERE d.id = wanted AND d.visibility <> 'withheld'
        AND EXISTS (SELECT FROM urgent_actions c WHERE c.defender_id = d.id AND case_is_shown(c.state))
    ON CONFLICT (kind, subject_id, language) DO UPDATE SET readers = excluded.readers, heading = excluded.heading,
        words = excluded.words, title = excluded.title, body = excluded.body;
END $$;

-- The one place that knows where a campaign's words are.
CREATE FUNCTION search_campaign(wanted uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM search_documents WHERE kind = 'campaign' AND subject_id = wanted;
    INSERT INTO search_documents (kind, subject_id, language, readers, heading, words, title, body)
    SELECT 'campaign', c.id, t.language,
        CASE WHEN t.language = c.main_language
            THEN ARRAY(SELECT unnest(ARRAY['en', 'es', 'fr', 'ar', 'fa', 'ru']) EXCEPT
                SELECT o.language FROM campaign_texts o WHERE o.campaign_id = c.id AND o.language <> t.language)
            ELSE ARRAY[t.language] END,
        setweight(search_vector(t.language, t.headline), 'B'),
        setweight(search_vector(t.language, t.headline), 'B')
            || setweight(search_vector(t.language, t.strap_line), 'C')
            || setweight(search_vector(t.language, t.narrative), 'D'),
        t.headline, concat_ws(E'\\n\\n', t.strap_line, t.narrative)
    FROM campaigns c JOIN campaign_texts t ON t.campaign_id = c.id
    WHERE c.id = wanted
    ON CONFLICT (kind, subject_id, language) DO UPDATE SET readers = excluded.readers, heading = excluded.heading,
        words = excluded.words, title = excluded.title, body = excluded.body;
END $$;
"""

TRIGGERS = """
CREATE FUNCTION search_follows_case() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_case(NEW.id), search_defender(NEW.defender_id);
    IF TG_OP = 'UPDATE' AND OLD.defender_id <> NEW.defender_id THEN
        PERFORM search_defender(OLD.defender_id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER search_follows_new_case AFTER INSERT ON urgent_actions
    FOR EACH ROW WHEN (case_is_shown(NEW.state)) EXECUTE FUNCTION search_follows_case();
CREATE TRIGGER search_follows_case AFTER UPDATE OF state, defender_id, main_language ON urgent_actions
    FOR EACH ROW WHEN (case_is_shown(OLD.state) OR case_is_shown(NEW.state)) EXECUTE FUNCTION search_follows_case();

CREATE FUNCTION search_follows_bulletin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_case(c.id) FROM urgent_actions c
        WHERE c.id = coalesce(NEW.urgent_action_id, OLD.urgent_action_id) AND case_is_shown(c.state);
    RETURN NULL;
END $$;
CREATE TRIGGER search_follows_bulletin AFTER INSERT OR UPDATE OR DELETE ON bulletins
    FOR EACH ROW EXECUTE FUNCTION search_follows_bulletin();

CREATE FUNCTION search_follows_bulletin_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_case(c.id) FROM urgent_actions c JOIN bulletins b ON b.urgent_action_id = c.id
        WHERE b.id = coalesce(NEW.bulletin_id, OLD.bulletin_id) AND case_is_shown(c.state);
    RETURN NULL;
END $$;
CREATE TRIGGER search_follows_bulletin_text AFTER INSERT OR UPDATE OR DELETE ON bulletin_texts
    FOR EACH ROW EXECUTE FUNCTION search_follows_bulletin_text();

CREATE FUNCTION search_follows_person(wanted uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_case(c.id) FROM urgent_actions c WHERE c.defender_id = wanted AND case_is_shown(c.state);
    PERFORM search_defender(wanted);
END $$;
CREATE FUNCTION search_follows_defender() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_follows_person(NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER search_follows_defender AFTER UPDATE OF name, visibility, pseudonym ON defenders
    FOR EACH ROW EXECUTE FUNCTION search_follows_defender();
CREATE FUNCTION search_follows_defender_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_follows_person(coalesce(NEW.defender_id, OLD.defender_id));
    RETURN NULL;
END $$;
CREATE TRIGGER search_follows_defender_text AFTER INSERT OR UPDATE OR DELETE ON defender_texts
    FOR EACH ROW EXECUTE FUNCTION search_follows_defender_text();

CREATE FUNCTION search_follows_campaign() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_campaign(coalesce(NEW.id, OLD.id));
    RETURN NULL;
END $$;
CREATE TRIGGER search_follows_campaign AFTER UPDATE OR DELETE ON campaigns
    FOR EACH ROW EXECUTE FUNCTION search_follows_campaign();
CREATE FUNCTION search_follows_campaign_text() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_campaign(coalesce(NEW.campaign_id, OLD.campaign_id));
    RETURN NULL;
END $$;
CREATE TRIGGER search_follows_campaign_text AFTER INSERT OR UPDATE OR DELETE ON campaign_texts
    FOR EACH ROW EXECUTE FUNCTION search_follows_campaign_text();

SELECT search_case(id) FROM urgent_actions WHERE case_is_shown(state);
SELECT search_defender(id) FROM defenders;
SELECT search_campaign(id) FROM campaigns;
"""

_TRIGGERS = {
    "urgent_actions": ("search_follows_new_case", "search_follows_case"),
    "bulletins": ("search_follows_bulletin",),
    "bulletin_texts": ("search_follows_bulletin_text",),
    "defenders": ("search_follows_defender", "give_defender_slug"),
    "defender_texts": ("search_follows_defender_text",),
    "campaigns": ("search_follows_campaign",),
    "campaign_texts": ("search_follows_campaign_text",),
}
_FUNCTIONS = (
    "search_follows_case()", "search_follows_bulletin()", "search_follows_bulletin_text()", "search_follows_defender()",
    "search_follows_defender_text()", "search_follows_person(uuid)", "search_follows_campaign()",
    "search_follows_campaign_text()", "search_campaign(uuid)", "search_defender(uuid)", "search_case(uuid)",
    "search_unnamed(defenders, text, tsvector)", "search_names(defenders)", "bulletin_is_shown(bulletins)",
    "case_is_shown(text)", "give_defender_slug()", "search_query(text)", "search_vector(text, text)",
    "search_config(text)", "search_fold_in(text, text)", "search_fold(text)",
)  # fmt: skip


def upgrade() -> None:
    op.add_column("defender_texts", sa.Column("story", sa.Text(), server_default="", nullable=False))
    op.add_column("defenders", sa.Column("slug", sa.Text(), nullable=True))
    op.create_unique_constraint("uq_defenders_slug", "defenders", ["slug"])
    op.create_table(
        "search_documents",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.UUID(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("case_id", sa.UUID(), nullable=True),
        sa.Column("readers", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("heading", postgresql.TSVECTOR(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('case', 'bulletin', 'defender', 'campaign')", name="search_document_kind_known"),
        sa.CheckConstraint("(case_id IS NOT NULL) = (kind IN ('case', 'bulletin'))", name="search_document_has_case"),
        sa.ForeignKeyConstraint(
            ["case_id"], ["urgent_actions.id"], name="fk_search_documents_case_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("kind", "subject_id", "language", name="pk_search_documents"),
        postgresql_with={"toast_tuple_target": 512},  # what is not ranked lies apart, so that ranking reads few pages
    )
    op.create_index("ix_search_documents_case_id", "search_documents", ["case_id"])
    op.create_index("ix_search_documents_words", "search_documents", ["words"], postgresql_using="gin")
    for block in (FOLDING, ADDRESSES, DOCUMENTS, TRIGGERS):
        op.get_bind().exec_driver_sql(block.replace("%", "%%"))


def downgrade() -> None:
    for table, names in _TRIGGERS.items():
        for name in names:
            op.execute(f"DROP TRIGGER {name} ON {table}")
    for function in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.drop_table("search_documents")
    op.drop_constraint("uq_defenders_slug", "defenders", type_="unique")
    op.drop_column("defenders", "slug")
    op.drop_column("defender_texts", "story")
