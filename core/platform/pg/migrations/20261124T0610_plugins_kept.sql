-- What plugins have the host keep for an installation. A value of a marketplace's plugin is
-- the marketplace's: it is exported, moved and deleted with it.
CREATE TABLE plugins_kept (
  tenant_id uuid NOT NULL, installation_id uuid NOT NULL, key text NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 256),
  value bytea NOT NULL CHECK (octet_length(value) <= 65536), version bigint NOT NULL, expires_at timestamptz, updated_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, installation_id, key),
  FOREIGN KEY (tenant_id, installation_id) REFERENCES plugin_installations (tenant_id, id)
);
SELECT kontor_tenant_table('plugins_kept');
CREATE INDEX ON plugins_kept (tenant_id, expires_at) WHERE expires_at IS NOT NULL;
