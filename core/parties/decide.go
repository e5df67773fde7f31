package parties

import (
	"context"
	"errors"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// DecideInput is an operator's decision about a company. Version is the one looked at; the
// system may leave it out.
type DecideInput struct {
	Org     id.Org
	To      State
	Note    string
	Version int64
}

// admitFacts are what the rules of an admission are given: policies/schema/parties_admit.json.
type admitFacts struct {
	Object   string   `json:"object"`
	Decision State    `json:"decision"`
	Org      admitOrg `json:"org"`
	IsMember bool     `json:"decider_is_member"`
}

type admitOrg struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	State   State  `json:"state"`
	Country string `json:"country"`
	RegKind string `json:"reg_kind"`
	RegNo   string `json:"reg_no"`
	RegNoOK bool   `json:"reg_no_ok"`
}

// Decide admits, rejects or suspends a company.
func (s *Service) Decide(ctx context.Context, in DecideInput) (Org, error) {
	var o Org
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		c, err := caller.From(ctx)
		if err != nil {
			return err
		}
		if o, err = s.Store.Org(ctx, in.Org); err != nil {
			return err
		}
		facts, err := s.admitFacts(ctx, c, o, in.To)
		if err != nil {
			return err
		}
		if err := s.Gate.Allow(ctx, ActionDecide, facts); err != nil {
			return err
		}
		if in.Version != o.Version && !(in.Version == 0 && c.Kind == caller.System) {
			return ErrStale
		}
		from := o.State
		if err := o.decide(in.To, in.Note, c.Person, s.Now()); err != nil {
			return err
		}
		if err := s.Store.Save(ctx, o); err != nil {
			return err
		}
		o.Version++
		return s.Events.Append(ctx, event.CompanyDecided{Org: o.ID.String(), Name: o.Name, From: string(from), To: string(o.State), Note: o.DecisionNote})
	})
	if err != nil {
		return Org{}, fmt.Errorf("decide on company %s: %w", in.Org, err)
	}
	return o, nil
}

func (s *Service) admitFacts(ctx context.Context, c caller.Caller, o Org, to State) (admitFacts, error) {
	_, wrong := Registration(o.Country, o.RegKind, o.RegNo)
	f := admitFacts{Object: o.ID.String(), Decision: to, Org: admitOrg{o.ID.String(), o.Name, o.State, o.Country, o.RegKind, o.RegNo, wrong == nil}}
	if !c.Named() {
		return f, nil
	}
	_, err := s.Store.Member(ctx, o.ID, c.Person)
	switch {
	case err == nil:
		f.IsMember = true
	case fault.KindOf(err) != fault.NotFound:
		return f, err
	}
	return f, nil
}

// Review is what whoever decides about a company looks at beside its own details.
func (s *Service) Review(ctx context.Context, org id.Org) (Review, error) {
	if err := s.Gate.Allow(ctx, ActionReview, nil); err != nil {
		return Review{}, err
	}
	return s.Store.Review(ctx, org)
}

// UpdateInput is what a company may change of itself. Its number and country are what it
// was admitted with, so they stay.
type UpdateInput struct {
	Org       id.Org
	NameLocal string
	City      string
	Address   string
	About     map[string]string
	IBAN      string
	Version   int64
}

// Update keeps a company's own page up to date.
func (s *Service) Update(ctx context.Context, in UpdateInput) (Org, error) {
	var o Org
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.own(ctx, ActionManage, in.Org); err != nil {
			return err
		}
		var err error
		if o, err = s.Store.Org(ctx, in.Org); err != nil {
			return err
		}
		if o.Version != in.Version {
			return ErrStale
		}
		kept := in.IBAN != "" && in.IBAN == o.Account.Shown // as the form shows it
		if kept {
			in.IBAN = ""
		}
		clean, err := OrgInput{
			Name: o.Name, NameLocal: in.NameLocal, Country: o.Country, RegKind: o.RegKind, RegNo: o.RegNo,
			City: in.City, Address: in.Address, About: in.About, Buys: o.Buys, Sells: o.Sells, IBAN: in.IBAN,
		}.normal()
		if err != nil {
			return err
		}
		if !kept {
			a, changed, err := s.another(ctx, o, clean.IBAN)
			if err != nil {
				return err
			}
			if changed { // where the money goes
				if c, err := caller.From(ctx); err != nil || !c.Fresh(s.Now()) {
					return errors.Join(err, caller.ErrStepUp)
				}
				o.Account = a
			}
		}
		o.NameLocal, o.City, o.Address, o.About = clean.NameLocal, clean.City, clean.Address, clean.About
		if err := s.Store.Save(ctx, o); err != nil {
			return err
		}
		o.Version++
		return s.Events.Append(ctx, event.CompanyUpdated{Org: o.ID.String(), Name: o.Name})
	})
	if err != nil {
		return Org{}, fmt.Errorf("update company %s: %w", in.Org, err)
	}
	return o, nil
}
