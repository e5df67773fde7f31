-- A key pair that a person's device made for one address of the marketplace. What is kept of
-- it is its public half, which is no secret and so is not sealed.
CREATE TABLE identity_passkeys (
  tenant_id uuid NOT NULL, id uuid NOT NULL, person_id uuid NOT NULL, credential_id bytea NOT NULL, public_key bytea NOT NULL,
  name text NOT NULL, host text NOT NULL, aaguid uuid NOT NULL, transports text[] NOT NULL, sign_count bigint NOT NULL,
  backup_eligible boolean NOT NULL, backed_up boolean NOT NULL, created_at timestamptz NOT NULL, used_at timestamptz,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, credential_id),
  FOREIGN KEY (tenant_id, person_id) REFERENCES identity_people (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX ON identity_passkeys (tenant_id, person_id);
-- A question to a device, until it is answered once by the browser that it was put to.
-- person_id and session_id say who asked, where he was known.
CREATE TABLE identity_ceremonies (
  tenant_id uuid NOT NULL, token_hash bytea NOT NULL, browser_hash bytea NOT NULL,
  purpose text NOT NULL CHECK (purpose IN ('add','sign_in','code','proof')), person_id uuid, session_id uuid,
  host text NOT NULL, origin text NOT NULL, asked bytea NOT NULL, expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, token_hash),
  FOREIGN KEY (tenant_id, person_id) REFERENCES identity_people (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX ON identity_ceremonies (tenant_id, person_id);
CREATE INDEX ON identity_ceremonies (tenant_id, expires_at);
SELECT kontor_tenant_table(t) FROM unnest(ARRAY['identity_passkeys','identity_ceremonies']::regclass[]) t;

-- Recovery codes stand in for passkeys too, so they hang on the person and no more on his
-- code generator; whoever removes the last factor removes them.
ALTER TABLE identity_recovery_codes DROP CONSTRAINT identity_recovery_codes_tenant_id_person_id_fkey;
ALTER TABLE identity_recovery_codes ADD FOREIGN KEY (tenant_id, person_id) REFERENCES identity_people (tenant_id, id) ON DELETE CASCADE;
