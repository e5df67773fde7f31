package catalog

import (
	"context"

	"github.com/kontorhq/kontor/core/id"
)

// Items are the identifiers of a result's hits, in order.
func (r *Result) Items() []id.Item {
	out := make([]id.Item, len(r.Hits))
	for i, h := range r.Hits {
		out[i] = h.Item
	}
	return out
}

// Cards are the published items among ids, in the order asked for. What is missing is not
// on the shelf any more.
func (s *Service) Cards(ctx context.Context, ids []id.Item) ([]*Card, error) {
	k, shared, err := s.cache.key(ctx, "")
	if err != nil {
		return nil, err
	}
	if !shared {
		return s.store.Cards(ctx, ids)
	}
	found := make(map[id.Item]*Card, len(ids))
	var missing []id.Item
	for _, i := range ids {
		if c, ok := s.cache.cards.GetIfPresent(cardKey{k.tenant, k.epoch, i}); ok {
			found[i] = c
		} else {
			missing = append(missing, i)
		}
	}
	if len(missing) > 0 {
		cards, err := s.store.Cards(ctx, missing)
		if err != nil {
			return nil, err
		}
		for _, c := range cards {
			s.cache.cards.Set(cardKey{k.tenant, k.epoch, c.Item.ID}, c)
			found[c.Item.ID] = c
		}
	}
	out := make([]*Card, 0, len(ids))
	for _, i := range ids {
		if c := found[i]; c != nil {
			out = append(out, c)
		}
	}
	return out, nil
}

// Card is one published item with its offers, or ErrItemNotFound.
func (s *Service) Card(ctx context.Context, i id.Item) (*Card, error) {
	cs, err := s.Cards(ctx, []id.Item{i})
	if err != nil {
		return nil, err
	}
	if len(cs) == 0 {
		return nil, ErrItemNotFound
	}
	return cs[0], nil
}

// Offers are facts for trading, never cached. Offers that do not exist are missing.
func (s *Service) Offers(ctx context.Context, ids []id.Offer) (map[id.Offer]OfferFacts, error) {
	fs, err := s.store.Offers(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make(map[id.Offer]OfferFacts, len(fs))
	for _, f := range fs {
		out[f.Offer] = f
	}
	return out, nil
}

// Items are those that exist among ids, in whatever state, for other contexts that have
// asked their own gate.
func (s *Service) Items(ctx context.Context, ids []id.Item) ([]Item, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return s.store.Items(ctx, ids)
}
