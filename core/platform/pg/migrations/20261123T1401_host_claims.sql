-- Addresses of one's own. A claim is a tenant's private business until its proof is found
-- in the domain's DNS; then the host is entered in the map that all requests are looked up in.
ALTER TABLE tenancy_hosts ADD COLUMN source text NOT NULL DEFAULT 'blueprint' CHECK (source IN ('blueprint','claim'));

CREATE TABLE tenancy_claims (
  tenant_id uuid NOT NULL, id uuid NOT NULL,
  host text NOT NULL CHECK (host = lower(host)), token text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending','verified','lapsed','withdrawn')),
  created_at timestamptz NOT NULL, checked_at timestamptz, verified_at timestamptz,
  failures int NOT NULL DEFAULT 0, found text NOT NULL DEFAULT '',
  version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);
SELECT kontor_tenant_table('tenancy_claims');
CREATE UNIQUE INDEX tenancy_claims_open ON tenancy_claims (tenant_id, host) WHERE state <> 'withdrawn';

-- Who gave a name up, and when: for a while nobody else gets it, so that links, letters and
-- cookies of the former market do not end in a stranger's.
CREATE TABLE tenancy_released (
  host text PRIMARY KEY CHECK (host = lower(host)),
  tenant_id uuid NOT NULL REFERENCES tenancy_tenants (id),
  released_at timestamptz NOT NULL
);
CREATE INDEX ON tenancy_released (tenant_id);
GRANT SELECT ON tenancy_released TO kontor_app, kontor_control;
GRANT INSERT, UPDATE, DELETE ON tenancy_released TO kontor_control;
