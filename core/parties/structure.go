package parties

import (
	"context"
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/policy"
)

// Unit is a part of a company: a division, a location, a team.
type Unit struct {
	ID     id.Unit
	Org    id.Org
	Parent id.Unit
	Code   string
	Name   string
	Kind   UnitKind // Division if left out
}

// CostCentre is a budget for a period, both days included.
type CostCentre struct {
	ID     id.CostCentre
	Org    id.Org
	Unit   id.Unit
	Code   string
	Name   string
	Budget money.Money
	From   time.Time
	To     time.Time
}

// Address is where a company takes delivery.
type Address struct {
	ID       id.Address
	Org      id.Org
	Label    string
	Country  string
	Region   string
	City     string
	Street   string
	Postcode string
	Contact  string
	Phone    string
}

// PutUnit adds a unit, or changes the one with its code.
func (s *Service) PutUnit(ctx context.Context, u Unit) (Unit, error) {
	var ok1, ok2 bool
	u.Code, ok1 = line(u.Code, 40)
	u.Name, ok2 = line(u.Name, 100)
	if !ok1 || !ok2 || u.Code == "" || u.Name == "" {
		return Unit{}, ErrCode
	}
	if u.Kind == "" {
		u.Kind = Division
	}
	if !slices.Contains(UnitKinds, u.Kind) {
		return Unit{}, ErrCode.At(fault.Field{Path: "kind", Reason: "unknown"})
	}
	_, err := s.reshape(ctx, u.Org, func(ctx context.Context, st Structure) error {
		u.ID = id.Unit{}.New()
		if i := slices.IndexFunc(st.units, func(x Unit) bool { return x.Code == u.Code }); i >= 0 {
			if u.ID = st.units[i].ID; st.units[i] == u {
				return nil
			}
		}
		if err := st.mayStand(u.ID, u.Parent); err != nil {
			return err
		}
		var err error
		if u, err = s.Store.PutUnit(ctx, u); err != nil {
			return err
		}
		return s.Events.Append(ctx, event.UnitChanged{Org: u.Org.String(), Unit: u.ID.String(), Code: u.Code, Name: u.Name, Parent: u.Parent.String()})
	})
	return u, err
}

// hasUnit keeps what hangs on a company's tree its own: the table's key alone would take a
// unit of another company of the tenant.
func (s *Service) hasUnit(ctx context.Context, org id.Org, unit id.Unit) error {
	us, err := s.Store.Units(ctx, org)
	if err != nil {
		return err
	}
	for _, u := range us {
		if u.ID == unit {
			return nil
		}
	}
	return ErrUnit
}

// PutCostCentre adds a cost centre or changes the one with its code.
func (s *Service) PutCostCentre(ctx context.Context, c CostCentre) (CostCentre, error) {
	var ok1, ok2 bool
	c.Code, ok1 = line(c.Code, 40)
	c.Name, ok2 = line(c.Name, 100)
	switch {
	case !ok1 || !ok2 || c.Code == "" || c.Name == "":
		return CostCentre{}, ErrCode
	case c.To.Before(c.From):
		return CostCentre{}, ErrPeriod.At(fault.Field{Path: "to", Reason: "before_from"})
	case c.Budget.Minor < 0 || !c.Budget.Currency.Known():
		return CostCentre{}, ErrInvalid.At(fault.Field{Path: "budget", Reason: "out_of_range"})
	}
	return change(ctx, s, ActionCentreManage, c.Org, func(ctx context.Context) (CostCentre, error) {
		if !c.Unit.IsZero() {
			if err := s.hasUnit(ctx, c.Org, c.Unit); err != nil {
				return CostCentre{}, err
			}
		}
		c.ID = id.CostCentre{}.New()
		return s.Store.PutCentre(ctx, c)
	})
}

// PutAddress adds an address or changes the one with its label.
func (s *Service) PutAddress(ctx context.Context, a Address) (Address, error) {
	good := true
	for _, f := range []*string{&a.Label, &a.Country, &a.Region, &a.City, &a.Street, &a.Postcode, &a.Contact, &a.Phone} {
		var ok bool
		*f, ok = line(*f, 200)
		good = good && ok
	}
	if !good || a.Label == "" || len(a.Country) != 2 || a.City == "" || a.Street == "" {
		return Address{}, ErrAddress
	}
	return change(ctx, s, ActionAddressManage, a.Org, func(ctx context.Context) (Address, error) {
		a.ID = id.Address{}.New()
		return s.Store.PutAddress(ctx, a)
	})
}

// RemoveAddress forgets an address; orders keep the copy they were placed with.
func (s *Service) RemoveAddress(ctx context.Context, org id.Org, a id.Address) error {
	_, err := change(ctx, s, ActionAddressManage, org, func(ctx context.Context) (struct{}, error) {
		if err := s.Store.RemoveAddress(ctx, org, a); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, s.Store.ForgetSetting(ctx, org, SetAddress, a.String())
	})
	return err
}

// change runs fn in a unit of work once the caller has been found to own the company.
func change[T any](ctx context.Context, s *Service, do policy.Action, org id.Org, fn func(context.Context) (T, error)) (T, error) {
	var out T
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.own(ctx, do, org); err != nil {
			return err
		}
		var err error
		out, err = fn(ctx)
		return err
	})
	return out, err
}

// Units are the company's departments, by code.
func (s *Service) Units(ctx context.Context, org id.Org) ([]Unit, error) {
	if err := s.look(ctx, ActionMemberRead, org); err != nil {
		return nil, err
	}
	return s.Store.Units(ctx, org)
}

// CostCentres are the company's, by code.
func (s *Service) CostCentres(ctx context.Context, org id.Org) ([]CostCentre, error) {
	if err := s.look(ctx, ActionCentreRead, org); err != nil {
		return nil, err
	}
	return s.Store.Centres(ctx, org)
}

// Addresses are the company's, by label.
func (s *Service) Addresses(ctx context.Context, org id.Org) ([]Address, error) {
	if err := s.look(ctx, ActionAddressRead, org); err != nil {
		return nil, err
	}
	return s.Store.Addresses(ctx, org)
}
