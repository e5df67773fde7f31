package catalog

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
)

// WriteItem makes a draft, or changes an item: zero ID makes a new one. A seller's item
// belongs to the seller; what is published can be changed by the operator alone.
func (s *Service) WriteItem(ctx context.Context, in Item) (Item, error) {
	out := in
	err := s.unit.Do(ctx, func(ctx context.Context) error {
		who, err := caller.From(ctx)
		if err != nil {
			return err
		}
		if err := s.gate.Allow(ctx, ActionItemWrite, nil); err != nil {
			return err
		}
		out, err = s.checked(ctx, in)
		if err != nil {
			return err
		}
		now := s.now()
		if in.ID.IsZero() {
			out.ID, out.State, out.Seller, out.CreatedAt, out.UpdatedAt, out.Version = id.Item{}.New(), Draft, who.Org, now, now, 1
			return s.growing(ctx, 1, func(ctx context.Context) error { return s.store.AddItem(ctx, out) })
		}
		return s.change(ctx, who, &out)
	})
	if err != nil {
		return Item{}, fmt.Errorf("write item %s: %w", in.SKU, err)
	}
	return out, nil
}

// growing stores more items where there is room for them.
func (s *Service) growing(ctx context.Context, n int64, add func(ctx context.Context) error) error {
	if s.room == nil {
		return add(ctx)
	}
	return s.room.Growing(ctx, n, add)
}

// checked is the item with its values in their one spelling.
func (s *Service) checked(ctx context.Context, in Item) (Item, error) {
	if err := in.Check(); err != nil {
		return in, err
	}
	sh, err := s.Shelf(ctx)
	if err != nil {
		return in, err
	}
	if _, ok := sh.Tree.ByID(in.Category); !ok {
		return in, ErrCategoryNotFound
	}
	in.Attributes, err = sh.Normal(in.Attributes)
	return in, err
}

func (s *Service) change(ctx context.Context, who caller.Caller, out *Item) error {
	have, err := s.store.Item(ctx, out.ID, true)
	if err != nil {
		return err
	}
	if !own(who, have.Seller) {
		return ErrItemNotFound
	}
	if out.Version != 0 && out.Version != have.Version {
		return ErrItemStale
	}
	out.State, out.Seller, out.CreatedAt, out.UpdatedAt, out.Version = have.State, have.Seller, have.CreatedAt, s.now(), have.Version
	if have.State == Published && !own(who, id.Org{}) {
		return ErrItemNotDraft
	}
	if err := s.store.SaveItem(ctx, *out); err != nil {
		return err
	}
	out.Version++
	if have.State != Published {
		return nil
	}
	if err := s.relist(ctx, []Item{*out}); err != nil {
		return err
	}
	return s.events.Append(ctx, event.ItemChanged{Item: out.ID.String(), SKU: out.SKU, Names: out.Names})
}

// relist makes the listings of published items anew.
func (s *Service) relist(ctx context.Context, items []Item) error {
	sh, err := s.store.Shelf(ctx)
	if err != nil {
		return err
	}
	ids := make([]id.Item, len(items))
	for i, it := range items {
		ids[i] = it.ID
	}
	sellers, err := s.store.SellersOf(ctx, ids)
	if err != nil {
		return err
	}
	ls := make([]Listing, len(items))
	for i, it := range items {
		var orgs []id.Org
		var skus []string
		for _, o := range sellers[it.ID] {
			orgs, skus = append(orgs, o.Org), append(skus, o.SKU)
		}
		ls[i] = sh.listing(it, orgs, skus, it.UpdatedAt)
	}
	if err := s.store.List(ctx, ls); err != nil {
		return err
	}
	return s.forget(ctx)
}
