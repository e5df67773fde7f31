-- Its parameter was called as a column is, so PostgreSQL refused the question about holds
-- that have run out, and none was given back. A function's own name before it says which
-- is meant.
CREATE OR REPLACE FUNCTION jobs_due(task text, at timestamptz) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  CASE task
  WHEN 'jobs.seal' THEN RETURN QUERY
    SELECT tenant_id FROM public.event_outbox WHERE relayed_at IS NULL
    UNION SELECT tenant_id FROM public.audit_entries WHERE seq IS NULL
    UNION SELECT tenant_id FROM public.ledger_entries WHERE seq IS NULL;
  WHEN 'inventory.expire' THEN RETURN QUERY
    SELECT DISTINCT tenant_id FROM public.inventory_holds WHERE state = 'held' AND expires_at <= jobs_due.at;
  WHEN 'pricing.floors' THEN RETURN QUERY
    SELECT DISTINCT tenant_id FROM public.pricing_floors WHERE stale_at IS NOT NULL AND stale_at <= jobs_due.at;
  WHEN 'fulfilment.resume' THEN RETURN QUERY
    SELECT DISTINCT tenant_id FROM public.fulfilment_shipments WHERE state = 'preparing' AND shipped_at < jobs_due.at;
  WHEN 'notify.sweep' THEN RETURN QUERY
    SELECT DISTINCT tenant_id FROM public.notify_mails WHERE state <> 'sent' AND state = 'queued';
  WHEN 'tenancy.recheck_hosts' THEN RETURN QUERY
    SELECT DISTINCT tenant_id FROM public.tenancy_claims WHERE state = 'verified';
  WHEN 'sourcing.expire' THEN RETURN QUERY
    SELECT t.id FROM public.tenancy_tenants t WHERE EXISTS (SELECT FROM public.sourcing_rfqs r WHERE r.tenant_id = t.id AND r.state IN ('published', 'evaluating') AND r.closes_at <= jobs_due.at);
  WHEN 'payments.unfinished' THEN RETURN QUERY
    SELECT DISTINCT tenant_id FROM public.payments_releases WHERE state = 'approved';
  ELSE RETURN QUERY
    SELECT t.id FROM public.tenancy_tenants t;
  END CASE;
END $$;
