package pricing

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/work"
)

// QuoteLine is a quantity of an offer, in the offer's unit.
type QuoteLine struct {
	Offer catalog.OfferFacts
	Qty   quantity.Quantity
}

// QuotedLine is what the line costs and why: all that an order must remember.
type QuotedLine struct {
	Offer     id.Offer
	PriceID   id.Price
	Price     money.Price
	TierMicro int64 // the tier's lower end, in the price's unit
	Source    string
	Reason    string
	Qty       quantity.Quantity // in the price's unit
	Amount    money.Money
	Note      string
}

// Frozen is the line's origin in words, as orders store it.
func (l QuotedLine) Frozen() map[string]string {
	return map[string]string{
		"price_id": l.PriceID.String(), "source": l.Source, "tier": quantity.FormatMicro(l.TierMicro), "reason": l.Reason, "note": l.Note,
	}
}

// Quote prices all lines of a cart for a buyer, in order: one query, one calculation. It
// may ask a plugin and therefore refuses to run inside a unit of work.
func (s *Service) Quote(ctx context.Context, buyer id.Org, lines []QuoteLine) ([]QuotedLine, error) {
	if work.Active(ctx) {
		return nil, ErrInUnit
	}
	if len(lines) == 0 {
		return nil, nil
	}
	offers := make([]id.Offer, len(lines))
	for i, l := range lines {
		offers[i] = l.Offer.Offer
	}
	prices, err := s.store.Prices(ctx, offers, buyer)
	if err != nil {
		return nil, fmt.Errorf("quote: %w", err)
	}
	byOffer := map[id.Offer][]Price{}
	for _, p := range prices {
		byOffer[p.Offer] = append(byOffer[p.Offer], p)
	}
	out, calc, err := s.choose(lines, byOffer)
	if err != nil {
		return nil, err
	}
	answers, err := s.calc.Calculate(ctx, calc)
	if err != nil {
		return nil, fmt.Errorf("quote: %w", err)
	}
	return fold(out, calc, answers)
}

// choose finds the price of each line.
func (s *Service) choose(lines []QuoteLine, byOffer map[id.Offer][]Price) ([]QuotedLine, []CalcLine, error) {
	now := s.now()
	out, calc := make([]QuotedLine, len(lines)), make([]CalcLine, len(lines))
	for i, l := range lines {
		candidates, ok := Choose(byOffer[l.Offer.Offer], l.Qty, l.Offer.KgPerUnitMicro, now)
		if !ok {
			return nil, nil, ErrNoPrice.With("sku", l.Offer.SKU).At(fault.Field{Path: fmt.Sprintf("lines[%d].quantity", i), Reason: "no_price"})
		}
		for _, c := range candidates {
			if c.Chosen {
				out[i] = QuotedLine{Offer: l.Offer.Offer, PriceID: c.ID, Price: c.Money(), TierMicro: c.MinMicro, Source: c.Source(), Reason: c.Reason}
				calc[i] = CalcLine{l.Offer.Offer, l.Offer.Item, l.Offer.SKU, l.Offer.Category, l.Offer.Basis, l.Qty, l.Offer.KgPerUnitMicro, c.Money()}
			}
		}
	}
	return out, calc, nil
}

// fold takes over what was calculated. A plugin's word counts for the quantity in the
// price's unit; the amount is ours to check, for it becomes money.
func fold(out []QuotedLine, calc []CalcLine, answers []CalcResult) ([]QuotedLine, error) {
	if len(answers) != len(out) {
		return nil, ErrCalculator.Because(fmt.Errorf("%d answers for %d lines", len(answers), len(out)))
	}
	for i, a := range answers {
		want, err := calc[i].Price.Times(a.Qty)
		if err != nil || !a.Qty.Positive() {
			return nil, ErrCalculator.Because(fmt.Errorf("line %d: quantity %s: %w", i, a.Qty, err))
		}
		if a.Amount != want {
			return nil, ErrCalculator.Because(fmt.Errorf("line %d: amount %s, quantity times price is %s", i, a.Amount, want))
		}
		out[i].Qty, out[i].Amount, out[i].Note = a.Qty, a.Amount, a.Note
	}
	return out, nil
}

// Plain is the calculator that the platform itself has: the quantity in the price's unit,
// by the item's weight where it must be, times the price.
type Plain struct{}

// Calculate implements Calculator.
func (Plain) Calculate(_ context.Context, lines []CalcLine) ([]CalcResult, error) {
	out := make([]CalcResult, len(lines))
	for i, l := range lines {
		q, err := l.Qty.In(l.Price.Per, l.KgPerUnitMicro)
		if err != nil {
			return nil, err
		}
		amount, err := l.Price.Times(q)
		if err != nil {
			return nil, err
		}
		out[i] = CalcResult{Qty: q, Amount: amount}
	}
	return out, nil
}

// Resolve answers the prices in force of offers for a buyer, lowest quantity first.
func (s *Service) Resolve(ctx context.Context, buyer id.Org, offers []id.Offer) (map[id.Offer][]Price, error) {
	prices, err := s.store.Prices(ctx, offers, buyer)
	if err != nil {
		return nil, err
	}
	out := map[id.Offer][]Price{}
	for _, p := range InForce(prices, s.now()) {
		out[p.Offer] = append(out[p.Offer], p)
	}
	return out, nil
}

// Explain says about every price of an offer whether it applies to a quantity for a buyer,
// and why or why not.
func (s *Service) Explain(ctx context.Context, buyer id.Org, offer id.Offer, q quantity.Quantity) ([]Candidate, error) {
	if err := s.gate.Allow(ctx, ActionPriceRead, nil); err != nil {
		return nil, err
	}
	facts, err := s.catalog.Offers(ctx, []id.Offer{offer})
	if err != nil {
		return nil, err
	}
	f, ok := facts[offer]
	if !ok {
		return nil, ErrOfferUnknown
	}
	prices, err := s.store.Prices(ctx, []id.Offer{offer}, buyer)
	if err != nil {
		return nil, err
	}
	out, _ := Choose(prices, q, f.KgPerUnitMicro, s.now())
	return out, nil
}
