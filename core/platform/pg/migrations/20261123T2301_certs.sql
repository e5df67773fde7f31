-- Certificates of the addresses at which marketplaces answer. A certificate is asked for
-- before it is known whose address it is for, so none of these tables is a tenant's. The
-- application's role reads how a certificate does; what is kept, it never sees.
CREATE TABLE certs_store (
  key text PRIMARY KEY, host text NOT NULL DEFAULT '', -- whose certificate it belongs to; '' for the account
  sealed bytea NOT NULL, modified_at timestamptz NOT NULL
);
CREATE INDEX ON certs_store (host);

-- Who is at work on what. Whoever was killed loses it when its time has passed.
CREATE TABLE certs_locks (name text PRIMARY KEY, holder uuid NOT NULL, until timestamptz NOT NULL);

-- How the certificate of an address does, for people and for the next try.
CREATE TABLE certs_hosts (
  host text PRIMARY KEY, issued_at timestamptz, valid_until timestamptz, renew_at timestamptz,
  failures int NOT NULL DEFAULT 0, cause text NOT NULL DEFAULT '', failed_at timestamptz, retry_at timestamptz
);
CREATE INDEX ON certs_hosts (valid_until);

-- What was ordered lately, by whichever node: the limits hold for all of them together.
CREATE TABLE certs_orders (id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenancy_tenants (id), host text NOT NULL, ordered_at timestamptz NOT NULL);
CREATE INDEX ON certs_orders (ordered_at);
CREATE INDEX ON certs_orders (tenant_id);

GRANT SELECT ON certs_hosts TO kontor_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON certs_store, certs_locks, certs_hosts, certs_orders TO kontor_control;
