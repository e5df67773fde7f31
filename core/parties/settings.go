package parties

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/policy"
)

// SettingKey is something that a unit sets for itself and for everything below it.
type SettingKey string

// What can be set. Money is the marketplace's own, so the currency is nobody's setting.
const (
	SetAddress  SettingKey = "address"     // where deliveries go unless the buyer says otherwise
	SetCentre   SettingKey = "cost_centre" // what orders are charged to unless he says otherwise
	SetLanguage SettingKey = "language"    // of letters to people who are invited
	SetLimit    SettingKey = "limit"       // the most one order may come to without approval
)

// SettingKeys are all of them.
var SettingKeys = []SettingKey{SetAddress, SetCentre, SetLanguage, SetLimit}

// Setting is one that a unit has set; no unit is the company itself. A limit's value is
// minor units, an address's and a cost centre's its identifier.
type Setting struct {
	Unit  id.Unit
	Key   SettingKey
	Value string
}

// Effective is a setting as it holds for a unit, and where it was set.
type Effective struct {
	Key     SettingKey
	Value   string
	Own     bool    // set by the unit itself
	Set     bool    // set anywhere
	From    id.Unit // none is the company
	Company bool
}

// Structure is a company's tree and everything that hangs on it.
type Structure struct {
	Tree
	Settings  []Setting
	Members   []Member
	Centres   []CostCentre
	Addresses []Address
}

// NewStructure is what a store has read.
func NewStructure(us []Unit, ss []Setting) Structure {
	return Structure{Tree: newTree(us), Settings: ss}
}

// Effective looks for a setting at the unit, then at each above it, then at the company.
func (s Structure) Effective(u id.Unit, key SettingKey) Effective {
	for at, path := u, s.Path(u); ; {
		for _, x := range s.Settings {
			if x.Unit == at && x.Key == key {
				return Effective{key, x.Value, at == u, true, at, at.IsZero()}
			}
		}
		if len(path) == 0 {
			return Effective{Key: key}
		}
		at, path = path[len(path)-1].Parent, path[:len(path)-1]
	}
}

// Limit is what a member of the unit who has no limit of his own may order without asking.
// Where nobody has set one he always asks.
func (s Structure) Limit(u id.Unit) int64 {
	n, err := strconv.ParseInt(s.Effective(u, SetLimit).Value, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// Structure is the company's tree with its people, cost centres and settings, in one look.
func (s *Service) Structure(ctx context.Context, org id.Org) (Structure, error) {
	if err := s.look(ctx, ActionMemberRead, org); err != nil {
		return Structure{}, err
	}
	return s.Store.Structure(ctx, org)
}

// SettingInput sets something for a unit, or for the company where none is named. Limit is
// in the marketplace's currency. An empty value resets it: what stands above holds again.
type SettingInput struct {
	Org   id.Org
	Unit  id.Unit
	Key   SettingKey
	Value string
	Limit *money.Money
}

// PutSetting sets something for a part of the company, or lets it go.
func (s *Service) PutSetting(ctx context.Context, in SettingInput) (Structure, error) {
	t, err := s.Tenants.Current(ctx)
	if err != nil {
		return Structure{}, err
	}
	if in.Key == SetLimit && in.Limit != nil {
		minor, err := limitOf(in.Limit, t.Settings.Currency)
		if err != nil {
			return Structure{}, err
		}
		in.Value = strconv.FormatInt(*minor, 10)
	}
	out, err := s.reshape(ctx, in.Org, func(ctx context.Context, st Structure) error {
		if _, ok := st.Unit(in.Unit); !ok && !in.Unit.IsZero() {
			return ErrUnit
		}
		if err := in.check(st, t.Settings.Locales); err != nil {
			return err
		}
		if err := s.Store.PutSetting(ctx, in.Org, Setting{in.Unit, in.Key, in.Value}); err != nil {
			return err
		}
		return s.Events.Append(ctx, event.SettingChanged{Org: in.Org.String(), Unit: in.Unit.String(), Key: string(in.Key), Reset: in.Value == ""})
	})
	if err != nil {
		return Structure{}, fmt.Errorf("set %s: %w", in.Key, err)
	}
	return out, nil
}

// check refuses what could not hold: another company's address is as good as none.
func (in SettingInput) check(st Structure, locales []string) error {
	good := in.Value == ""
	switch in.Key {
	case SetAddress:
		good = good || slices.ContainsFunc(st.Addresses, func(a Address) bool { return a.ID.String() == in.Value })
	case SetCentre:
		good = good || slices.ContainsFunc(st.Centres, func(c CostCentre) bool { return c.ID.String() == in.Value })
	case SetLanguage:
		good = good || slices.Contains(locales, in.Value)
	case SetLimit:
		n, err := strconv.ParseInt(in.Value, 10, 64)
		good = good || err == nil && n >= 0
	default:
		return ErrSetting.At(fault.Field{Path: "key", Reason: "unknown"})
	}
	if !good {
		return ErrSetting.At(fault.Field{Path: "value", Reason: "unknown"})
	}
	return nil
}

// reshape changes a company's tree or what hangs on it. The company is locked before the
// tree is read, so that of two changes the second sees what the first has made; limits
// that people have from their units are written anew after it.
func (s *Service) reshape(ctx context.Context, org id.Org, fn func(context.Context, Structure) error) (Structure, error) {
	return change(ctx, s, ActionUnitManage, org, func(ctx context.Context) (Structure, error) {
		if err := s.Store.LockOrg(ctx, org); err != nil {
			return Structure{}, err
		}
		st, err := s.Store.Structure(ctx, org)
		if err != nil {
			return st, err
		}
		if err := fn(ctx, st); err != nil {
			return st, err
		}
		return s.refreshLimits(ctx, org)
	})
}

// refreshLimits writes to members what their units' limits have become.
func (s *Service) refreshLimits(ctx context.Context, org id.Org) (Structure, error) {
	st, err := s.Store.Structure(ctx, org)
	if err != nil {
		return st, err
	}
	stale := map[id.Person]int64{}
	for i, m := range st.Members {
		if now := st.Limit(m.Unit); m.LimitInherits && (m.LimitMinor == nil || *m.LimitMinor != now) {
			stale[m.Person], st.Members[i].LimitMinor = now, &now
		}
	}
	if len(stale) == 0 {
		return st, nil
	}
	return st, s.Store.SetLimits(ctx, org, stale)
}

// Defaults are what holds for one member where he says nothing.
type Defaults struct {
	Address    id.Address
	CostCentre id.CostCentre
}

func defaultsOf(values map[SettingKey]string) (out Defaults) {
	_ = out.Address.UnmarshalText([]byte(values[SetAddress])) // none stays none
	_ = out.CostCentre.UnmarshalText([]byte(values[SetCentre]))
	return out
}

// Choices are what a member orders to and charges, and what holds if he says nothing.
type Choices struct {
	Addresses []Address
	Centres   []CostCentre
	Defaults
}

// Choices reads them in one look.
func (s *Service) Choices(ctx context.Context, org id.Org, person id.Person) (Choices, error) {
	for _, do := range []policy.Action{ActionAddressRead, ActionCentreRead} {
		if err := s.look(ctx, do, org); err != nil {
			return Choices{}, err
		}
	}
	as, cs, values, err := s.Store.Choices(ctx, org, person)
	return Choices{as, cs, defaultsOf(values)}, err
}
