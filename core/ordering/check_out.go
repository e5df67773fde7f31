package ordering

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// CheckOut fixes the cart's prices and asks for freight, without buying anything yet.
// Prices and rates may come from plugins, so this runs outside any unit of work.
func (s *Service) CheckOut(ctx context.Context, to Place) (Checkout, error) {
	c, err := buying(ctx)
	if err != nil {
		return Checkout{}, err
	}
	cart, facts, terms, err := s.toPrice(ctx, c)
	if err != nil {
		return Checkout{}, fmt.Errorf("check out: %w", err)
	}
	asks := make([]PriceAsk, len(cart.Lines))
	for i, l := range cart.Lines {
		asks[i] = PriceAsk{facts[l.Offer], l.Qty}
	}
	answers, err := s.Prices.Quote(ctx, c.Org, asks)
	if err != nil {
		return Checkout{}, fmt.Errorf("check out: %w", err)
	}
	out := Checkout{
		ID: checkout0.New(), Cart: cart.ID, CartVersion: cart.Version, Org: c.Org, Person: c.Person,
		Currency: terms.Currency, TaxRate: terms.TaxRateMicro, To: to, CreatedAt: s.Now(), ExpiresAt: s.Now().Add(CheckoutLife),
	}
	if out.Parts, err = split(terms.Currency, asks, answers); err != nil {
		return Checkout{}, fmt.Errorf("check out: %w", err)
	}
	if err := s.rate(ctx, &out, facts); err != nil {
		return Checkout{}, fmt.Errorf("check out: %w", err)
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error { return s.Store.SaveCheckout(ctx, out) })
	return out, err
}

// toPrice loads the cart and refuses what can no longer be bought, naming every line.
func (s *Service) toPrice(ctx context.Context, c caller.Caller) (Cart, map[id.Offer]OfferFacts, TradeTerms, error) {
	var (
		cart  Cart
		facts map[id.Offer]OfferFacts
		terms TradeTerms
	)
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Gate.Allow(ctx, ActionEditCart, nil); err != nil {
			return err
		}
		var err error
		if terms, err = s.Terms.Trade(ctx); err != nil {
			return err
		}
		if cart, err = s.Store.OpenCart(ctx, c.Org, c.Person); err != nil {
			return err
		}
		if len(cart.Lines) == 0 {
			return ErrCartEmpty
		}
		ids := make([]id.Offer, len(cart.Lines))
		for i, l := range cart.Lines {
			ids[i] = l.Offer
		}
		facts, err = s.Catalog.Offers(ctx, ids)
		return err
	})
	if err != nil {
		return cart, nil, terms, err
	}
	for _, l := range cart.Lines {
		f, ok := facts[l.Offer]
		if !ok || !f.OnSale {
			return cart, nil, terms, ErrOffer.At(lineField(l.Offer, "not_on_sale"))
		}
		if _, err := f.Check(l.Qty); err != nil {
			return cart, nil, terms, err
		}
	}
	return cart, facts, terms, nil
}

// split groups priced lines by seller, sellers in a stable order.
func split(cur money.Currency, asks []PriceAsk, answers []PriceAnswer) ([]Part, error) {
	bySeller := map[id.Org]*Part{}
	var order []*Part
	for i, a := range answers {
		f := asks[i].Offer
		if a.Goods.Currency != cur {
			return nil, ErrMixed
		}
		p := bySeller[f.Seller]
		if p == nil {
			p = &Part{Seller: f.Seller, SellerName: f.SellerName, SellerState: f.SellerState, Goods: money.Zero(cur)}
			bySeller[f.Seller] = p
			order = append(order, p)
		}
		var err error
		if p.Goods, err = p.Goods.Add(a.Goods); err != nil {
			return nil, err
		}
		if kg, err := asks[i].Qty.In(quantity.Kilogram, f.KgPerUnitMicro); err == nil {
			p.MassKg += kg.Micro
		}
		p.Lines = append(p.Lines, PricedLine{
			Offer: f.Offer, Item: f.Item, SKU: f.SKU, Names: f.Names, Qty: asks[i].Qty,
			Price: a.Price, PricedQty: a.PricedQty, Basis: f.Basis, Goods: a.Goods, Source: a.Source, Regulated: f.Regulated, LeadDays: f.LeadDays,
		})
	}
	slices.SortFunc(order, func(a, b *Part) int { return strings.Compare(a.Seller.String(), b.Seller.String()) })
	parts := make([]Part, len(order))
	for i, p := range order {
		parts[i] = *p
	}
	return parts, nil
}

// rate asks for freight once per part. A carrier that does not answer leaves the buyer
// with collecting, which is always possible.
func (s *Service) rate(ctx context.Context, out *Checkout, facts map[id.Offer]OfferFacts) error {
	for i := range out.Parts {
		p := &out.Parts[i]
		from := facts[p.Lines[0].Offer].ShipsFrom
		if out.To.City == "" || from.City == "" {
			continue
		}
		rates, err := s.Freight.Rates(ctx, FreightAsk{From: from, To: out.To, MassKgMicro: p.MassKg, Currency: out.Currency})
		if err != nil {
			return err
		}
		p.Freight = rates
	}
	return nil
}
