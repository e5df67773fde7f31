package parties

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
)

// What follows is for other contexts' services and asks no gate: they have, for the action
// that they were called with.

// Company is a company as the compliance rules see it: definition "company" of the schemas
// in policies/schema.
type Company struct {
	ID       string           `json:"id"`
	Name     string           `json:"name"`
	State    string           `json:"state"`
	Licences []CompanyLicence `json:"licences"`
}

// CompanyLicence is a licence as the rules see it; days are written 2006-01-02.
type CompanyLicence struct {
	Kind      string   `json:"kind"`
	Number    string   `json:"number"`
	Scope     []string `json:"scope"`
	ValidFrom string   `json:"valid_from"`
	ValidTo   string   `json:"valid_to"`
	State     string   `json:"state"`
}

// Company gathers a company's facts in one round trip.
func (s *Service) Company(ctx context.Context, org id.Org) (Company, error) {
	o, ls, err := s.Store.Company(ctx, org)
	if err != nil {
		return Company{}, err
	}
	return company(o, ls), nil
}

func company(o Org, ls []Licence) Company {
	c := Company{ID: o.ID.String(), Name: o.Name, State: string(o.State), Licences: make([]CompanyLicence, len(ls))}
	for i, l := range ls {
		c.Licences[i] = CompanyLicence{l.Kind, l.Number, l.Scope, l.ValidFrom.Format(time.DateOnly), l.ValidTo.Format(time.DateOnly), string(l.State)}
	}
	return c
}

// Dealing is the facts of everybody who has a part in one deal.
type Dealing struct {
	Companies map[id.Org]Company
	Member    Member // zero where no person was asked for
}

// Dealing gathers the facts of companies, all of which must exist, and of a person's
// membership in one of them, in one round trip.
func (s *Service) Dealing(ctx context.Context, orgs []id.Org, of id.Org, person id.Person) (Dealing, error) {
	os, ls, m, err := s.Store.Dealing(ctx, orgs, of, person)
	if err != nil {
		return Dealing{}, err
	}
	byOrg := map[id.Org][]Licence{}
	for _, l := range ls {
		byOrg[l.Org] = append(byOrg[l.Org], l)
	}
	out := Dealing{Companies: make(map[id.Org]Company, len(os)), Member: m}
	for _, o := range os {
		out.Companies[o.ID] = company(o, byOrg[o.ID])
	}
	for _, o := range orgs {
		if _, ok := out.Companies[o]; !ok {
			return Dealing{}, ErrNotFound
		}
	}
	return out, nil
}

// Companies are the companies that exist among those asked for.
func (s *Service) Companies(ctx context.Context, ids []id.Org) (map[id.Org]Org, error) {
	return s.Store.Orgs(ctx, ids)
}

// Member is what a person may do for a company.
func (s *Service) Member(ctx context.Context, org id.Org, person id.Person) (Member, error) {
	return s.Store.Member(ctx, org, person)
}

// ApproverFor says whether anyone but person may approve the amount.
func (s *Service) ApproverFor(ctx context.Context, org id.Org, person id.Person, amount money.Money) (bool, error) {
	return s.Store.HasMember(ctx, org, person, s.Roles.Holding(ctx, caller.RoleApprover), amount)
}

// CostCentre is one of the company's.
func (s *Service) CostCentre(ctx context.Context, org id.Org, which id.CostCentre) (CostCentre, error) {
	cs, err := s.Store.Centres(ctx, org)
	if err != nil {
		return CostCentre{}, err
	}
	for _, c := range cs {
		if c.ID == which {
			return c, nil
		}
	}
	return CostCentre{}, ErrCostCentre
}

// AddressOf is one of the company's addresses.
func (s *Service) AddressOf(ctx context.Context, org id.Org, which id.Address) (Address, error) {
	as, err := s.Store.Addresses(ctx, org)
	if err != nil {
		return Address{}, err
	}
	for _, a := range as {
		if a.ID == which {
			return a, nil
		}
	}
	return Address{}, ErrNoAddress
}
