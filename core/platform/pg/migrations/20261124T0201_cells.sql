-- Cells: a database with the processes that serve it is one cell, and a marketplace lives in
-- one of them. Which cells there are and where each marketplace is, is kept in one of the
-- databases alone, the control one; the others have the tables and leave them empty. All of
-- it is known before there is a tenant.
CREATE TABLE cells_cells (
  name text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9-]{0,29}$'),
  address text NOT NULL, -- at which its processes answer the other cells'
  sealed bytea,          -- how its database is reached, under the house's master key
  added_at timestamptz NOT NULL
);
INSERT INTO cells_cells (name, address, added_at) VALUES ('main', '', now());
-- Who is nowhere here is in main.
CREATE TABLE cells_placements (
  tenant_id uuid PRIMARY KEY, slug text NOT NULL UNIQUE,
  cell text NOT NULL REFERENCES cells_cells (name), changed_at timestamptz NOT NULL
);
CREATE INDEX ON cells_placements (cell);
CREATE TABLE cells_hosts (host text PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES cells_placements (tenant_id) ON DELETE CASCADE);
CREATE INDEX ON cells_hosts (tenant_id);
-- The decision of a move is this row's phase: of a flip and an abort at once one comes first.
CREATE TABLE cells_moves (
  tenant_id uuid PRIMARY KEY, run_id uuid NOT NULL, source text NOT NULL, target text NOT NULL,
  phase text NOT NULL CHECK (phase IN ('copying','flipped','aborted','settled')),
  changed_at timestamptz NOT NULL
);

-- In the database that a marketplace leaves: its units are counted from when the row is
-- there, and refused while it is shut. A mover that dies opens it again by its time alone.
CREATE TABLE cells_fences (tenant_id uuid PRIMARY KEY, shut_until timestamptz, moved_at timestamptz, purged_at timestamptz);
CREATE INDEX ON cells_fences (moved_at) WHERE purged_at IS NULL;
-- In the database that it comes to: how far the changes have been taken over.
CREATE TABLE cells_arrivals (tenant_id uuid PRIMARY KEY, run_id uuid NOT NULL, lsn pg_lsn NOT NULL, touched text[] NOT NULL DEFAULT '{}');

GRANT SELECT ON cells_fences, cells_placements, cells_hosts TO kontor_app;
GRANT SELECT (name, address) ON cells_cells TO kontor_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON cells_cells, cells_placements, cells_hosts, cells_moves, cells_fences, cells_arrivals TO kontor_control;

CREATE FUNCTION kontor_fence_key(t uuid) RETURNS bigint LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS
$$ SELECT hashtextextended('kontor fence ' || t::text, 0) $$;
-- Every unit of a marketplace that is about to leave takes this lock with others; the mover
-- asks for it alone. From then on no unit gets it, and the mover has it when the last one
-- that did has ended. The row is read after the lock, so nothing slips through between.
CREATE FUNCTION kontor_fence(t uuid) RETURNS text LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public AS $$
BEGIN
  IF NOT pg_try_advisory_xact_lock_shared(kontor_fence_key(t))
    OR EXISTS (SELECT FROM cells_fences f WHERE f.tenant_id = t AND (f.moved_at IS NOT NULL OR f.shut_until > clock_timestamp())) THEN
    RAISE EXCEPTION 'tenant % is being moved', t USING ERRCODE = 'KM001';
  END IF;
  RETURN '';
END $$;

ALTER TABLE tenancy_tenants DROP CONSTRAINT tenancy_tenants_state_check;
ALTER TABLE tenancy_tenants ADD CONSTRAINT tenancy_tenants_state_check
  CHECK (state IN ('draft','provisioning','active','read_only','suspended','closing','deleted','moved'));
ALTER TABLE tenancy_runs DROP CONSTRAINT tenancy_runs_workflow_check;
ALTER TABLE tenancy_runs ADD CONSTRAINT tenancy_runs_workflow_check CHECK (workflow IN ('provision','export','delete','import','rotate','move'));

-- What a marketplace left behind goes like what a deleted one had.
CREATE OR REPLACE FUNCTION tenancy_purge(t uuid, tab text, most int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE n bigint; c regclass;
BEGIN
  IF NOT EXISTS (SELECT FROM public.tenancy_tenants x WHERE x.id = t AND (x.state = 'deleted'
      OR x.state = 'moved' AND EXISTS (SELECT FROM public.cells_fences f WHERE f.tenant_id = t AND f.moved_at IS NOT NULL))) THEN
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
