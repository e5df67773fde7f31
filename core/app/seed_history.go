package app

import (
	"context"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/tenants"
)

// history takes over the orders that the enterprise placed before it came here.
func (s *seeder) history(ctx context.Context) error {
	for chunk, err := range chunks(s.b.History(), 500) {
		if err != nil {
			return err
		}
		numbers := make([]string, len(chunk))
		for i, o := range chunk {
			numbers[i] = o.Number
		}
		known, err := s.Ordering.KnownNumbers(ctx, numbers)
		if err != nil {
			return err
		}
		var orders []ordering.Order
		for _, p := range chunk {
			if known[p.Number] || unended[p.State] {
				continue
			}
			o, err := s.past(p)
			if err != nil {
				return err
			}
			orders = append(orders, o)
		}
		if len(orders) == 0 {
			continue
		}
		if err := s.Ordering.ImportPast(ctx, orders); err != nil {
			return err
		}
	}
	return nil
}

// unended are states of orders that the earlier system never brought to an end. None of ours
// says so: they were neither withdrawn nor are they anybody's business now, so they stay where
// they are (tenants/procure/seed/SOURCES.md).
var unended = map[string]bool{"pending": true, "approved": true}

// pastStates maps what the earlier system called an order's state.
var pastStates = map[string]struct {
	state ordering.State
	goods ordering.Fulfilment
}{
	"rejected": {ordering.Cancelled, ordering.NotShipped}, "complete": {ordering.Completed, ordering.Received},
}

func (s *seeder) past(p tenants.PastOrder) (ordering.Order, error) {
	cur := s.tenant.Settings.Currency
	buyer, err := s.org(p.Buyer)
	if err != nil {
		return ordering.Order{}, err
	}
	seller, err := s.org(p.Seller)
	if err != nil {
		return ordering.Order{}, err
	}
	st := pastStates[p.State]
	o := ordering.Order{
		Number: p.Number, Buyer: buyer, Seller: seller, Currency: cur, State: st.state, Fulfilment: st.goods,
		Freight: money.Of(int64(p.Freight), cur), Tax: money.Of(int64(p.Tax), cur), PlacedAt: p.Placed.Time, Note: "imported",
	}
	if st.state == ordering.Completed {
		o.CompletedAt = p.Shipped.Time
	}
	for _, l := range p.Lines {
		item := s.items[l.Item]
		price := money.Price{Micro: int64(l.Price), Currency: cur, Per: item.unit}
		qty := quantity.Quantity{Micro: int64(l.Ordered), Unit: item.unit}
		sum, err := price.Times(qty)
		if err != nil {
			return o, err
		}
		settled := quantity.Quantity{Micro: int64(l.Received) - int64(l.Rejected), Unit: item.unit}
		due, err := price.Times(settled)
		if err != nil {
			return o, err
		}
		line := ordering.Line{Item: item.id, SKU: l.Item, Names: item.names, Qty: qty, Price: price, PricedQty: qty, Basis: ordering.ByPiece, Goods: sum, PriceSource: map[string]string{"source": "import"}}
		if st.goods == ordering.Received {
			line.SettledQty, line.SettledSum = &settled, &due
		}
		o.Lines = append(o.Lines, line)
	}
	return o, nil
}

// soldItem is what a past order needs of an item.
type soldItem struct {
	id    id.Item
	unit  quantity.Unit
	names map[string]string
}
