-- What a marketplace has used, by month: the ledger says how it came about and is never
-- changed, the counter is its sum.
CREATE TABLE plans_ledger (
  tenant_id uuid NOT NULL, id uuid NOT NULL, metric text NOT NULL, period text NOT NULL,
  delta bigint NOT NULL, source text NOT NULL, at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE TABLE plans_counters (
  tenant_id uuid NOT NULL, metric text NOT NULL, period text NOT NULL, used bigint NOT NULL,
  PRIMARY KEY (tenant_id, metric, period)
);
-- Who was told that a limit is near or reached: once a month, step and limit. used follows
-- what is known since.
CREATE TABLE plans_notices (
  tenant_id uuid NOT NULL, metric text NOT NULL, period text NOT NULL, step text NOT NULL CHECK (step IN ('near','reached')),
  used bigint NOT NULL, most bigint NOT NULL, at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, metric, period, step, most)
);
SELECT kontor_tenant_table(t) FROM unnest(ARRAY['plans_ledger','plans_counters','plans_notices']::regclass[]) t;
REVOKE UPDATE, DELETE ON plans_ledger FROM kontor_app;

-- Orders that were placed before anybody counted, and that the relay has done with; the
-- others reach the counter as news.
WITH placed AS (
  SELECT o.tenant_id, to_char(o.at AT TIME ZONE coalesce(nullif(t.settings->>'time_zone', ''), 'UTC'), 'YYYY-MM') AS period, count(*) AS n
  FROM event_outbox o JOIN tenancy_tenants t ON t.id = o.tenant_id WHERE o.name = 'ordering.order_placed.v1' AND o.relayed_at IS NOT NULL GROUP BY 1, 2),
 noted AS (INSERT INTO plans_ledger SELECT tenant_id, gen_random_uuid(), 'orders', period, n, 'before counting began', now() FROM placed)
INSERT INTO plans_counters SELECT tenant_id, 'orders', period, n FROM placed;
