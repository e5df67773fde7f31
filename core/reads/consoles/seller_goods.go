package consoles

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/quantity"
)

// OfferRow is a line of the seller's price list. Prices are 0 where there is none.
type OfferRow struct {
	Offer     id.Offer
	SellerSKU string
	SKU       string
	Names     map[string]string
	Picture   string
	Attrs     map[string]string
	Category  map[string]string
	State     string
	Unit      string
	Currency  string
	From      int64 // the lowest public price in force
	FromUnit  string
	Tiers     int
	OnHand    int64
	Reserved  int64
	Expires   *time.Time // the next lot
}

// Free is what can still be promised.
func (o OfferRow) Free() quantity.Quantity {
	return quantity.Quantity{Micro: o.OnHand - o.Reserved, Unit: quantity.Unit(o.Unit)}
}

// Price is the lowest one.
func (o OfferRow) Price() money.Price {
	return money.Price{Micro: o.From, Currency: money.Currency(o.Currency), Per: quantity.Unit(o.FromUnit)}
}

// OfferFilter narrows the list; empty fields match everything.
type OfferFilter struct {
	State string
	Text  string
	Out   bool // nothing left
}

// Offers lists what the caller's company offers, newest first.
func (r *Reads) Offers(ctx context.Context, f OfferFilter, p page.Request) (page.List[OfferRow], map[string]int, error) {
	var rows []OfferRow
	org, err := ours(ctx)
	if err != nil {
		return page.List[OfferRow]{}, nil, err
	}
	at, err := from(p)
	if err != nil {
		return page.List[OfferRow]{}, nil, err
	}
	var states []stateCount
	err = r.db.Read(ctx, func(b *pgx.Batch) {
		many(b, &rows, `SELECT o.id, o.seller_sku, i.sku, i.names, i.picture, i.attributes, c.names, o.state, o.unit, o.currency,
			coalesce(f.price_micro, 0), coalesce(f.unit, ''), coalesce(f.tiers, 0)::int, coalesce(s.on_hand, 0)::bigint, coalesce(s.reserved, 0)::bigint, s.expires
			FROM catalog_offers o JOIN catalog_items i ON i.tenant_id = o.tenant_id AND i.id = o.item_id JOIN catalog_categories c ON c.tenant_id = i.tenant_id AND c.id = i.category_id
			LEFT JOIN LATERAL (SELECT price_micro, unit, count(*) OVER () AS tiers FROM pricing_prices p WHERE p.tenant_id = o.tenant_id AND p.offer_id = o.id
				AND p.buyer_id = '00000000-0000-0000-0000-000000000000' AND p.valid_from <= $2 AND (p.valid_to IS NULL OR p.valid_to > $2) ORDER BY price_micro LIMIT 1) f ON true
			LEFT JOIN LATERAL (SELECT sum(on_hand_micro) AS on_hand, sum(reserved_micro) AS reserved, min(l.expires_on) FILTER (WHERE s.on_hand_micro > 0) AS expires FROM inventory_stock s
				LEFT JOIN inventory_lots l ON l.tenant_id = s.tenant_id AND l.id = s.lot_id WHERE s.tenant_id = o.tenant_id AND s.offer_id = o.id) s ON true
			WHERE o.seller_id = $1 AND ($3 = '' OR o.state = $3) AND ($4 = '' OR o.seller_sku ILIKE $4 OR i.sku ILIKE $4 OR i.names::text ILIKE $4)
			AND (NOT $5 OR coalesce(s.on_hand, 0) <= coalesce(s.reserved, 0)) AND o.id < $6 ORDER BY o.id DESC LIMIT $7`,
			org.UUID(), r.now(), f.State, like(f.Text), f.Out, at, p.Size()+1)
		many(b, &states, `SELECT state, count(*)::int FROM catalog_offers WHERE seller_id = $1 GROUP BY state`, org.UUID())
	})
	return page.Cut(rows, p.Size(), func(o OfferRow) any { return o.Offer }), counted(states), err
}

type stateCount struct {
	State string
	Count int
}

func counted(states []stateCount) map[string]int {
	out := map[string]int{}
	for _, s := range states {
		out[s.State] = s.Count
		out[""] += s.Count
	}
	return out
}

// StockRow is what lies of an offer on one shelf.
type StockRow struct {
	Offer     id.Offer
	SellerSKU string
	Names     map[string]string
	Unit      string
	Warehouse id.Warehouse
	House     string
	City      string
	Lot       id.Lot
	LotNumber string
	MadeOn    *time.Time
	ExpiresOn *time.Time
	OnHand    int64
	Reserved  int64
}

// Free is what can still be promised.
func (s StockRow) Free() int64 { return s.OnHand - s.Reserved }

const stockRows = `SELECT s.offer_id, o.seller_sku, i.names, o.unit, w.id, w.name, w.city, nullif(s.lot_id, '00000000-0000-0000-0000-000000000000'), coalesce(l.number, ''), l.made_on, l.expires_on,
	s.on_hand_micro, s.reserved_micro FROM inventory_stock s JOIN catalog_offers o ON o.tenant_id = s.tenant_id AND o.id = s.offer_id
	JOIN catalog_items i ON i.tenant_id = o.tenant_id AND i.id = o.item_id JOIN inventory_warehouses w ON w.tenant_id = s.tenant_id AND w.id = s.warehouse_id
	LEFT JOIN inventory_lots l ON l.tenant_id = s.tenant_id AND l.id = s.lot_id `

// StockFilter narrows the list of shelves; empty fields match everything.
type StockFilter struct {
	Warehouse id.Warehouse
	Text      string
	Expiring  bool // within ninety days, or past
}

// stockCursor continues a list of shelves.
type stockCursor struct {
	SKU string `json:"s"`
	Lot string `json:"l"`
	At  string `json:"w"`
}

// Stock lists the shelves of the caller's company by part number.
func (r *Reads) Stock(ctx context.Context, f StockFilter, p page.Request) (page.List[StockRow], error) {
	var rows []StockRow
	var at stockCursor
	if err := page.Decode(p.After, &at); err != nil {
		return page.List[StockRow]{}, err
	}
	org, err := ours(ctx)
	if err != nil {
		return page.List[StockRow]{}, err
	}
	soon := r.now().AddDate(0, 0, 90)
	err = r.db.Read(ctx, func(b *pgx.Batch) {
		many(b, &rows, stockRows+`WHERE o.seller_id = $1 AND ($2::uuid IS NULL OR w.id = $2) AND ($3 = '' OR o.seller_sku ILIKE $3 OR i.names::text ILIKE $3 OR l.number ILIKE $3)
			AND (NOT $4 OR l.expires_on <= $5) AND (s.on_hand_micro > 0 OR s.reserved_micro > 0)
			AND (o.seller_sku, coalesce(l.number, ''), w.id::text) > ($6, $7, $8) ORDER BY o.seller_sku, coalesce(l.number, ''), w.id::text LIMIT $9`,
			org.UUID(), orNull(f.Warehouse), like(f.Text), f.Expiring, soon, at.SKU, at.Lot, at.At, p.Size()+1)
	})
	return page.Cut(rows, p.Size(), func(s StockRow) any { return stockCursor{s.SellerSKU, s.LotNumber, s.Warehouse.String()} }), err
}

func orNull[N any](i id.ID[N]) any {
	if i.IsZero() {
		return nil
	}
	return i.UUID()
}

// MovementRow is a change of an offer's stock.
type MovementRow struct {
	Kind      string
	House     string
	LotNumber string
	OnHand    int64
	Reserved  int64
	RefKind   string
	Order     string // number of the order it was for
	OrderID   id.Order
	At        time.Time
}

// OfferPage is an offer with everything around it. Found is false where it is not the
// caller's company's.
type OfferPage struct {
	Found     bool
	Offer     catalog.Offer
	SKU       string
	Names     map[string]string
	Picture   string
	Attrs     map[string]string
	Category  map[string]string
	ItemState string
	Regulated string
	ItemUnit  string
	KgPerUnit int64
	Stock     []StockRow
	Movements []MovementRow
	Documents []PaperRow
}

// PaperRow is a document of an offer.
type PaperRow struct {
	Document id.Document
	Kind     string
	Title    string
	Lot      string
	ValidTo  *time.Time
}

// Offer reads one offer of the caller's company.
func (r *Reads) Offer(ctx context.Context, offer id.Offer) (OfferPage, error) {
	var out OfferPage
	org, err := ours(ctx)
	if err != nil {
		return out, err
	}
	o := &out.Offer
	err = r.db.Read(ctx, func(b *pgx.Batch) {
		maybe(b, &out.Found, `SELECT o.id, o.item_id, o.seller_id, o.seller_sku, o.unit, o.moq_micro, o.step_micro, o.lead_days, o.incoterm, o.currency, o.basis, o.state, o.note,
			o.created_at, o.updated_at, o.version, i.sku, i.names, i.picture, i.attributes, c.names, i.state, i.regulated, i.unit, i.kg_per_unit_micro
			FROM catalog_offers o JOIN catalog_items i ON i.tenant_id = o.tenant_id AND i.id = o.item_id
			JOIN catalog_categories c ON c.tenant_id = i.tenant_id AND c.id = i.category_id WHERE o.id = $1 AND o.seller_id = $2`, []any{offer.UUID(), org.UUID()},
			&o.ID, &o.Item, &o.Seller, &o.SellerSKU, (*string)(&o.Unit), &o.MOQMicro, &o.StepMicro, &o.LeadDays, &o.Incoterm, (*string)(&o.Currency), (*string)(&o.Basis), (*string)(&o.State), &o.Note,
			&o.CreatedAt, &o.UpdatedAt, &o.Version, &out.SKU, &out.Names, &out.Picture, &out.Attrs, &out.Category, &out.ItemState, &out.Regulated, &out.ItemUnit, &out.KgPerUnit)
		many(b, &out.Stock, stockRows+`WHERE s.offer_id = $1 AND o.seller_id = $2 ORDER BY l.expires_on NULLS LAST, w.name LIMIT 200`, offer.UUID(), org.UUID())
		many(b, &out.Movements, `SELECT m.kind, w.name, coalesce(l.number, ''), m.on_hand_micro, m.reserved_micro, m.ref_kind, coalesce(d.number, ''), d.id, m.at FROM inventory_movements m
			JOIN catalog_offers o ON o.tenant_id = m.tenant_id AND o.id = m.offer_id JOIN inventory_warehouses w ON w.tenant_id = m.tenant_id AND w.id = m.warehouse_id
			LEFT JOIN inventory_lots l ON l.tenant_id = m.tenant_id AND l.id = m.lot_id
			LEFT JOIN ordering_order_lines ol ON ol.tenant_id = m.tenant_id AND ol.id = CASE WHEN m.ref_kind = 'order_line' THEN m.ref_id::uuid END
			LEFT JOIN ordering_orders d ON d.tenant_id = ol.tenant_id AND d.id = ol.order_id
			WHERE m.offer_id = $1 AND o.seller_id = $2 ORDER BY m.id DESC LIMIT 20`, offer.UUID(), org.UUID())
		many(b, &out.Documents, `SELECT d.id, d.kind, d.title, d.lot, d.valid_to FROM catalog_documents d JOIN catalog_offers o ON o.tenant_id = d.tenant_id AND o.id = d.offer_id
			WHERE d.offer_id = $1 AND o.seller_id = $2 ORDER BY d.id DESC LIMIT 100`, offer.UUID(), org.UUID())
	})
	return out, err
}

// ItemBySKU finds a published item to offer.
func (r *Reads) ItemBySKU(ctx context.Context, sku string) (catalog.Item, bool, error) {
	var it catalog.Item
	var found bool
	err := r.db.Read(ctx, func(b *pgx.Batch) {
		maybe(b, &found, `SELECT id, sku, names, unit, kg_per_unit_micro, regulated FROM catalog_items WHERE sku = $1 AND state = 'published'`, []any{sku},
			&it.ID, &it.SKU, &it.Names, (*string)(&it.Unit), &it.KgPerUnitMicro, &it.Regulated)
	})
	return it, found, err
}

// OwnOffer is an offer of the caller's company that could deliver an item asked for.
type OwnOffer struct {
	Item      id.Item
	Offer     id.Offer
	SellerSKU string
	Unit      string
	LeadDays  int
	Basis     string
	Price     int64 // the public price of the lowest tier, 0 where there is none
	PriceUnit string
	Free      int64
}

// OwnOffers lists, by item, what the caller's company offers and has.
func (r *Reads) OwnOffers(ctx context.Context, items []id.Item) (map[id.Item][]OwnOffer, error) {
	var rows []OwnOffer
	org, err := ours(ctx)
	if err != nil || len(items) == 0 {
		return nil, err
	}
	keys := make([][16]byte, len(items))
	for i, it := range items {
		keys[i] = it
	}
	err = r.db.Read(ctx, func(b *pgx.Batch) {
		many(b, &rows, `SELECT o.item_id, o.id, o.seller_sku, o.unit, o.lead_days, o.basis, coalesce(p.price_micro, 0), coalesce(p.unit, ''),
			(SELECT coalesce(sum(s.on_hand_micro - s.reserved_micro), 0) FROM inventory_stock s WHERE s.tenant_id = o.tenant_id AND s.offer_id = o.id)::bigint
			FROM catalog_offers o LEFT JOIN LATERAL (SELECT price_micro, unit FROM pricing_prices p WHERE p.tenant_id = o.tenant_id AND p.offer_id = o.id
				AND p.buyer_id = '00000000-0000-0000-0000-000000000000' AND p.valid_from <= $3 AND (p.valid_to IS NULL OR p.valid_to > $3)
				ORDER BY p.min_qty_micro, p.valid_from DESC LIMIT 1) p ON true
			WHERE o.item_id = ANY ($1) AND o.seller_id = $2 AND o.state = 'published' ORDER BY o.seller_sku`, keys, org.UUID(), r.now())
	})
	out := map[id.Item][]OwnOffer{}
	for _, o := range rows {
		out[o.Item] = append(out[o.Item], o)
	}
	return out, err
}
