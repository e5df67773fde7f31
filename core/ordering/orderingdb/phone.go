package orderingdb

import (
	"context"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/platform/contact"
)

// reached is an order with its lines and the number under which somebody is reached.
func (s Store) reached(ctx context.Context, o kept, lines map[id.Order][]ordering.Line) (ordering.Order, error) {
	o.Order = withLines(o.Order, lines)
	all, err := s.opened(ctx, []kept{o})
	if err != nil {
		return ordering.Order{}, err
	}
	return all[0], nil
}

// opened are orders with their numbers, all opened at once.
func (s Store) opened(ctx context.Context, found []kept) ([]ordering.Order, error) {
	named := make([]id.Phone, len(found))
	for i, o := range found {
		named[i] = o.phone
	}
	numbers, err := s.phones.Open(ctx, named...)
	if err != nil {
		return nil, err
	}
	out := make([]ordering.Order, len(found))
	for i, o := range found {
		out[i] = o.Order
		out[i].ShipTo.Phone = contact.Of(numbers, o.phone, o.ShipTo.Phone)
	}
	return out, nil
}

// KeepPhones moves numbers that an earlier version wrote into orders to where they belong.
func (s Store) KeepPhones(ctx context.Context) error {
	return s.phones.Move(ctx, contact.Old{Table: "ordering_orders", Plain: "x.ship_to->>'phone'", Clear: "ship_to = ship_to - 'phone'"})
}
