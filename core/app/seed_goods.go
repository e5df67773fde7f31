package app

import (
	"context"
	"fmt"
	"iter"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/inventory"
	"github.com/kontorhq/kontor/core/pricing"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/tenants"
)

// shelf writes attributes and the category tree.
func (s *seeder) shelf(ctx context.Context) error {
	as := make([]catalog.Attribute, len(s.b.Attributes))
	for i, a := range s.b.Attributes {
		as[i] = catalog.Attribute{Key: a.Key, Names: catalog.Names(a.Names), Type: catalog.Type(a.Type), Unit: a.Unit, Facet: catalog.Facet(a.Facet), Position: a.Position}
		for _, o := range a.Options {
			as[i].Options = append(as[i].Options, catalog.Option{Value: o.Value, Names: catalog.Names(o.Names)})
		}
	}
	if len(as) > 0 {
		if err := s.Catalog.WriteAttributes(ctx, as); err != nil {
			return err
		}
	}
	if len(s.b.Categories) == 0 {
		return nil
	}
	ids := map[string]id.Category{}
	cs := make([]catalog.Category, len(s.b.Categories))
	for i, c := range s.b.Categories {
		ids[c.Slug] = id.Category(id.Named[struct{}](s.tenant.Slug, "category", c.Slug))
		cs[i] = catalog.Category{ID: ids[c.Slug], Parent: ids[c.Parent], Slug: c.Slug, Path: c.Path, Names: catalog.Names(c.Names), Attributes: c.Attributes, Position: c.Position, Picture: c.Picture}
	}
	_, err := s.Catalog.WriteCategories(ctx, cs)
	return err
}

// goods imports items with their offers and public prices, in portions of one transaction
// each.
func (s *seeder) goods(ctx context.Context) error {
	offers := map[string][]tenants.Offer{}
	for o, err := range s.b.Offers() {
		if err != nil {
			return err
		}
		offers[o.Item] = append(offers[o.Item], o)
	}
	paths := map[string]string{}
	for _, c := range s.b.Categories {
		paths[c.Slug] = c.Path
	}
	done := 0
	for chunk, err := range chunks(s.b.Items(), 1000) {
		if err != nil {
			return err
		}
		if err := s.portion(ctx, chunk, offers, paths); err != nil {
			return err
		}
		done += len(chunk)
		s.progress(fmt.Sprintf("%s: %d items", s.b.Tenant.Slug, done))
	}
	return nil
}

func (s *seeder) portion(ctx context.Context, items []tenants.Item, offers map[string][]tenants.Offer, paths map[string]string) error {
	var entries []catalog.Entry
	tiers := map[tenants.OfferKey]tenants.Offer{}
	for _, i := range items {
		e := catalog.Entry{Path: paths[i.Category], Item: catalog.Item{
			SKU: i.SKU, Names: catalog.Names(i.Names), Descriptions: catalog.Names(i.Descriptions), Brand: i.Brand,
			Attributes: i.Attributes, Unit: quantity.Unit(i.Unit), KgPerUnitMicro: int64(i.KgPerUnit), Regulated: i.Regulated, Picture: i.Picture, State: catalog.Published,
		}}
		for _, o := range offers[i.SKU] {
			seller, err := s.org(o.Seller)
			if err != nil {
				return err
			}
			tiers[o.OfferKey] = o
			e.Offers = append(e.Offers, catalog.Offer{
				Seller: seller, SellerSKU: o.SKU, Unit: quantity.Unit(o.Unit), MOQMicro: int64(o.MOQ), StepMicro: int64(o.Step), LeadDays: o.LeadDays,
				Incoterm: o.Incoterm, Currency: s.tenant.Settings.Currency, Basis: catalog.Basis(o.Basis), State: catalog.OfferPublished, Note: o.Note,
			})
		}
		entries = append(entries, e)
	}
	made, err := s.Catalog.Import(ctx, entries)
	if err != nil {
		return err
	}
	for _, i := range made.Items {
		s.items[i.SKU] = soldItem{i.ID, i.Unit, i.Names}
	}
	var prices []pricing.Price
	for _, o := range made.Offers {
		key := tenants.OfferKey{Seller: s.keyOf(o.Seller), SKU: o.SellerSKU}
		s.offers[key] = o
		prices = append(prices, s.tiers(o, id.Org{}, tiers[key].Tiers)...)
	}
	_, err = s.Pricing.WritePrices(ctx, prices)
	return err
}

// tiers are an offer's prices for a buyer. They all begin on one day, so that a second
// run writes the same rows again.
func (s *seeder) tiers(o catalog.Offer, buyer id.Org, ts []tenants.Tier) []pricing.Price {
	out := make([]pricing.Price, len(ts))
	for i, t := range ts {
		out[i] = pricing.Price{Offer: o.ID, Buyer: buyer, MinMicro: int64(t.From), Unit: o.Unit, Micro: int64(t.Price), Currency: o.Currency, ValidFrom: tenants.PublicFrom.Time}
	}
	return out
}

func (s *seeder) keyOf(org id.Org) string { return s.keys[org] }

// contracts writes the prices that were agreed with one buyer.
func (s *seeder) contracts(ctx context.Context) error {
	for chunk, err := range chunks(s.b.Contracts(), 2000) {
		if err != nil {
			return err
		}
		var prices []pricing.Price
		for _, c := range chunk {
			buyer, err := s.org(c.Buyer)
			if err != nil {
				return err
			}
			ps := s.tiers(s.offers[c.OfferKey], buyer, c.Tiers)
			for i := range ps {
				if !c.From.IsZero() {
					ps[i].ValidFrom = c.From.Time
				}
				if !c.To.IsZero() {
					ps[i].ValidTo = c.To.AddDate(0, 0, 1)
				}
			}
			prices = append(prices, ps...)
		}
		if _, err := s.Pricing.WritePrices(ctx, prices); err != nil {
			return err
		}
	}
	return nil
}

// stock opens warehouses and counts the opening stock, once.
func (s *seeder) stock(ctx context.Context) error {
	places := map[string]id.Warehouse{}
	for _, w := range s.b.Warehouses {
		org, err := s.org(w.Org)
		if err != nil {
			return err
		}
		if places[w.Org+"/"+w.Code], err = s.warehouse(ctx, inventory.Warehouse{Org: org, Code: w.Code, Name: w.Name, Country: w.Country, City: w.City}); err != nil {
			return err
		}
	}
	type lotKey struct {
		tenants.OfferKey
		number string
	}
	lots := map[lotKey]tenants.Lot{}
	for l, err := range s.b.Lots() {
		if err != nil {
			return err
		}
		lots[lotKey{l.OfferKey, l.Number}] = l
	}
	counted, err := s.counted(ctx)
	if err != nil {
		return err
	}
	for chunk, err := range chunks(s.b.Stock(), 2000) {
		if err != nil {
			return err
		}
		var in []inventory.Arrival
		for _, st := range chunk {
			offer, ok := s.offers[st.OfferKey]
			if !ok || counted[offer.ID] {
				continue
			}
			a := inventory.Arrival{Offer: offer.ID, Warehouse: places[st.Seller+"/"+st.Warehouse], Micro: int64(st.OnHand), Opening: true, Ref: inventory.Ref{Kind: "blueprint", ID: s.tenant.Slug}}
			if st.Lot != "" {
				l := lots[lotKey{st.OfferKey, st.Lot}]
				a.Lot = inventory.Lot{Number: st.Lot, MadeOn: l.MadeOn.Time, ExpiresOn: l.ExpiresOn.Time}
			}
			in = append(in, a)
		}
		if len(in) == 0 {
			continue
		}
		if err := s.Inventory.Receive(ctx, in); err != nil {
			return err
		}
	}
	return nil
}

// warehouse opens a warehouse, or finds the one that an earlier apply has opened.
func (s *seeder) warehouse(ctx context.Context, w inventory.Warehouse) (id.Warehouse, error) {
	have, err := s.Inventory.Warehouses(ctx, w.Org)
	if err != nil {
		return id.Warehouse{}, err
	}
	for _, h := range have {
		if h.Code == w.Code {
			return h.ID, nil
		}
	}
	made, err := s.Inventory.AddWarehouse(ctx, w)
	return made.ID, err
}

// chunks gathers an iterator's values.
func chunks[T any](seq iter.Seq2[T, error], n int) iter.Seq2[[]T, error] {
	return func(yield func([]T, error) bool) {
		var some []T
		for v, err := range seq {
			if err != nil {
				yield(nil, err)
				return
			}
			if some = append(some, v); len(some) == n {
				if !yield(some, nil) {
					return
				}
				some = nil
			}
		}
		if len(some) > 0 {
			yield(some, nil)
		}
	}
}
