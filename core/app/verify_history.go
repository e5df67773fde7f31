package app

import "strings"

// told are the states that only something which was told can have led to: table, column,
// state, and the line that the record must hold about the order or the request.
var told = []struct{ table, column, state, subject, id, action string }{
	{"ordering_orders", "order_state", "placed", "order", "id", "ordering.order_placed.v1"},
	{"ordering_orders", "order_state", "accepted", "order", "id", "ordering.order_accepted.v1"},
	{"ordering_orders", "order_state", "declined", "order", "id", "ordering.order_declined.v1"},
	{"ordering_orders", "order_state", "cancelled", "order", "id", "ordering.order_cancelled.v1"},
	{"ordering_orders", "order_state", "completed", "order", "id", "ordering.order_completed.v1"},
	{"ordering_orders", "fulfilment_state", "received", "order", "id", "fulfilment.shipment_received.v1"},
	{"payments_escrows", "state", "funded", "order", "order_id", "payments.escrow_funded.v1"},
	{"payments_escrows", "state", "released", "order", "order_id", "payments.escrow_released.v1"},
	{"payments_escrows", "state", "refunded", "order", "order_id", "payments.escrow_refunded.v1"},
	{"fulfilment_shipments", "state", "shipped", "order", "order_id", "fulfilment.shipment_sent.v1"},
	{"fulfilment_shipments", "state", "received", "order", "order_id", "fulfilment.shipment_received.v1"},
	{"aftersales_claims", "state", "accepted", "order", "order_id", "aftersales.claim_accepted.v1"},
	{"aftersales_claims", "state", "rejected", "order", "order_id", "aftersales.claim_rejected.v1"},
	{"invoicing_invoices", "''", "", "order", "order_id", "invoicing.invoice_issued.v1"},
	{"sourcing_rfqs", "state", "published", "rfq", "id", "sourcing.rfq_published.v1"},
	{"sourcing_rfqs", "state", "awarded", "rfq", "id", "sourcing.rfq_awarded.v1"},
	{"sourcing_rfqs", "state", "cancelled", "rfq", "id", "sourcing.rfq_cancelled.v1"},
	{"sourcing_rfqs", "state", "expired", "rfq", "id", "sourcing.rfq_expired.v1"},
}

// elsewhere is true of what came with an anonymised clone, which leaves its record behind:
// whatever is older than its arrival, as identifiers tell.
const elsewhere = `EXISTS (SELECT 1 FROM tenancy_runs r WHERE r.tenant_id = x.tenant_id AND r.workflow = 'import' AND r.input->'anonymised' = 'true' AND x.id < r.id)`

// histories is the invariant that nothing is in a state that nobody has told of. What was
// imported has its history elsewhere.
func histories() invariant {
	var counts, breaches []string
	for _, h := range told {
		where := h.column + " = '" + h.state + "'"
		if h.table == "ordering_orders" {
			where += " AND note <> 'imported'"
		}
		counts = append(counts, `SELECT count(*) AS n FROM `+h.table+` WHERE `+where)
		breaches = append(breaches, `SELECT '`+h.table+` ' || x.id || ' is `+h.state+` without `+h.action+`' FROM (SELECT id, `+h.id+` AS subject, tenant_id FROM `+h.table+` WHERE `+where+`) x
			WHERE NOT `+elsewhere+` AND NOT EXISTS (SELECT 1 FROM audit_entries a WHERE a.tenant_id = x.tenant_id AND a.object_kind = '`+h.subject+`' AND a.object_id = x.subject::text AND a.action = '`+h.action+`')`)
	}
	return invariant{
		name:     "I10 nothing is in a state that the record does not tell of",
		count:    `SELECT sum(n)::bigint FROM (` + strings.Join(counts, ` UNION ALL `) + `) all_of_them`,
		breaches: strings.Join(breaches, ` UNION ALL `),
	}
}
