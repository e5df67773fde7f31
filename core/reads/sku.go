package reads

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/maypok86/otter/v2"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
)

// skus remembers which item a part number names. Part numbers may move to another item,
// so whoever uses an answer compares the item's own part number with it.
type skus struct {
	kept *otter.Cache[skuKey, id.Item]
}

type skuKey struct {
	tenant id.Tenant
	sku    string
}

func newSKUs() *skus {
	return &skus{otter.Must(&otter.Options[skuKey, id.Item]{
		MaximumSize: 50_000, ExpiryCalculator: otter.ExpiryWriting[skuKey, id.Item](10 * time.Minute),
	})}
}

// BySKU finds published items by part number; what is missing from the answer is not on
// the shelf. Only what is not remembered is asked for.
func (s *Storefront) BySKU(ctx context.Context, want ...string) (map[string]id.Item, error) {
	who, err := caller.From(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[string]id.Item, len(want))
	var missing []string
	for _, sku := range want {
		if i, ok := s.skus.kept.GetIfPresent(skuKey{who.Tenant, sku}); ok {
			out[sku] = i
		} else {
			missing = append(missing, sku)
		}
	}
	if len(missing) == 0 {
		return out, nil
	}
	found := map[string]id.Item{}
	err = s.db.Lookup(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT sku, id FROM catalog_items WHERE sku = ANY ($1) AND state = 'published'`, missing).Query(func(rows pgx.Rows) error {
			clear(found)
			var sku string
			var i id.Item
			_, err := pgx.ForEachRow(rows, []any{&sku, (*[16]byte)(&i)}, func() error { found[sku] = i; return nil })
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	for sku, i := range found {
		s.skus.kept.Set(skuKey{who.Tenant, sku}, i)
		out[sku] = i
	}
	return out, nil
}

// ItemBySKU reads an item's page by part number. ok is false where no item has it.
func (s *Storefront) ItemBySKU(ctx context.Context, sku string) (it Item, ok bool, err error) {
	for range 2 { // a remembered answer may be old
		found, err := s.BySKU(ctx, sku)
		if err != nil {
			return Item{}, false, err
		}
		want, known := found[sku]
		if !known {
			return Item{}, false, nil
		}
		it, err = s.Item(ctx, want)
		if err == nil && it.Card.Item.SKU == sku {
			return it, true, nil
		}
		who, cerr := caller.From(ctx)
		if cerr != nil {
			return Item{}, false, cerr
		}
		s.skus.kept.Invalidate(skuKey{who.Tenant, sku})
		if err != nil {
			return Item{}, false, err
		}
	}
	return Item{}, false, nil
}

// Listed are the part numbers of everything on the shelf, at most limit, for site maps.
func (s *Storefront) Listed(ctx context.Context, limit int) ([]string, error) {
	var out []string
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT sku FROM catalog_items WHERE state = 'published' ORDER BY id LIMIT $1`, limit).Query(func(rows pgx.Rows) (err error) {
			out, err = pgx.CollectRows(rows, pgx.RowTo[string])
			return err
		})
	})
	return out, err
}
