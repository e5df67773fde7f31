-- What a list or a search reads: one narrow row per published item, apart from the item's
-- own wide row, so that ranking a thousand hits touches few pages.
--   name     the sort key, in lower case
--   price    lowest public price per unit of the item, for sorting only; the largest number where there is none
--   newness  minus the moment of listing in microseconds, so that every sort ascends
--   tsv      words and pairs made by the application, and exact terms: '=all:', '=@:<category path>',
--            '=#:<seller>', '=<attribute>:<value>'
DROP INDEX catalog_items_tsv;
ALTER TABLE catalog_items DROP COLUMN tsv;
CREATE TABLE catalog_listings (
  tenant_id uuid NOT NULL, item_id uuid NOT NULL,
  name text COLLATE "C" NOT NULL, price bigint NOT NULL DEFAULT 9223372036854775807, newness bigint NOT NULL,
  tsv tsvector NOT NULL,
  PRIMARY KEY (tenant_id, item_id),
  FOREIGN KEY (tenant_id, item_id) REFERENCES catalog_items (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX catalog_listings_newness ON catalog_listings (tenant_id, newness, item_id);
CREATE INDEX catalog_listings_tsv ON catalog_listings USING gin (tenant_id, tsv) WITH (fastupdate = off);
SELECT kontor_tenant_table('catalog_listings');
-- The waiting room of the catalogue's reviewers, and a seller's own submissions.
CREATE INDEX catalog_items_state ON catalog_items (tenant_id, state, id);
CREATE INDEX catalog_items_seller ON catalog_items (tenant_id, seller_id, id);
CREATE INDEX catalog_offers_state ON catalog_offers (tenant_id, seller_id, state, id);

-- The search functions run as the owner, because @@ cannot use its index below a row-level
-- policy. The tenant is the setting's and nobody's to pass; without the setting they fail.

-- Items in order after a key (n, s, id). wanted is what an item must match; in_name, where
-- it is given, the same words in its name; exact, in its codes.
CREATE FUNCTION srch.catalog_items(wanted text, in_name text, exact text, ranges jsonb, sort text,
  after_n bigint, after_s text, after_id uuid, lim int)
RETURNS TABLE (item_id uuid, n bigint, s text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off AS $$
#variable_conflict use_column
DECLARE
  me constant uuid := current_setting('app.tenant_id')::uuid;
  w constant tsquery := wanted::tsquery;
  a constant tsquery := nullif(in_name, '')::tsquery;
  e constant tsquery := nullif(exact, '')::tsquery;
  from_n constant bigint := coalesce(after_n, -9223372036854775808);
  from_s constant text := coalesce(after_s, '');
  from_id constant uuid := coalesce(after_id, '00000000-0000-0000-0000-000000000000');
  cap constant int := least(greatest(lim, 0), 1001);
BEGIN
  IF sort = 'newest' AND wanted = '''=all:''' AND ranges IS NULL THEN
    RETURN QUERY SELECT l.item_id, l.newness, ''::text FROM catalog_listings l
      WHERE l.tenant_id = me AND (l.newness, l.item_id) > (from_n, from_id)
      ORDER BY l.newness, l.item_id LIMIT cap;
    RETURN;
  END IF;
  RETURN QUERY SELECT h.item_id, h.n, h.s FROM (
    SELECT l.item_id,
      CASE sort
        WHEN 'relevance' THEN least(length(l.name), 9999)
          + CASE WHEN e IS NOT NULL AND l.tsv @@ e THEN 0 WHEN a IS NULL OR l.tsv @@ a THEN 10000 ELSE 20000 END
        WHEN 'newest' THEN l.newness
        WHEN 'price' THEN l.price
        WHEN 'price_desc' THEN CASE l.price WHEN 9223372036854775807 THEN l.price ELSE -l.price END
        ELSE 0 END AS n,
      CASE sort WHEN 'name' THEN l.name ELSE '' END AS s
    FROM catalog_listings l
    WHERE l.tenant_id = me AND l.tsv @@ w
      AND (ranges IS NULL OR l.item_id IN (
        SELECT f.item_id FROM jsonb_to_recordset(ranges) r(key text, low bigint, high bigint)
        JOIN catalog_facets f ON f.tenant_id = me AND f.key = r.key AND f.num_micro BETWEEN r.low AND r.high
        GROUP BY f.item_id HAVING count(DISTINCT f.key) = jsonb_array_length(ranges)))) h
    WHERE (h.n, h.s, h.item_id) > (from_n, from_s, from_id)
    ORDER BY h.n, h.s, h.item_id LIMIT cap;
END $$;

-- Counts beside a list. Each set is {"wanted", "ranges", "keys", "total"}: a facet that the
-- person has chosen from is counted without its own choice, so that he can widen it.
-- At most cap items are looked at; the row without a key is the number of hits, up to 1,001.
CREATE FUNCTION srch.catalog_facets(sets jsonb, cap int)
RETURNS TABLE (key text, term text, items bigint, low bigint, high bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off AS $$
#variable_conflict use_column
DECLARE
  me constant uuid := current_setting('app.tenant_id')::uuid;
  one jsonb; w tsquery; asked text[]; ranges jsonb; hits uuid[];
BEGIN
  FOR one IN SELECT * FROM jsonb_array_elements(sets) LIMIT 8 LOOP
    w := (one->>'wanted')::tsquery;
    ranges := nullif(one->'ranges', 'null'::jsonb);
    asked := ARRAY(SELECT jsonb_array_elements_text(one->'keys'));
    hits := ARRAY(SELECT l.item_id FROM catalog_listings l
      WHERE l.tenant_id = me AND l.tsv @@ w
        AND (ranges IS NULL OR l.item_id IN (
          SELECT f.item_id FROM jsonb_to_recordset(ranges) r(key text, low bigint, high bigint)
          JOIN catalog_facets f ON f.tenant_id = me AND f.key = r.key AND f.num_micro BETWEEN r.low AND r.high
          GROUP BY f.item_id HAVING count(DISTINCT f.key) = jsonb_array_length(ranges)))
      LIMIT least(cap, 50000));
    IF (one->>'total')::boolean THEN
      RETURN QUERY SELECT ''::text, ''::text, least(cardinality(hits), 1001)::bigint, NULL::bigint, NULL::bigint;
    END IF;
    RETURN QUERY SELECT f.key, CASE WHEN f.num_micro IS NULL THEN f.term ELSE '' END, count(*), min(f.num_micro), max(f.num_micro)
      FROM unnest(hits) h(id) JOIN catalog_facets f ON f.tenant_id = me AND f.item_id = h.id AND f.key = ANY (asked)
      GROUP BY 1, 2;
  END LOOP;
END $$;

REVOKE ALL ON FUNCTION srch.catalog_items(text, text, text, jsonb, text, bigint, text, uuid, int) FROM PUBLIC;
REVOKE ALL ON FUNCTION srch.catalog_facets(jsonb, int) FROM PUBLIC;
GRANT USAGE ON SCHEMA srch TO kontor_app;
GRANT EXECUTE ON FUNCTION srch.catalog_items(text, text, text, jsonb, text, bigint, text, uuid, int) TO kontor_app;
GRANT EXECUTE ON FUNCTION srch.catalog_facets(jsonb, int) TO kontor_app;
