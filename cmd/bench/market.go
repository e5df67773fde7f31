package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/app"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/inventory"
	"github.com/kontorhq/kontor/core/platform/config"
	"github.com/kontorhq/kontor/core/pricing"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/tenancy"
	"github.com/kontorhq/kontor/tenants"
)

const (
	database   = "kontor"
	marketSlug = "steel"
	marketHost = "steel.localhost"
	marketSize = 10_000 // items on top of the blueprint's own
	skuPrefix  = "BX-"
)

// shelves are the categories that the additional items stand on.
var shelves = []string{"sections/h-beams/hw", "sections/h-beams/hm", "sections/h-beams/hn", "sections/european-beams/hea", "sections/european-beams/heb", "sections/european-beams/ipe"}

// makeMarket applies the blueprints that are built in and fills one marketplace with ten
// thousand more items, all through the services. What is there already stays.
func makeMarket(ctx context.Context, c *cluster, say func(string)) error {
	h, done, err := openHouse(ctx, c)
	if err != nil {
		return err
	}
	defer done()
	slugs, err := tenants.Slugs(tenants.FS)
	if err != nil {
		return err
	}
	all, err := h.Tenancy.All(ctx)
	if err != nil {
		return err
	}
	for _, slug := range slugs {
		if slices.ContainsFunc(all, func(t tenancy.Tenant) bool { return t.Slug == slug }) {
			continue
		}
		say("blueprint " + slug)
		b, err := tenants.Load(tenants.FS, slug)
		if err != nil {
			return err
		}
		if _, err := h.Apply(ctx, b, func(string) {}); err != nil {
			return err
		}
	}
	say("ten thousand items with Chinese names")
	if err := stockUp(ctx, c, h); err != nil {
		return err
	}
	if all, err = h.Tenancy.All(ctx); err != nil {
		return err
	}
	for _, t := range all {
		if err := h.Queue.Relay(caller.AsSystem(ctx, t.ID, "bench")); err != nil {
			return err
		}
	}
	return nil
}

// openHouse is the product in this process, for preparing only; it is closed before
// anything is measured.
func openHouse(ctx context.Context, c *cluster) (*app.House, func(), error) {
	u, err := c.url(database, "", "")
	if err != nil {
		return nil, nil, err
	}
	cfg, err := config.Load("")
	if err != nil {
		return nil, nil, err
	}
	cfg.DatabaseURL, cfg.Data, cfg.Demo = config.Secret(u), filepath.Join(c.dir, "kontor"), false
	p, err := app.Boot(ctx, cfg, slog.New(slog.DiscardHandler), false, func(string) {})
	if err != nil {
		return nil, nil, err
	}
	return p.House, p.Close, nil
}

// trader is a seller with one of its warehouses.
type trader struct {
	org       id.Org
	warehouse id.Warehouse
}

func stockUp(ctx context.Context, c *cluster, h *app.House) error {
	conn, err := c.admin(ctx, database)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	var tenant id.Tenant
	var have int
	if err := conn.QueryRow(ctx, `SELECT t.id, (SELECT count(*) FROM catalog_items i WHERE i.tenant_id = t.id AND i.sku LIKE $2 || '%') FROM tenancy_tenants t WHERE t.slug = $1`, marketSlug, skuPrefix).Scan((*[16]byte)(&tenant), &have); err != nil || have >= marketSize {
		return err
	}
	buyer, err := contractBuyer(ctx, conn, uuid.UUID(tenant))
	if err != nil {
		return err
	}
	rows, err := conn.Query(ctx, `SELECT DISTINCT ON (o.id) o.id, w.id FROM parties_orgs o JOIN inventory_warehouses w ON w.tenant_id = o.tenant_id AND w.org_id = o.id WHERE o.tenant_id = $1 AND o.sells AND o.state = 'approved'`, tenant.UUID())
	if err != nil {
		return err
	}
	traders, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (t trader, err error) {
		return t, r.Scan((*[16]byte)(&t.org), (*[16]byte)(&t.warehouse))
	})
	if err != nil {
		return err
	}
	ctx = caller.AsSystem(ctx, tenant, "bench")
	for from := 0; from < marketSize; from += 1000 {
		if err := portion(ctx, h, traders, id.Org(buyer), from, from+1000); err != nil {
			return err
		}
	}
	return nil
}

// portion imports some items, each with the offers of two sellers, tier prices, stock, and
// for every other item prices agreed with one buyer.
func portion(ctx context.Context, h *app.House, traders []trader, buyer id.Org, from, to int) error {
	var entries []catalog.Entry
	shelf := map[id.Org]id.Warehouse{}
	for _, t := range traders {
		shelf[t.org] = t.warehouse
	}
	for n := from; n < to; n++ {
		e := catalog.Entry{Path: shelves[n%len(shelves)], Item: catalog.Item{
			SKU: fmt.Sprintf("%s%05d", skuPrefix, n), Names: catalog.Names{"zh-CN": goodsName(n), "en": fmt.Sprintf("Part %d", n)},
			Descriptions: catalog.Names{"zh-CN": goodsName(n) + "，现货供应，附质保书。"}, Unit: quantity.Piece, KgPerUnitMicro: 100_000_000, State: catalog.Published,
			Attributes: map[string]string{"grade": grades[n%len(grades)], "standard": "GB/T 11263", "h": fmt.Sprint(100 + n%50), "b": fmt.Sprint(50 + n%20), "length": "12", "kgm": "8.3"},
		}}
		for k := range 2 {
			e.Offers = append(e.Offers, catalog.Offer{
				Seller: traders[(n+k)%len(traders)].org, SellerSKU: fmt.Sprintf("%s%05d", skuPrefix, n), Unit: quantity.Piece,
				MOQMicro: quantity.Scale, StepMicro: quantity.Scale, LeadDays: 3, Incoterm: "EXW", Currency: "CNY", Basis: catalog.ByPiece, State: catalog.OfferPublished,
			})
		}
		entries = append(entries, e)
	}
	made, err := h.Catalog.Import(ctx, entries)
	if err != nil {
		return err
	}
	var prices []pricing.Price
	var arrivals []inventory.Arrival
	since := time.Now().Add(-24 * time.Hour).Truncate(time.Hour)
	for i, o := range made.Offers {
		base := int64(380+i%100) * quantity.Scale
		for step, min := range []int64{1, 20, 100} {
			p := pricing.Price{Offer: o.ID, MinMicro: min * quantity.Scale, Unit: o.Unit, Micro: base - int64(step)*quantity.Scale, Currency: o.Currency, ValidFrom: since}
			prices = append(prices, p)
			if i%4 == 0 { // of every other item the first offer
				p.Buyer, p.Micro = buyer, p.Micro-5*quantity.Scale
				prices = append(prices, p)
			}
		}
		arrivals = append(arrivals, inventory.Arrival{Offer: o.ID, Warehouse: shelf[o.Seller], Micro: 1_000_000 * quantity.Scale, Opening: true, Ref: inventory.Ref{Kind: "blueprint", ID: "bench"}})
	}
	if _, err := h.Pricing.WritePrices(ctx, prices); err != nil {
		return err
	}
	return h.Inventory.Receive(ctx, arrivals)
}

// contractBuyer is the company that has prices of its own.
func contractBuyer(ctx context.Context, conn *pgx.Conn, tenant uuid.UUID) (org uuid.UUID, err error) {
	err = conn.QueryRow(ctx, `SELECT m.org_id FROM identity_people p JOIN parties_members m ON m.tenant_id = p.tenant_id AND m.person_id = p.id
		WHERE p.tenant_id = $1 AND p.email = 'buyer@steel.example'`, tenant).Scan(&org)
	return org, err
}
