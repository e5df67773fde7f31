package app

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// pointsAt says what a column of that name refers to, in whatever table it stands. Between
// two contexts there is no foreign key, so nothing else looks.
var pointsAt = map[string]string{
	"account_id": "ledger_accounts", "service_id": "access_accounts", "entry_id": "ledger_entries",
	"award_id": "sourcing_awards", "rfq_id": "sourcing_rfqs", "rfq_line_id": "sourcing_rfq_lines", "quote_id": "sourcing_quotes",
	"blob_id": "blob_objects", "pdf_blob_id": "blob_objects",
	"buyer_id": "parties_orgs", "seller_id": "parties_orgs", "org_id": "parties_orgs", "company_id": "parties_orgs", "employer_id": "parties_orgs", "cost_centre_id": "parties_cost_centres", "unit_id": "parties_units",
	"consent_id": "parties_representations", "representation_id": "parties_representations", "connection_id": "sso_connections",
	"scim_user_id": "scim_users", "scim_group_id": "scim_groups",
	"phone_id": "contact_phones",
	"cart_id":  "ordering_carts", "checkout_id": "ordering_checkouts", "group_id": "ordering_groups", "order_id": "ordering_orders", "order_line_id": "ordering_order_lines",
	"category_id": "catalog_categories", "document_id": "blob_objects", "item_id": "catalog_items", "offer_id": "catalog_offers",
	"escrow_id": "payments_escrows", "lot_id": "inventory_lots", "warehouse_id": "inventory_warehouses",
	"person_id": "identity_people", "receipt_id": "fulfilment_receipts", "shipment_id": "fulfilment_shipments",
}

const referencesQuery = `SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
	WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'uuid'::regtype AND a.attname = ANY($1)
	AND EXISTS (SELECT 1 FROM pg_attribute t WHERE t.attrelid = c.oid AND t.attname = 'tenant_id') ORDER BY 1, 2`

// references finds, from the catalog, every column that refers to another row, and makes
// the invariant of it: under row-level security another tenant's row is as absent as none. In keys, where NULL
// cannot stand, zero says "of none".
func (h *House) references(ctx context.Context) (invariant, error) {
	inv := invariant{name: "I9 no row refers to another tenant's row, or to none"}
	var counts, breaches []string
	columns := slices.Sorted(maps.Keys(pointsAt))
	err := h.DB.Read(ctx, func(b *pgx.Batch) {
		counts, breaches = nil, nil
		b.Queue(referencesQuery, columns).Query(func(rows pgx.Rows) error {
			var table, column string
			_, err := pgx.ForEachRow(rows, []any{&table, &column}, func() error {
				counts = append(counts, fmt.Sprintf(`SELECT count(%s) AS n FROM %s`, column, table))
				breaches = append(breaches, fmt.Sprintf(`SELECT '%s.%s ' || x.%s FROM %s x WHERE x.%s <> '00000000-0000-0000-0000-000000000000' AND NOT EXISTS (SELECT 1 FROM %s t WHERE t.tenant_id = x.tenant_id AND t.id = x.%s)`,
					table, column, column, table, column, pointsAt[column], column))
				return nil
			})
			return err
		})
	})
	inv.count = `SELECT sum(n)::bigint FROM (` + strings.Join(counts, ` UNION ALL `) + `) all_of_them`
	inv.breaches = strings.Join(breaches, ` UNION ALL `)
	return inv, err
}
