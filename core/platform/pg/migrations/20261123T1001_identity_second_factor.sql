-- A person's code generator: its secret is sealed by the vault, and used_step is the last
-- step of time whose code was taken, so that no code opens twice.
CREATE TABLE identity_factors (
  tenant_id uuid NOT NULL, person_id uuid NOT NULL, sealed bytea NOT NULL,
  created_at timestamptz NOT NULL, confirmed_at timestamptz, used_step bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, person_id),
  FOREIGN KEY (tenant_id, person_id) REFERENCES identity_people (tenant_id, id) ON DELETE CASCADE
);
-- Recovery codes are 80 random bits each, so a plain hash of them tells nothing.
CREATE TABLE identity_recovery_codes (
  tenant_id uuid NOT NULL, person_id uuid NOT NULL, code_hash bytea NOT NULL, used_at timestamptz,
  PRIMARY KEY (tenant_id, person_id, code_hash),
  FOREIGN KEY (tenant_id, person_id) REFERENCES identity_factors (tenant_id, person_id) ON DELETE CASCADE
);
-- Somebody whose password was right and whose code is still to come. It is no session:
-- nothing looks it up but the second step. person_version ends it when the password or
-- the person's state changes meanwhile.
CREATE TABLE identity_pending (
  tenant_id uuid NOT NULL, ticket_hash bytea NOT NULL, person_id uuid NOT NULL, person_version bigint NOT NULL,
  expires_at timestamptz NOT NULL, tries int NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, ticket_hash),
  FOREIGN KEY (tenant_id, person_id) REFERENCES identity_people (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX ON identity_pending (tenant_id, person_id);
CREATE INDEX ON identity_pending (tenant_id, expires_at);
SELECT kontor_tenant_table(t) FROM unnest(ARRAY['identity_factors','identity_recovery_codes','identity_pending']) t;

-- When the person behind a session last proved who he is; NULL is when it began.
ALTER TABLE identity_sessions ADD COLUMN proved_at timestamptz;
