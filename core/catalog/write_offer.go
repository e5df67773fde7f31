package catalog

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/quantity"
)

// WriteOffer makes a draft offer, or changes one: zero ID makes a new one. Item and seller
// of an offer never change.
func (s *Service) WriteOffer(ctx context.Context, in Offer) (Offer, error) {
	out := in
	err := s.unit.Do(ctx, func(ctx context.Context) error {
		who, err := caller.From(ctx)
		if err != nil {
			return err
		}
		if err := s.gate.Allow(ctx, ActionOfferWrite, nil); err != nil {
			return err
		}
		if out, err = s.draftOffer(ctx, who, in); err != nil {
			return err
		}
		if in.ID.IsZero() {
			return s.store.AddOffer(ctx, out)
		}
		if err := s.store.SaveOffer(ctx, out); err != nil {
			return err
		}
		out.Version++
		return s.offerChanged(ctx, out, out.State)
	})
	if err != nil {
		return Offer{}, fmt.Errorf("write offer %s: %w", in.SellerSKU, err)
	}
	return out, nil
}

func (s *Service) draftOffer(ctx context.Context, who caller.Caller, in Offer) (Offer, error) {
	now := s.now()
	if in.ID.IsZero() {
		if in.Seller.IsZero() {
			in.Seller = who.Org
		}
		in.ID, in.State, in.CreatedAt, in.UpdatedAt, in.Version = id.Offer{}.New(), OfferDraft, now, now, 1
	} else {
		have, err := s.store.Offer(ctx, in.ID, true)
		if err != nil {
			return in, err
		}
		if !own(who, have.Seller) {
			return in, ErrOfferNotFound
		}
		if in.Version != 0 && in.Version != have.Version {
			return in, ErrOfferStale
		}
		in.Item, in.Seller, in.State, in.CreatedAt, in.UpdatedAt, in.Version = have.Item, have.Seller, have.State, have.CreatedAt, now, have.Version
	}
	if in.Seller.IsZero() || !own(who, in.Seller) {
		return in, ErrSellerOnly
	}
	if err := in.Check(); err != nil {
		return in, err
	}
	it, err := s.store.Item(ctx, in.Item, false)
	if err != nil {
		return in, err
	}
	if it.State == Retired || (it.State != Published && !own(who, it.Seller)) {
		return in, ErrItemNotFound
	}
	return in, fits(in, it)
}

// fits makes sure that what is offered can be turned into what the item is counted in.
func fits(o Offer, it Item) error {
	if _, err := (quantity.Quantity{Micro: quantity.Scale, Unit: o.Unit}).In(it.Unit, it.KgPerUnitMicro); err != nil {
		return ErrOfferUnit.With("item", it.Unit).With("offer", o.Unit).Because(err)
	}
	return nil
}

// PublishOffer opens an offer for orders, when its seller may trade the item.
func (s *Service) PublishOffer(ctx context.Context, o id.Offer) (Offer, error) {
	return s.moveOffer(ctx, o, (*Offer).Publish)
}

// PauseOffer closes an offer for a while.
func (s *Service) PauseOffer(ctx context.Context, o id.Offer) (Offer, error) {
	return s.moveOffer(ctx, o, (*Offer).Pause)
}

// WithdrawOffer closes an offer for good.
func (s *Service) WithdrawOffer(ctx context.Context, o id.Offer) (Offer, error) {
	return s.moveOffer(ctx, o, (*Offer).Withdraw)
}

func (s *Service) moveOffer(ctx context.Context, oid id.Offer, step func(*Offer) error) (Offer, error) {
	var o Offer
	err := s.unit.Do(ctx, func(ctx context.Context) error {
		who, err := caller.From(ctx)
		if err != nil {
			return err
		}
		if o, err = s.store.Offer(ctx, oid, true); err != nil {
			return err
		}
		if !own(who, o.Seller) {
			return ErrOfferNotFound
		}
		before := o.State
		if err := step(&o); err != nil {
			return err
		}
		if err := s.mayOffer(ctx, o); err != nil {
			return err
		}
		o.UpdatedAt = s.now()
		if err := s.store.SaveOffer(ctx, o); err != nil {
			return err
		}
		o.Version++
		return s.offerChanged(ctx, o, before)
	})
	if err != nil {
		return Offer{}, fmt.Errorf("move offer %s: %w", oid, err)
	}
	return o, nil
}

// mayOffer asks the roles about every step, and about opening an offer the rules for
// publishing its item too: many sellers offer one item, and each needs its own licence.
func (s *Service) mayOffer(ctx context.Context, o Offer) error {
	if err := s.gate.Allow(ctx, ActionOfferPublish, nil); err != nil || o.State != OfferPublished {
		return err
	}
	it, err := s.store.Item(ctx, o.Item, false)
	if err != nil {
		return err
	}
	if it.State != Published {
		return ErrItemNotPublished
	}
	facts, err := s.publishFacts(ctx, it, o.Seller)
	if err != nil {
		return err
	}
	return s.gate.Allow(ctx, ActionItemPublish, facts)
}

// offerChanged refreshes what the item is found by and tells the rest of the platform.
func (s *Service) offerChanged(ctx context.Context, o Offer, before OfferState) error {
	it, err := s.store.Item(ctx, o.Item, false)
	if err != nil {
		return err
	}
	if it.State == Published {
		if err := s.relist(ctx, []Item{it}); err != nil {
			return err
		}
	}
	return s.events.Append(ctx, event.OfferChanged{
		Offer: o.ID.String(), Item: o.Item.String(), SKU: it.SKU, Names: it.Names, Seller: o.Seller.String(), From: string(before), To: string(o.State),
	})
}
