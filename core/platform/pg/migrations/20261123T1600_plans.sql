-- Plans and who has which: known before there is a tenant, written by the control role. A
-- version of a plan is never changed; a new one is added beside it.
CREATE TABLE plans_plans (
  code text NOT NULL CHECK (code ~ '^[a-z][a-z0-9-]*$'), version int NOT NULL CHECK (version > 0),
  names jsonb NOT NULL, limits jsonb NOT NULL, features text[] NOT NULL, soft_percent int NOT NULL CHECK (soft_percent BETWEEN 1 AND 99),
  note text NOT NULL DEFAULT '', created_by text NOT NULL, created_at timestamptz NOT NULL,
  PRIMARY KEY (code, version)
);
CREATE TABLE plans_subscriptions (
  tenant_id uuid PRIMARY KEY REFERENCES tenancy_tenants (id),
  plan text NOT NULL, plan_version int NOT NULL, since timestamptz NOT NULL,
  revision bigint NOT NULL, version bigint NOT NULL DEFAULT 1,
  FOREIGN KEY (plan, plan_version) REFERENCES plans_plans (code, version)
);
CREATE INDEX ON plans_subscriptions (plan, plan_version);
-- What a marketplace has beside its plan: why, and until when. What has ended is kept.
CREATE TABLE plans_overrides (
  tenant_id uuid NOT NULL REFERENCES plans_subscriptions (tenant_id), id uuid NOT NULL,
  name text NOT NULL, amount bigint NOT NULL CHECK (amount >= 0), reason text NOT NULL,
  created_by text NOT NULL, created_at timestamptz NOT NULL, ends_at timestamptz, withdrawn_at timestamptz,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX plans_overrides_open ON plans_overrides (tenant_id, name) WHERE withdrawn_at IS NULL;
-- Goes up with every change of the three, so that each process sees with one look whether
-- what it remembers is still true.
CREATE TABLE plans_revision (one boolean PRIMARY KEY CHECK (one), revision bigint NOT NULL);
INSERT INTO plans_revision VALUES (true, 0);
GRANT SELECT ON plans_revision TO kontor_app, kontor_control;
GRANT UPDATE ON plans_revision TO kontor_control;
GRANT SELECT, INSERT ON plans_plans TO kontor_control;
GRANT SELECT, INSERT, UPDATE ON plans_subscriptions, plans_overrides TO kontor_control;
