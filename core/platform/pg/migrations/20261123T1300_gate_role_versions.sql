-- A market's own roles as its operator edited them: every version with what was before it, so
-- that each can be undone. The rows are evidence and stay.
CREATE TABLE gate_role_versions (
  tenant_id uuid NOT NULL, version bigint NOT NULL,
  at timestamptz NOT NULL, actor text NOT NULL, actor_name text NOT NULL DEFAULT '', role text NOT NULL, note text NOT NULL DEFAULT '',
  before jsonb NOT NULL, after jsonb NOT NULL,
  PRIMARY KEY (tenant_id, version)
);
SELECT kontor_tenant_table('gate_role_versions');
REVOKE UPDATE, DELETE ON gate_role_versions FROM kontor_app;

-- The policy version lies in a table that only the control role writes, and has to rise in
-- the same transaction as the lines: every node reads a market's roles anew when it does.
CREATE FUNCTION srch.policy_changed() RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  UPDATE public.tenancy_tenants SET policy_version = policy_version + 1 WHERE id = current_setting('app.tenant_id')::uuid RETURNING policy_version
$$;
REVOKE ALL ON FUNCTION srch.policy_changed() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION srch.policy_changed() TO kontor_app;
