package catalog

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
)

// AttachDocument adds a paper to an item or to an offer.
func (s *Service) AttachDocument(ctx context.Context, d Document) (Document, error) {
	if err := d.Check(); err != nil {
		return Document{}, err
	}
	d.ID = id.Document{}.New()
	err := s.unit.Do(ctx, func(ctx context.Context) error {
		who, err := caller.From(ctx)
		if err != nil {
			return err
		}
		if err := s.gate.Allow(ctx, ActionDocumentWrite, nil); err != nil {
			return err
		}
		item := d.Item
		if !d.Offer.IsZero() {
			o, err := s.store.Offer(ctx, d.Offer, false)
			if err != nil {
				return err
			}
			if !own(who, o.Seller) {
				return ErrOfferNotFound
			}
			item = o.Item
		} else if it, err := s.store.Item(ctx, d.Item, false); err != nil {
			return err
		} else if !own(who, it.Seller) {
			return ErrItemNotFound
		}
		if err := s.store.AddDocument(ctx, d); err != nil {
			return err
		}
		if err := s.forget(ctx); err != nil {
			return err
		}
		return s.events.Append(ctx, event.DocumentAttached{Document: d.ID.String(), Item: item.String(), Offer: d.Offer.String(), Kind: d.Kind, Title: d.Title})
	})
	if err != nil {
		return Document{}, fmt.Errorf("attach document: %w", err)
	}
	return d, nil
}

// Document is one paper of the catalogue, for those who fetch its file.
func (s *Service) Document(ctx context.Context, d id.Document) (Document, error) {
	if err := s.gate.Allow(ctx, ActionDocumentRead, nil); err != nil {
		return Document{}, err
	}
	return s.store.Document(ctx, d)
}
