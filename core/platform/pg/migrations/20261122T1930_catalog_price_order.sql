-- Lists are sorted by the floor that pricing keeps anyway. A copy of it on the listing was
-- written with every price, and each write moved a wide row and its index entries.
DROP FUNCTION srch.catalog_items(text, text, text, jsonb, text, bigint, text, uuid, int);
ALTER TABLE catalog_listings DROP COLUMN price;

-- Items in order after a key (n, s, id). wanted is what an item must match; in_name, where
-- it is given, the same words in its name; exact, in its codes. Items without a public
-- price come last in either direction of price.
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
  nobody constant uuid := '00000000-0000-0000-0000-000000000000';
  cap constant int := least(greatest(lim, 0), 1001);
BEGIN
  IF sort = 'newest' AND wanted = '''=all:''' AND ranges IS NULL THEN
    RETURN QUERY SELECT l.item_id, l.newness, ''::text FROM catalog_listings l
      WHERE l.tenant_id = me AND (l.newness, l.item_id) > (from_n, from_id)
      ORDER BY l.newness, l.item_id LIMIT cap;
    RETURN;
  END IF;
  IF sort IN ('price', 'price_desc') THEN
    RETURN QUERY SELECT h.item_id, h.n, ''::text FROM (
      SELECT l.item_id, CASE WHEN f.price_micro IS NULL OR f.price_micro = 0 THEN 9223372036854775807 WHEN sort = 'price' THEN f.comparable ELSE -f.comparable END AS n
      FROM catalog_listings l LEFT JOIN pricing_floors f ON f.tenant_id = me AND f.item_id = l.item_id AND f.buyer_id = nobody
      WHERE l.tenant_id = me AND l.tsv @@ w
        AND (ranges IS NULL OR l.item_id IN (
          SELECT f.item_id FROM jsonb_to_recordset(ranges) r(key text, low bigint, high bigint)
          JOIN catalog_facets f ON f.tenant_id = me AND f.key = r.key AND f.num_micro BETWEEN r.low AND r.high
          GROUP BY f.item_id HAVING count(DISTINCT f.key) = jsonb_array_length(ranges)))) h
      WHERE (h.n, h.item_id) > (from_n, from_id) ORDER BY h.n, h.item_id LIMIT cap;
    RETURN;
  END IF;
  RETURN QUERY SELECT h.item_id, h.n, h.s FROM (
    SELECT l.item_id,
      CASE sort
        WHEN 'relevance' THEN least(length(l.name), 9999)
          + CASE WHEN e IS NOT NULL AND l.tsv @@ e THEN 0 WHEN a IS NULL OR l.tsv @@ a THEN 10000 ELSE 20000 END
        WHEN 'newest' THEN l.newness
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
REVOKE ALL ON FUNCTION srch.catalog_items(text, text, text, jsonb, text, bigint, text, uuid, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION srch.catalog_items(text, text, text, jsonb, text, bigint, text, uuid, int) TO kontor_app;
