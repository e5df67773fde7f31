-- sourcing: requests, quotes, awards. ordering: carts, order groups, orders, approvals.
CREATE TABLE sourcing_rfqs (
  tenant_id uuid NOT NULL, id uuid NOT NULL, number text NOT NULL, buyer_id uuid NOT NULL, created_by uuid NOT NULL,
  title text NOT NULL, note text NOT NULL DEFAULT '', currency text NOT NULL, incoterm text NOT NULL DEFAULT '', ship_to jsonb NOT NULL DEFAULT '{}',
  closes_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('draft','published','evaluating','awarded','cancelled','expired')),
  created_at timestamptz NOT NULL, published_at timestamptz, awarded_at timestamptz, version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, number),
  FOREIGN KEY (tenant_id, buyer_id) REFERENCES parties_orgs (tenant_id, id)
);
CREATE INDEX ON sourcing_rfqs (tenant_id, buyer_id, id);
CREATE INDEX ON sourcing_rfqs (tenant_id, state, closes_at);
CREATE TABLE sourcing_rfq_lines (
  tenant_id uuid NOT NULL, id uuid NOT NULL, rfq_id uuid NOT NULL, position int NOT NULL, item_id uuid, description text NOT NULL,
  qty_micro bigint NOT NULL CHECK (qty_micro > 0), unit text NOT NULL, target_price_micro bigint, need_by date,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, rfq_id, position),
  FOREIGN KEY (tenant_id, rfq_id) REFERENCES sourcing_rfqs (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, item_id) REFERENCES catalog_items (tenant_id, id)
);
CREATE INDEX ON sourcing_rfq_lines (tenant_id, item_id);
CREATE TABLE sourcing_rfq_sellers (
  tenant_id uuid NOT NULL, rfq_id uuid NOT NULL, seller_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('invited','viewed','declined','quoted')), invited_at timestamptz NOT NULL, note text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, rfq_id, seller_id),
  FOREIGN KEY (tenant_id, rfq_id) REFERENCES sourcing_rfqs (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, seller_id) REFERENCES parties_orgs (tenant_id, id)
);
CREATE INDEX ON sourcing_rfq_sellers (tenant_id, seller_id, rfq_id);
CREATE TABLE sourcing_rfq_attachments (
  tenant_id uuid NOT NULL, rfq_id uuid NOT NULL, blob_id uuid NOT NULL,
  PRIMARY KEY (tenant_id, rfq_id, blob_id),
  FOREIGN KEY (tenant_id, rfq_id) REFERENCES sourcing_rfqs (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, blob_id) REFERENCES blob_objects (tenant_id, id)
);
CREATE INDEX ON sourcing_rfq_attachments (tenant_id, blob_id);
-- One immutable row per submission; a newer version supersedes. Tax rate in millionths.
CREATE TABLE sourcing_quotes (
  tenant_id uuid NOT NULL, id uuid NOT NULL, rfq_id uuid NOT NULL, seller_id uuid NOT NULL, number int NOT NULL, -- version 1, 2, …
  state text NOT NULL CHECK (state IN ('submitted','superseded','withdrawn','awarded','lost')),
  currency text NOT NULL, freight_minor bigint NOT NULL DEFAULT 0 CHECK (freight_minor >= 0), tax_rate_micro bigint NOT NULL DEFAULT 0,
  payment_days int NOT NULL DEFAULT 0, note text NOT NULL DEFAULT '', valid_until timestamptz NOT NULL,
  submitted_by uuid NOT NULL, submitted_at timestamptz NOT NULL, version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, rfq_id, seller_id, number),
  FOREIGN KEY (tenant_id, rfq_id, seller_id) REFERENCES sourcing_rfq_sellers (tenant_id, rfq_id, seller_id)
);
CREATE INDEX ON sourcing_quotes (tenant_id, seller_id, id);
CREATE TABLE sourcing_quote_lines (
  tenant_id uuid NOT NULL, quote_id uuid NOT NULL, rfq_line_id uuid NOT NULL,
  qty_micro bigint NOT NULL CHECK (qty_micro > 0), unit text NOT NULL, price_micro bigint NOT NULL CHECK (price_micro > 0), lead_days int NOT NULL DEFAULT 0, offer_id uuid,
  PRIMARY KEY (tenant_id, quote_id, rfq_line_id),
  FOREIGN KEY (tenant_id, quote_id) REFERENCES sourcing_quotes (tenant_id, id),
  FOREIGN KEY (tenant_id, rfq_line_id) REFERENCES sourcing_rfq_lines (tenant_id, id)
);
CREATE INDEX ON sourcing_quote_lines (tenant_id, rfq_line_id);
CREATE TABLE sourcing_awards (
  tenant_id uuid NOT NULL, id uuid NOT NULL, rfq_id uuid NOT NULL, reason text NOT NULL DEFAULT '', awarded_by uuid NOT NULL, at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, rfq_id),
  FOREIGN KEY (tenant_id, rfq_id) REFERENCES sourcing_rfqs (tenant_id, id)
);
CREATE TABLE sourcing_award_lines (
  tenant_id uuid NOT NULL, award_id uuid NOT NULL, rfq_line_id uuid NOT NULL, quote_id uuid NOT NULL, qty_micro bigint NOT NULL CHECK (qty_micro > 0), order_id uuid,
  PRIMARY KEY (tenant_id, award_id, rfq_line_id, quote_id),
  FOREIGN KEY (tenant_id, award_id) REFERENCES sourcing_awards (tenant_id, id),
  FOREIGN KEY (tenant_id, quote_id) REFERENCES sourcing_quotes (tenant_id, id)
);
CREATE INDEX ON sourcing_award_lines (tenant_id, quote_id);

CREATE TABLE ordering_carts (
  tenant_id uuid NOT NULL, id uuid NOT NULL, org_id uuid NOT NULL, person_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('open','checked_out')), created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX ordering_carts_open ON ordering_carts (tenant_id, org_id, person_id) WHERE state = 'open';
CREATE TABLE ordering_cart_lines (
  tenant_id uuid NOT NULL, cart_id uuid NOT NULL, offer_id uuid NOT NULL, qty_micro bigint NOT NULL CHECK (qty_micro > 0), unit text NOT NULL, added_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, cart_id, offer_id),
  FOREIGN KEY (tenant_id, cart_id) REFERENCES ordering_carts (tenant_id, id) ON DELETE CASCADE,
  FOREIGN KEY (tenant_id, offer_id) REFERENCES catalog_offers (tenant_id, id)
);
CREATE INDEX ON ordering_cart_lines (tenant_id, offer_id);
CREATE TABLE ordering_groups (
  tenant_id uuid NOT NULL, id uuid NOT NULL, number text NOT NULL, buyer_id uuid NOT NULL, placed_by uuid NOT NULL,
  source text NOT NULL CHECK (source IN ('cart','rfq')), rfq_id uuid, currency text NOT NULL, total_minor bigint NOT NULL, created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, number),
  FOREIGN KEY (tenant_id, buyer_id) REFERENCES parties_orgs (tenant_id, id)
);
CREATE INDEX ON ordering_groups (tenant_id, buyer_id, id);
-- Four axes, each a small machine (states-and-rules 3.2); the overall state is derived.
CREATE TABLE ordering_orders (
  tenant_id uuid NOT NULL, id uuid NOT NULL, number text NOT NULL, group_id uuid NOT NULL, buyer_id uuid NOT NULL, seller_id uuid NOT NULL,
  currency text NOT NULL, goods_minor bigint NOT NULL, discount_minor bigint NOT NULL DEFAULT 0, freight_minor bigint NOT NULL DEFAULT 0,
  tax_rate_micro bigint NOT NULL DEFAULT 0, tax_minor bigint NOT NULL DEFAULT 0, total_minor bigint NOT NULL CHECK (total_minor >= 0),
  order_state text NOT NULL CHECK (order_state IN ('awaiting_approval','placed','accepted','declined','cancelled','completed')),
  payment_state text NOT NULL CHECK (payment_state IN ('none','pending','funded','released','refunded')),
  fulfilment_state text NOT NULL CHECK (fulfilment_state IN ('none','partly_shipped','shipped','received')),
  aftersale_state text NOT NULL CHECK (aftersale_state IN ('none','claimed','settled')),
  po_number text NOT NULL DEFAULT '', cost_centre_id uuid, ship_to jsonb NOT NULL DEFAULT '{}', note text NOT NULL DEFAULT '',
  freight_service text NOT NULL DEFAULT '', promised_on date,
  placed_by uuid NOT NULL, placed_at timestamptz NOT NULL, accepted_at timestamptz, completed_at timestamptz, version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, number),
  FOREIGN KEY (tenant_id, group_id) REFERENCES ordering_groups (tenant_id, id),
  FOREIGN KEY (tenant_id, buyer_id) REFERENCES parties_orgs (tenant_id, id),
  FOREIGN KEY (tenant_id, seller_id) REFERENCES parties_orgs (tenant_id, id),
  FOREIGN KEY (tenant_id, cost_centre_id) REFERENCES parties_cost_centres (tenant_id, id),
  CHECK (total_minor = goods_minor - discount_minor + freight_minor + tax_minor)
);
CREATE INDEX ON ordering_orders (tenant_id, group_id);
CREATE INDEX ON ordering_orders (tenant_id, buyer_id, id);
CREATE INDEX ON ordering_orders (tenant_id, seller_id, id);
CREATE INDEX ON ordering_orders (tenant_id, cost_centre_id);
-- The price is frozen with where it came from; settled_* is what was received and weighed.
CREATE TABLE ordering_order_lines (
  tenant_id uuid NOT NULL, id uuid NOT NULL, order_id uuid NOT NULL, position int NOT NULL, offer_id uuid, item_id uuid,
  sku text NOT NULL, names jsonb NOT NULL, qty_micro bigint NOT NULL CHECK (qty_micro > 0), unit text NOT NULL,
  price_micro bigint NOT NULL, price_unit text NOT NULL, priced_qty_micro bigint NOT NULL, -- qty in price_unit
  basis text NOT NULL CHECK (basis IN ('piece','theoretical','weighed')), goods_minor bigint NOT NULL,
  settled_qty_micro bigint, settled_minor bigint, price_source jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, order_id, position),
  FOREIGN KEY (tenant_id, order_id) REFERENCES ordering_orders (tenant_id, id),
  FOREIGN KEY (tenant_id, offer_id) REFERENCES catalog_offers (tenant_id, id)
);
CREATE INDEX ON ordering_order_lines (tenant_id, offer_id);
CREATE TABLE ordering_approvals (
  tenant_id uuid NOT NULL, id uuid NOT NULL, order_id uuid NOT NULL, tier int NOT NULL, rule text NOT NULL, amount_minor bigint NOT NULL, currency text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending','approved','rejected','withdrawn')),
  requested_by uuid NOT NULL, requested_at timestamptz NOT NULL, decided_by uuid, decided_at timestamptz, note text NOT NULL DEFAULT '', version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, order_id, tier),
  FOREIGN KEY (tenant_id, order_id) REFERENCES ordering_orders (tenant_id, id),
  CHECK (decided_by IS NULL OR decided_by <> requested_by)
);
CREATE INDEX ON ordering_approvals (tenant_id, state, id);
SELECT kontor_tenant_table(t) FROM unnest(ARRAY['sourcing_rfqs','sourcing_rfq_lines','sourcing_rfq_sellers','sourcing_rfq_attachments','sourcing_quotes',
  'sourcing_quote_lines','sourcing_awards','sourcing_award_lines','ordering_carts','ordering_cart_lines','ordering_groups','ordering_orders',
  'ordering_order_lines','ordering_approvals']::regclass[]) t;
