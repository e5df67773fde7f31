package sourcing

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
)

// Award decides a closed request: quotes win or lose, and the winners' orders are placed
// in the same unit of work, so that an award without its orders cannot exist.
func (s *Service) Award(ctx context.Context, rfq id.RFQ, in AwardInput) (RFQ, Award, error) {
	var r RFQ
	var a Award
	err := s.n.Unit.Do(ctx, func(ctx context.Context) error {
		got, c, err := s.own(ctx, rfq)
		if err != nil {
			return err
		}
		if err := s.n.Gate.Allow(ctx, ActionAward, factsOf(got)); err != nil {
			return err
		}
		now := s.n.Now()
		r = got
		if err := r.award(now); err != nil {
			return err
		}
		table, err := s.table(ctx, got)
		if err != nil {
			return err
		}
		if a, err = decide(table, in, now); err != nil {
			return err
		}
		a.By = c.Person
		placed, err := s.place(ctx, table, &a)
		if err != nil {
			return err
		}
		if err := s.n.Store.Save(ctx, r); err != nil {
			return err
		}
		r.Version++
		if err := s.n.Store.InsertAward(ctx, a); err != nil {
			return err
		}
		return s.settle(ctx, table, a, placed)
	})
	if err != nil {
		return RFQ{}, Award{}, fmt.Errorf("award rfq %s: %w", rfq, err)
	}
	return r, a, nil
}

func (s *Service) table(ctx context.Context, r RFQ) (Comparison, error) {
	quotes, err := s.n.Store.Quotes(ctx, r.ID, id.Org{})
	if err != nil {
		return Comparison{}, err
	}
	return compare(r, quotes, nil, s.n.Now())
}

// place asks ordering for the orders and notes on each award line which one took it.
func (s *Service) place(ctx context.Context, t Comparison, a *Award) (map[id.Org]PlacedOrder, error) {
	items, err := s.n.Catalog.Items(ctx, t.RFQ.items())
	if err != nil {
		return nil, err
	}
	orders, err := t.orders(*a, items)
	if err != nil {
		return nil, err
	}
	placed, err := s.n.Orders.PlaceAwarded(ctx, AwardedGroup{
		RFQ: t.RFQ.ID, Number: t.RFQ.Number, Buyer: t.RFQ.Buyer,
		ShipTo: t.RFQ.ShipTo, Incoterm: t.RFQ.Incoterm, Currency: t.RFQ.Currency, Orders: orders,
	})
	if err != nil {
		return nil, err
	}
	seller := map[id.Quote]id.Org{}
	for _, o := range orders {
		seller[o.Quote] = o.Seller
	}
	for i := range a.Lines {
		a.Lines[i].Order = placed[seller[a.Lines[i].Quote]].Order
	}
	return placed, nil
}

// settle gives every live quote its end and tells buyer and sellers, each his own news.
func (s *Service) settle(ctx context.Context, t Comparison, a Award, placed map[id.Org]PlacedOrder) error {
	won := map[id.Quote]bool{}
	for _, l := range a.Lines {
		won[l.Quote] = true
	}
	buyer, err := s.n.Companies.Companies(ctx, []id.Org{t.RFQ.Buyer})
	if err != nil {
		return err
	}
	all := event.RFQAwarded{RFQ: t.RFQ.ID.String(), Number: t.RFQ.Number, Buyer: t.RFQ.Buyer.String(), Reason: a.Reason}
	var told []event.Event
	for _, col := range t.Columns {
		q := col.Quote
		if q.State != Submitted {
			continue
		}
		to := Lost
		if won[q.ID] {
			to = Won
		}
		if err := q.move(to); err != nil {
			return err
		}
		if err := s.n.Store.SaveQuote(ctx, q); err != nil {
			return err
		}
		if to == Lost {
			told = append(told, event.QuoteLost{RFQ: all.RFQ, Number: all.Number, Quote: q.ID.String(), Seller: q.Seller.String()})
			continue
		}
		p := placed[q.Seller]
		all.Orders = append(all.Orders, p.Order.String())
		told = append(told, event.QuoteAwarded{
			RFQ: all.RFQ, Number: all.Number, Quote: q.ID.String(), Seller: q.Seller.String(),
			BuyerName: buyer[t.RFQ.Buyer].Name, Order: p.Order.String(), OrderNumber: p.Number,
		})
	}
	return s.n.Events.Append(ctx, append(told, all)...)
}
