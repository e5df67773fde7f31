-- A checkout keeps the prices it showed, so that placing reads no price from the client
-- and asks no plugin. used_at makes it good for one order group.
CREATE TABLE ordering_checkouts (
  tenant_id uuid NOT NULL, id uuid NOT NULL, cart_id uuid NOT NULL, cart_version bigint NOT NULL,
  org_id uuid NOT NULL, person_id uuid NOT NULL, currency text NOT NULL, tax_rate_micro bigint NOT NULL, parts jsonb NOT NULL,
  created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, used_at timestamptz,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, cart_id) REFERENCES ordering_carts (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX ON ordering_checkouts (tenant_id, cart_id);
CREATE INDEX ON ordering_checkouts (tenant_id, expires_at);
SELECT kontor_tenant_table('ordering_checkouts');
