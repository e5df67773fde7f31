-- Programs that call the API. An account without a company is the marketplace's own. Who
-- answers for it is a person: limits and four eyes count him.
CREATE TABLE access_accounts (
  tenant_id uuid NOT NULL, id uuid NOT NULL, org_id uuid, name text NOT NULL, purpose text NOT NULL DEFAULT '',
  roles text[] NOT NULL, responsible uuid NOT NULL, created_at timestamptz NOT NULL, ended_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, org_id) REFERENCES parties_orgs (tenant_id, id),
  FOREIGN KEY (tenant_id, responsible) REFERENCES identity_people (tenant_id, id)
);
CREATE INDEX ON access_accounts (tenant_id, org_id);
CREATE INDEX ON access_accounts (tenant_id, responsible);

-- hash is SHA-256 of the key, which holds 256 random bits; the key itself is kept nowhere.
CREATE TABLE access_keys (
  tenant_id uuid NOT NULL, id uuid NOT NULL, service_id uuid NOT NULL, public_id text NOT NULL, hash bytea NOT NULL CHECK (length(hash) = 32),
  scopes text[] NOT NULL, networks text[] NOT NULL DEFAULT '{}', made_by uuid NOT NULL,
  created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, revoked_at timestamptz, warned_at timestamptz,
  used_at timestamptz, used_from text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, public_id),
  FOREIGN KEY (tenant_id, service_id) REFERENCES access_accounts (tenant_id, id),
  FOREIGN KEY (tenant_id, made_by) REFERENCES identity_people (tenant_id, id)
);
CREATE INDEX ON access_keys (tenant_id, service_id);
CREATE INDEX ON access_keys (tenant_id, made_by);
CREATE INDEX access_keys_expiring ON access_keys (tenant_id, expires_at) WHERE revoked_at IS NULL AND warned_at IS NULL;
SELECT kontor_tenant_table(t) FROM unnest(ARRAY['access_accounts','access_keys']::regclass[]) t;
