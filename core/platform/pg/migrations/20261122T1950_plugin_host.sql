-- What the plugin host must know before any tenant calls: which tenants use which plugin,
-- and which have an effect whose outcome is open. Both look over all tenants, so they run
-- as their owner, return nothing but that, and only the control role may ask.
CREATE INDEX plugin_installations_changed ON plugin_installations (updated_at);
CREATE INDEX plugin_operations_open ON plugin_operations (next_at) WHERE state IN ('pending', 'unknown');

CREATE FUNCTION plugin_installations_since(since timestamptz) RETURNS SETOF plugin_installations
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT * FROM public.plugin_installations WHERE updated_at >= since $$;

CREATE FUNCTION plugin_operations_due(before timestamptz) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS
$$ SELECT DISTINCT tenant_id FROM public.plugin_operations WHERE state IN ('pending', 'unknown') AND next_at <= before $$;

REVOKE EXECUTE ON FUNCTION plugin_installations_since(timestamptz), plugin_operations_due(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION plugin_installations_since(timestamptz), plugin_operations_due(timestamptz) TO kontor_control;
