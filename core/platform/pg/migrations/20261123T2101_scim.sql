-- Directories that say who a company's people are (SCIM). A directory calls with the keys of
-- a service account that belongs to its connection.
ALTER TABLE access_accounts ADD COLUMN connection_id uuid,
  ADD FOREIGN KEY (tenant_id, connection_id) REFERENCES sso_connections (tenant_id, id);
CREATE UNIQUE INDEX access_accounts_connection ON access_accounts (tenant_id, connection_id) WHERE connection_id IS NOT NULL AND ended_at IS NULL;
CREATE INDEX ON access_accounts (tenant_id, connection_id);

-- A person as a directory knows him. doc is what it said, in one spelling; what is looked for
-- stands beside it. A row outlives its removal, so that whom the directory once brought it may
-- bring again. made: he had no account before.
CREATE TABLE scim_users (
  tenant_id uuid NOT NULL, id uuid NOT NULL, connection_id uuid NOT NULL, person_id uuid NOT NULL,
  user_name text NOT NULL CHECK (user_name = lower(user_name)), external_id text NOT NULL DEFAULT '', emails text[] NOT NULL DEFAULT '{}',
  active boolean NOT NULL, made boolean NOT NULL, doc jsonb NOT NULL, version bigint NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL, deleted_at timestamptz,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, connection_id, person_id),
  FOREIGN KEY (tenant_id, connection_id) REFERENCES sso_connections (tenant_id, id),
  FOREIGN KEY (tenant_id, person_id) REFERENCES identity_people (tenant_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX scim_users_name ON scim_users (tenant_id, connection_id, user_name) WHERE deleted_at IS NULL;
CREATE INDEX scim_users_external ON scim_users (tenant_id, connection_id, external_id) WHERE external_id <> '';
CREATE INDEX ON scim_users (tenant_id, person_id);

-- Groups whose names give roles by the connection's map.
CREATE TABLE scim_groups (
  tenant_id uuid NOT NULL, id uuid NOT NULL, connection_id uuid NOT NULL, name text NOT NULL, external_id text NOT NULL DEFAULT '',
  version bigint NOT NULL DEFAULT 1, created_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, connection_id) REFERENCES sso_connections (tenant_id, id)
);
CREATE UNIQUE INDEX scim_groups_name ON scim_groups (tenant_id, connection_id, lower(name));

CREATE TABLE scim_members (
  tenant_id uuid NOT NULL, scim_group_id uuid NOT NULL, scim_user_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, scim_group_id, scim_user_id),
  FOREIGN KEY (tenant_id, scim_group_id) REFERENCES scim_groups (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, scim_user_id) REFERENCES scim_users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX ON scim_members (tenant_id, scim_user_id);
SELECT kontor_tenant_table(t) FROM unnest(ARRAY['scim_users','scim_groups','scim_members']::regclass[]) t;
