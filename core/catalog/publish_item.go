package catalog

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
)

// SubmitItem hands a draft to the reviewers.
func (s *Service) SubmitItem(ctx context.Context, i id.Item) (Item, error) {
	return s.move(ctx, i, ActionItemSubmit, (*Item).Submit)
}

// PublishItem puts an item on the shelf, when its seller may trade it.
func (s *Service) PublishItem(ctx context.Context, i id.Item) (Item, error) {
	return s.move(ctx, i, ActionItemPublish, (*Item).Publish)
}

// SendBackItem returns an item to its author.
func (s *Service) SendBackItem(ctx context.Context, i id.Item) (Item, error) {
	return s.move(ctx, i, ActionItemReview, (*Item).SendBack)
}

// RetireItem takes an item off the shelf for good.
func (s *Service) RetireItem(ctx context.Context, i id.Item) (Item, error) {
	return s.move(ctx, i, ActionItemRetire, (*Item).Retire)
}

// move is every step of an item's life: load, ask, rule, save, list, tell.
func (s *Service) move(ctx context.Context, i id.Item, do policy.Action, step func(*Item) error) (Item, error) {
	var it Item
	err := s.unit.Do(ctx, func(ctx context.Context) error {
		who, err := caller.From(ctx)
		if err != nil {
			return err
		}
		if it, err = s.store.Item(ctx, i, true); err != nil {
			return err
		}
		if !own(who, it.Seller) {
			return ErrItemNotFound
		}
		var facts any
		if do == ActionItemPublish {
			if facts, err = s.publishFacts(ctx, it, it.Seller); err != nil {
				return err
			}
		}
		if err := s.gate.Allow(ctx, do, facts); err != nil {
			return err
		}
		before := it.State
		if err := step(&it); err != nil {
			return err
		}
		it.UpdatedAt = s.now()
		if err := s.store.SaveItem(ctx, it); err != nil {
			return err
		}
		it.Version++
		return s.moved(ctx, it, before)
	})
	if err != nil {
		return Item{}, fmt.Errorf("%s %s: %w", do, i, err)
	}
	return it, nil
}

// moved lists or unlists the item and tells the rest of the platform.
func (s *Service) moved(ctx context.Context, it Item, before ItemState) error {
	var err error
	switch {
	case it.State == Published:
		err = s.relist(ctx, []Item{it})
	case before == Published:
		if err = s.store.Unlist(ctx, []id.Item{it.ID}); err == nil {
			err = s.forget(ctx)
		}
	}
	if err != nil {
		return err
	}
	return s.events.Append(ctx, event.ItemMoved{
		Item: it.ID.String(), SKU: it.SKU, Names: it.Names, Seller: it.Seller.String(), From: string(before), To: string(it.State),
	})
}

// PublishFacts are what the compliance rules would be told if the item were published now,
// for those who look before they decide.
func (s *Service) PublishFacts(ctx context.Context, it Item) (any, error) {
	return s.publishFacts(ctx, it, it.Seller)
}

// publishFacts are what the compliance rules know of a publication. Seller is nil when
// the operator publishes an entry of the shared catalogue.
func (s *Service) publishFacts(ctx context.Context, it Item, seller id.Org) (any, error) {
	facts := map[string]any{
		"object": it.ID.String(),
		"item":   map[string]any{"id": it.ID.String(), "name": it.Names.In("en"), "regulated": it.Regulated},
		"seller": nil,
	}
	if seller.IsZero() {
		return facts, nil
	}
	c, err := s.licences.Company(ctx, seller)
	if err != nil {
		return nil, err
	}
	if c.Licences == nil {
		c.Licences = []Licence{} // the rules count licences; null would be a missing answer
	}
	facts["seller"] = c
	return facts, nil
}
