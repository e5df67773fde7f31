package catalog

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
)

// WriteCategories makes or changes categories by their paths; parents come before their
// children. It answers them with identifiers.
func (s *Service) WriteCategories(ctx context.Context, cs []Category) ([]Category, error) {
	err := s.unit.Do(ctx, func(ctx context.Context) error {
		who, err := caller.From(ctx)
		if err != nil {
			return err
		}
		if err := s.gate.Allow(ctx, ActionCategoryWrite, nil); err != nil {
			return err
		}
		sh, err := s.store.Shelf(ctx)
		if err != nil {
			return err
		}
		known := map[string]id.Category{}
		for _, c := range sh.Tree.All() {
			known[c.Path] = c.ID
		}
		for i := range cs {
			if err := place(&cs[i], known); err != nil {
				return err
			}
		}
		if err := s.store.SaveCategories(ctx, cs); err != nil {
			return err
		}
		if err := s.forget(ctx); err != nil {
			return err
		}
		return s.events.Append(ctx, event.CatalogImported{Categories: len(cs), By: who.Subject()})
	})
	if err != nil {
		return nil, fmt.Errorf("write categories: %w", err)
	}
	return cs, nil
}

// place gives a category its identifier and its parent's.
func place(c *Category, known map[string]id.Category) error {
	if c.Path == "" {
		c.Path = c.Slug
	}
	if err := c.Check(); err != nil {
		return err
	}
	up := Above(c.Path)
	parent, ok := known[up]
	if (up != "" && !ok) || (up == "" && c.Path != c.Slug) || (up != "" && c.Path != up+"/"+c.Slug) {
		return ErrCategoryParent.With("path", clip(c.Path, 80))
	}
	c.Parent = parent
	if have, ok := known[c.Path]; ok {
		c.ID = have
	} else if c.ID.IsZero() {
		c.ID = id.Category{}.New()
	}
	known[c.Path] = c.ID
	return nil
}

// WriteAttributes makes or changes attributes by their keys. Items that are listed already
// keep what they are found by until they are written again.
func (s *Service) WriteAttributes(ctx context.Context, as []Attribute) error {
	for _, a := range as {
		if err := a.Check(); err != nil {
			return err
		}
	}
	err := s.unit.Do(ctx, func(ctx context.Context) error {
		if err := s.gate.Allow(ctx, ActionAttributeWrite, nil); err != nil {
			return err
		}
		if err := s.store.SaveAttributes(ctx, as); err != nil {
			return err
		}
		return s.forget(ctx)
	})
	if err != nil {
		return fmt.Errorf("write attributes: %w", err)
	}
	return nil
}

// Repriced tells the catalogue that lists by price are in another order now. Pricing calls
// it in the unit that changes prices.
func (s *Service) Repriced(ctx context.Context) error { return s.forget(ctx) }

// WaitingItems lists items in a state, for reviewers, or a seller's own.
func (s *Service) WaitingItems(ctx context.Context, f ItemsFilter) ([]Item, error) {
	who, err := caller.From(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.gate.Allow(ctx, ActionItemWrite, nil); err != nil {
		return nil, err
	}
	if !own(who, id.Org{}) {
		f.Seller = who.Org
	}
	return s.store.Waiting(ctx, f)
}

// SellerOffers lists a seller's own offers, in any state.
func (s *Service) SellerOffers(ctx context.Context, f OffersFilter) ([]OfferFacts, error) {
	who, err := caller.From(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.gate.Allow(ctx, ActionOfferWrite, nil); err != nil {
		return nil, err
	}
	if !own(who, f.Seller) || f.Seller.IsZero() {
		f.Seller = who.Org
	}
	if f.Seller.IsZero() {
		return nil, ErrSellerOnly
	}
	return s.store.OffersOf(ctx, f)
}

// Item is one item in any state, for those who may change it.
func (s *Service) Item(ctx context.Context, i id.Item) (Item, error) {
	who, err := caller.From(ctx)
	if err != nil {
		return Item{}, err
	}
	is, err := s.store.Items(ctx, []id.Item{i})
	if err != nil {
		return Item{}, err
	}
	if len(is) == 0 || (is[0].State != Published && !own(who, is[0].Seller)) {
		return Item{}, ErrItemNotFound
	}
	return is[0], nil
}
