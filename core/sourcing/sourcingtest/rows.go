package sourcingtest

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/sourcing"
)

// Rows of other contexts that sourcing's foreign keys point at.

func (w *World) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	if _, err := w.DB.Ops(t).Exec(context.Background(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

// Company adds a party.
func (w *World) Company(t testing.TB, c sourcing.Company) id.Org {
	t.Helper()
	org := id.Org{}.New()
	w.exec(t, `INSERT INTO parties_orgs (tenant_id, id, name, country, reg_kind, reg_no, buys, sells, state, created_at)
		VALUES ($1,$2,$3,'CN','other',$4,$5,$6,'approved',now())`, w.Tenant.UUID(), org.UUID(), c.Name, org.String(), c.Buys, c.Sells)
	w.companies[org] = c
	return org
}

// Admit changes what is known of a party.
func (w *World) Admit(org id.Org, c sourcing.Company) { w.companies[org] = c }

// Item adds a catalogue item.
func (w *World) Item(t testing.TB, it sourcing.Item) id.Item {
	t.Helper()
	category, item := id.Category{}.New(), id.Item{}.New()
	names, err := json.Marshal(it.Names)
	if err != nil {
		t.Fatal(err)
	}
	w.exec(t, `INSERT INTO catalog_categories (tenant_id, id, slug, path, names) VALUES ($1,$2,$3,$3,'{}')`, w.Tenant.UUID(), category.UUID(), category.String())
	w.exec(t, `INSERT INTO catalog_items (tenant_id, id, category_id, sku, names, unit, kg_per_unit_micro, state, created_at, updated_at)
		VALUES ($1,$2,$3,$4,$5,$6,$7,'published',now(),now())`, w.Tenant.UUID(), item.UUID(), category.UUID(), it.SKU, names, string(it.Unit), it.KgPerUnitMicro)
	w.items[item] = it
	return item
}

// File adds a file of a company.
func (w *World) File(t testing.TB, org id.Org) id.Blob {
	t.Helper()
	blob := id.Blob{}.New()
	w.exec(t, `INSERT INTO blob_objects (tenant_id, id, name, media_type, size, sha256, org_id, created_by, created_at)
		VALUES ($1,$2,'drawing.pdf','application/pdf',3,'\x00',$3,'test',now())`, w.Tenant.UUID(), blob.UUID(), org.UUID())
	return blob
}

// Owned implements sourcing.Files.
func (w *World) Owned(ctx context.Context, org id.Org, files []id.Blob) (map[id.Blob]sourcing.File, error) {
	out := map[id.Blob]sourcing.File{}
	for _, f := range files {
		if f == w.Drawing && org == w.Buyer {
			out[f] = sourcing.File{Name: "drawing.pdf", MediaType: "application/pdf", Size: 3}
		}
	}
	return out, nil
}
