package parties

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/tenancy"
	"github.com/kontorhq/kontor/core/work"
)

// RegisterInput is a company and its first member: a new person, or who is signed in.
type RegisterInput struct {
	Company OrgInput
	Person  *identity.SignUpInput // nil: the caller
	Founder id.Person             // given by the system alone, for a person who exists
}

// Registered is what came of it.
type Registered struct {
	Org    Org
	Person id.Person
}

// Register makes the company, its first member and, if new, the person, all or none. The
// founder administers the company and buys and sells what it does. Call it outside a unit
// of work: the password is hashed before one begins. Who shows the outcome to a stranger
// must answer identity.ErrEmailTaken like a success (trust.md S32).
func (s *Service) Register(ctx context.Context, in RegisterInput) (Registered, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return Registered{}, err
	}
	if err := s.Gate.Allow(ctx, ActionRegister, nil); err != nil {
		return Registered{}, err
	}
	if was := work.Begun(ctx); was != "" {
		return s.registered(ctx, was)
	}
	if err := s.invited(ctx, c); err != nil {
		return Registered{}, err
	}
	founder, err := founder(c, &in)
	if err != nil {
		return Registered{}, err
	}
	if err := s.prepare(ctx, &in); err != nil {
		return Registered{}, err
	}
	out := Registered{Person: founder}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		if in.Person != nil {
			p, err := s.People.Add(ctx, *in.Person)
			if err != nil {
				return err
			}
			out.Person = p.ID
		}
		var err error
		if out.Org, err = s.insert(ctx, in.Company, out.Person); err != nil {
			return err
		}
		return work.Begin(ctx, out.Org.ID.String()+" "+out.Person.String())
	})
	if errors.Is(err, identity.ErrEmailTaken) {
		if told := s.People.Knocked(ctx, in.Person.Email); told != nil {
			return Registered{}, told
		}
	}
	if err != nil {
		return Registered{}, fmt.Errorf("register company: %w", err)
	}
	return out, nil
}

// registered is what this same request has made before its answer was lost.
func (s *Service) registered(ctx context.Context, was string) (Registered, error) {
	var out Registered
	org, person, _ := strings.Cut(was, " ")
	if err := errors.Join(out.Org.ID.UnmarshalText([]byte(org)), out.Person.UnmarshalText([]byte(person))); err != nil {
		return out, err
	}
	var err error
	out.Org, err = s.Store.Org(ctx, out.Org.ID)
	return out, err
}

// prepare cleans the company and the person and names everything that is wrong with both.
func (s *Service) prepare(ctx context.Context, in *RegisterInput) error {
	company, err := in.Company.normal()
	in.Company = company
	bad := fieldsOf(err)
	if in.Person != nil {
		p, err := s.People.Prepare(ctx, *in.Person)
		if err != nil && fault.KindOf(err) != fault.Invalid {
			return err
		}
		for _, f := range fieldsOf(err) {
			f.Path = "person." + f.Path
			bad = append(bad, f)
		}
		in.Person = &p
	}
	if len(bad) > 0 {
		return ErrInvalid.At(bad...)
	}
	return nil
}

// founder settles who the first member is.
func founder(c caller.Caller, in *RegisterInput) (id.Person, error) {
	switch {
	case c.Kind == caller.System:
		return in.Founder, nil
	case !in.Founder.IsZero():
		return id.Person{}, ErrInvalid.At(fault.Field{Path: "founder", Reason: "unknown"})
	case c.SignedIn():
		in.Person = nil
		return c.Person, nil
	case in.Person == nil:
		return id.Person{}, ErrInvalid.At(fault.Field{Path: "person", Reason: "required"})
	case in.Person.PasswordHash != "" || in.Person.StaffRole != "":
		return id.Person{}, ErrInvalid.At(fault.Field{Path: "person", Reason: "malformed"})
	}
	return id.Person{}, nil
}

func (s *Service) invited(ctx context.Context, c caller.Caller) error {
	t, err := s.Tenants.Current(ctx)
	if err != nil {
		return err
	}
	if t.Settings.SignUp == tenancy.SignUpInvited && c.Kind != caller.System && !(c.SignedIn() && c.Has(caller.RoleOperator)) {
		return ErrInvited
	}
	return nil
}

func (s *Service) insert(ctx context.Context, in OrgInput, founder id.Person) (Org, error) {
	o := Org{
		ID: id.Org{}.New(), Name: in.Name, NameLocal: in.NameLocal, Country: in.Country, RegKind: in.RegKind, RegNo: in.RegNo,
		City: in.City, Address: in.Address, About: in.About, Buys: in.Buys, Sells: in.Sells, State: Submitted, CreatedAt: s.Now(), Version: 1,
	}
	var err error
	if o.Account, err = s.seal(ctx, o.ID, in.IBAN); err != nil {
		return Org{}, err
	}
	if err := s.Store.Insert(ctx, o); err != nil {
		return Org{}, err
	}
	if err := s.tell(ctx, o, in); err != nil {
		return Org{}, err
	}
	if !founder.IsZero() {
		m := Member{Org: o.ID, Person: founder, Roles: foundersRoles(o), CreatedAt: s.Now()}
		if err := s.Store.PutMember(ctx, m); err != nil {
			return Org{}, err
		}
	}
	return o, s.Events.Append(ctx, event.CompanyRegistered{Org: o.ID.String(), Name: o.Name, NameLocal: o.NameLocal, Person: founder.String()})
}

// tell keeps what the application says beside, and a second number, which must be nobody
// else's either.
func (s *Service) tell(ctx context.Context, o Org, in OrgInput) error {
	for _, n := range []Number{{in.Country, in.AlsoKind, in.AlsoNo}, {in.Country, in.RegKind, in.RegNo}} {
		other, err := s.Store.ByNumber(ctx, n)
		switch {
		case n.No == "" || fault.KindOf(err) == fault.NotFound:
		case err != nil:
			return err
		case other.ID != o.ID:
			return ErrDuplicate
		}
	}
	if in.AlsoNo == "" && len(in.Facts) == 0 {
		return nil
	}
	var also []Number
	if in.AlsoNo != "" {
		also = []Number{{in.Country, in.AlsoKind, in.AlsoNo}}
	}
	return s.Store.PutFacts(ctx, o.ID, in.Facts, also)
}

func foundersRoles(o Org) []string {
	roles := []string{RoleAdmin}
	if o.Buys {
		roles = append(roles, caller.RoleBuyer)
	}
	if o.Sells {
		roles = append(roles, caller.RoleSeller)
	}
	return roles
}

// Ensure is Register for seeds, which run twice: a company that is there is answered as
// it is.
func (s *Service) Ensure(ctx context.Context, in OrgInput) (Org, error) {
	in.Country = strings.ToUpper(in.Country)
	no, err := Registration(in.Country, in.RegKind, in.RegNo)
	if err != nil {
		return Org{}, err
	}
	o, err := s.Store.ByRegistration(ctx, in.Country, in.RegKind, no)
	if err == nil || fault.KindOf(err) != fault.NotFound {
		return o, err
	}
	r, err := s.Register(ctx, RegisterInput{Company: in})
	return r.Org, err
}

func fieldsOf(err error) []fault.Field {
	if err == nil {
		return nil
	}
	return fault.From(err).Fields
}
