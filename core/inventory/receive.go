package inventory

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// Arrival is goods that came into a warehouse. Lot may be empty where goods have none.
type Arrival struct {
	Offer     id.Offer
	Warehouse id.Warehouse
	Lot       Lot // Number, MadeOn, ExpiresOn
	Micro     int64
	Opening   bool // the first count, not a delivery
	Ref       Ref
}

// MaxArrivals is how many arrivals one call takes.
const MaxArrivals = 20_000

// Receive puts goods on the shelves. A seller fills its own warehouses with its own
// offers' goods.
func (s *Service) Receive(ctx context.Context, in []Arrival) error {
	if len(in) > MaxArrivals {
		return ErrTooMany.With("max", MaxArrivals)
	}
	err := s.do(ctx, func(ctx context.Context) error {
		if err := s.gate.Allow(ctx, ActionStockWrite, nil); err != nil {
			return err
		}
		if err := s.fits(ctx, in); err != nil {
			return err
		}
		lots, err := s.lots(ctx, in)
		if err != nil {
			return err
		}
		ms := make([]Movement, len(in))
		for i, a := range in {
			kind := Receipt
			if a.Opening {
				kind = Opening
			}
			if a.Ref.Kind == "" {
				a.Ref = Ref{"receipt", ""}
			}
			ms[i] = Movement{id.Movement{}.New(), a.Offer, a.Warehouse, lots[lotKey{a.Offer, a.Lot.Number}], kind, a.Micro, 0, a.Ref, s.now()}
		}
		if err := s.store.PutStock(ctx, ms); err != nil {
			return err
		}
		return s.events.Append(ctx, received(in))
	})
	if err != nil {
		return fmt.Errorf("receive: %w", err)
	}
	return nil
}

func received(in []Arrival) event.StockReceived {
	e := event.StockReceived{Arrivals: len(in)}
	if len(in) == 1 {
		e.Offer, e.Warehouse, e.Lot = in[0].Offer.String(), in[0].Warehouse.String(), in[0].Lot.Number
	}
	return e
}

// fits checks quantities, lots, and that offers and warehouses are the caller's and one
// company's.
func (s *Service) fits(ctx context.Context, in []Arrival) error {
	who, err := caller.From(ctx)
	if err != nil {
		return err
	}
	var offers []id.Offer
	seen := map[id.Offer]bool{}
	for i, a := range in {
		if a.Micro <= 0 || a.Micro > maxMicro {
			return ErrQuantity.At(fault.Field{Path: fmt.Sprintf("arrivals[%d].quantity", i), Reason: "out_of_range"})
		}
		l := a.Lot
		if len(l.Number) > 80 || (!l.ExpiresOn.IsZero() && (l.Number == "" || !l.ExpiresOn.After(l.MadeOn))) {
			return ErrLot.At(fault.Field{Path: fmt.Sprintf("arrivals[%d].lot", i), Reason: "invalid"})
		}
		if !seen[a.Offer] {
			seen[a.Offer] = true
			offers = append(offers, a.Offer)
		}
	}
	facts, err := s.catalog.Offers(ctx, offers)
	if err != nil {
		return err
	}
	org := who.Org
	if all(who) {
		org = id.Org{}
	}
	houses, err := s.store.Warehouses(ctx, org)
	if err != nil {
		return err
	}
	owner := map[id.Warehouse]id.Org{}
	for _, w := range houses {
		owner[w.ID] = w.Org
	}
	for i, a := range in {
		f, ok := facts[a.Offer]
		if !ok || (!org.IsZero() && f.Seller != org) || (org.IsZero() && !all(who)) {
			return ErrOfferNotFound.At(fault.Field{Path: fmt.Sprintf("arrivals[%d].offer", i), Reason: "unknown"})
		}
		if o, ok := owner[a.Warehouse]; !ok || o != f.Seller {
			return ErrWarehouseNotFound.At(fault.Field{Path: fmt.Sprintf("arrivals[%d].warehouse", i), Reason: "unknown"})
		}
	}
	return nil
}

type lotKey struct {
	offer  id.Offer
	number string
}

// lots makes the lots that are named and not there yet.
func (s *Service) lots(ctx context.Context, in []Arrival) (map[lotKey]id.Lot, error) {
	out := map[lotKey]id.Lot{}
	var ls []Lot
	for _, a := range in {
		k := lotKey{a.Offer, a.Lot.Number}
		if _, ok := out[k]; ok || a.Lot.Number == "" {
			continue
		}
		out[k] = id.Lot{}
		a.Lot.ID, a.Lot.Offer = id.Lot{}.New(), a.Offer
		ls = append(ls, a.Lot)
	}
	if err := s.store.PutLots(ctx, ls); err != nil {
		return nil, err
	}
	for _, l := range ls {
		out[lotKey{l.Offer, l.Number}] = l.ID
	}
	return out, nil
}

// Correction is a difference found in counting.
type Correction struct {
	Stock
	Delta int64
	Why   string
}

// Correct changes what is on hand by what counting found. Promised goods stay covered.
func (s *Service) Correct(ctx context.Context, c Correction) error {
	if c.Delta == 0 || c.Delta > maxMicro || c.Delta < -maxMicro || len(c.Why) > 200 {
		return ErrQuantity
	}
	err := s.do(ctx, func(ctx context.Context) error {
		if err := s.gate.Allow(ctx, ActionStockWrite, nil); err != nil {
			return err
		}
		if err := s.fits(ctx, []Arrival{{Offer: c.Offer, Warehouse: c.Warehouse, Micro: 1}}); err != nil {
			return err
		}
		m := Movement{id.Movement{}.New(), c.Offer, c.Warehouse, c.Lot, Adjust, c.Delta, 0, Ref{"count", c.Why}, s.now()}
		if err := s.apply(ctx, []Move{{Movement: m}}, ErrBelowZero); err != nil {
			return err
		}
		return s.events.Append(ctx, event.StockCorrected{Offer: c.Offer.String(), Warehouse: c.Warehouse.String(), Why: c.Why})
	})
	if err != nil {
		return fmt.Errorf("correct stock: %w", err)
	}
	return nil
}

// AddWarehouse makes a warehouse of the caller's company, or of the one named where the
// caller acts for all.
func (s *Service) AddWarehouse(ctx context.Context, w Warehouse) (Warehouse, error) {
	err := s.do(ctx, func(ctx context.Context) error {
		who, err := caller.From(ctx)
		if err != nil {
			return err
		}
		if err := s.gate.Allow(ctx, ActionWarehouseWrite, nil); err != nil {
			return err
		}
		if !all(who) {
			w.Org = who.Org
		}
		if err := w.Check(); err != nil {
			return err
		}
		if w.ID.IsZero() {
			w.ID = id.Warehouse{}.New()
		}
		return s.store.AddWarehouse(ctx, w)
	})
	return w, err
}

// Warehouses are a company's; the operator may name none and see all.
func (s *Service) Warehouses(ctx context.Context, org id.Org) ([]Warehouse, error) {
	who, err := caller.From(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.gate.Allow(ctx, ActionWarehouseRead, nil); err != nil {
		return nil, err
	}
	if !all(who) {
		if org = who.Org; org.IsZero() {
			return nil, nil
		}
	}
	return s.store.Warehouses(ctx, org)
}

// Movements are the changes of an offer's stock, oldest first, for its seller.
func (s *Service) Movements(ctx context.Context, offer id.Offer, after id.Movement, limit int) ([]Movement, error) {
	who, err := caller.From(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.gate.Allow(ctx, ActionStockWrite, nil); err != nil {
		return nil, err
	}
	facts, err := s.catalog.Offers(ctx, []id.Offer{offer})
	if err != nil {
		return nil, err
	}
	if f, ok := facts[offer]; !ok || (!all(who) && f.Seller != who.Org) {
		return nil, ErrOfferNotFound
	}
	return s.store.Movements(ctx, offer, after, limit)
}
