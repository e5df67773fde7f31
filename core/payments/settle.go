package payments

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ledger"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/work"
)

// releaseFacts is the input of the policy kontor.payments.release.
type releaseFacts struct {
	Object string `json:"object"`
	Amount struct {
		Minor    int64  `json:"minor"`
		Currency string `json:"currency"`
	} `json:"amount"`
	RequestedBy string   `json:"requested_by"`
	ApprovedBy  []string `json:"approved_by"`
	OpenClaims  int      `json:"open_claims"`
}

// Settle asks for the safe to be emptied: the goods have come and nothing is contested.
// by is who asks: the buyer who received, or the operator. At or below the tenant's limit
// the money moves at once; above it a second person must agree.
func (s *Service) Settle(ctx context.Context, oid id.Order, by string) (Release, error) {
	var r Release
	if work.Begun(ctx) != "" {
		return s.releaseBegun(ctx)
	}
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		o, e, err := s.settleable(ctx, oid)
		if err != nil {
			return err
		}
		if _, waiting, err := s.Store.OpenRelease(ctx, e.ID); err != nil || waiting {
			if waiting {
				err = ErrReleaseOpen
			}
			return err
		}
		rate, err := s.Terms.CommissionRate(ctx)
		if err != nil {
			return err
		}
		split, err := e.Divide(o.Due, rate)
		if err != nil {
			return err
		}
		r = Release{ID: release0.New(), Escrow: e.ID, Split: split, State: ReleaseRequested, RequestedBy: by, RequestedAt: s.Now(), Version: 1}
		why, err := s.weigh(ctx, e, &r)
		if err != nil {
			return err
		}
		if err := s.Store.AddRelease(ctx, r); err != nil {
			return err
		}
		if err := work.Begin(ctx, r.ID.String()); err != nil {
			return err
		}
		if r.State == ReleaseApproved {
			return nil
		}
		return s.Events.Append(ctx, event.ReleaseRequested{OrderParties: o.OrderParties, Release: r.ID.String(), Amount: e.Held, Why: why})
	})
	if err != nil {
		return Release{}, fmt.Errorf("settle order %s: %w", oid, err)
	}
	if r.State == ReleaseApproved {
		return s.Carry(ctx, r.ID)
	}
	return r, nil
}

// releaseBegun goes on with the release that this same request has decided before.
func (s *Service) releaseBegun(ctx context.Context) (Release, error) {
	var rid id.Release
	if err := rid.UnmarshalText([]byte(work.Begun(ctx))); err != nil {
		return Release{}, err
	}
	return s.Carry(ctx, rid)
}

// AskRelease is Settle for a person: one of the buyer's, or an operator.
func (s *Service) AskRelease(ctx context.Context, oid id.Order) (Release, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return Release{}, err
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		e, err := s.Store.ByOrder(ctx, oid, false)
		if err != nil {
			return err
		}
		if e.Buyer != c.Org && !c.Has(caller.RoleOperator) {
			return ErrNotFound
		}
		return s.Gate.Allow(ctx, ActionRead, nil)
	})
	if err != nil {
		return Release{}, err
	}
	return s.Settle(ctx, oid, c.Subject())
}

func (s *Service) settleable(ctx context.Context, oid id.Order) (Order, Escrow, error) {
	o, err := s.Orders.Order(ctx, oid)
	if err != nil {
		return o, Escrow{}, err
	}
	e, err := s.Store.ByOrder(ctx, oid, true)
	if err != nil {
		return o, e, err
	}
	switch {
	case e.State != Funded:
		return o, e, ErrNotFunded
	case !o.Received:
		return o, e, ErrNotReceived
	}
	return o, e, nil
}

// weigh asks the gate about a release and approves it when nobody else need look.
func (s *Service) weigh(ctx context.Context, e Escrow, r *Release) (why string, err error) {
	f := releaseFacts{Object: e.Order.String(), RequestedBy: r.RequestedBy, ApprovedBy: r.approvers()}
	f.Amount.Minor, f.Amount.Currency = e.Held.Minor, string(e.Held.Currency)
	if f.OpenClaims, err = s.Claims.Open(ctx, e.Order); err != nil {
		return "", err
	}
	review, err := s.Judge.Judge(ctx, ActionRelease, f)
	if err != nil {
		return "", err
	}
	if len(review) == 0 {
		r.State = ReleaseApproved
		return "", nil
	}
	return review[0].Detail, nil
}

// ApproveRelease is the second person's word.
func (s *Service) ApproveRelease(ctx context.Context, rid id.Release, yes bool, why string) (Release, error) {
	var r Release
	if work.Begun(ctx) != "" {
		return s.releaseBegun(ctx)
	}
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		c, err := caller.From(ctx)
		if err != nil {
			return err
		}
		if r, err = s.Store.Release(ctx, rid, true); err != nil {
			return err
		}
		e, err := s.Store.ByID(ctx, r.Escrow, true)
		if err != nil {
			return err
		}
		if e.Buyer != c.Org && !c.Has(caller.RoleOperator) {
			return ErrRelease
		}
		if err := s.Gate.Allow(ctx, ActionApprove, nil); err != nil {
			return err
		}
		if err := r.Approve(c.Subject(), s.Now()); err != nil {
			return err
		}
		if err := work.Begin(ctx, rid.String()); err != nil {
			return err
		}
		r.Why = why
		if !yes {
			r.State = ReleaseRefused
			return s.Store.SaveRelease(ctx, r)
		}
		if _, err := s.weigh(ctx, e, &r); err != nil {
			return err
		}
		return s.Store.SaveRelease(ctx, r)
	})
	if err != nil {
		return Release{}, fmt.Errorf("approve release %s: %w", rid, err)
	}
	if r.State == ReleaseApproved {
		return s.Carry(ctx, rid)
	}
	return r, nil
}

// Carry asks the provider to move the money of an approved release, and books it. The key
// is the release's own, so carrying twice moves it once; a job calls it again when the
// provider's answer was lost.
func (s *Service) Carry(ctx context.Context, rid id.Release) (Release, error) {
	var (
		r Release
		e Escrow
	)
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		var err error
		if r, err = s.Store.Release(ctx, rid, false); err != nil {
			return err
		}
		e, err = s.Store.ByID(ctx, r.Escrow, false)
		return err
	})
	if err != nil || r.State != ReleaseApproved {
		return r, err
	}
	// The provider holds what was paid too much as well, and empties the safe as a whole.
	told := r.Split
	told.ToBuyer.Minor += e.Overpaid.Minor
	if err := s.Provider.Release(ctx, "release:"+rid.String(), e.Operation, e, told); err != nil {
		return r, fmt.Errorf("release escrow of order %s: %w", e.Order, err)
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error { return s.book(ctx, rid, e.Overpaid, &r) })
	return r, err
}

// book writes what the provider has done: the safe, the ledger, the order, the news.
// over is what it gave back of money beyond the total.
func (s *Service) book(ctx context.Context, rid id.Release, over money.Money, out *Release) error {
	r, err := s.Store.Release(ctx, rid, true)
	if err != nil || r.State != ReleaseApproved {
		*out = r
		return err
	}
	e, err := s.Store.ByID(ctx, r.Escrow, true)
	if err != nil {
		return err
	}
	o, err := s.Orders.Order(ctx, e.Order)
	if err != nil {
		return err
	}
	if err := e.Close(r.Split, s.Now()); err != nil {
		return err
	}
	if err := s.Store.Save(ctx, e); err != nil {
		return err
	}
	r.State = ReleaseDone
	if err := s.Store.SaveRelease(ctx, r); err != nil {
		return err
	}
	*out = r
	if err := s.post(ctx, e, over, o.Number); err != nil {
		return err
	}
	if err := s.Orders.MarkReleased(ctx, e.Order); err != nil {
		return err
	}
	return s.Events.Append(ctx, event.EscrowReleased{OrderParties: o.OrderParties, ToSeller: e.ToSeller, ToBuyer: e.ToBuyer, Commission: e.Commission})
}

// emptied is the entry of a closed safe. What goes back to the buyer has left the bank
// already: the provider pays it straight to where it came from.
func emptied(e Escrow, number string) ledger.Entry {
	out := ledger.Entry{
		Kind: "escrow_released", Ref: ledger.Ref{Kind: "order", ID: e.Order.String()}, Memo: number,
		Postings: []ledger.Posting{ledger.Debit(ledger.Escrow, e.Held)},
	}
	if e.ToSeller.Minor > 0 {
		out.Postings = append(out.Postings, ledger.Credit(ledger.Seller(e.Seller), e.ToSeller))
	}
	if e.Commission.Minor > 0 {
		out.Postings = append(out.Postings, ledger.Credit(ledger.Commission, e.Commission))
	}
	if e.ToBuyer.Minor > 0 {
		out.Postings = append(out.Postings, ledger.Credit(ledger.Bank, e.ToBuyer))
	}
	return out
}

// post books an emptied safe and what lay beside it.
func (s *Service) post(ctx context.Context, e Escrow, over money.Money, number string) error {
	if err := s.Books.Post(ctx, emptied(e, number)); err != nil || over.Minor == 0 {
		return err
	}
	return s.Books.Post(ctx, ledger.Entry{
		Kind: "overpaid_returned", Ref: ledger.Ref{Kind: "order", ID: e.Order.String()}, Memo: number,
		Postings: []ledger.Posting{ledger.Debit(ledger.Buyer(e.Buyer), over), ledger.Credit(ledger.Bank, over)},
	})
}

// RefundEnded gives back the money of an order that was declined or cancelled.
func (s *Service) RefundEnded(ctx context.Context, oid id.Order) error {
	var e Escrow
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		o, err := s.Orders.Order(ctx, oid)
		if err != nil {
			return err
		}
		if !o.Ended {
			return ErrNotOut
		}
		e, err = s.Store.ByOrder(ctx, oid, false)
		return err
	})
	if err != nil || e.Held.Minor == 0 || e.State == Refunded || e.State == Released {
		return err
	}
	all := money.Of(e.Held.Minor+e.Overpaid.Minor, e.Held.Currency)
	if err := s.Provider.Refund(ctx, "refund:"+e.ID.String(), e.Operation, all, "order ended"); err != nil {
		return fmt.Errorf("refund order %s: %w", oid, err)
	}
	return s.Unit.Do(ctx, func(ctx context.Context) error { return s.refunded(ctx, oid, e.Overpaid) })
}

func (s *Service) refunded(ctx context.Context, oid id.Order, over money.Money) error {
	e, err := s.Store.ByOrder(ctx, oid, true)
	if err != nil || e.State == Refunded {
		return err
	}
	o, err := s.Orders.Order(ctx, oid)
	if err != nil {
		return err
	}
	whole := e.State == Funded
	e.State, e.ToBuyer, e.ClosedAt = Refunded, e.Held, s.Now()
	if err := s.Store.Save(ctx, e); err != nil {
		return err
	}
	if err := s.post(ctx, e, over, o.Number); err != nil {
		return err
	}
	if whole {
		if err := s.Orders.MarkRefunded(ctx, oid); err != nil {
			return err
		}
	}
	return s.Events.Append(ctx, event.EscrowRefunded{OrderParties: o.OrderParties, Amount: e.ToBuyer})
}
