-- What an order writes, once more: every index entry, key and rewritten row less is paid back
-- with each order.

-- The cart knows which checkout closed it. Marking the checkout itself rewrote all its prices.
ALTER TABLE ordering_carts ADD COLUMN checkout_id uuid;
UPDATE ordering_carts c SET checkout_id = o.id FROM ordering_checkouts o
  WHERE o.tenant_id = c.tenant_id AND o.cart_id = c.id AND o.used_at IS NOT NULL AND c.state = 'checked_out';
ALTER TABLE ordering_checkouts DROP COLUMN used_at;
DROP INDEX ordering_checkouts_tenant_id_expires_at_idx; -- nobody asks by it
ALTER TABLE ordering_checkouts ALTER COLUMN parts TYPE json USING parts::text::json; -- is read whole

-- A line of a cart is found by its cart alone: while the table was young, plans began with
-- the offer's index and walked all carts. That the offer exists was just read, nobody may
-- remove one, and `kontor verify` looks.
ALTER TABLE ordering_cart_lines DROP CONSTRAINT ordering_cart_lines_tenant_id_offer_id_fkey;
DROP INDEX ordering_cart_lines_tenant_id_offer_id_idx;

-- A group's buyer is written with its orders' buyer, by one statement's argument; the key to
-- the company locked its row with every order.
ALTER TABLE ordering_orders
  DROP CONSTRAINT ordering_orders_group_fkey,
  ADD CONSTRAINT ordering_orders_group_fkey FOREIGN KEY (tenant_id, group_id) REFERENCES ordering_groups (tenant_id, id);
ALTER TABLE ordering_groups DROP CONSTRAINT ordering_groups_tenant_id_buyer_id_fkey;
DROP INDEX ordering_groups_buyer;
CREATE INDEX ordering_groups_rfq ON ordering_groups (tenant_id, rfq_id) WHERE rfq_id IS NOT NULL; -- what an award led to

-- Movements are read per offer and messages per person: their keys say so, and one index
-- does for both.
ALTER TABLE inventory_movements DROP CONSTRAINT inventory_movements_pkey, ADD PRIMARY KEY (tenant_id, offer_id, id);
DROP INDEX inventory_movements_tenant_id_offer_id_id_idx;
ALTER TABLE notify_messages DROP CONSTRAINT notify_messages_pkey, ADD PRIMARY KEY (tenant_id, person_id, id);
DROP INDEX notify_messages_tenant_id_person_id_id_idx;
-- A message's identifier is made of its event and its person: it is told once.
ALTER TABLE notify_messages DROP CONSTRAINT notify_messages_tenant_id_person_id_event_id_key;
-- Holds are asked for by what they are for.
ALTER TABLE inventory_holds DROP CONSTRAINT inventory_holds_pkey, ADD PRIMARY KEY (tenant_id, ref_kind, ref_id, id);
DROP INDEX inventory_holds_tenant_id_ref_kind_ref_id_idx;
-- Of two indexes that find a shelf the shorter was taken where the average marketplace has
-- five shelves, and read a whole warehouse of the large one: now both find the same.
DROP INDEX inventory_stock_tenant_id_warehouse_id_idx;
CREATE INDEX inventory_stock_warehouse ON inventory_stock (tenant_id, warehouse_id, offer_id, lot_id);
-- Room on each page to change stock in place, without an entry in any index.
ALTER TABLE inventory_stock SET (fillfactor = 80);

-- A row that is not in its chain yet needs no place in the chain's index.
DROP INDEX audit_entries_seq;
CREATE UNIQUE INDEX audit_entries_seq ON audit_entries (tenant_id, seq) WHERE seq IS NOT NULL;
DROP INDEX ledger_entries_seq;
CREATE UNIQUE INDEX ledger_entries_seq ON ledger_entries (tenant_id, seq) WHERE seq IS NOT NULL;

-- Nobody looks for letters that have gone.
DROP INDEX notify_mails_tenant_id_state_id_idx;
CREATE INDEX notify_mails_left ON notify_mails (tenant_id, state, id) WHERE state <> 'sent';

-- What a column may say is said by its type: PostgreSQL reads a table's CHECKs anew with every
-- statement that writes it, and a type's once per connection. The columns change no byte.
CREATE DOMAIN trade_order_state AS text;
CREATE DOMAIN trade_payment_state AS text;
CREATE DOMAIN trade_fulfilment_state AS text;
CREATE DOMAIN trade_aftersale_state AS text;
CREATE DOMAIN trade_cart_state AS text;
CREATE DOMAIN trade_group_source AS text;
CREATE DOMAIN trade_price_basis AS text;
CREATE DOMAIN trade_escrow_state AS text;
CREATE DOMAIN stock_movement_kind AS text;
CREATE DOMAIN stock_hold_state AS text;
CREATE DOMAIN decision_outcome AS text;
CREATE DOMAIN request_state AS text;
CREATE DOMAIN mail_state AS text;

ALTER TABLE ordering_orders
  DROP CONSTRAINT ordering_orders_order_state_check, DROP CONSTRAINT ordering_orders_payment_state_check,
  DROP CONSTRAINT ordering_orders_fulfilment_state_check, DROP CONSTRAINT ordering_orders_aftersale_state_check,
  DROP CONSTRAINT ordering_orders_total_minor_check, DROP CONSTRAINT ordering_orders_check,
  ALTER COLUMN order_state TYPE trade_order_state, ALTER COLUMN payment_state TYPE trade_payment_state,
  ALTER COLUMN fulfilment_state TYPE trade_fulfilment_state, ALTER COLUMN aftersale_state TYPE trade_aftersale_state,
  ADD CONSTRAINT ordering_orders_total CHECK (total_minor >= 0 AND total_minor = goods_minor - discount_minor + freight_minor + tax_minor);
ALTER TABLE ordering_carts DROP CONSTRAINT ordering_carts_state_check, ALTER COLUMN state TYPE trade_cart_state;
ALTER TABLE ordering_groups DROP CONSTRAINT ordering_groups_source_check, ALTER COLUMN source TYPE trade_group_source;
ALTER TABLE ordering_order_lines DROP CONSTRAINT ordering_order_lines_basis_check, ALTER COLUMN basis TYPE trade_price_basis;
ALTER TABLE payments_escrows
  DROP CONSTRAINT payments_escrows_state_check, DROP CONSTRAINT payments_escrows_check,
  DROP CONSTRAINT payments_escrows_amount_minor_check, DROP CONSTRAINT payments_escrows_overpaid_minor_check,
  ALTER COLUMN state TYPE trade_escrow_state,
  ADD CONSTRAINT payments_escrows_sums CHECK (amount_minor > 0 AND overpaid_minor >= 0 AND funded_minor <= amount_minor
    AND released_minor + refunded_minor + commission_minor <= funded_minor);
ALTER TABLE inventory_movements DROP CONSTRAINT inventory_movements_kind_check, ALTER COLUMN kind TYPE stock_movement_kind;
ALTER TABLE inventory_holds DROP CONSTRAINT inventory_holds_state_check, ALTER COLUMN state TYPE stock_hold_state;
ALTER TABLE inventory_stock DROP CONSTRAINT inventory_stock_on_hand_micro_check; -- the other one says so too
ALTER TABLE policy_decisions DROP CONSTRAINT policy_decisions_outcome_check, ALTER COLUMN outcome TYPE decision_outcome;
ALTER TABLE web_idempotency DROP CONSTRAINT web_idempotency_state_check, ALTER COLUMN state TYPE request_state;
ALTER TABLE notify_mails DROP CONSTRAINT notify_mails_state_check, ALTER COLUMN state TYPE mail_state;

ALTER DOMAIN trade_order_state ADD CHECK (VALUE IN ('awaiting_approval','placed','accepted','declined','cancelled','completed'));
ALTER DOMAIN trade_payment_state ADD CHECK (VALUE IN ('none','pending','funded','released','refunded'));
ALTER DOMAIN trade_fulfilment_state ADD CHECK (VALUE IN ('none','partly_shipped','shipped','received'));
ALTER DOMAIN trade_aftersale_state ADD CHECK (VALUE IN ('none','claimed','settled'));
ALTER DOMAIN trade_cart_state ADD CHECK (VALUE IN ('open','checked_out'));
ALTER DOMAIN trade_group_source ADD CHECK (VALUE IN ('cart','rfq'));
ALTER DOMAIN trade_price_basis ADD CHECK (VALUE IN ('piece','theoretical','weighed'));
ALTER DOMAIN trade_escrow_state ADD CHECK (VALUE IN ('pending','funded','partly_released','released','refunded','disputed'));
ALTER DOMAIN stock_movement_kind ADD CHECK (VALUE IN ('opening','receipt','reserve','release','ship','adjust'));
ALTER DOMAIN stock_hold_state ADD CHECK (VALUE IN ('held','shipped','released'));
ALTER DOMAIN decision_outcome ADD CHECK (VALUE IN ('allow','review','deny'));
ALTER DOMAIN request_state ADD CHECK (VALUE IN ('started','done'));
ALTER DOMAIN mail_state ADD CHECK (VALUE IN ('queued','sent','failed'));
