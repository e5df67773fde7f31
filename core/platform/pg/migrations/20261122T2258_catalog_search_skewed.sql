-- A search's plan is kept, and made for a tenant of average size. Among ten thousand small
-- marketplaces that is five rows: reading them all by the primary key looks cheaper than the
-- words' index, and for the one with ten thousand items it is twenty times as dear. The
-- tenant is written here so that only the words' index can answer it.
DROP INDEX catalog_listings_tsv;
CREATE INDEX catalog_listings_tsv ON catalog_listings USING gin (uuid_send(tenant_id), tsv) WITH (fastupdate = off);

-- Items in order after a key (n, s, id). wanted is what an item must match; in_name, where
-- it is given, the same words in its name; exact, in its codes. Items without a public
-- price come last in either direction of price. Where counted is above 0, one more row
-- without an item says of all hits how many there are, up to 1,001, and which values the
-- first so many of them have.
CREATE OR REPLACE FUNCTION srch.catalog_items(wanted text, in_name text, exact text, ranges jsonb, sort text,
  after_n bigint, after_s text, after_id uuid, lim int, counted int)
RETURNS TABLE (item_id uuid, n bigint, s text, terms bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off AS $$
#variable_conflict use_column
DECLARE
  me constant uuid := current_setting('app.tenant_id')::uuid;
  mine constant bytea := uuid_send(me);
  w constant tsquery := wanted::tsquery;
  a constant tsquery := nullif(in_name, '')::tsquery;
  e constant tsquery := nullif(exact, '')::tsquery;
  from_n constant bigint := coalesce(after_n, -9223372036854775808);
  from_s constant text := coalesce(after_s, '');
  from_id constant uuid := coalesce(after_id, '00000000-0000-0000-0000-000000000000');
  nobody constant uuid := '00000000-0000-0000-0000-000000000000';
  cap constant int := least(greatest(lim, 0), 1001);
  most constant int := least(greatest(counted, 0), 50000);
BEGIN
  IF sort = 'newest' AND wanted = '''=all:''' AND ranges IS NULL THEN
    RETURN QUERY SELECT l.item_id, l.newness, ''::text, NULL::bytea FROM catalog_listings l
      WHERE l.tenant_id = me AND (l.newness, l.item_id) > (from_n, from_id)
      ORDER BY l.newness, l.item_id LIMIT cap;
    IF most > 0 THEN
      RETURN QUERY SELECT NULL::uuid, least(count(*), 1001), ''::text, string_agg(h.terms, '')
        FROM (SELECT l.terms FROM catalog_listings l WHERE l.tenant_id = me LIMIT most) h;
    END IF;
    RETURN;
  END IF;
  IF sort IN ('price', 'price_desc') THEN
    RETURN QUERY WITH hit AS (
      SELECT l.item_id, CASE WHEN f.price_micro IS NULL OR f.price_micro = 0 THEN 9223372036854775807 WHEN sort = 'price' THEN f.comparable ELSE -f.comparable END AS n, l.terms
      FROM catalog_listings l LEFT JOIN pricing_floors f ON f.tenant_id = me AND f.item_id = l.item_id AND f.buyer_id = nobody
      WHERE uuid_send(l.tenant_id) = mine AND l.tsv @@ w
        AND (ranges IS NULL OR l.item_id IN (
          SELECT f.item_id FROM jsonb_to_recordset(ranges) r(key text, low bigint, high bigint)
          JOIN catalog_facets f ON f.tenant_id = me AND f.key = r.key AND f.num_micro BETWEEN r.low AND r.high
          GROUP BY f.item_id HAVING count(DISTINCT f.key) = jsonb_array_length(ranges))))
      (SELECT h.item_id, h.n, ''::text, NULL::bytea FROM hit h WHERE (h.n, h.item_id) > (from_n, from_id) ORDER BY h.n, h.item_id LIMIT cap)
      UNION ALL SELECT NULL, least(count(*), 1001), '', string_agg(c.terms, '') FROM (SELECT h.terms FROM hit h LIMIT most) c HAVING most > 0;
    RETURN;
  END IF;
  RETURN QUERY WITH hit AS (
    SELECT l.item_id,
      CASE sort
        WHEN 'relevance' THEN least(length(l.name), 9999)
          + CASE WHEN e IS NOT NULL AND l.tsv @@ e THEN 0 WHEN a IS NULL OR l.tsv @@ a THEN 10000 ELSE 20000 END
        WHEN 'newest' THEN l.newness
        ELSE 0 END AS n,
      CASE sort WHEN 'name' THEN l.name ELSE '' END AS s, l.terms
    FROM catalog_listings l
    WHERE uuid_send(l.tenant_id) = mine AND l.tsv @@ w
      AND (ranges IS NULL OR l.item_id IN (
        SELECT f.item_id FROM jsonb_to_recordset(ranges) r(key text, low bigint, high bigint)
        JOIN catalog_facets f ON f.tenant_id = me AND f.key = r.key AND f.num_micro BETWEEN r.low AND r.high
        GROUP BY f.item_id HAVING count(DISTINCT f.key) = jsonb_array_length(ranges))))
    (SELECT h.item_id, h.n, h.s, NULL::bytea FROM hit h WHERE (h.n, h.s, h.item_id) > (from_n, from_s, from_id) ORDER BY h.n, h.s, h.item_id LIMIT cap)
    UNION ALL SELECT NULL, least(count(*), 1001), '', string_agg(c.terms, '') FROM (SELECT h.terms FROM hit h LIMIT most) c HAVING most > 0;
END $$;

-- What hits there would be, and their values, for a facet that is counted without the
-- person's own choice from it.
CREATE OR REPLACE FUNCTION srch.catalog_counts(wanted text, ranges jsonb, counted int)
RETURNS TABLE (n bigint, terms bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off AS $$
#variable_conflict use_column
DECLARE
  me constant uuid := current_setting('app.tenant_id')::uuid;
  mine constant bytea := uuid_send(me);
  w constant tsquery := wanted::tsquery;
  most constant int := least(greatest(counted, 0), 50000);
BEGIN
  RETURN QUERY SELECT least(count(*), 1001), string_agg(h.terms, '') FROM (
    SELECT l.terms FROM catalog_listings l
    WHERE uuid_send(l.tenant_id) = mine AND l.tsv @@ w
      AND (ranges IS NULL OR l.item_id IN (
        SELECT f.item_id FROM jsonb_to_recordset(ranges) r(key text, low bigint, high bigint)
        JOIN catalog_facets f ON f.tenant_id = me AND f.key = r.key AND f.num_micro BETWEEN r.low AND r.high
        GROUP BY f.item_id HAVING count(DISTINCT f.key) = jsonb_array_length(ranges)))
    LIMIT most) h;
END $$;
