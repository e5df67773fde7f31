package pricing

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/quantity"
)

// MaxPrices is how many prices one call takes.
const MaxPrices = 20_000

// WritePrices adds prices, or changes those with the same offer, buyer, tier and beginning.
// A zero ValidFrom is now. History stays: a new price supersedes an older one of its tier.
func (s *Service) WritePrices(ctx context.Context, ps []Price) ([]Price, error) {
	if len(ps) > MaxPrices {
		return nil, ErrTooMany.With("max", MaxPrices)
	}
	out := slices.Clone(ps)
	err := s.unit.Do(ctx, func(ctx context.Context) error {
		if err := s.gate.Allow(ctx, ActionPriceWrite, nil); err != nil {
			return err
		}
		facts, err := s.checked(ctx, out)
		if err != nil {
			return err
		}
		if err := s.store.Put(ctx, out); err != nil {
			return err
		}
		if err := s.refloor(ctx, itemsOf(facts)); err != nil {
			return err
		}
		return s.tell(ctx, out, facts)
	})
	if err != nil {
		return nil, fmt.Errorf("write %d prices: %w", len(ps), err)
	}
	return out, nil
}

// ReplacePrices makes tiers the whole price list of one offer for one buyer (zero:
// everybody): what is not among them ends now.
func (s *Service) ReplacePrices(ctx context.Context, offer id.Offer, buyer id.Org, tiers []Price) ([]Price, error) {
	var out []Price
	err := s.unit.Do(ctx, func(ctx context.Context) error {
		for i := range tiers {
			tiers[i].Offer, tiers[i].Buyer = offer, buyer
		}
		var err error
		if out, err = s.WritePrices(ctx, tiers); err != nil {
			return err
		}
		keep := make([]id.Price, len(out))
		for i, p := range out {
			keep[i] = p.ID
		}
		facts, err := s.catalog.Offers(ctx, []id.Offer{offer})
		if err != nil {
			return err
		}
		if err := s.mine(ctx, facts[offer], offer); err != nil {
			return err
		}
		if err := s.store.End(ctx, offer, buyer, keep, s.now()); err != nil {
			return err
		}
		return s.refloor(ctx, itemsOf(facts))
	})
	return out, err
}

// checked fills in what is missing and makes sure that each price fits its offer.
func (s *Service) checked(ctx context.Context, ps []Price) (map[id.Offer]catalog.OfferFacts, error) {
	var offers []id.Offer
	seen := map[id.Offer]bool{}
	for _, p := range ps {
		if !seen[p.Offer] {
			seen[p.Offer] = true
			offers = append(offers, p.Offer)
		}
	}
	facts, err := s.catalog.Offers(ctx, offers)
	if err != nil {
		return nil, err
	}
	now := s.now()
	for i := range ps {
		p := &ps[i]
		f := facts[p.Offer]
		if err := s.mine(ctx, f, p.Offer); err != nil {
			return nil, err
		}
		if p.ID.IsZero() {
			p.ID = id.Price{}.New()
		}
		if p.ValidFrom.IsZero() {
			p.ValidFrom = now
		}
		p.ValidFrom = p.ValidFrom.UTC().Truncate(time.Microsecond)
		if err := p.Check(); err != nil {
			return nil, at(err, i)
		}
		if p.Currency != f.Currency {
			return nil, at(ErrPriceCurrency.With("currency", f.Currency), i)
		}
		if _, err := (quantity.Quantity{Micro: quantity.Scale, Unit: f.Unit}).In(p.Unit, f.KgPerUnitMicro); err != nil {
			return nil, at(ErrPriceUnit.With("unit", p.Unit).With("offer", f.Unit), i)
		}
	}
	return facts, nil
}

// mine: a seller prices its own offers; the operator and the platform any, for which whoever
// does it has just proved who he is: an override moves other people's money.
func (s *Service) mine(ctx context.Context, f catalog.OfferFacts, offer id.Offer) error {
	who, err := caller.From(ctx)
	if err != nil {
		return err
	}
	all := who.Kind == caller.System || (who.Org.IsZero() && who.Has(caller.RoleOperator))
	if f.Offer != offer || (!all && f.Seller != who.Org) {
		return ErrOfferUnknown
	}
	if f.Seller != who.Org && !who.Fresh(s.now()) {
		return caller.ErrStepUp
	}
	return nil
}

func at(err error, i int) error {
	f := fault.From(err)
	return f.At(fault.Field{Path: fmt.Sprintf("prices[%d]", i), Reason: "invalid"})
}

func itemsOf(facts map[id.Offer]catalog.OfferFacts) []id.Item {
	seen := map[id.Item]bool{}
	var out []id.Item
	for _, f := range facts {
		if !seen[f.Item] {
			seen[f.Item] = true
			out = append(out, f.Item)
		}
	}
	slices.SortFunc(out, func(a, b id.Item) int { return slices.Compare(a[:], b[:]) })
	return out
}

// refloor makes the floors of items anew.
func (s *Service) refloor(ctx context.Context, items []id.Item) error {
	if len(items) == 0 {
		return nil
	}
	now := s.now()
	terms, prices, err := s.store.AllPrices(ctx, items, now)
	if err != nil {
		return err
	}
	if err := s.store.PutFloors(ctx, items, FloorsOf(terms, prices, now)); err != nil {
		return err
	}
	return s.catalog.Repriced(ctx)
}

// Refloor makes the floors of items anew: when offers open or close, on the catalogue's
// word.
func (s *Service) Refloor(ctx context.Context, items []id.Item) error {
	return s.unit.Do(ctx, func(ctx context.Context) error { return s.refloor(ctx, items) })
}

// RefloorStale makes those floors anew of which a price has begun or ended. A job calls it
// until it answers 0.
func (s *Service) RefloorStale(ctx context.Context) (int, error) {
	n := 0
	err := s.unit.Do(ctx, func(ctx context.Context) error {
		items, err := s.store.StaleItems(ctx, s.now(), 500)
		if err != nil {
			return err
		}
		n = len(items)
		return s.refloor(ctx, items)
	})
	return n, err
}

func (s *Service) tell(ctx context.Context, ps []Price, facts map[id.Offer]catalog.OfferFacts) error {
	e := event.PricesWritten{Prices: len(ps), Offers: len(facts)}
	if len(facts) == 1 {
		f := facts[ps[0].Offer]
		e.Offer, e.Item, e.Seller, e.SKU, e.Buyer = f.Offer.String(), f.Item.String(), f.Seller.String(), f.SKU, ps[0].Buyer.String()
	}
	return s.events.Append(ctx, e)
}
