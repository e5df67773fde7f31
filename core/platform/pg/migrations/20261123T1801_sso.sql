-- Single sign-on. A connection is one provider that vouches for a company's people, or for
-- the marketplace's own where org_id is none. The secret is sealed by the vault.
CREATE TABLE sso_connections (
  tenant_id uuid NOT NULL, id uuid NOT NULL, org_id uuid, name text NOT NULL,
  issuer text NOT NULL, client_id text NOT NULL, secret bytea NOT NULL,
  role_claim text NOT NULL DEFAULT '', role_map jsonb NOT NULL DEFAULT '[]', default_roles text[] NOT NULL DEFAULT '{}',
  jit boolean NOT NULL DEFAULT false, enforced boolean NOT NULL DEFAULT false,
  state text NOT NULL CHECK (state IN ('draft','tested','on','off','ended')),
  tested_at timestamptz, tested_claims jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL, version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, org_id) REFERENCES parties_orgs (tenant_id, id)
);
CREATE INDEX ON sso_connections (tenant_id, org_id);

-- Domains of people's addresses. Anybody may say that one is his; only one connection of a
-- marketplace can have proved it.
CREATE TABLE sso_domains (
  tenant_id uuid NOT NULL, id uuid NOT NULL, connection_id uuid NOT NULL, domain text NOT NULL CHECK (domain = lower(domain)),
  token text NOT NULL, created_at timestamptz NOT NULL, checked_at timestamptz, verified_at timestamptz,
  failures int NOT NULL DEFAULT 0, found text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, connection_id, domain),
  FOREIGN KEY (tenant_id, connection_id) REFERENCES sso_connections (tenant_id, id)
);
CREATE UNIQUE INDEX sso_domains_proved ON sso_domains (tenant_id, domain) WHERE verified_at IS NOT NULL;

-- Who a provider's subject is here. made: the person came with the connection, and goes with it.
-- active: not shut out by the directory.
CREATE TABLE sso_links (
  tenant_id uuid NOT NULL, connection_id uuid NOT NULL, issuer text NOT NULL, subject text NOT NULL, person_id uuid NOT NULL,
  made boolean NOT NULL, active boolean NOT NULL DEFAULT true, created_at timestamptz NOT NULL, used_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, connection_id, issuer, subject), UNIQUE (tenant_id, connection_id, person_id),
  FOREIGN KEY (tenant_id, connection_id) REFERENCES sso_connections (tenant_id, id),
  FOREIGN KEY (tenant_id, person_id) REFERENCES identity_people (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX ON sso_links (tenant_id, person_id);

-- Administrators whom an enforced connection does not bind: for the day the provider is down.
CREATE TABLE sso_emergency (
  tenant_id uuid NOT NULL, connection_id uuid NOT NULL, person_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, connection_id, person_id),
  FOREIGN KEY (tenant_id, connection_id) REFERENCES sso_connections (tenant_id, id),
  FOREIGN KEY (tenant_id, person_id) REFERENCES identity_people (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX ON sso_emergency (tenant_id, person_id);

-- Somebody who was sent to a provider and is to come back in the same browser. Hashes alone
-- are kept; nonce and verifier follow from what the browser holds.
CREATE TABLE sso_attempts (
  tenant_id uuid NOT NULL, state_hash bytea NOT NULL, browser_hash bytea NOT NULL, connection_id uuid NOT NULL,
  connection_version bigint NOT NULL, purpose text NOT NULL CHECK (purpose IN ('sign_in','prove','test')), person_id uuid, next text NOT NULL DEFAULT '',
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, state_hash),
  FOREIGN KEY (tenant_id, connection_id) REFERENCES sso_connections (tenant_id, id)
);
CREATE INDEX ON sso_attempts (tenant_id, expires_at);
CREATE INDEX ON sso_attempts (tenant_id, connection_id);
SELECT kontor_tenant_table(t) FROM unnest(ARRAY['sso_connections','sso_domains','sso_links','sso_emergency','sso_attempts']::regclass[]) t;

-- The connection that a session came through, which it ends with and whose company it is
-- bound to; and the same of somebody whose code is still to come.
ALTER TABLE identity_sessions ADD COLUMN via uuid;
CREATE INDEX identity_sessions_via ON identity_sessions (tenant_id, via) WHERE via IS NOT NULL AND revoked_at IS NULL;
ALTER TABLE identity_pending ADD COLUMN via uuid, ADD COLUMN org_id uuid;
