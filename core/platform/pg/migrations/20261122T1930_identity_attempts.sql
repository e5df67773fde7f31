-- How often somebody tried to sign in to an account lately, shared by all nodes. The key
-- is a hash: an address that nobody has registered is slowed down like any other, and
-- what strangers typed is kept nowhere.
CREATE TABLE identity_attempts (
  tenant_id uuid NOT NULL, key bytea NOT NULL,
  failures int NOT NULL, last_at timestamptz NOT NULL, next_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, key)
);
CREATE INDEX ON identity_attempts (tenant_id, last_at);
SELECT kontor_tenant_table('identity_attempts');
