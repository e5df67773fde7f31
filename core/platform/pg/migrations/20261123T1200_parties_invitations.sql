-- Who was asked to act for a company. The letter holds the token, this table its SHA-256.
CREATE TABLE parties_invitations (
  tenant_id uuid NOT NULL, id uuid NOT NULL, org_id uuid NOT NULL, email text NOT NULL CHECK (email = lower(email)),
  roles text[] NOT NULL, unit_id uuid, limit_minor bigint, currency text NOT NULL, locale text NOT NULL, token_hash bytea NOT NULL,
  invited_by uuid, created_at timestamptz NOT NULL, sent_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
  withdrawn_at timestamptz, accepted_at timestamptz, accepted_by uuid,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, token_hash),
  FOREIGN KEY (tenant_id, org_id) REFERENCES parties_orgs (tenant_id, id),
  FOREIGN KEY (tenant_id, unit_id) REFERENCES parties_units (tenant_id, id)
);
CREATE INDEX ON parties_invitations (tenant_id, org_id, id);
CREATE INDEX ON parties_invitations (tenant_id, unit_id);
-- One open invitation per company and address: asking again makes the earlier link worthless.
CREATE UNIQUE INDEX parties_invitations_open ON parties_invitations (tenant_id, org_id, email) WHERE accepted_at IS NULL AND withdrawn_at IS NULL;
SELECT kontor_tenant_table('parties_invitations');
