-- The bones: what every tenant table gets, the tables that have no tenant, and what the
-- platform itself keeps (events, audit, decisions, idempotency, files).
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE SCHEMA IF NOT EXISTS srch; -- search functions: SECURITY DEFINER, tenant from the setting only

-- tenant_table gives a table the isolation that trust.md R2-R4 asks for: a permissive
-- policy that allows and a restrictive one that binds to the tenant. The setting is read
-- without missing_ok, so that forgetting the tenant is an error and not an empty list.
CREATE FUNCTION kontor_tenant_table(t regclass) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', t);
  EXECUTE format('CREATE POLICY everyone ON %s USING (true) WITH CHECK (true)', t);
  EXECUTE format('CREATE POLICY tenant ON %s AS RESTRICTIVE USING (tenant_id = current_setting(''app.tenant_id'')::uuid) WITH CHECK (tenant_id = current_setting(''app.tenant_id'')::uuid)', t);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO kontor_app', t);
END $$;

-- Reference tables: known before there is a tenant, read-only to the application role;
-- the control role writes them.
CREATE TABLE tenancy_tenants (
  id uuid PRIMARY KEY,
  slug text NOT NULL UNIQUE,
  kind text NOT NULL CHECK (kind IN ('open','vertical','portal','single','platform')),
  state text NOT NULL CHECK (state IN ('draft','active','read_only','suspended','closing','deleted')),
  name jsonb NOT NULL,
  settings jsonb NOT NULL,
  blueprint text NOT NULL DEFAULT '',
  blueprint_hash text NOT NULL DEFAULT '',
  policy_version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  version bigint NOT NULL DEFAULT 1
);
CREATE TABLE tenancy_hosts (
  host text PRIMARY KEY CHECK (host = lower(host)),
  tenant_id uuid NOT NULL REFERENCES tenancy_tenants(id),
  canonical boolean NOT NULL DEFAULT false
);
CREATE INDEX ON tenancy_hosts (tenant_id);
GRANT SELECT ON tenancy_tenants, tenancy_hosts TO kontor_app, kontor_control;
GRANT INSERT, UPDATE ON tenancy_tenants TO kontor_control;
GRANT INSERT, UPDATE, DELETE ON tenancy_hosts TO kontor_control;

-- What happened: the outbox that the relay empties, and the record that nobody changes.
CREATE TABLE event_outbox (
  tenant_id uuid NOT NULL, id uuid NOT NULL,
  name text NOT NULL, subject_kind text NOT NULL, subject_id text NOT NULL,
  data jsonb NOT NULL, actor text NOT NULL, org_id uuid,
  at timestamptz NOT NULL, relayed_at timestamptz,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX event_outbox_waiting ON event_outbox (tenant_id, id) WHERE relayed_at IS NULL;
CREATE INDEX event_outbox_subject ON event_outbox (tenant_id, subject_kind, subject_id, id);
CREATE TABLE event_consumed (
  tenant_id uuid NOT NULL, consumer text NOT NULL, event_id uuid NOT NULL, at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, consumer, event_id)
);
-- seq, prev_hash and hash are null until the sealer links the row to the chain.
CREATE TABLE audit_entries (
  tenant_id uuid NOT NULL, id uuid NOT NULL,
  at timestamptz NOT NULL, actor text NOT NULL, actor_name text NOT NULL DEFAULT '', org_id uuid,
  action text NOT NULL, object_kind text NOT NULL, object_id text NOT NULL, outcome text NOT NULL,
  data jsonb NOT NULL, ip text NOT NULL DEFAULT '', request_id text NOT NULL DEFAULT '',
  seq bigint, prev_hash bytea, hash bytea,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_entries_object ON audit_entries (tenant_id, object_kind, object_id, id);
CREATE INDEX audit_entries_unsealed ON audit_entries (tenant_id, id) WHERE seq IS NULL;
CREATE UNIQUE INDEX audit_entries_seq ON audit_entries (tenant_id, seq);
CREATE TABLE policy_decisions (
  tenant_id uuid NOT NULL, id uuid NOT NULL, at timestamptz NOT NULL,
  actor text NOT NULL, action text NOT NULL, object text NOT NULL DEFAULT '',
  outcome text NOT NULL CHECK (outcome IN ('allow','review','deny')),
  reasons jsonb NOT NULL, input_hash text NOT NULL, policy_rev text NOT NULL, request_id text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX policy_decisions_outcome ON policy_decisions (tenant_id, outcome, id);
-- Roles as data (Casbin): ptype p = role may action; g = role inherits role.
CREATE TABLE gate_rules (
  tenant_id uuid NOT NULL, ptype text NOT NULL, v0 text NOT NULL, v1 text NOT NULL, source text NOT NULL,
  PRIMARY KEY (tenant_id, ptype, v0, v1)
);
CREATE TABLE web_idempotency (
  tenant_id uuid NOT NULL, actor text NOT NULL, key text NOT NULL,
  route text NOT NULL, body_hash bytea NOT NULL,
  state text NOT NULL CHECK (state IN ('started','done')), status int NOT NULL DEFAULT 0,
  headers jsonb, response bytea,
  created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, actor, key)
);
CREATE INDEX ON web_idempotency (tenant_id, expires_at);
CREATE TABLE blob_objects (
  tenant_id uuid NOT NULL, id uuid NOT NULL,
  name text NOT NULL, media_type text NOT NULL, size bigint NOT NULL, sha256 bytea NOT NULL,
  org_id uuid, public boolean NOT NULL DEFAULT false, created_by text NOT NULL, created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
-- Human numbers (order, RFQ, invoice) come from a row per kind and year, so that gaps
-- tell nothing about other tenants.
CREATE TABLE numbering_counters (
  tenant_id uuid NOT NULL, kind text NOT NULL, year int NOT NULL, value bigint NOT NULL,
  PRIMARY KEY (tenant_id, kind, year)
);
CREATE TABLE plugin_installations (
  tenant_id uuid NOT NULL, id uuid NOT NULL, plugin text NOT NULL, version text NOT NULL,
  config jsonb NOT NULL DEFAULT '{}', revision bigint NOT NULL DEFAULT 1, enabled boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, plugin)
);
-- One row per effect asked of a plugin, committed before the call (plugins.md 5.6).
CREATE TABLE plugin_operations (
  tenant_id uuid NOT NULL, id uuid NOT NULL, plugin text NOT NULL, rpc text NOT NULL, key text NOT NULL,
  request_hash bytea NOT NULL, request jsonb NOT NULL,
  state text NOT NULL CHECK (state IN ('pending','succeeded','failed','unknown')),
  result jsonb, error text NOT NULL DEFAULT '', attempts int NOT NULL DEFAULT 0, next_at timestamptz,
  created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, plugin, rpc, key)
);
CREATE INDEX ON plugin_operations (tenant_id, state, next_at);

SELECT kontor_tenant_table(t) FROM unnest(ARRAY['event_outbox','event_consumed','audit_entries','policy_decisions',
  'gate_rules','web_idempotency','blob_objects','numbering_counters','plugin_installations','plugin_operations']::regclass[]) t;
-- The record is append-only even for the application: it may seal a row, never rewrite or remove one.
REVOKE UPDATE, DELETE ON audit_entries, policy_decisions FROM kontor_app;
GRANT UPDATE (seq, prev_hash, hash) ON audit_entries TO kontor_app;
