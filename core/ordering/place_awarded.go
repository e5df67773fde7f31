package ordering

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
)

// AwardInput is what an award decided: one part per seller, with the prices he quoted.
type AwardInput struct {
	RFQ      id.RFQ
	Currency money.Currency
	ShipTo   Address
	Parts    []AwardPart
}

// AwardPart becomes one order. Regulated maps a SKU to its schedule, where it has one.
type AwardPart struct {
	Seller       id.Org
	Freight      money.Money
	TaxRateMicro int64
	Lines        []Line // without ID and Position
	Regulated    map[string]string
}

// PlaceAwarded turns an award into orders, in the award's own unit of work. The same
// rules apply as to a cart: law, limits, stock, escrow.
func (s *Service) PlaceAwarded(ctx context.Context, in AwardInput) (Group, []Order, error) {
	var (
		g      Group
		orders []Order
	)
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		c, err := buying(ctx)
		if err != nil {
			return err
		}
		g = Group{ID: group0.New(), Buyer: c.Org, PlacedBy: c.Person, Source: "rfq", RFQ: in.RFQ, Currency: in.Currency}
		rules := map[string]string{}
		orders = orders[:0] // the unit may run again
		for _, p := range in.Parts {
			orders = append(orders, s.awarded(c, g, in, p))
			for sku, schedule := range p.Regulated {
				rules[sku] = schedule
			}
		}
		return s.commit(ctx, c, &g, orders, rules)
	})
	if err != nil {
		return Group{}, nil, fmt.Errorf("place award of %s: %w", in.RFQ, err)
	}
	return g, orders, nil
}

func (s *Service) awarded(c caller.Caller, g Group, in AwardInput, p AwardPart) Order {
	o := Order{
		ID: order0.New(), Group: g.ID, Buyer: c.Org, Seller: p.Seller, Currency: in.Currency, Discount: money.Zero(in.Currency),
		Freight: p.Freight, TaxRateMicro: p.TaxRateMicro, ShipTo: in.ShipTo, PlacedBy: c.Person, Consent: c.Consent, PlacedAt: s.Now(),
	}
	if p.Freight.Minor > 0 {
		o.FreightService = "seller" // he brings it himself
	}
	for i, l := range p.Lines {
		l.ID, l.Position = line0.New(), i+1
		o.Lines = append(o.Lines, l)
	}
	return o
}
