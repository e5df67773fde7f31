-- ledger, payments, invoicing, fulfilment, aftersales, notify.
CREATE TABLE ledger_accounts (
  tenant_id uuid NOT NULL, id uuid NOT NULL, key text NOT NULL, -- "escrow", "bank", "commission", "seller:<org>", "buyer:<org>"
  kind text NOT NULL CHECK (kind IN ('asset','liability','revenue','expense','memo')), currency text NOT NULL,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, key, currency)
);
-- seq, prev_hash and hash are null until the sealer links the entry to the chain.
CREATE TABLE ledger_entries (
  tenant_id uuid NOT NULL, id uuid NOT NULL, kind text NOT NULL, ref_kind text NOT NULL, ref_id text NOT NULL, memo text NOT NULL DEFAULT '',
  at timestamptz NOT NULL, by text NOT NULL, seq bigint, prev_hash bytea, hash bytea,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, kind, ref_kind, ref_id)
);
CREATE INDEX ON ledger_entries (tenant_id, ref_kind, ref_id);
CREATE UNIQUE INDEX ledger_entries_seq ON ledger_entries (tenant_id, seq);
CREATE INDEX ledger_entries_unsealed ON ledger_entries (tenant_id, id) WHERE seq IS NULL;
CREATE TABLE ledger_postings ( -- debit positive, credit negative
  tenant_id uuid NOT NULL, entry_id uuid NOT NULL, position int NOT NULL, account_id uuid NOT NULL, amount_minor bigint NOT NULL CHECK (amount_minor <> 0), currency text NOT NULL,
  PRIMARY KEY (tenant_id, entry_id, position),
  FOREIGN KEY (tenant_id, entry_id) REFERENCES ledger_entries (tenant_id, id),
  FOREIGN KEY (tenant_id, account_id) REFERENCES ledger_accounts (tenant_id, id)
);
CREATE INDEX ON ledger_postings (tenant_id, account_id, entry_id);

CREATE TABLE payments_escrows (
  tenant_id uuid NOT NULL, id uuid NOT NULL, order_id uuid NOT NULL, buyer_id uuid NOT NULL, seller_id uuid NOT NULL, currency text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0), funded_minor bigint NOT NULL DEFAULT 0, released_minor bigint NOT NULL DEFAULT 0,
  refunded_minor bigint NOT NULL DEFAULT 0, commission_minor bigint NOT NULL DEFAULT 0,
  state text NOT NULL CHECK (state IN ('pending','funded','partly_released','released','refunded','disputed')),
  plugin text NOT NULL, op_ref text NOT NULL DEFAULT '', instructions jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL, funded_at timestamptz, closed_at timestamptz, version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, order_id),
  FOREIGN KEY (tenant_id, order_id) REFERENCES ordering_orders (tenant_id, id),
  CHECK (funded_minor <= amount_minor AND released_minor + refunded_minor + commission_minor <= funded_minor)
);
CREATE TABLE payments_webhooks (
  tenant_id uuid NOT NULL, plugin text NOT NULL, event_id text NOT NULL, body_hash bytea NOT NULL, at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, plugin, event_id)
);
-- Above the tenant's limit a second person must approve (four eyes).
CREATE TABLE payments_releases (
  tenant_id uuid NOT NULL, id uuid NOT NULL, escrow_id uuid NOT NULL, to_seller_minor bigint NOT NULL, to_buyer_minor bigint NOT NULL, commission_minor bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('requested','approved','done','refused')), requested_by text NOT NULL, requested_at timestamptz NOT NULL,
  approved_by text NOT NULL DEFAULT '', approved_at timestamptz, reason text NOT NULL DEFAULT '', version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, escrow_id) REFERENCES payments_escrows (tenant_id, id),
  CHECK (approved_by = '' OR approved_by <> requested_by)
);
CREATE INDEX ON payments_releases (tenant_id, escrow_id);
CREATE TABLE payments_payouts (
  tenant_id uuid NOT NULL, id uuid NOT NULL, seller_id uuid NOT NULL, currency text NOT NULL, amount_minor bigint NOT NULL CHECK (amount_minor > 0), iban text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending','sent','paid','failed')), op_ref text NOT NULL DEFAULT '', created_by uuid NOT NULL, created_at timestamptz NOT NULL, paid_at timestamptz, version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, seller_id) REFERENCES parties_orgs (tenant_id, id)
);
CREATE INDEX ON payments_payouts (tenant_id, seller_id, id);

CREATE TABLE invoicing_invoices (
  tenant_id uuid NOT NULL, id uuid NOT NULL, number text NOT NULL, order_id uuid NOT NULL, seller_id uuid NOT NULL, buyer_id uuid NOT NULL, currency text NOT NULL,
  net_minor bigint NOT NULL, tax_minor bigint NOT NULL, total_minor bigint NOT NULL, lines jsonb NOT NULL, pdf_blob_id uuid, issued_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, number), UNIQUE (tenant_id, order_id),
  FOREIGN KEY (tenant_id, order_id) REFERENCES ordering_orders (tenant_id, id),
  CHECK (total_minor = net_minor + tax_minor)
);
CREATE INDEX ON invoicing_invoices (tenant_id, buyer_id, id);
CREATE INDEX ON invoicing_invoices (tenant_id, seller_id, id);

CREATE TABLE fulfilment_shipments (
  tenant_id uuid NOT NULL, id uuid NOT NULL, number text NOT NULL, order_id uuid NOT NULL, seller_id uuid NOT NULL, carrier text NOT NULL, service text NOT NULL DEFAULT '',
  tracking text NOT NULL DEFAULT '', vehicle text NOT NULL DEFAULT '', state text NOT NULL CHECK (state IN ('shipped','received')),
  shipped_by uuid NOT NULL, shipped_at timestamptz NOT NULL, eta date, received_at timestamptz, version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, number),
  FOREIGN KEY (tenant_id, order_id) REFERENCES ordering_orders (tenant_id, id)
);
CREATE INDEX ON fulfilment_shipments (tenant_id, order_id);
CREATE TABLE fulfilment_shipment_lines (
  tenant_id uuid NOT NULL, shipment_id uuid NOT NULL, order_line_id uuid NOT NULL, qty_micro bigint NOT NULL CHECK (qty_micro > 0), unit text NOT NULL,
  lot_numbers text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (tenant_id, shipment_id, order_line_id),
  FOREIGN KEY (tenant_id, shipment_id) REFERENCES fulfilment_shipments (tenant_id, id),
  FOREIGN KEY (tenant_id, order_line_id) REFERENCES ordering_order_lines (tenant_id, id)
);
CREATE INDEX ON fulfilment_shipment_lines (tenant_id, order_line_id);
CREATE TABLE fulfilment_receipts (
  tenant_id uuid NOT NULL, id uuid NOT NULL, number text NOT NULL, shipment_id uuid NOT NULL, order_id uuid NOT NULL, received_by uuid NOT NULL, at timestamptz NOT NULL, note text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, number), UNIQUE (tenant_id, shipment_id),
  FOREIGN KEY (tenant_id, shipment_id) REFERENCES fulfilment_shipments (tenant_id, id)
);
CREATE INDEX ON fulfilment_receipts (tenant_id, order_id);
CREATE TABLE fulfilment_receipt_lines (
  tenant_id uuid NOT NULL, receipt_id uuid NOT NULL, order_line_id uuid NOT NULL, qty_micro bigint NOT NULL CHECK (qty_micro >= 0), unit text NOT NULL,
  weighed_micro bigint, -- kilograms, where the line settles on the weighbridge
  lot text NOT NULL DEFAULT '', outcome text NOT NULL CHECK (outcome IN ('accepted','short','over','damaged')), note text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, receipt_id, order_line_id),
  FOREIGN KEY (tenant_id, receipt_id) REFERENCES fulfilment_receipts (tenant_id, id),
  FOREIGN KEY (tenant_id, order_line_id) REFERENCES ordering_order_lines (tenant_id, id)
);
CREATE INDEX ON fulfilment_receipt_lines (tenant_id, order_line_id);

CREATE TABLE aftersales_claims (
  tenant_id uuid NOT NULL, id uuid NOT NULL, number text NOT NULL, order_id uuid NOT NULL, order_line_id uuid NOT NULL, buyer_id uuid NOT NULL, seller_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('short','over','damaged','wrong','weight')), expected_micro bigint NOT NULL, actual_micro bigint NOT NULL, unit text NOT NULL,
  amount_minor bigint NOT NULL, currency text NOT NULL, state text NOT NULL CHECK (state IN ('open','accepted','rejected','withdrawn')),
  opened_by text NOT NULL, opened_at timestamptz NOT NULL, decided_by text NOT NULL DEFAULT '', decided_at timestamptz, note text NOT NULL DEFAULT '', answer text NOT NULL DEFAULT '', version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, number),
  FOREIGN KEY (tenant_id, order_id) REFERENCES ordering_orders (tenant_id, id),
  FOREIGN KEY (tenant_id, order_line_id) REFERENCES ordering_order_lines (tenant_id, id)
);
CREATE INDEX ON aftersales_claims (tenant_id, order_id);
CREATE INDEX ON aftersales_claims (tenant_id, order_line_id);
CREATE INDEX ON aftersales_claims (tenant_id, buyer_id, id);
CREATE INDEX ON aftersales_claims (tenant_id, seller_id, id);

CREATE TABLE notify_messages (
  tenant_id uuid NOT NULL, id uuid NOT NULL, person_id uuid NOT NULL, org_id uuid, event_id uuid NOT NULL, kind text NOT NULL, -- message key "notify.<kind>"
  params jsonb NOT NULL, link text NOT NULL DEFAULT '', created_at timestamptz NOT NULL, read_at timestamptz,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, person_id, event_id)
);
CREATE INDEX notify_messages_unread ON notify_messages (tenant_id, person_id, id) WHERE read_at IS NULL;
CREATE TABLE notify_mails (
  tenant_id uuid NOT NULL, id uuid NOT NULL, recipient text NOT NULL, subject text NOT NULL, body_text text NOT NULL, body_html text NOT NULL,
  state text NOT NULL CHECK (state IN ('queued','sent','failed')), error text NOT NULL DEFAULT '', created_at timestamptz NOT NULL, sent_at timestamptz,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX ON notify_mails (tenant_id, state, id);
SELECT kontor_tenant_table(t) FROM unnest(ARRAY['ledger_accounts','ledger_entries','ledger_postings','payments_escrows','payments_webhooks','payments_releases',
  'payments_payouts','invoicing_invoices','fulfilment_shipments','fulfilment_shipment_lines','fulfilment_receipts','fulfilment_receipt_lines',
  'aftersales_claims','notify_messages','notify_mails']::regclass[]) t;
-- Postings are never changed, only reversed.
REVOKE UPDATE, DELETE ON ledger_entries, ledger_postings FROM kontor_app;
GRANT UPDATE (seq, prev_hash, hash) ON ledger_entries TO kontor_app;
