-- A shipment that books a carrier is first prepared, then booked outside any transaction,
-- then shipped; abandoned when the carrier refuses. booking_* is the carrier's side of it.
-- final: the seller sends no more of the order, even if less than ordered has left.
ALTER TABLE fulfilment_shipments DROP CONSTRAINT fulfilment_shipments_state_check;
ALTER TABLE fulfilment_shipments ADD CONSTRAINT fulfilment_shipments_state_check CHECK (state IN ('preparing','shipped','received','abandoned'));
ALTER TABLE fulfilment_shipments
  ADD COLUMN final boolean NOT NULL DEFAULT false,
  ADD COLUMN buyer_id uuid NOT NULL,
  ADD COLUMN booking jsonb NOT NULL DEFAULT '{}',
  ADD COLUMN note text NOT NULL DEFAULT '';
CREATE INDEX ON fulfilment_shipments (tenant_id, buyer_id, id);
CREATE INDEX ON fulfilment_shipments (tenant_id, seller_id, id);
CREATE INDEX fulfilment_shipments_preparing ON fulfilment_shipments (tenant_id, shipped_at) WHERE state = 'preparing';
-- One line of an order may arrive in several lots, each counted on its own.
ALTER TABLE fulfilment_receipt_lines DROP CONSTRAINT fulfilment_receipt_lines_pkey;
ALTER TABLE fulfilment_receipt_lines ADD PRIMARY KEY (tenant_id, receipt_id, order_line_id, lot, outcome);
