-- What an order writes, without what is looked up or indexed for nobody.

-- An order is bought by whoever buys its group: one key says that, and more than two did.
CREATE UNIQUE INDEX ordering_groups_buyer ON ordering_groups (tenant_id, buyer_id, id);
DROP INDEX ordering_groups_tenant_id_buyer_id_id_idx;
ALTER TABLE ordering_orders
  DROP CONSTRAINT ordering_orders_tenant_id_group_id_fkey,
  DROP CONSTRAINT ordering_orders_tenant_id_buyer_id_fkey,
  ADD CONSTRAINT ordering_orders_group_fkey FOREIGN KEY (tenant_id, group_id, buyer_id) REFERENCES ordering_groups (tenant_id, id, buyer_id);

-- Keys into another context lock the row they point at, and a popular seller's row was locked
-- by every order. Nobody may remove those rows, so that there is nothing to guard against;
-- that they exist was just read, goods are taken from a shelf that names its offer, and
-- `kontor verify` looks at every reference.
ALTER TABLE ordering_orders
  DROP CONSTRAINT ordering_orders_tenant_id_seller_id_fkey,
  DROP CONSTRAINT ordering_orders_tenant_id_cost_centre_id_fkey;
ALTER TABLE ordering_order_lines DROP CONSTRAINT ordering_order_lines_tenant_id_offer_id_fkey;
ALTER TABLE ledger_postings DROP CONSTRAINT ledger_postings_tenant_id_account_id_fkey; -- the statement before makes the account
REVOKE DELETE ON parties_orgs, parties_cost_centres, catalog_offers, ledger_accounts FROM kontor_app;

-- Indexes that stood behind those keys, that another one serves, or that only few rows need.
DROP INDEX ordering_order_lines_tenant_id_offer_id_idx;
DROP INDEX ordering_orders_tenant_id_cost_centre_id_idx;
CREATE INDEX ordering_orders_cost_centre ON ordering_orders (tenant_id, cost_centre_id) WHERE cost_centre_id IS NOT NULL;
DROP INDEX inventory_movements_tenant_id_ref_kind_ref_id_idx;
DROP INDEX inventory_holds_tenant_id_state_expires_at_idx;
CREATE INDEX inventory_holds_ending ON inventory_holds (tenant_id, expires_at) WHERE state = 'held' AND expires_at IS NOT NULL;
DROP INDEX policy_decisions_outcome;
CREATE INDEX policy_decisions_refused ON policy_decisions (tenant_id, outcome, id) WHERE outcome <> 'allow';
ALTER TABLE ledger_entries
  DROP CONSTRAINT ledger_entries_tenant_id_kind_ref_kind_ref_id_key,
  ADD CONSTRAINT ledger_entries_once UNIQUE (tenant_id, ref_kind, ref_id, kind);
DROP INDEX ledger_entries_tenant_id_ref_kind_ref_id_idx;
