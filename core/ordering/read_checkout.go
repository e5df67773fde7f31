package ordering

import (
	"context"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
)

// Checkout is the caller's own checkout, for showing it again.
func (s *Service) Checkout(ctx context.Context, cid id.Checkout) (Checkout, error) {
	c, err := buying(ctx)
	if err != nil {
		return Checkout{}, err
	}
	if err := s.Gate.Allow(ctx, ActionEditCart, nil); err != nil {
		return Checkout{}, err
	}
	co, err := s.Store.Checkout(ctx, cid, c.Org)
	if err == nil && co.Person != c.Person {
		err = ErrCheckout
	}
	return co, err
}

// Preview is what the order of one part will come to with a freight service: the same sum
// that placing makes, so that nobody pays another than he saw.
func (co Checkout) Preview(p Part, freight string) (Order, error) {
	amount, service, err := p.choose(freight, co.Currency)
	if err != nil {
		return Order{}, err
	}
	o := Order{Seller: p.Seller, Currency: co.Currency, Discount: money.Zero(co.Currency), Freight: amount, FreightService: service, TaxRateMicro: co.TaxRate}
	for _, l := range p.Lines {
		o.Lines = append(o.Lines, Line{Goods: l.Goods})
	}
	return o, o.sum()
}
