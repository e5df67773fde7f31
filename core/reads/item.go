package reads

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/pricing"
	"github.com/kontorhq/kontor/core/quantity"
)

// Item is an item's page as the caller's company sees it.
type Item struct {
	Shelf  *catalog.Shelf
	Card   *catalog.Card
	Offers []Offer // in the card's order
}

// Offer is one seller's terms with the tiers in force for the reader and the stock.
type Offer struct {
	catalog.OfferCard
	Tiers []pricing.Price
	Stock []Place
	Free  int64 // in the offer's unit
}

// Place is what is free of an offer in one warehouse, of one lot where goods have lots.
type Place struct {
	Warehouse id.Warehouse
	House
	Lot       string
	ExpiresOn time.Time // zero: does not expire
	Free      int64
}

// Contract reports whether the reader has own prices with the seller.
func (o Offer) Contract() bool {
	return len(o.Tiers) > 0 && o.Tiers[0].Source() == pricing.Contract
}

// Item reads an item's page: two statements in one trip.
func (s *Storefront) Item(ctx context.Context, want id.Item) (Item, error) {
	sh, err := s.catalog.Shelf(ctx)
	if err != nil {
		return Item{}, err
	}
	card, err := s.catalog.Card(ctx, want)
	if err != nil {
		return Item{}, err
	}
	offers, err := s.Offers(ctx, card)
	return Item{sh, card, offers}, err
}

// Offers reads the terms of a card's offers for the caller's company.
func (s *Storefront) Offers(ctx context.Context, card *catalog.Card) ([]Offer, error) {
	who, err := caller.From(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Offer, len(card.Offers))
	if len(out) == 0 {
		return out, nil
	}
	at := make(map[[16]byte]int, len(out))
	keys := make([][16]byte, len(out))
	for i, o := range card.Offers {
		out[i].OfferCard, at[o.ID], keys[i] = o, i, o.ID
	}
	var prices []pricing.Price
	err = s.db.Lookup(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT id, offer_id, buyer_id, min_qty_micro, unit, price_micro, currency, valid_from, valid_to FROM pricing_prices
			WHERE offer_id = ANY ($1) AND buyer_id = ANY ($2) AND valid_from <= $3 AND (valid_to IS NULL OR valid_to > $3)`, keys, [][16]byte{{}, who.Org}, s.now()).
			Query(func(rows pgx.Rows) error { return scanPrices(rows, &prices) })
		b.Queue(`SELECT s.offer_id, s.warehouse_id, coalesce(l.number, ''), l.expires_on, s.on_hand_micro - s.reserved_micro
			FROM inventory_stock s LEFT JOIN inventory_lots l ON l.tenant_id = s.tenant_id AND l.id = nullif(s.lot_id, '00000000-0000-0000-0000-000000000000')
			WHERE s.offer_id = ANY ($1) AND s.on_hand_micro > s.reserved_micro AND (l.expires_on IS NULL OR l.expires_on > $2)`, keys, s.now()).
			Query(func(rows pgx.Rows) error { return scanPlaces(rows, at, out) })
	})
	if err != nil {
		return nil, err
	}
	if err := s.house(ctx, who.Tenant, out); err != nil {
		return nil, err
	}
	for _, p := range pricing.InForce(prices, s.now()) {
		i := at[p.Offer]
		out[i].Tiers = append(out[i].Tiers, p)
	}
	return out, nil
}

func scanPrices(rows pgx.Rows, out *[]pricing.Price) error {
	*out = (*out)[:0]
	for rows.Next() {
		var p pricing.Price
		var to *time.Time
		if err := rows.Scan((*[16]byte)(&p.ID), (*[16]byte)(&p.Offer), (*[16]byte)(&p.Buyer), &p.MinMicro, (*string)(&p.Unit), &p.Micro, (*string)(&p.Currency), &p.ValidFrom, &to); err != nil {
			return err
		}
		if to != nil {
			p.ValidTo = *to
		}
		*out = append(*out, p)
	}
	return rows.Err()
}

func scanPlaces(rows pgx.Rows, at map[[16]byte]int, out []Offer) error {
	for i := range out {
		out[i].Stock, out[i].Free = nil, 0
	}
	for rows.Next() {
		var offer [16]byte
		var p Place
		var expires *time.Time
		if err := rows.Scan(&offer, (*[16]byte)(&p.Warehouse), &p.Lot, &expires, &p.Free); err != nil {
			return err
		}
		if expires != nil {
			p.ExpiresOn = *expires
		}
		i := at[offer]
		out[i].Stock = append(out[i].Stock, p)
		out[i].Free += p.Free
	}
	return rows.Err()
}

// Free is what can be promised of the item, in its own unit, over all offers.
func (i Item) Free() quantity.Quantity {
	has := make(map[[16]byte]free, len(i.Offers))
	for _, o := range i.Offers {
		has[o.ID] = free{micro: o.Free}
	}
	return sum(i.Card, has).Free
}
