package sso

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/work"
)

// Returned is what a browser brings back from a provider.
type Returned struct {
	State, Code, Issuer, Error string
	Browser                    string
	Base                       string
	UserAgent                  string
}

// Finished is what came of an attempt.
type Finished struct {
	Purpose    Purpose
	Connection id.SSOConnection
	In         identity.SignedIn // of SignIn and Prove
	Next       string
}

var errInUnit = errors.New("sso: a provider is not asked inside a unit of work: make the route phased")

// system is the house itself, for what a provider's word changes.
func system(ctx context.Context, c caller.Caller) context.Context {
	sys := caller.AsSystem(ctx, c.Tenant, "sso")
	s, err := caller.From(sys)
	if err != nil {
		return sys
	}
	s.RequestID, s.IP = c.RequestID, c.IP
	return caller.With(sys, s)
}

// Finish takes somebody in whom a provider sent back, or refuses him with a reason.
func (s *Service) Finish(ctx context.Context, r Returned) (Finished, error) {
	if work.Active(ctx) {
		return Finished{}, errInUnit
	}
	if err := s.Gate.Allow(ctx, identity.ActionSignIn, nil); err != nil {
		return Finished{}, err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return Finished{}, err
	}
	a, x, err := s.attempt(ctx, c, r)
	if err != nil {
		return Finished{}, err
	}
	out := Finished{Purpose: a.Purpose, Connection: x.ID, Next: a.Next}
	k, err := s.redeem(ctx, x, a, r)
	if err != nil {
		return out, s.refused(ctx, x, err)
	}
	switch a.Purpose {
	case Test:
		err = s.tested(ctx, x, k)
	case Prove:
		out.In, err = s.proved(ctx, x, k, c)
	default:
		out.In, err = s.signIn(ctx, x, k, r.UserAgent)
	}
	if err != nil {
		return out, s.refused(ctx, x, err)
	}
	return out, nil
}

// attempt takes what was begun in this browser, once.
func (s *Service) attempt(ctx context.Context, c caller.Caller, r Returned) (a Attempt, x Connection, err error) {
	for _, v := range []string{r.State, r.Browser} {
		if len(v) < 40 || len(v) > identity.TokenMax {
			return a, x, ErrAttempt
		}
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		a, err = s.Store.UseAttempt(ctx, identity.HashToken(r.State), identity.HashToken(r.Browser), s.Now())
		return err
	})
	if err != nil {
		return a, x, err
	}
	if x, err = s.Store.Connection(ctx, a.Connection); err != nil {
		return a, x, ErrAttempt.Because(err)
	}
	switch {
	case x.Version != a.Version, a.Purpose != Test && x.State != On, x.State == Ended:
		return a, x, ErrAttempt
	case a.Purpose != SignIn && c.Person != a.Person:
		return a, x, ErrAttempt
	}
	return a, x, nil
}

func (s *Service) redeem(ctx context.Context, x Connection, a Attempt, r Returned) (Claims, error) {
	if x.Kind == SAML20 { // its answer came before, by another way: see Answer
		if a.Answer == nil {
			return Claims{}, ErrAttempt
		}
		return *a.Answer, nil
	}
	if r.Error != "" {
		return Claims{}, ErrDeclined
	}
	if r.Code == "" || len(r.Code) > 4096 {
		return Claims{}, ErrToken
	}
	var q Asked
	if err := s.question(ctx, x, &q, r.Browser, r.State, r.Base); err != nil {
		return Claims{}, err
	}
	return s.Providers[x.Kind].Redeem(ctx, q, r.Code, r.Issuer)
}

// refused writes down who was turned away and why. What the provider sent stays out of it.
func (s *Service) refused(ctx context.Context, x Connection, why error) error {
	if fault.KindOf(why) == fault.Internal {
		return why
	}
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		return s.Audit.Record(ctx, audit.Entry{
			Action: string(identity.ActionSignIn), ObjectKind: "sso_connection", ObjectID: x.ID.String(), Outcome: audit.Refused,
			Data: map[string]string{"why": fault.From(why).Code},
		})
	})
	return errors.Join(why, err)
}

// trusted is the address in a provider's word, if the provider may speak for it.
func trusted(x Connection, k Claims) (string, error) {
	email := identity.Email(k.Email)
	if email == "" || !k.Verified || !x.proves(email) {
		return "", ErrAddress
	}
	return email, nil
}

// tested notes what the provider says of the administrator himself.
func (s *Service) tested(ctx context.Context, x Connection, k Claims) error {
	_, err := s.change(ctx, x.ID, "tested", func(_ context.Context, now *Connection) error {
		if now.Version != x.Version {
			return ErrStale
		}
		if now.State == Draft {
			now.State = Tested
		}
		now.TestedAt, now.Seen = s.Now(), seen(k)
		return nil
	})
	return err
}

// seen is what is worth showing of a test, in short.
func seen(k Claims) map[string][]string {
	out := map[string][]string{}
	for name, vs := range k.Values {
		if slices.Contains([]string{"nonce", "at_hash", "c_hash", "sid", "jti"}, name) || len(out) >= 60 || len(name) > 200 {
			continue
		}
		for _, v := range vs[:min(len(vs), 50)] {
			out[name] = append(out[name], clip(v, 200))
		}
	}
	return out
}

// proved renews the session of somebody who has just been asked anew; that his provider
// still remembers him is no proof.
func (s *Service) proved(ctx context.Context, x Connection, k Claims, c caller.Caller) (identity.SignedIn, error) {
	l, err := s.Store.Link(ctx, x.ID, x.Issuer, k.Subject)
	if err != nil {
		return identity.SignedIn{}, err
	}
	if l.Person != c.Person || k.At.IsZero() || s.Now().Sub(k.At) > caller.FreshFor || k.At.Sub(s.Now()) > time.Minute {
		return identity.SignedIn{}, identity.ErrProof
	}
	return s.People.Vouched(ctx, x.ID)
}

// signIn finds or makes the person, gives him the roles that his company's directory says,
// and opens a session.
func (s *Service) signIn(ctx context.Context, x Connection, k Claims, agent string) (identity.SignedIn, error) {
	email, err := trusted(x, k)
	if err != nil {
		return identity.SignedIn{}, err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return identity.SignedIn{}, err
	}
	var who id.Person
	err = s.Unit.Do(system(ctx, c), func(ctx context.Context) error {
		l, err := s.linked(ctx, x, k, email)
		if err != nil {
			return err
		}
		who = l.Person
		return s.member(ctx, x, k, l)
	})
	if err != nil {
		return identity.SignedIn{}, err
	}
	in, err := s.People.Enter(ctx, identity.Voucher{Person: who, Via: x.ID, Org: x.Org, Strong: k.Strong, UserAgent: agent})
	if errors.Is(err, identity.ErrCredentials) {
		err = ErrUnknown
	}
	return in, err
}

// linked is who the provider's subject is here. The address decides the first time alone;
// who is somebody's account already is never found by it again.
func (s *Service) linked(ctx context.Context, x Connection, k Claims, email string) (Link, error) {
	l, err := s.Store.Link(ctx, x.ID, x.Issuer, k.Subject)
	if err == nil {
		if p, err := s.People.ByID(ctx, l.Person); err != nil || !l.Active || p.State != identity.Active {
			return l, errors.Join(ErrUnknown, err)
		}
		return l, s.Store.UseLink(ctx, l, s.Now())
	}
	if !errors.Is(err, ErrUnknown) {
		return l, err
	}
	l = Link{Connection: x.ID, Issuer: x.Issuer, Subject: k.Subject, Active: true, At: s.Now()}
	p, err := s.People.ByAddress(ctx, email)
	switch {
	case missing(err):
		if !x.JIT {
			return l, ErrUnknown
		}
		if p, err = s.newcomer(ctx, x, k, email); err != nil {
			return l, err
		}
		l.Made = true
	case err != nil:
		return l, err
	default:
		if err := s.mayLink(ctx, x, p); err != nil {
			return l, err
		}
	}
	l.Person = p.ID
	if err := s.Store.PutLink(ctx, l); err != nil {
		return l, err
	}
	return l, s.Events.Append(ctx, event.SSOLinked{Connection: x.ID.String(), Name: x.Name, Person: p.ID.String(), Made: l.Made})
}

// mayLink lets a connection open accounts of its own company's members, or of the staff:
// nobody else's, whoever holds the domain.
func (s *Service) mayLink(ctx context.Context, x Connection, p identity.Person) error {
	if p.State != identity.Active {
		return ErrUnknown
	}
	if x.Org.IsZero() {
		if p.StaffRole == caller.RoleOperator {
			return nil
		}
		return ErrUnknown
	}
	if p.StaffRole != "" {
		return ErrUnknown
	}
	is, err := s.Members.IsMember(ctx, x.Org, p.ID)
	if err == nil && !is {
		err = ErrUnknown
	}
	return err
}

func (s *Service) newcomer(ctx context.Context, x Connection, k Claims, email string) (identity.Person, error) {
	roles, _ := x.Given(k)
	if len(roles) == 0 {
		return identity.Person{}, ErrNoRole
	}
	name := identity.Name(k.Name)
	if name == "" {
		name, _, _ = strings.Cut(email, "@")
	}
	in := identity.SignUpInput{Email: email, Name: name}
	if x.Org.IsZero() {
		in.StaffRole = roles[0]
	}
	return s.People.Add(ctx, in)
}

// member gives the person the roles that the provider's word gives.
func (s *Service) member(ctx context.Context, x Connection, k Claims, l Link) error {
	if x.Org.IsZero() {
		p, err := s.People.ByID(ctx, l.Person)
		if err != nil {
			return err
		}
		if p.StaffRole != caller.RoleOperator {
			return ErrNoRole
		}
		roles, says := x.Given(k)
		if !says || slices.Contains(roles, p.StaffRole) {
			return nil
		}
		if grouped, err := s.Store.Grouped(ctx, x.ID, p.ID); err != nil || grouped {
			return err
		}
		return ErrNoRole
	}
	roles, says := x.Given(k)
	is, err := s.Members.IsMember(ctx, x.Org, l.Person)
	if err != nil || is && !says {
		return err
	}
	if is {
		if directed, err := s.Store.Directed(ctx, x.ID, l.Person); err != nil || directed {
			return err
		}
	}
	if !is && !x.JIT {
		return ErrUnknown
	}
	if len(roles) == 0 && !is {
		return ErrNoRole
	}
	_, err = s.Members.Provision(ctx, x.Org, l.Person, roles)
	return err
}
