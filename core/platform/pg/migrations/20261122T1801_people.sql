-- identity: who can sign in. parties: the companies they act for.
CREATE TABLE identity_people (
  tenant_id uuid NOT NULL, id uuid NOT NULL,
  email text NOT NULL CHECK (email = lower(email)), name text NOT NULL, locale text NOT NULL,
  password_hash text NOT NULL DEFAULT '', staff_role text NOT NULL DEFAULT '' CHECK (staff_role IN ('','operator','platform')),
  state text NOT NULL CHECK (state IN ('active','disabled')),
  created_at timestamptz NOT NULL, version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, email)
);
-- token_hash is SHA-256 of the cookie's 256 random bits; the cookie itself is kept nowhere.
CREATE TABLE identity_sessions (
  tenant_id uuid NOT NULL, token_hash bytea NOT NULL, id uuid NOT NULL, person_id uuid NOT NULL, org_id uuid,
  created_at timestamptz NOT NULL, seen_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, revoked_at timestamptz,
  ip text NOT NULL DEFAULT '', user_agent text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, token_hash), UNIQUE (tenant_id, id),
  FOREIGN KEY (tenant_id, person_id) REFERENCES identity_people (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX ON identity_sessions (tenant_id, person_id);

CREATE TABLE parties_orgs (
  tenant_id uuid NOT NULL, id uuid NOT NULL,
  name text NOT NULL, name_local text NOT NULL DEFAULT '', country text NOT NULL,
  reg_kind text NOT NULL CHECK (reg_kind IN ('uscc','vat','ein','duns','lei','other')), reg_no text NOT NULL,
  city text NOT NULL DEFAULT '', address text NOT NULL DEFAULT '', about jsonb NOT NULL DEFAULT '{}',
  buys boolean NOT NULL, sells boolean NOT NULL,
  state text NOT NULL CHECK (state IN ('submitted','approved','rejected','suspended')),
  decided_by uuid, decided_at timestamptz, decision_note text NOT NULL DEFAULT '',
  iban text NOT NULL DEFAULT '', created_at timestamptz NOT NULL, version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, country, reg_kind, reg_no)
);
CREATE INDEX ON parties_orgs (tenant_id, state, id);
CREATE TABLE parties_units (
  tenant_id uuid NOT NULL, id uuid NOT NULL, org_id uuid NOT NULL, parent_id uuid, code text NOT NULL, name text NOT NULL,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, org_id, code),
  FOREIGN KEY (tenant_id, org_id) REFERENCES parties_orgs (tenant_id, id),
  FOREIGN KEY (tenant_id, parent_id) REFERENCES parties_units (tenant_id, id)
);
CREATE INDEX ON parties_units (tenant_id, parent_id);
CREATE TABLE parties_cost_centres (
  tenant_id uuid NOT NULL, id uuid NOT NULL, org_id uuid NOT NULL, unit_id uuid, code text NOT NULL, name text NOT NULL,
  budget_minor bigint NOT NULL DEFAULT 0, currency text NOT NULL, from_day date NOT NULL, to_day date NOT NULL,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, org_id, code),
  FOREIGN KEY (tenant_id, org_id) REFERENCES parties_orgs (tenant_id, id),
  FOREIGN KEY (tenant_id, unit_id) REFERENCES parties_units (tenant_id, id)
);
CREATE INDEX ON parties_cost_centres (tenant_id, unit_id);
-- limit_minor: the most one order of this member may come to without approval; for an
-- approver, the most he may approve. NULL is no limit, 0 is "always ask".
CREATE TABLE parties_members (
  tenant_id uuid NOT NULL, org_id uuid NOT NULL, person_id uuid NOT NULL,
  roles text[] NOT NULL, unit_id uuid, limit_minor bigint, currency text NOT NULL DEFAULT '', created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, org_id, person_id),
  FOREIGN KEY (tenant_id, org_id) REFERENCES parties_orgs (tenant_id, id),
  FOREIGN KEY (tenant_id, person_id) REFERENCES identity_people (tenant_id, id),
  FOREIGN KEY (tenant_id, unit_id) REFERENCES parties_units (tenant_id, id)
);
CREATE INDEX ON parties_members (tenant_id, person_id);
CREATE INDEX ON parties_members (tenant_id, unit_id);
CREATE TABLE parties_licences (
  tenant_id uuid NOT NULL, id uuid NOT NULL, org_id uuid NOT NULL,
  kind text NOT NULL, number text NOT NULL, scope text[] NOT NULL, -- e.g. {CII,CIII}
  valid_from date NOT NULL, valid_to date NOT NULL, state text NOT NULL CHECK (state IN ('submitted','valid','revoked')),
  document_id uuid, checked_at timestamptz, created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, kind, number),
  FOREIGN KEY (tenant_id, org_id) REFERENCES parties_orgs (tenant_id, id)
);
CREATE INDEX ON parties_licences (tenant_id, org_id);
CREATE TABLE parties_addresses (
  tenant_id uuid NOT NULL, id uuid NOT NULL, org_id uuid NOT NULL, label text NOT NULL,
  country text NOT NULL, region text NOT NULL DEFAULT '', city text NOT NULL, street text NOT NULL, postcode text NOT NULL DEFAULT '',
  contact text NOT NULL DEFAULT '', phone text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, org_id, label),
  FOREIGN KEY (tenant_id, org_id) REFERENCES parties_orgs (tenant_id, id)
);
SELECT kontor_tenant_table(t) FROM unnest(ARRAY['identity_people','identity_sessions','parties_orgs','parties_units',
  'parties_cost_centres','parties_members','parties_licences','parties_addresses']::regclass[]) t;
