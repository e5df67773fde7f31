-- How a marketplace looks, as its operator chose it: one draft, and editions that stay as they
-- were published. Pictures are files that were painted anew when they came in.
CREATE TABLE tenancy_brand_drafts (
  tenant_id uuid NOT NULL PRIMARY KEY,
  open boolean NOT NULL, brand jsonb NOT NULL, version bigint NOT NULL,
  at timestamptz NOT NULL, actor text NOT NULL, actor_name text NOT NULL DEFAULT ''
);
CREATE TABLE tenancy_brand_editions (
  tenant_id uuid NOT NULL, number bigint NOT NULL CHECK (number > 0),
  at timestamptz NOT NULL, actor text NOT NULL, actor_name text NOT NULL DEFAULT '', note text NOT NULL DEFAULT '',
  restored bigint NOT NULL DEFAULT 0, brand jsonb NOT NULL,
  PRIMARY KEY (tenant_id, number)
);
CREATE TABLE tenancy_brand_pictures (
  tenant_id uuid NOT NULL, id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('logo','logo_dark','mark','favicon')), picture jsonb NOT NULL,
  at timestamptz NOT NULL, actor text NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
SELECT kontor_tenant_table(t) FROM unnest(ARRAY['tenancy_brand_drafts','tenancy_brand_editions','tenancy_brand_pictures']::regclass[]) t;
REVOKE UPDATE, DELETE ON tenancy_brand_editions FROM kontor_app;
REVOKE UPDATE, DELETE ON tenancy_brand_pictures FROM kontor_app;

-- The newest edition lies beside the settings, so that a page finds it with the marketplace
-- itself and asks for nothing more. Only publishing writes it, in the edition's own
-- transaction.
ALTER TABLE tenancy_tenants ADD COLUMN brand jsonb NOT NULL DEFAULT '{}', ADD COLUMN brand_edition bigint NOT NULL DEFAULT 0;
CREATE FUNCTION srch.brand_published(edition bigint, look jsonb) RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  UPDATE public.tenancy_tenants SET brand = look, brand_edition = edition WHERE id = current_setting('app.tenant_id')::uuid AND brand_edition < edition RETURNING brand_edition
$$;
REVOKE ALL ON FUNCTION srch.brand_published(bigint, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION srch.brand_published(bigint, jsonb) TO kontor_app;
