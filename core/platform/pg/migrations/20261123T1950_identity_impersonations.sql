-- Who of the platform's acted in whose name, why and how long. The ticket opens one session,
-- once and soon; only its SHA-256 is kept.
CREATE TABLE identity_impersonations (
  tenant_id uuid NOT NULL, id uuid NOT NULL, person_id uuid NOT NULL, by_name text NOT NULL, reason text NOT NULL,
  ticket_hash bytea NOT NULL, ticket_until timestamptz NOT NULL, created_at timestamptz NOT NULL, until timestamptz NOT NULL,
  entered_at timestamptz, ended_at timestamptz, ended_by text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, ticket_hash),
  FOREIGN KEY (tenant_id, person_id) REFERENCES identity_people (tenant_id, id) ON DELETE CASCADE,
  CHECK (until <= created_at + interval '1 hour')
);
CREATE INDEX ON identity_impersonations (tenant_id, person_id);
SELECT kontor_tenant_table('identity_impersonations');

-- A session that is not the person's own: it is named in every line it writes.
ALTER TABLE identity_sessions ADD COLUMN guise_id uuid, ADD COLUMN guise_by text NOT NULL DEFAULT '';
CREATE INDEX identity_sessions_guise ON identity_sessions (tenant_id, guise_id) WHERE guise_id IS NOT NULL AND revoked_at IS NULL;
