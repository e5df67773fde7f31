package reads

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/maypok86/otter/v2"

	"github.com/kontorhq/kontor/core/id"
)

// House is what a warehouse is called and where it stands.
type House struct {
	Code    string
	Name    string
	City    string
	Country string
}

// houses remembers warehouses, which every stock row names and few change.
type houses struct {
	kept *otter.Cache[houseKey, House]
}

type houseKey struct {
	tenant    id.Tenant
	epoch     uint64
	warehouse id.Warehouse
}

func newHouses() *houses {
	return &houses{otter.Must(&otter.Options[houseKey, House]{
		MaximumSize: 5_000, ExpiryCalculator: otter.ExpiryWriting[houseKey, House](30 * time.Second),
	})}
}

// house writes to each place which warehouse it is in, and puts the places of an offer in
// order: what expires first, then by warehouse and lot.
func (s *Storefront) house(ctx context.Context, tenant id.Tenant, offers []Offer) error {
	now := s.glances.epochs.Now(tenant)
	known := map[id.Warehouse]House{}
	var missing [][16]byte
	for _, o := range offers {
		for _, p := range o.Stock {
			if _, ok := known[p.Warehouse]; ok {
				continue
			}
			h, ok := s.houses.kept.GetIfPresent(houseKey{tenant, now, p.Warehouse})
			if known[p.Warehouse] = h; !ok {
				missing = append(missing, p.Warehouse)
			}
		}
	}
	if len(missing) > 0 {
		err := s.db.Lookup(ctx, func(b *pgx.Batch) {
			b.Queue(`SELECT id, code, name, city, country FROM inventory_warehouses WHERE id = ANY ($1)`, missing).Query(func(rows pgx.Rows) error {
				var w [16]byte
				var h House
				_, err := pgx.ForEachRow(rows, []any{&w, &h.Code, &h.Name, &h.City, &h.Country}, func() error {
					known[w] = h
					s.houses.kept.Set(houseKey{tenant, now, w}, h)
					return nil
				})
				return err
			})
		})
		if err != nil {
			return err
		}
	}
	for _, o := range offers {
		for i := range o.Stock {
			o.Stock[i].House = known[o.Stock[i].Warehouse]
		}
		slices.SortFunc(o.Stock, func(a, b Place) int {
			return cmp.Or(endless(a.ExpiresOn).Compare(endless(b.ExpiresOn)), strings.Compare(a.Code, b.Code), strings.Compare(a.Lot, b.Lot))
		})
	}
	return nil
}

// endless puts what does not expire after everything that does.
func endless(t time.Time) time.Time {
	if t.IsZero() {
		return time.Unix(1<<40, 0)
	}
	return t
}
