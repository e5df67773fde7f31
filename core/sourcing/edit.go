package sourcing

import (
	"context"
	"fmt"
	"time"

	"github.com/kontorhq/kontor/core/id"
)

// Changes are what a buyer corrects in a draft; nil leaves a part as it is. Version is
// the one that was shown to him.
type Changes struct {
	Version  int64
	Title    *string
	Note     *string
	Currency *string
	Incoterm *string
	ShipTo   *Address
	ClosesAt *time.Time
	Lines    *[]LineInput
	Sellers  *[]id.Org
	Files    *[]id.Blob
}

// Edit corrects a draft. Once published a request stays as the sellers have read it.
func (s *Service) Edit(ctx context.Context, rfq id.RFQ, ch Changes) (RFQ, error) {
	var r RFQ
	err := s.n.Unit.Do(ctx, func(ctx context.Context) error {
		var err error
		if r, _, err = s.own(ctx, rfq); err != nil {
			return err
		}
		if err := s.n.Gate.Allow(ctx, ActionEdit, nil); err != nil {
			return err
		}
		switch {
		case r.State != Draft:
			return ErrNotDraft
		case r.Version != ch.Version:
			return ErrStale
		}
		if err := s.write(ctx, &r, ch.on(r)); err != nil {
			return err
		}
		if err := s.n.Store.Rewrite(ctx, r); err != nil {
			return err
		}
		r.Version++
		return nil // nobody but the author has seen a draft: no event
	})
	if err != nil {
		return RFQ{}, fmt.Errorf("edit rfq %s: %w", rfq, err)
	}
	return r, nil
}

// on lays the changes over what the draft says now.
func (ch Changes) on(r RFQ) DraftInput {
	in := DraftInput{Title: r.Title, Note: r.Note, Currency: string(r.Currency), Incoterm: r.Incoterm, ShipTo: r.ShipTo, ClosesAt: r.ClosesAt, Files: r.Files}
	for _, l := range r.Lines {
		in.Lines = append(in.Lines, l.asWritten())
	}
	for _, v := range r.Sellers {
		in.Sellers = append(in.Sellers, v.Seller)
	}
	lay(&in.Title, ch.Title)
	lay(&in.Note, ch.Note)
	lay(&in.Currency, ch.Currency)
	lay(&in.Incoterm, ch.Incoterm)
	lay(&in.ShipTo, ch.ShipTo)
	lay(&in.ClosesAt, ch.ClosesAt)
	lay(&in.Lines, ch.Lines)
	lay(&in.Sellers, ch.Sellers)
	lay(&in.Files, ch.Files)
	return in
}

func lay[T any](onto *T, change *T) {
	if change != nil {
		*onto = *change
	}
}

func (l Line) asWritten() LineInput {
	in := LineInput{Item: l.Item, Description: l.Description, Qty: l.Qty.Value(), Unit: string(l.Qty.Unit)}
	if l.Target.Micro > 0 {
		in.Target = l.Target.Decimal()
	}
	if !l.NeedBy.IsZero() {
		in.NeedBy = l.NeedBy.Format(time.DateOnly)
	}
	return in
}
