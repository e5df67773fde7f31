package sourcing

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// Publish opens a draft to its sellers and gives it its number. Sellers and goods are
// looked at again: a company may have been suspended since the draft was written.
func (s *Service) Publish(ctx context.Context, rfq id.RFQ) (RFQ, error) {
	var r RFQ
	err := s.n.Unit.Do(ctx, func(ctx context.Context) error {
		var err error
		if r, _, err = s.own(ctx, rfq); err != nil {
			return err
		}
		items, err := s.n.Catalog.Items(ctx, r.items())
		if err != nil {
			return err
		}
		if err := s.n.Gate.Allow(ctx, ActionPublish, factsOf(r).withGoods(items)); err != nil {
			return err
		}
		if err := s.publishable(ctx, r, items); err != nil {
			return err
		}
		draft := r // the rule is asked before a number is spent
		if err := draft.Publish("", s.n.Now()); err != nil {
			return err
		}
		number, err := s.n.Numbers.Next(ctx, NumberKind)
		if err != nil {
			return err
		}
		if err := r.Publish(number, s.n.Now()); err != nil {
			return err
		}
		return s.announce(ctx, &r)
	})
	if err != nil {
		return RFQ{}, fmt.Errorf("publish rfq %s: %w", rfq, err)
	}
	return r, nil
}

func (s *Service) publishable(ctx context.Context, r RFQ, items map[id.Item]Item) error {
	if r.State != Draft {
		return ErrNotDraft
	}
	var c fault.Check
	again := r
	var sellers []id.Org
	for _, v := range r.Sellers {
		sellers = append(sellers, v.Seller)
	}
	if err := s.writeSellers(ctx, &c, &again, sellers); err != nil {
		return err
	}
	for i, l := range r.Lines {
		at := fmt.Sprintf("lines[%d].", i)
		_, known := items[l.Item]
		c.If(!l.Item.IsZero() && !known, at+"item", "unknown", "There is no such item any more.")
		if !l.NeedBy.IsZero() {
			readDay(&c, at+"need_by", l.asWritten().NeedBy, s.n.Now())
		}
	}
	return c.Or(ErrInvalid)
}

func (s *Service) announce(ctx context.Context, r *RFQ) error {
	if err := s.n.Store.Save(ctx, *r); err != nil {
		return err
	}
	r.Version++
	for _, v := range r.Sellers {
		if err := s.n.Store.SaveInvitation(ctx, r.ID, v); err != nil {
			return err
		}
	}
	names, err := s.n.Companies.Companies(ctx, []id.Org{r.Buyer})
	if err != nil {
		return err
	}
	return s.n.Events.Append(ctx, event.RFQPublished{
		RFQ: r.ID.String(), Number: r.Number, Title: r.Title, Buyer: r.Buyer.String(),
		BuyerName: names[r.Buyer].Name, Sellers: r.sellerIDs(), Lines: len(r.Lines), ClosesAt: r.ClosesAt,
	})
}

func (r *RFQ) sellerIDs() []string {
	ids := make([]string, len(r.Sellers))
	for i, v := range r.Sellers {
		ids[i] = v.Seller.String()
	}
	return ids
}
