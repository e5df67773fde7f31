-- The life of a marketplace as work in steps: made, exported, deleted. A process may die at
-- any of them, so each step is kept with how often it was tried and what went wrong.
ALTER TABLE tenancy_tenants DROP CONSTRAINT tenancy_tenants_state_check;
ALTER TABLE tenancy_tenants ADD CONSTRAINT tenancy_tenants_state_check
  CHECK (state IN ('draft','provisioning','active','read_only','suspended','closing','deleted'));
-- Until when a closing market's data can be fetched.
ALTER TABLE tenancy_tenants ADD COLUMN closes_at timestamptz;

-- A run belongs to the tenant that asked for it; about is the market that it is done to.
-- due_at is when somebody should look after it again: whoever works at it puts that off.
-- round names the one who does: a second one that comes by finds the round gone.
CREATE TABLE tenancy_runs (
  tenant_id uuid NOT NULL, id uuid NOT NULL,
  workflow text NOT NULL CHECK (workflow IN ('provision','export','delete')),
  about uuid NOT NULL, slug text NOT NULL,
  state text NOT NULL CHECK (state IN ('open','done','failed')),
  input jsonb NOT NULL DEFAULT '{}', note text NOT NULL DEFAULT '',
  started_by text NOT NULL, started_at timestamptz NOT NULL, ended_at timestamptz,
  round int NOT NULL DEFAULT 0, due_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX tenancy_runs_about ON tenancy_runs (tenant_id, about, id);
CREATE UNIQUE INDEX tenancy_runs_one ON tenancy_runs (tenant_id, about, workflow) WHERE state = 'open';
CREATE INDEX tenancy_runs_due ON tenancy_runs (due_at) WHERE state = 'open';
CREATE TABLE tenancy_steps (
  tenant_id uuid NOT NULL, run_id uuid NOT NULL, position int NOT NULL, step text NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting','running','done','failed')),
  attempts int NOT NULL DEFAULT 0, error text NOT NULL DEFAULT '',
  done bigint NOT NULL DEFAULT 0, total bigint NOT NULL DEFAULT 0, notes jsonb NOT NULL DEFAULT '{}',
  begun_at timestamptz, ended_at timestamptz,
  PRIMARY KEY (tenant_id, run_id, step),
  FOREIGN KEY (tenant_id, run_id) REFERENCES tenancy_runs (tenant_id, id)
);
SELECT kontor_tenant_table('tenancy_runs'), kontor_tenant_table('tenancy_steps');

-- Which runs nobody looks after. It looks over all tenants, so it runs as its owner, tells
-- identifiers alone, and only the control role may ask.
CREATE FUNCTION tenancy_runs_due(before timestamptz) RETURNS TABLE (tenant_id uuid, id uuid, round int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT r.tenant_id, r.id, r.round FROM public.tenancy_runs r WHERE r.state = 'open' AND r.due_at <= before ORDER BY r.due_at LIMIT 100 $$;
REVOKE EXECUTE ON FUNCTION tenancy_runs_due(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenancy_runs_due(timestamptz) TO kontor_control;
