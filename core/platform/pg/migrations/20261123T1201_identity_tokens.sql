-- Letters that stand for a password once, such as the one after a forgotten password. The
-- letter holds the token, this table its SHA-256.
CREATE TABLE identity_tokens (
  tenant_id uuid NOT NULL, token_hash bytea NOT NULL, person_id uuid NOT NULL, kind text NOT NULL CHECK (kind IN ('reset')),
  created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, used_at timestamptz,
  PRIMARY KEY (tenant_id, token_hash),
  FOREIGN KEY (tenant_id, person_id) REFERENCES identity_people (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX ON identity_tokens (tenant_id, person_id);
CREATE INDEX ON identity_tokens (tenant_id, expires_at);
SELECT kontor_tenant_table('identity_tokens');
