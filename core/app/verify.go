package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/plans/plansdb"
	"github.com/kontorhq/kontor/core/platform/jobs"
)

// Finding is what one invariant's check came to in one tenant.
type Finding struct {
	Invariant string
	Tenant    string
	Checked   int64 // things looked at
	Breaches  []string
}

// Report is what Verify found.
type Report struct{ Findings []Finding }

// Broken reports whether any invariant does not hold.
func (r Report) Broken() bool {
	for _, f := range r.Findings {
		if len(f.Breaches) > 0 {
			return true
		}
	}
	return false
}

// String says what was checked, and every breach.
func (r Report) String() string {
	var b strings.Builder
	for _, f := range r.Findings {
		mark := "ok "
		if len(f.Breaches) > 0 {
			mark = "BROKEN"
		}
		fmt.Fprintf(&b, "%-6s %-10s %-62s %d\n", mark, f.Tenant, f.Invariant, f.Checked)
		for _, x := range f.Breaches {
			fmt.Fprintf(&b, "         %s\n", x)
		}
	}
	return b.String()
}

// invariant is a query under the tenant's own row-level security: how many things it looked
// at, and a line for each breach.
type invariant struct {
	name     string
	count    string
	breaches string
}

// invariants are those of the trade, recomputed from stored inputs and nothing else.
var invariants = []invariant{
	{
		"I2 every ledger entry adds up to nothing in each currency", `SELECT count(*) FROM ledger_entries`,
		`SELECT 'entry ' || entry_id || ' is off by ' || sum(amount_minor) || ' ' || currency FROM ledger_postings GROUP BY entry_id, currency HAVING sum(amount_minor) <> 0`,
	},
	{
		"I2 no ledger entry without postings", `SELECT count(*) FROM ledger_entries`,
		`SELECT 'entry ' || e.id || ' has no postings' FROM ledger_entries e WHERE NOT EXISTS (SELECT 1 FROM ledger_postings p WHERE p.tenant_id = e.tenant_id AND p.entry_id = e.id)`,
	},
	{
		"I3 an order's goods are the sum of its lines", `SELECT count(*) FROM ordering_orders`,
		`SELECT 'order ' || o.number || ': lines ' || coalesce(sum(l.goods_minor), 0) || ', goods ' || o.goods_minor FROM ordering_orders o
		 LEFT JOIN ordering_order_lines l ON l.tenant_id = o.tenant_id AND l.order_id = o.id GROUP BY o.tenant_id, o.id HAVING coalesce(sum(l.goods_minor), 0) <> o.goods_minor`,
	},
	{
		"I3 an order's total is goods less discount plus freight plus tax", `SELECT count(*) FROM ordering_orders`,
		`SELECT 'order ' || number FROM ordering_orders WHERE total_minor <> goods_minor - discount_minor + freight_minor + tax_minor`,
	},
	{
		"I4 stock is the sum of its movements", `SELECT count(*) FROM inventory_stock`,
		`SELECT 'offer ' || s.offer_id || ' lot ' || s.lot_id || ': on hand ' || s.on_hand_micro || ', moved ' || coalesce(sum(m.on_hand_micro), 0) FROM inventory_stock s
		 LEFT JOIN inventory_movements m ON m.tenant_id = s.tenant_id AND m.offer_id = s.offer_id AND m.warehouse_id = s.warehouse_id AND m.lot_id = s.lot_id
		 GROUP BY s.tenant_id, s.offer_id, s.warehouse_id, s.lot_id HAVING s.on_hand_micro <> coalesce(sum(m.on_hand_micro), 0)`,
	},
	{
		"I4 what is reserved is what is held", `SELECT count(*) FROM inventory_stock WHERE reserved_micro > 0`,
		`SELECT 'offer ' || s.offer_id || ': reserved ' || s.reserved_micro || ', held ' || coalesce(sum(h.qty_micro), 0) FROM inventory_stock s
		 LEFT JOIN inventory_holds h ON h.tenant_id = s.tenant_id AND h.offer_id = s.offer_id AND h.warehouse_id = s.warehouse_id AND h.lot_id = s.lot_id AND h.state = 'held'
		 GROUP BY s.tenant_id, s.offer_id, s.warehouse_id, s.lot_id HAVING s.reserved_micro <> coalesce(sum(h.qty_micro), 0)`,
	},
	{
		"I5 escrow never pays out more than it holds", `SELECT count(*) FROM payments_escrows`,
		`SELECT 'order ' || order_id FROM payments_escrows WHERE released_minor + refunded_minor + commission_minor > funded_minor OR funded_minor > amount_minor`,
	},
	{
		"I5 an emptied safe is empty", `SELECT count(*) FROM payments_escrows WHERE state IN ('released','refunded')`,
		`SELECT 'order ' || order_id FROM payments_escrows WHERE state IN ('released','refunded') AND released_minor + refunded_minor + commission_minor <> funded_minor`,
	},
	{
		"I5 the ledger's escrow is what the safes hold", `SELECT count(*) FROM payments_escrows`,
		`SELECT 'ledger ' || b.minor || ', safes ' || s.minor || ' ' || b.currency FROM
		 (SELECT a.currency, -coalesce(sum(p.amount_minor), 0) AS minor FROM ledger_accounts a JOIN ledger_postings p ON p.tenant_id = a.tenant_id AND p.account_id = a.id WHERE a.key = 'escrow' GROUP BY a.currency) b
		 JOIN (SELECT currency, sum(CASE WHEN state IN ('released','refunded') THEN 0 ELSE funded_minor END) AS minor FROM payments_escrows GROUP BY currency) s USING (currency) WHERE b.minor <> s.minor`,
	},
	{
		"I5 a paid order has its whole total in escrow, a completed one was released", `SELECT count(*) FROM ordering_orders WHERE payment_state <> 'none'`,
		`SELECT 'order ' || o.number || ' is ' || o.payment_state || ', its escrow ' || coalesce(e.state, 'missing') FROM ordering_orders o LEFT JOIN payments_escrows e ON e.tenant_id = o.tenant_id AND e.order_id = o.id
		 WHERE (o.payment_state = 'funded' AND coalesce(e.state, '') NOT IN ('funded')) OR (o.payment_state = 'released' AND coalesce(e.state, '') NOT IN ('released','refunded'))`,
	},
	{
		"I6 every kept answer is whole", `SELECT count(*) FROM web_idempotency`,
		`SELECT 'key ' || key || ' of ' || route || ', status ' || status FROM web_idempotency WHERE state = 'done' AND (status = 0 OR response IS NULL AND sealed IS NULL AND status <> 204 AND headers->>'Location' IS NULL AND headers->>'HX-Redirect' IS NULL)`,
	},
	{
		"I7 every event has its line in the record", `SELECT count(*) FROM event_outbox`,
		`SELECT 'event ' || o.name || ' ' || o.id FROM event_outbox o WHERE NOT EXISTS
		 (SELECT 1 FROM audit_entries a WHERE a.tenant_id = o.tenant_id AND a.object_kind = o.subject_kind AND a.object_id = o.subject_id AND a.action = o.name AND a.data->>'event' = o.id::text)`,
	},
	{
		"I8 no stock is held for an order that has ended", `SELECT count(*) FROM inventory_holds WHERE state = 'held'`,
		`SELECT 'hold ' || h.id || ' of order ' || o.number FROM inventory_holds h JOIN ordering_order_lines l ON l.tenant_id = h.tenant_id AND h.ref_kind = 'order_line' AND l.id::text = h.ref_id
		 JOIN ordering_orders o ON o.tenant_id = l.tenant_id AND o.id = l.order_id WHERE h.state = 'held' AND o.order_state IN ('declined','cancelled','completed')`,
	},
	{
		"I8 no idempotency key hangs", `SELECT count(*) FROM web_idempotency WHERE state = 'started'`,
		`SELECT 'key ' || key || ' since ' || created_at FROM web_idempotency WHERE state = 'started' AND expires_at < now() - interval '1 day'`,
	},
	{
		"I10 the four axes of every order fit together", `SELECT count(*) FROM ordering_orders`,
		`SELECT 'order ' || number || ': ' || order_state || '/' || payment_state || '/' || fulfilment_state || '/' || aftersale_state FROM ordering_orders
		 WHERE note <> 'imported' AND ((fulfilment_state <> 'none' AND payment_state NOT IN ('funded','released')) OR (payment_state = 'released' AND (fulfilment_state <> 'received' OR aftersale_state = 'claimed'))
		   OR (order_state IN ('awaiting_approval','declined','cancelled') AND fulfilment_state <> 'none') OR (order_state = 'completed' AND payment_state <> 'released'))`,
	},
	{
		"I12 no document number was given twice or skipped ahead of its counter", `SELECT count(*) FROM numbering_counters`,
		`SELECT c.kind || ' counter ' || c.value || ' below ' || max(n.v) FROM numbering_counters c JOIN
		 (SELECT split_part(number, '-', 1) AS kind, split_part(number, '-', 2) AS year, split_part(number, '-', 3)::bigint AS v FROM ordering_orders WHERE number ~ '^PO-[0-9]{4}-[0-9]+$') n
		 ON n.kind = c.kind AND n.year = c.year::text GROUP BY c.kind, c.value HAVING max(n.v) > c.value`,
	},
	{
		"I12 every counter of use is the sum of its ledger", `SELECT count(*) FROM plans_counters`,
		`SELECT coalesce(c.metric, l.metric) || ' ' || coalesce(c.period, l.period) || ': counter ' || coalesce(c.used, 0) || ', ledger ' || coalesce(l.sum, 0) FROM plans_counters c
		 FULL JOIN (SELECT metric, period, sum(delta) AS sum FROM plans_ledger GROUP BY metric, period) l USING (metric, period) WHERE coalesce(c.used, 0) <> coalesce(l.sum, 0)`,
	},
	{
		"I12 the months' orders are those that were told of and heard", `SELECT count(*) FROM event_outbox WHERE name = 'ordering.order_placed.v1'`,
		`SELECT 'counted ' || counted || ', placed ' || placed FROM (SELECT coalesce((SELECT sum(used) FROM plans_counters WHERE metric = 'orders'), 0) AS counted,
		 (SELECT count(*) FROM event_outbox o WHERE o.name = 'ordering.order_placed.v1' AND (o.relayed_at IS NOT NULL
			OR EXISTS (SELECT 1 FROM event_consumed c WHERE c.tenant_id = o.tenant_id AND c.consumer = '` + plansdb.Consumer + `' AND c.event_id = o.id))) AS placed) x WHERE counted <> placed`,
	},
}

// Verify proves the invariants of every tenant, and the chains of audit trail and ledger.
func (h *House) Verify(ctx context.Context) (Report, error) {
	var out Report
	all, err := h.Tenancy.All(ctx)
	if err != nil {
		return out, err
	}
	notes, err := jobs.ReadAnchors(h.anchors, id.Tenant{})
	if err != nil {
		return out, err
	}
	for _, t := range all {
		ctx := caller.AsSystem(ctx, t.ID, "verify")
		refs, err := h.references(ctx)
		if err != nil {
			return out, err
		}
		for _, inv := range append(slices.Clone(invariants), refs, histories()) {
			f := Finding{Invariant: inv.name, Tenant: t.Slug}
			if err := h.check(ctx, inv, &f); err != nil {
				return out, fmt.Errorf("%s: %w", inv.name, err)
			}
			out.Findings = append(out.Findings, f)
		}
		f, err := h.chains(ctx, t.Slug, notes)
		if err != nil {
			return out, err
		}
		out.Findings = append(out.Findings, f)
	}
	return out, nil
}

func (h *House) check(ctx context.Context, inv invariant, f *Finding) error {
	return h.DB.Read(ctx, func(b *pgx.Batch) {
		b.Queue(inv.count).QueryRow(func(r pgx.Row) error { return r.Scan(&f.Checked) })
		b.Queue(inv.breaches + ` LIMIT 20`).Query(func(rows pgx.Rows) error {
			var line string
			_, err := pgx.ForEachRow(rows, []any{&line}, func() error { f.Breaches = append(f.Breaches, line); return nil })
			return err
		})
	})
}

// chains seals what is waiting, recomputes every hash and compares them with the notes
// that were kept outside.
func (h *House) chains(ctx context.Context, slug string, notes jobs.Anchors) (Finding, error) {
	f := Finding{Invariant: "I11 the audit trail's and the ledger's hash chains are unbroken", Tenant: slug}
	for {
		n, err := h.Queue.Seal(ctx)
		if err != nil {
			return f, err
		}
		if n == 0 {
			break
		}
	}
	heads, err := h.Queue.VerifyAgainst(ctx, notes)
	var broken *jobs.Broken
	if errors.As(err, &broken) {
		f.Breaches = append(f.Breaches, broken.Error())
		return f, nil
	}
	for _, head := range heads {
		f.Checked += head.Seq
	}
	return f, err
}
