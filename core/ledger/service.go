package ledger

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

// ActionRead lets operators read the books.
const ActionRead policy.Action = "ledger.read"

// Store keeps entries.
type Store interface {
	Post(ctx context.Context, tenant id.Tenant, e Entry) error
	Balance(ctx context.Context, account id.Account) (int64, error)
	Trial(ctx context.Context) ([]Balance, error)
	Entries(ctx context.Context, f Filter, p page.Request) (page.List[Line], error)
}

// Balance is an account and what stands on it: debits less credits.
type Balance struct {
	Account Account
	Amount  money.Money
	Entries int64
}

// Filter narrows the journal; empty fields match everything.
type Filter struct {
	AccountKey string
	Ref        Ref
}

// Line is one posting with its entry, as the journal lists it.
type Line struct {
	Entry   Entry
	Posting Posting
}

// Service posts to the books and reads them.
type Service struct {
	store Store
	unit  work.Unit
	gate  policy.Gate
	now   clock.Now
}

// New wires the ledger.
func New(store Store, unit work.Unit, gate policy.Gate, now clock.Now) *Service {
	return &Service{store, unit, gate, now}
}

// Post books an entry in the current unit of work, or in one of its own.
func (s *Service) Post(ctx context.Context, e Entry) error {
	if err := e.Check(); err != nil {
		return fmt.Errorf("post %s for %s %s: %w", e.Kind, e.Ref.Kind, e.Ref.ID, err)
	}
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	e.ID, e.At, e.By = e.ID.New(), s.now(), c.Subject()
	return s.unit.Do(ctx, func(ctx context.Context) error { return s.store.Post(ctx, c.Tenant, e) })
}

// Balance is what stands on an account as money owed or owned: credits count positive
// for liabilities and revenue, debits for the rest.
func (s *Service) Balance(ctx context.Context, a Account, cur money.Currency) (money.Money, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return money.Money{}, err
	}
	var minor int64
	err = s.unit.Do(ctx, func(ctx context.Context) error {
		minor, err = s.store.Balance(ctx, a.ID(c.Tenant, cur))
		return err
	})
	if a.Kind == Liability || a.Kind == Revenue {
		minor = -minor
	}
	return money.Of(minor, cur), err
}

// Trial is the trial balance: every account, and they add up to nothing.
func (s *Service) Trial(ctx context.Context) ([]Balance, error) {
	var out []Balance
	err := s.unit.Do(ctx, func(ctx context.Context) error {
		if err := s.gate.Allow(ctx, ActionRead, nil); err != nil {
			return err
		}
		var err error
		out, err = s.store.Trial(ctx)
		return err
	})
	return out, err
}

// Journal lists postings, newest first.
func (s *Service) Journal(ctx context.Context, f Filter, p page.Request) (page.List[Line], error) {
	var out page.List[Line]
	err := s.unit.Do(ctx, func(ctx context.Context) error {
		if err := s.gate.Allow(ctx, ActionRead, nil); err != nil {
			return err
		}
		var err error
		out, err = s.store.Entries(ctx, f, p)
		return err
	})
	return out, err
}
