-- Each tenant's data key, wrapped by a master key that is never in the database: a dump
-- alone opens nothing. A destroyed key leaves its row, so that no new one takes its place
-- and everything sealed stays unreadable.
CREATE TABLE vault_keys (
  tenant_id uuid NOT NULL, keyset bytea, created_at timestamptz NOT NULL, rotated_at timestamptz, destroyed_at timestamptz,
  PRIMARY KEY (tenant_id), CHECK ((keyset IS NULL) = (destroyed_at IS NOT NULL))
);
SELECT kontor_tenant_table('vault_keys');
