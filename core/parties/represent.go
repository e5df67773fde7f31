package parties

import (
	"context"
	"fmt"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
)

// RepresentInput asks a company to let somebody act for it.
type RepresentInput struct {
	Person  id.Person
	Account id.Org
	Note    string
}

// Represent assigns one of the caller's own people to an account. A company's administrator
// names a member of his company, an operator somebody of the marketplace's staff. Nothing
// is allowed by it: that is for the account to say.
func (s *Service) Represent(ctx context.Context, in RepresentInput) (Representation, error) {
	var r Representation
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Gate.Allow(ctx, ActionRepresent, nil); err != nil {
			return err
		}
		c, err := caller.From(ctx)
		if err != nil {
			return err
		}
		note, ok := line(in.Note, 300)
		if !ok {
			return ErrInvalid.At(fault.Field{Path: "note", Reason: "malformed"})
		}
		r = Representation{ID: id.Representation{}.New(), Person: in.Person, Account: in.Account, Employer: employer(c), Note: note, AskedBy: c.Person, AskedAt: s.Now()}
		if err := s.mayRepresent(ctx, r); err != nil {
			return err
		}
		if err := s.Store.InsertRepresentation(ctx, r); err != nil {
			return err
		}
		if r, err = s.Store.LockRepresentation(ctx, r.ID); err != nil {
			return err
		}
		return s.Events.Append(ctx, event.RepresentationAsked{Org: r.Account.String(), Representation: r.ID.String(), Person: r.Person.String(), Name: r.Name, Firm: r.Firm})
	})
	if err != nil {
		return Representation{}, fmt.Errorf("represent: %w", err)
	}
	return r, nil
}

// employer is the side that a caller speaks for: his company, or the marketplace.
func employer(c caller.Caller) id.Org {
	if c.Has(caller.RoleOperator) {
		return id.Org{}
	}
	return c.Org
}

// mayRepresent wants one's own person, and another company that is admitted. A company that
// is not there and one that is not admitted are one and the same nothing.
func (s *Service) mayRepresent(ctx context.Context, r Representation) error {
	own, err := s.Store.Employs(ctx, r.Employer, r.Person)
	if err != nil {
		return err
	}
	if !own {
		return ErrNoMember
	}
	o, err := s.Store.Org(ctx, r.Account)
	if err != nil {
		return err
	}
	if o.State != Approved || o.ID == r.Employer {
		return ErrNotFound
	}
	_, err = s.Store.Member(ctx, r.Account, r.Person)
	switch {
	case err == nil:
		return ErrMember
	case fault.KindOf(err) != fault.NotFound:
		return err
	}
	return nil
}

// ConsentInput is what a company allows a representative, and until when. Limit is the most
// one order of his may come to without approval: none is "always ask".
type ConsentInput struct {
	Representation id.Representation
	Scope          []string
	Until          time.Time
	Limit          *money.Money
}

// Consent lets a representative act for the caller's company, or changes what he may.
func (s *Service) Consent(ctx context.Context, in ConsentInput) (Representation, error) {
	t, err := s.Tenants.Current(ctx)
	if err != nil {
		return Representation{}, err
	}
	limit, err := limitOf(in.Limit, t.Settings.Currency)
	if err != nil {
		return Representation{}, err
	}
	if limit == nil {
		limit = new(int64)
	}
	return s.settle(ctx, in.Representation, event.RepresentationAgreed, func(ctx context.Context, c caller.Caller, r *Representation) error {
		if err := s.own(ctx, ActionConsent, r.Account); err != nil {
			return ErrNoRepresentation
		}
		if own, err := s.Store.Employs(ctx, r.Employer, r.Person); err != nil || !own {
			return firstOf(err, ErrRepresentationEnded)
		}
		if err := r.consent(in.Scope, in.Until, s.Now(), c.Person); err != nil {
			return err
		}
		return s.Store.PutMember(ctx, r.member(limit, t.Settings.Currency, s.Now()))
	})
}

func firstOf(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// EndRepresentation ends it, from either side. Whoever acts by it is out with his next
// request.
func (s *Service) EndRepresentation(ctx context.Context, which id.Representation) (Representation, error) {
	return s.settle(ctx, which, event.RepresentationEnded, func(ctx context.Context, c caller.Caller, r *Representation) error {
		mine := s.own(ctx, ActionConsent, r.Account) == nil
		theirs := s.Gate.Allow(ctx, ActionRepresent, nil) == nil && employer(c) == r.Employer
		if !mine && !theirs {
			return ErrNoRepresentation
		}
		if !r.EndedAt.IsZero() {
			return ErrRepresentationEnded
		}
		r.EndedAt, r.EndedBy = s.Now(), c.Person
		return s.Store.RemoveRepresentative(ctx, r.ID)
	})
}

// settle changes a representation under the lock of its company, and lets nobody go on
// with what he was allowed before.
func (s *Service) settle(ctx context.Context, which id.Representation, what string, fn func(context.Context, caller.Caller, *Representation) error) (Representation, error) {
	var r Representation
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		c, err := caller.From(ctx)
		if err != nil {
			return err
		}
		if r, err = s.Store.LockRepresentation(ctx, which); err != nil {
			return err
		}
		if err := fn(ctx, c, &r); err != nil {
			return err
		}
		if err := s.Store.SaveRepresentation(ctx, r); err != nil {
			return err
		}
		s.People.Reconsider(ctx, r.Person)
		return s.Events.Append(ctx, event.RepresentationChanged{
			What: what, Org: r.Account.String(), Representation: r.ID.String(), Person: r.Person.String(), Name: r.AccountName, Scope: r.Scope, Until: r.Until,
		})
	})
	if err != nil {
		return Representation{}, fmt.Errorf("representation %s: %w", which, err)
	}
	return r, nil
}

// endRepresentationsOf ends what somebody did for other companies in the name of one that
// he leaves.
func (s *Service) endRepresentationsOf(ctx context.Context, org id.Org, who id.Person) error {
	s.People.Reconsider(ctx, who)
	return s.Store.EndRepresentationsOf(ctx, org, who, s.Now())
}

// Representations are those that concern the caller: his own accounts, and, of an
// administrator, who represents his company and whom it sends to others. Operators see
// whom the marketplace sends.
func (s *Service) Representations(ctx context.Context) ([]Representation, error) {
	if err := s.Gate.Allow(ctx, ActionRepresentationRead, nil); err != nil {
		return nil, err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return nil, err
	}
	var account, firm id.Org
	if !c.OnBehalf() {
		if s.Gate.Allow(ctx, ActionConsent, nil) == nil {
			account, firm = c.Org, c.Org
		}
	}
	return s.Store.Representations(ctx, c.Person, account, firm, c.Has(caller.RoleOperator))
}
