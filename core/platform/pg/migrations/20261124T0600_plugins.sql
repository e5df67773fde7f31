-- Packages of plugins, for all marketplaces: who publishes them, which versions there are
-- and how far each has come. Known before there is a tenant, written by the control role.
CREATE TABLE plugins_publishers (
  name text PRIMARY KEY CHECK (name ~ '^[a-z0-9]{2,31}$'), title text NOT NULL, class text NOT NULL CHECK (class IN ('verified','community')),
  keys text[] NOT NULL, created_by text NOT NULL, created_at timestamptz NOT NULL, version bigint NOT NULL DEFAULT 1
);
CREATE TABLE plugins_artifacts (
  digest text PRIMARY KEY, plugin text NOT NULL, version text NOT NULL, publisher text NOT NULL REFERENCES plugins_publishers (name),
  described jsonb NOT NULL, signed_by text NOT NULL,
  state text NOT NULL CHECK (state IN ('verified','conformant','approved','yanked','revoked')),
  report jsonb NOT NULL DEFAULT '{}', approvals jsonb NOT NULL DEFAULT '[]', note text NOT NULL DEFAULT '',
  uploaded_by text NOT NULL, uploaded_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, row_version bigint NOT NULL DEFAULT 1,
  UNIQUE (plugin, version)
);
-- The package itself, which each process unpacks for itself. It is packed already.
CREATE TABLE plugins_bodies (digest text PRIMARY KEY REFERENCES plugins_artifacts (digest), body bytea NOT NULL);
ALTER TABLE plugins_bodies ALTER COLUMN body SET STORAGE EXTERNAL;
GRANT SELECT, INSERT, UPDATE ON plugins_publishers, plugins_artifacts TO kontor_control;
GRANT SELECT, INSERT ON plugins_bodies TO kontor_control;

-- What a marketplace has of it. Rows of an earlier version are what came with the program,
-- switched on or off; what they ask for was agreed to with the program.
ALTER TABLE plugin_installations
  ADD COLUMN state text NOT NULL DEFAULT 'enabled' CHECK (state IN ('requested','consented','configured','enabled','suspended','disabled','removed')),
  ADD COLUMN artifact text NOT NULL DEFAULT '', ADD COLUMN alone boolean NOT NULL DEFAULT false,
  ADD COLUMN granted jsonb NOT NULL DEFAULT '[]', ADD COLUMN wanted text NOT NULL DEFAULT '', ADD COLUMN note text NOT NULL DEFAULT '';
UPDATE plugin_installations SET state = 'disabled' WHERE NOT enabled;
CREATE INDEX plugin_installations_artifact ON plugin_installations (artifact) WHERE artifact <> '';
-- Every setting and version that an installation has had: the way back.
CREATE TABLE plugins_revisions (
  tenant_id uuid NOT NULL, installation_id uuid NOT NULL, revision bigint NOT NULL,
  what text NOT NULL, version text NOT NULL, artifact text NOT NULL, config jsonb NOT NULL, granted jsonb NOT NULL, alone boolean NOT NULL,
  by_subject text NOT NULL, note text NOT NULL DEFAULT '', at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, installation_id, revision),
  FOREIGN KEY (tenant_id, installation_id) REFERENCES plugin_installations (tenant_id, id)
);
-- Settings that nobody is shown, as one sealed value for each installation.
CREATE TABLE plugins_secrets (
  tenant_id uuid NOT NULL, id uuid NOT NULL, sealed bytea NOT NULL, updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id), FOREIGN KEY (tenant_id, id) REFERENCES plugin_installations (tenant_id, id)
);
SELECT kontor_tenant_table(t) FROM unnest(ARRAY['plugins_revisions','plugins_secrets']::regclass[]) t;
REVOKE UPDATE, DELETE ON plugins_revisions FROM kontor_app;

-- What the plugin host must know of all tenants: as plugin_installations_since, which
-- processes of an earlier version ask until they are gone.
CREATE FUNCTION plugins_installations_since(since timestamptz)
RETURNS TABLE (tenant_id uuid, id uuid, plugin text, version text, config jsonb, revision bigint, enabled boolean, updated_at timestamptz, artifact text, alone boolean, revoked boolean, secret boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT i.tenant_id, i.id, i.plugin, i.version, i.config, i.revision, i.enabled, i.updated_at, i.artifact,
    i.alone OR coalesce(p.class = 'community', false), coalesce(a.state = 'revoked', false),
    EXISTS (SELECT FROM public.plugins_secrets s WHERE s.tenant_id = i.tenant_id AND s.id = i.id)
  FROM public.plugin_installations i LEFT JOIN public.plugins_artifacts a ON a.digest = i.artifact LEFT JOIN public.plugins_publishers p ON p.name = a.publisher
  WHERE i.updated_at >= since
$$;
-- Whoever uses an artifact hears of a change of it as of one of his own.
CREATE FUNCTION plugins_touch(which text) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  WITH t AS (UPDATE public.plugin_installations SET updated_at = clock_timestamp() WHERE artifact = which RETURNING 1) SELECT count(*) FROM t
$$;
-- How many marketplaces use each artifact; of those that came with the program, each plugin.
CREATE FUNCTION plugins_users() RETURNS TABLE (plugin text, artifact text, users bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT plugin, artifact, count(*) FROM public.plugin_installations WHERE enabled GROUP BY 1, 2
$$;
REVOKE EXECUTE ON FUNCTION plugins_installations_since(timestamptz), plugins_touch(text), plugins_users() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION plugins_installations_since(timestamptz), plugins_touch(text), plugins_users() TO kontor_control;
