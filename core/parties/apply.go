package parties

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/identifier"
	"github.com/kontorhq/kontor/core/identity"
)

// Number is one that a company is known by.
type Number struct{ Country, Kind, No string }

// factKeys are what an application may tell beside the company's own details.
var factKeys = []string{"legal_form", "representative", "region", "postcode", "papers"}

// also checks the second number and the facts of an input.
func (in *OrgInput) also() (bad []fault.Field) {
	if in.AlsoNo = strings.TrimSpace(in.AlsoNo); in.AlsoNo != "" {
		if !identifier.Known(in.Country, in.AlsoKind) {
			bad = append(bad, fault.Field{Path: "also_kind", Reason: "unknown"})
		} else if no, err := identifier.Company(in.Country, in.AlsoKind, in.AlsoNo); err != nil {
			bad = append(bad, wrongNumber("also_no", err))
		} else {
			in.AlsoNo = no
		}
	} else {
		in.AlsoKind = ""
	}
	facts := map[string]string{}
	for k, v := range in.Facts {
		clean, ok := line(v, 300)
		if !ok || !slices.Contains(factKeys, k) {
			bad = append(bad, fault.Field{Path: "facts." + k, Reason: "malformed"})
		}
		if clean != "" {
			facts[k] = clean
		}
	}
	in.Facts = facts
	return bad
}

// Complaints are what is wrong with an application, all of it, before it is sent.
func (s *Service) Complaints(in OrgInput) []fault.Field {
	_, err := in.normal()
	return fieldsOf(err)
}

// Taken refuses a number that a company of this marketplace has, without saying which.
func (s *Service) Taken(ctx context.Context, n Number) error {
	if err := s.mayApply(ctx); err != nil {
		return err
	}
	no, err := Registration(n.Country, n.Kind, n.No)
	if err != nil {
		return err
	}
	_, err = s.Store.ByNumber(ctx, Number{n.Country, n.Kind, no})
	switch {
	case err == nil:
		return ErrDuplicate
	case fault.KindOf(err) == fault.NotFound:
		return nil
	}
	return err
}

// JoinInput asks the company with a number to take somebody in.
type JoinInput struct {
	Number
	Name, Email string
}

// AskToJoin tells the administrators of the company with the number that somebody asks to
// act for it. The answer is the same whether there is one or not, and says nothing of it.
func (s *Service) AskToJoin(ctx context.Context, in JoinInput) error {
	if err := s.mayApply(ctx); err != nil {
		return err
	}
	var check fault.Check
	name, email := identity.Name(in.Name), identity.Email(in.Email)
	check.If(name == "", "name", "required", "")
	check.If(email == "", "email", "malformed", "")
	if err := check.Or(ErrInvalid); err != nil {
		return err
	}
	no, err := Registration(in.Country, in.Kind, in.No)
	if err != nil {
		return err
	}
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		o, err := s.Store.ByNumber(ctx, Number{in.Country, in.Kind, no})
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.Events.Append(ctx, event.JoinAsked{Org: o.ID.String(), Name: name, Email: email})
	})
}

// Review is what whoever decides about a company looks at beside its own details: what it
// told, its other numbers, and companies that it might be already.
type Review struct {
	Facts   map[string]string
	Numbers []Number
	Alike   []Org
	Paid    []Org // into the same bank account
}
