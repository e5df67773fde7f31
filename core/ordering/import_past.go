package ordering

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/money"
)

// ErrNotSystem keeps history out of people's hands.
var ErrNotSystem = fault.New(fault.Denied, "ordering.import_not_allowed", "Only the platform imports past orders.")

// ImportPast writes orders that were placed, delivered and paid before the company came
// here. They fill reports and reorder lists; no stock, escrow or ledger moves for them.
// Tax is what was charged then, whatever rate it came from.
func (s *Service) ImportPast(ctx context.Context, orders []Order) error {
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	if c.Kind != caller.System {
		return ErrNotSystem
	}
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		for i := range orders {
			o := &orders[i]
			g := Group{ID: group0.New(), Number: o.Number, Buyer: o.Buyer, Source: "cart", Currency: o.Currency}
			o.ID, o.Group, o.Version = order0.New(), g.ID, 1
			o.Discount, o.Payment, o.Aftersale = money.Zero(o.Currency), PaymentNone, NoClaim
			for n := range o.Lines {
				o.Lines[n].ID, o.Lines[n].Position = line0.New(), n+1
			}
			if err := o.pastTotal(); err != nil {
				return err
			}
			g.Total = o.Total
			if err := s.Store.SaveGroup(ctx, g, []Order{*o}); err != nil {
				return fmt.Errorf("import order %s: %w", o.Number, err)
			}
		}
		return s.Events.Append(ctx, event.OrdersImported{Count: len(orders)})
	})
}

func (o *Order) pastTotal() error {
	goods := money.Zero(o.Currency)
	var err error
	for _, l := range o.Lines {
		if goods, err = goods.Add(l.Goods); err != nil {
			return err
		}
	}
	o.Goods = goods
	o.Total, err = money.Sum(o.Currency, goods, o.Freight, o.Tax)
	return err
}

// KnownNumbers are those that exist already among those asked for.
func (s *Service) KnownNumbers(ctx context.Context, numbers []string) (map[string]bool, error) {
	out := map[string]bool{}
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		var err error
		out, err = s.Store.KnownNumbers(ctx, numbers)
		return err
	})
	return out, err
}
