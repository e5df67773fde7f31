-- The price a list shows: the lowest that a company (or, with the nil UUID, anybody) can
-- reach for an item. It is derived from pricing_prices by their owner and only ever a
-- hint; what is charged is resolved from the prices themselves.
--   comparable  the price per unit of the item, so that pieces and tonnes can be ordered
--   stale_at    when a price begins or ends next: the floor is made anew then
CREATE TABLE pricing_floors (
  tenant_id uuid NOT NULL, item_id uuid NOT NULL, buyer_id uuid NOT NULL, offer_id uuid NOT NULL,
  price_micro bigint NOT NULL, unit text NOT NULL, currency text NOT NULL, comparable bigint NOT NULL, stale_at timestamptz,
  PRIMARY KEY (tenant_id, item_id, buyer_id),
  FOREIGN KEY (tenant_id, item_id) REFERENCES catalog_items (tenant_id, id),
  FOREIGN KEY (tenant_id, offer_id) REFERENCES catalog_offers (tenant_id, id)
);
CREATE INDEX pricing_floors_offer ON pricing_floors (tenant_id, offer_id);
CREATE INDEX pricing_floors_stale ON pricing_floors (tenant_id, stale_at) WHERE stale_at IS NOT NULL;
SELECT kontor_tenant_table('pricing_floors');
