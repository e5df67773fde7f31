package identity

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/tenancy"
	"github.com/kontorhq/kontor/core/work"
)

// Whoever runs the platform may act in the name of a market's person, to see what he sees:
// for a reason, for a while, with both names in the record, and never with his credentials
// or his money (trust.md S48).

// How long somebody may act in another's name, and how soon he has to begin.
const (
	ImpersonateLeast = 5 * time.Minute
	ImpersonateMost  = time.Hour
	TicketLives      = 2 * time.Minute
	reasonLeast      = 10
	reasonMost       = 500
)

// ImpersonateInput is in whose name somebody wants to act, why and how long.
type ImpersonateInput struct {
	Email  string
	Reason string
	For    time.Duration
}

// Impersonation is somebody of the platform's acting in a person's name.
type Impersonation struct {
	ID        id.Impersonation
	Person    id.Person
	Email     string // the person's
	Name      string
	By        string // the other's address, at the platform
	Reason    string
	CreatedAt time.Time
	Until     time.Time
	EnteredAt time.Time
	EndedAt   time.Time
	EndedBy   string
}

// Guises reach the marketplaces in whose people's names the platform acts. A page and the API
// ask them alike.
type Guises interface {
	// Impersonate prepares one, and answers the address at the market that opens it once.
	Impersonate(ctx context.Context, t tenancy.Tenant, in ImpersonateInput) (i Impersonation, link string, err error)
	Impersonations(ctx context.Context, t tenancy.Tenant) ([]Impersonation, error)
	EndImpersonation(ctx context.Context, t tenancy.Tenant, which id.Impersonation) error
}

// Open reports whether it can still be used.
func (i Impersonation) Open(now time.Time) bool { return i.EndedAt.IsZero() && now.Before(i.Until) }

// Impersonating asks, in the platform's own tenant, whether the caller may act in somebody's
// name elsewhere, and notes there that he wants to: what cannot be written is not done.
func (s *Service) Impersonating(ctx context.Context, market string, in ImpersonateInput) error {
	c, err := s.impersonator(ctx)
	if err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		return s.Audit.Record(ctx, audit.Entry{Action: string(ActionImpersonate), ObjectKind: "person", ObjectID: c.Person.String(), Outcome: audit.Done, Data: map[string]string{
			"market": market, "email": Email(in.Email), "reason": strings.TrimSpace(in.Reason), "minutes": strconv.Itoa(int(in.For.Minutes())),
		}})
	})
}

func (s *Service) impersonator(ctx context.Context) (caller.Caller, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return c, err
	}
	if err := s.Gate.Allow(ctx, ActionImpersonate, nil); err != nil {
		return c, err
	}
	if !c.Fresh(s.Now()) {
		return c, caller.ErrStepUp
	}
	return c, nil
}

func (in ImpersonateInput) check() error {
	var bad []fault.Field
	if Email(in.Email) == "" {
		bad = append(bad, fault.Field{Path: "email", Reason: "malformed"})
	}
	switch n := len([]rune(strings.TrimSpace(in.Reason))); {
	case n < reasonLeast:
		bad = append(bad, fault.Field{Path: "reason", Reason: "too_short"})
	case n > reasonMost:
		bad = append(bad, fault.Field{Path: "reason", Reason: "too_long"})
	}
	if in.For < ImpersonateLeast || in.For > ImpersonateMost {
		bad = append(bad, fault.Field{Path: "minutes", Reason: "out_of_range"})
	}
	if len(bad) > 0 {
		return ErrImpersonation.At(bad...)
	}
	return nil
}

// Impersonate makes, in the person's market, a ticket that opens a session in his name once
// and soon. The system asks for it, after Impersonating; by is who will act.
func (s *Service) Impersonate(ctx context.Context, by string, in ImpersonateInput) (i Impersonation, ticket string, err error) {
	c, err := caller.From(ctx)
	if err != nil {
		return i, "", err
	}
	if c.Kind != caller.System {
		return i, "", ErrStaffRole
	}
	if err := in.check(); err != nil {
		return i, "", err
	}
	p, err := s.Store.ByEmail(ctx, Email(in.Email))
	if fault.KindOf(err) == fault.NotFound || err == nil && p.State != Active {
		return i, "", ErrImpersonation.At(fault.Field{Path: "email", Reason: "unknown"})
	}
	if err != nil {
		return i, "", err
	}
	now := s.Now()
	i = Impersonation{ID: id.Impersonation{}.New(), Person: p.ID, Email: p.Email, Name: p.Name, By: by, Reason: strings.TrimSpace(in.Reason), CreatedAt: now, Until: now.Add(in.For)}
	ticket, hash := NewToken()
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Store.InsertImpersonation(ctx, hash, now.Add(TicketLives), i); err != nil {
			return err
		}
		return s.Audit.Record(ctx, audit.Entry{Action: string(ActionImpersonate), ObjectKind: "person", ObjectID: p.ID.String(), Outcome: audit.Done, Data: map[string]string{
			"impersonation": i.ID.String(), "by": by, "reason": i.Reason, "until": i.Until.UTC().Format(time.RFC3339),
		}})
	})
	if err != nil {
		return i, "", fmt.Errorf("impersonate %s: %w", p.ID, err)
	}
	return i, ticket, nil
}

// CheckImpersonation is what a ticket would open, for the page that asks whether to begin.
func (s *Service) CheckImpersonation(ctx context.Context, ticket string) (Impersonation, error) {
	if ticket == "" || len(ticket) > TokenMax {
		return Impersonation{}, ErrGuiseTicket
	}
	return s.Store.OfTicket(ctx, HashToken(ticket), s.Now())
}

// EnterAs opens the session of a ticket. It ends when its time does, however busy it is, and
// proves nothing: what wants a fresh proof stays shut.
func (s *Service) EnterAs(ctx context.Context, ticket, agent string) (SignedIn, error) {
	if work.Active(ctx) {
		return SignedIn{}, errInUnit
	}
	c, err := caller.From(ctx)
	if err != nil {
		return SignedIn{}, err
	}
	if err := s.Gate.Allow(ctx, ActionSignIn, nil); err != nil {
		return SignedIn{}, err
	}
	i, err := s.CheckImpersonation(ctx, ticket)
	if err != nil {
		return SignedIn{}, err
	}
	p, err := s.Store.ByID(ctx, i.Person)
	if err != nil {
		return SignedIn{}, err
	}
	if p.State != Active {
		return SignedIn{}, ErrGuiseTicket
	}
	return s.open(ctx, c, p, opening{agent: agent, key: attemptKey("impersonation "+i.ID.String(), ""), guise: caller.Guise{Of: i.ID, By: i.By, Until: i.Until}})
}

// entered takes the ticket in the session's own unit: of two at once, one does. The market's
// operators and the person are told.
func (s *Service) entered(ctx context.Context, in SignedIn) error {
	g := in.Session.Guise
	if err := s.Store.Entered(ctx, g.Of, s.Now()); err != nil {
		return err
	}
	i, err := s.Store.ImpersonationByID(ctx, g.Of)
	if err != nil {
		return err
	}
	return s.Events.Append(ctx, event.ImpersonationBegun{Impersonation: g.Of.String(), Person: in.Person.ID.String(), Name: in.Person.Name, By: g.By, Reason: i.Reason, Until: g.Until.UTC()})
}

// left ends an impersonation in the current unit, if nobody has.
func (s *Service) left(ctx context.Context, which id.Impersonation, by string) error {
	ended, err := s.Store.EndImpersonation(ctx, which, by, s.Now())
	if err != nil || !ended {
		return err
	}
	i, err := s.Store.ImpersonationByID(ctx, which)
	if err != nil {
		return err
	}
	return s.Events.Append(ctx, event.ImpersonationEnded{Impersonation: which.String(), Person: i.Person.String(), Name: i.Name, By: by})
}

// EndImpersonation ends one with its session, wherever that is open. Its market's operators
// may, and the system for whoever runs the platform.
func (s *Service) EndImpersonation(ctx context.Context, which id.Impersonation, by string) error {
	if err := s.overseen(ctx, ActionManage); err != nil {
		return err
	}
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		if _, err := s.Store.ImpersonationByID(ctx, which); err != nil {
			return err
		}
		if err := s.Store.RevokeGuise(ctx, which, s.Now()); err != nil {
			return err
		}
		s.forget(ctx, func(b Bearer) bool { return b.Session.Guise.Of == which })
		return s.left(ctx, which, by)
	})
}

// Impersonations are who acted in whose name, the newest first, for the market's operator
// and, by the system, for whoever runs the platform.
func (s *Service) Impersonations(ctx context.Context, p page.Request) (page.List[Impersonation], error) {
	if err := s.overseen(ctx, ActionRead); err != nil {
		return page.List[Impersonation]{}, err
	}
	return s.Store.Impersonations(ctx, p)
}

// overseen asks the gate, but for the system: whoever runs the platform looks at a market
// that is shut too, in which the gate lets nobody do anything.
func (s *Service) overseen(ctx context.Context, do policy.Action) error {
	c, err := caller.From(ctx)
	if err != nil || c.Kind == caller.System {
		return err
	}
	return s.Gate.Allow(ctx, do, nil)
}
