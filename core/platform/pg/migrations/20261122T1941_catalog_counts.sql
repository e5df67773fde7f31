-- Counting beside a list walked the facet values item by item, text by text. Now each
-- listing carries its values as numbers, which the ranking has in its hands anyway; what
-- a number stands for is looked up once per distinct value.
--   id  hashtextextended(key || chr(1) || term, 0)
CREATE TABLE catalog_terms (
  tenant_id uuid NOT NULL, id bigint NOT NULL, key text NOT NULL, term text NOT NULL, num_micro bigint,
  PRIMARY KEY (tenant_id, id)
);
SELECT kontor_tenant_table('catalog_terms');
ALTER TABLE catalog_listings ADD COLUMN terms bigint[] NOT NULL DEFAULT '{}';
INSERT INTO catalog_terms SELECT DISTINCT ON (tenant_id, key, term) tenant_id, hashtextextended(key || chr(1) || term, 0), key, term, num_micro FROM catalog_facets;
UPDATE catalog_listings l SET terms = f.terms FROM (
  SELECT tenant_id, item_id, array_agg(hashtextextended(key || chr(1) || term, 0)) AS terms FROM catalog_facets GROUP BY 1, 2) f
  WHERE f.tenant_id = l.tenant_id AND f.item_id = l.item_id;

CREATE OR REPLACE FUNCTION srch.catalog_facets(sets jsonb, cap int)
RETURNS TABLE (key text, term text, items bigint, low bigint, high bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off AS $$
#variable_conflict use_column
DECLARE
  me constant uuid := current_setting('app.tenant_id')::uuid;
  one jsonb; w tsquery; asked text[]; ranges jsonb; whole boolean;
BEGIN
  FOR one IN SELECT * FROM jsonb_array_elements(sets) LIMIT 8 LOOP
    w := (one->>'wanted')::tsquery;
    ranges := nullif(one->'ranges', 'null'::jsonb);
    asked := ARRAY(SELECT jsonb_array_elements_text(one->'keys'));
    whole := (one->>'total')::boolean;
    RETURN QUERY
      WITH hit AS MATERIALIZED (
        SELECT l.terms FROM catalog_listings l
        WHERE l.tenant_id = me AND l.tsv @@ w
          AND (ranges IS NULL OR l.item_id IN (
            SELECT f.item_id FROM jsonb_to_recordset(ranges) r(key text, low bigint, high bigint)
            JOIN catalog_facets f ON f.tenant_id = me AND f.key = r.key AND f.num_micro BETWEEN r.low AND r.high
            GROUP BY f.item_id HAVING count(DISTINCT f.key) = jsonb_array_length(ranges)))
        LIMIT least(cap, 50000)),
      counted AS (SELECT t.id, count(*) AS n FROM hit, unnest(hit.terms) t(id) GROUP BY t.id)
      SELECT ''::text, ''::text, least(count(*), 1001), NULL::bigint, NULL::bigint FROM hit HAVING whole
      UNION ALL
      SELECT d.key, CASE WHEN d.num_micro IS NULL THEN d.term ELSE '' END, sum(c.n)::bigint, min(d.num_micro), max(d.num_micro)
      FROM counted c JOIN catalog_terms d ON d.tenant_id = me AND d.id = c.id WHERE d.key = ANY (asked) GROUP BY 1, 2;
  END LOOP;
END $$;
