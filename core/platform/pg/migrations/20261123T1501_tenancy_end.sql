-- The end of a marketplace. What the law has somebody keep is copied out of its tables,
-- without who it is about, and goes when its term has passed.
CREATE TABLE tenancy_holds (
  tenant_id uuid NOT NULL, what text NOT NULL, until date NOT NULL, why text NOT NULL, rows bigint NOT NULL,
  PRIMARY KEY (tenant_id, what)
);
CREATE TABLE tenancy_held (
  tenant_id uuid NOT NULL, what text NOT NULL, table_name text NOT NULL, position bigint NOT NULL, data jsonb NOT NULL,
  PRIMARY KEY (tenant_id, what, table_name, position)
);
SELECT kontor_tenant_table('tenancy_holds'), kontor_tenant_table('tenancy_held');

-- Rows that the application itself may never remove go with their marketplace: by the
-- control role alone, of a tenant that is deleted, out of tables that belong to tenants.
CREATE FUNCTION tenancy_purge(t uuid, tab text, most int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE n bigint; c regclass;
BEGIN
  IF NOT EXISTS (SELECT FROM public.tenancy_tenants x WHERE x.id = t AND x.state = 'deleted') THEN
    RAISE EXCEPTION 'tenant % is not deleted', t;
  END IF;
  SELECT k.oid INTO c FROM pg_class k JOIN pg_attribute a ON a.attrelid = k.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
    WHERE k.relnamespace = 'public'::regnamespace AND k.relname = tab AND k.relkind IN ('r','p') AND k.relforcerowsecurity;
  IF c IS NULL THEN
    RAISE EXCEPTION '% belongs to no tenant', tab;
  END IF;
  IF most > 0 THEN
    EXECUTE format('DELETE FROM %s WHERE tenant_id = $1 AND ctid = ANY (ARRAY(SELECT ctid FROM %s WHERE tenant_id = $1 LIMIT $2))', c, c) USING t, most;
  ELSE
    EXECUTE format('DELETE FROM %s WHERE tenant_id = $1', c) USING t;
  END IF;
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN n;
END $$;
-- Whose term has passed. It tells tenants and terms alone.
CREATE FUNCTION tenancy_holds_due(today date) RETURNS TABLE (tenant_id uuid, what text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT h.tenant_id, h.what FROM public.tenancy_holds h WHERE h.until < today LIMIT 100 $$;
REVOKE EXECUTE ON FUNCTION tenancy_purge(uuid, text, int), tenancy_holds_due(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy_purge(uuid, text, int), tenancy_holds_due(date) TO kontor_control;

-- An import that fails leaves nothing behind, not even its name.
ALTER TABLE tenancy_runs DROP CONSTRAINT tenancy_runs_workflow_check;
ALTER TABLE tenancy_runs ADD CONSTRAINT tenancy_runs_workflow_check CHECK (workflow IN ('provision','export','delete','import'));
GRANT DELETE ON tenancy_tenants TO kontor_control;
