package parties

import (
	"context"
	"errors"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/work"
)

// Offered is what a link of an invitation shows before anybody accepts it. Known says
// whether the address has an account: whoever holds the letter reads its mail anyway.
type Offered struct {
	Invitation
	Company Org
	Known   bool
	Mine    bool // the caller is signed in, and it is his address
}

// Offer is the invitation behind a token. Used, expired, withdrawn and made-up tokens are
// one and the same nothing.
func (s *Service) Offer(ctx context.Context, token string) (Offered, error) {
	if err := s.Gate.Allow(ctx, ActionAccept, nil); err != nil {
		return Offered{}, err
	}
	if token == "" || len(token) > identity.TokenMax {
		return Offered{}, ErrInvitation
	}
	i, err := s.Store.InvitationByHash(ctx, identity.HashToken(token))
	if err != nil {
		return Offered{}, err
	}
	return s.offered(ctx, i)
}

func (s *Service) offered(ctx context.Context, i Invitation) (Offered, error) {
	if i.State(s.Now()) != InvitationOpen {
		return Offered{}, ErrInvitation
	}
	o, err := s.Store.Org(ctx, i.Org)
	if err != nil {
		return Offered{}, err
	}
	if o.State == Rejected || o.State == Suspended {
		return Offered{}, ErrInvitation
	}
	out := Offered{Invitation: i, Company: o}
	if err := s.stillOffered(ctx, i); err != nil {
		return Offered{}, err
	}
	p, err := s.People.ByAddress(ctx, i.Email)
	switch {
	case err == nil:
		out.Known = true
	case fault.KindOf(err) != fault.NotFound:
		return Offered{}, err
	}
	c, err := caller.From(ctx)
	out.Mine = c.SignedIn() && out.Known && c.Person == p.ID
	return out, err
}

// stillOffered refuses what is offered by somebody who could not offer it today: who was
// shut out, has left the company or may not invite any more.
func (s *Service) stillOffered(ctx context.Context, i Invitation) error {
	if i.InvitedBy.IsZero() { // the system
		return nil
	}
	stands, err := s.Store.Stands(ctx, i.Org, i.InvitedBy, s.mayInvite(ctx))
	if err == nil && !stands {
		return ErrInvitation
	}
	return err
}

// AcceptInput is a token and, for an address without an account, who opens one. The
// address is the invitation's: the letter has proved it.
type AcceptInput struct {
	Token    string
	Name     string
	Password string
	Locale   string
}

// Accepted is what came of it.
type Accepted struct {
	Org    id.Org
	Person id.Person
	Email  string
}

// Accept makes the invited person a member, once. Call it outside a unit of work: the
// password is hashed before one begins.
func (s *Service) Accept(ctx context.Context, in AcceptInput) (Accepted, error) {
	if was := work.Begun(ctx); was != "" {
		return accepted(was)
	}
	o, err := s.Offer(ctx, in.Token)
	if err != nil {
		return Accepted{}, err
	}
	person, err := s.joiner(ctx, o, in)
	if err != nil {
		return Accepted{}, err
	}
	out := Accepted{Org: o.Org, Email: o.Email}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Store.LockOrg(ctx, o.Org); err != nil { // first, as who removes the inviter does
			return err
		}
		i, err := s.Store.LockInvitation(ctx, o.Org, o.ID)
		if err != nil {
			return err
		}
		if i.Hash != identity.HashToken(in.Token) || i.State(s.Now()) != InvitationOpen {
			return ErrInvitation // somebody was faster, or it was sent anew meanwhile
		}
		if err := s.stillOffered(ctx, i); err != nil {
			return err
		}
		if err := s.grantable(ctx, i.Roles); err != nil {
			return err
		}
		if person != nil {
			p, err := s.People.Add(ctx, *person)
			if err != nil {
				return err
			}
			out.Person = p.ID
		} else if out.Person, err = me(ctx); err != nil {
			return err
		}
		return s.join(ctx, i, out.Person)
	})
	if errors.Is(err, identity.ErrEmailTaken) {
		err = ErrInvitationKnown // he signed up while the page stood open
	}
	if err != nil {
		return Accepted{}, fmt.Errorf("accept invitation: %w", err)
	}
	return out, nil
}

// joiner is the person to make, or nil for the caller, whose address it must be.
func (s *Service) joiner(ctx context.Context, o Offered, in AcceptInput) (*identity.SignUpInput, error) {
	c, err := caller.From(ctx)
	switch {
	case err != nil:
		return nil, err
	case c.SignedIn() && !o.Mine:
		return nil, ErrInvitationOther
	case o.Mine:
		return nil, nil
	case o.Known:
		return nil, ErrInvitationKnown
	}
	p, err := s.People.Prepare(ctx, identity.SignUpInput{Email: o.Email, Name: in.Name, Password: in.Password, Locale: in.Locale})
	return &p, err
}

func me(ctx context.Context) (id.Person, error) {
	c, err := caller.From(ctx)
	return c.Person, err
}

// join stores the membership, in a company that is locked. Who is a member already,
// because two invitations crossed, keeps what he has.
func (s *Service) join(ctx context.Context, i Invitation, person id.Person) error {
	_, err := s.Store.Member(ctx, i.Org, person)
	if fault.KindOf(err) == fault.NotFound {
		err = s.Store.PutMember(ctx, Member{Org: i.Org, Person: person, Roles: i.Roles, Unit: i.Unit, LimitMinor: i.LimitMinor, Currency: i.Currency, CreatedAt: s.Now()})
	}
	if err != nil {
		return err
	}
	i.AcceptedAt, i.AcceptedBy = s.Now(), person
	if err := s.Store.SaveInvitation(ctx, i); err != nil {
		return err
	}
	m, err := s.Store.Member(ctx, i.Org, person)
	if err != nil {
		return err
	}
	if err := s.Events.Append(ctx, event.InvitationAccepted{Org: i.Org.String(), Invitation: i.ID.String(), Person: person.String(), Name: m.Name, Roles: m.Roles}); err != nil {
		return err
	}
	return work.Begin(ctx, i.Org.String()+" "+person.String()+" "+i.Email)
}

// accepted is what this same request has made before its answer was lost.
func accepted(was string) (out Accepted, err error) {
	var org, person string
	if _, err := fmt.Sscan(was, &org, &person, &out.Email); err != nil {
		return out, err
	}
	return out, errors.Join(out.Org.UnmarshalText([]byte(org)), out.Person.UnmarshalText([]byte(person)))
}
