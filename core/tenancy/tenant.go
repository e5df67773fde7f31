// Package tenancy is the marketplaces themselves: who they are, at which addresses they
// answer, by which settings they trade, and whether they are open.
package tenancy

import (
	"slices"
	"sync"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
)

// Kind is what sort of marketplace a tenant is.
type Kind string

// Open markets and verticals have many sellers; a portal is one buyer's, a single shop one
// seller's. The platform is the tenant in which tenants are managed.
const (
	Open     Kind = "open"
	Vertical Kind = "vertical"
	Portal   Kind = "portal"
	Single   Kind = "single"
	Platform Kind = "platform"
)

// State is where in its life a tenant is.
type State string

// The states; what each lets through is the gate's business.
const (
	Draft        State = "draft"
	Provisioning State = "provisioning"
	Active       State = "active"
	ReadOnly     State = "read_only"
	Suspended    State = "suspended"
	Closing      State = "closing"
	Deleted      State = "deleted"
	Moved        State = "moved" // to another cell; what is here still is nobody's any more
)

// moves are the ways from state to state. Deletion is reached through closing alone, so
// that people can fetch their data first; what never opened holds nobody's.
var moves = map[State][]State{
	Draft:        {Active, Deleted},
	Provisioning: {Active, Deleted},
	Active:       {ReadOnly, Suspended, Closing},
	ReadOnly:     {Active, Suspended, Closing},
	Suspended:    {Active, ReadOnly, Closing},
	Closing:      {Active, Deleted},
}

// byHand are the states that an administrator puts a market into. The others are reached by
// the work that makes and deletes one.
var byHand = []State{Active, ReadOnly, Suspended, Closing}

// Ways are where an administrator may move a market from its state.
func (t Tenant) Ways() []State {
	if t.Kind == Platform || t.State == Provisioning {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(moves[t.State]), func(s State) bool { return !slices.Contains(byHand, s) })
}

// ExportWindow is for how long a closing market's people can fetch their data: the 30 days
// of the EU Data Act, article 25.
const ExportWindow = 30 * 24 * time.Hour

// Known reports whether the word is a state.
func (s State) Known() bool { _, ok := moves[s]; return ok || s == Deleted || s == Moved }

// Tenant is one marketplace.
type Tenant struct {
	ID            id.Tenant
	Slug          string
	Kind          Kind
	State         State
	Name          map[string]string // by locale
	Settings      Settings
	Hosts         []Host
	Blueprint     string // where it was applied from
	BlueprintHash string
	PolicyVersion int64
	CreatedAt     time.Time
	UpdatedAt     time.Time
	Brand         Brand     // what its operator published over the theme
	BrandEdition  int64     // 0: nothing yet
	ClosesAt      time.Time // of a closing one: when its data can be fetched no longer
	Version       int64
	Leaving       bool // about to be moved to another cell: it is believed for moments alone
}

// Host is an address the tenant answers at. One of the blueprint's is canonical, and one
// that the market proved to be its own may be preferred to it.
type Host struct {
	Name      string `json:"host"`
	Canonical bool   `json:"canonical"`
	Claimed   bool   `json:"claimed,omitempty"`
}

// CanonicalHost is the address that links are made with.
func (t Tenant) CanonicalHost() (name string) {
	for _, h := range t.Hosts {
		if h.Canonical && (h.Claimed || name == "") {
			name = h.Name
		}
	}
	return name
}

// Zone is the tenant's time zone, UTC if it names none that this machine knows.
func (t Tenant) Zone() *time.Location {
	if z, ok := zones.Load(t.Settings.TimeZone); ok {
		return z.(*time.Location)
	}
	z, err := time.LoadLocation(t.Settings.TimeZone)
	if err != nil {
		return time.UTC
	}
	zones.Store(t.Settings.TimeZone, z)
	return z
}

// zones are those that were asked for: the library reads its files anew each time.
var zones sync.Map

// move takes the tenant to another state.
func (t *Tenant) move(to State) error {
	switch {
	case !to.Known():
		return ErrState
	case !slices.Contains(moves[t.State], to):
		return ErrMove.With("from", t.State).With("to", to)
	}
	t.State = to
	return nil
}

// turn is move by an administrator's hand.
func (t *Tenant) turn(to State, now time.Time) error {
	if to.Known() && !slices.Contains(byHand, to) {
		return ErrMove.With("from", t.State).With("to", to)
	}
	from := t.State
	if err := t.move(to); err != nil {
		return err
	}
	switch {
	case to == Closing:
		t.ClosesAt = now.Add(ExportWindow)
	case from == Closing:
		t.ClosesAt = time.Time{}
	}
	return nil
}

// Settings are how a tenant trades. Rates are millionths, limits minor units of Currency.
type Settings struct {
	Locales             []string                     `json:"locales"`
	DefaultLocale       string                       `json:"default_locale"`
	Currency            money.Currency               `json:"currency"`
	Country             string                       `json:"country"`
	TimeZone            string                       `json:"time_zone"`
	Theme               string                       `json:"theme"`
	LoginRequired       bool                         `json:"login_required"`
	SignUp              string                       `json:"sign_up"`       // open or invited
	SecondFactor        string                       `json:"second_factor"` // who must have one: staff, admins as well, or nobody
	Verticals           []string                     `json:"verticals"`
	CommissionRateMicro int64                        `json:"commission_rate_micro"`
	TaxRateMicro        int64                        `json:"tax_rate_micro"`
	ReleaseLimitMinor   int64                        `json:"release_limit_minor"` // 0: one person is enough
	SupportMail         string                       `json:"support_mail"`
	SupportPhone        string                       `json:"support_phone,omitempty"`
	Operator            string                       `json:"operator,omitempty"` // id of the company that runs it
	Taglines            map[string]string            `json:"taglines,omitempty"`
	Notices             []Notice                     `json:"notices,omitempty"`
	Board               []string                     `json:"board,omitempty"`    // keys of the price board
	Featured            []string                     `json:"featured,omitempty"` // SKUs on the home page
	Searches            map[string][]string          `json:"searches,omitempty"` // words to try, by locale
	Texts               map[string]map[string]string `json:"texts,omitempty"`    // locale -> key -> text
}

// Notice is a line that the storefront shows to everybody.
type Notice struct {
	Key   string            `json:"key"`
	Level string            `json:"level"`
	Texts map[string]string `json:"texts"`
}

// Who must have a second factor (trust.md S34). Where nothing is said it is the staff, who
// could change everything.
const (
	FactorStaff    = "staff"
	FactorAdmins   = "admins"
	FactorOptional = "optional"
)

// FactorRoles are the roles whose holders do nothing before they have a second factor.
func (s Settings) FactorRoles() []string {
	switch s.SecondFactor {
	case FactorOptional:
		return nil
	case FactorAdmins:
		return []string{caller.RoleOperator, caller.RolePlatform, caller.RoleAdmin}
	default:
		return []string{caller.RoleOperator, caller.RolePlatform}
	}
}

// SignUpInvited is the SignUp of a market to which companies cannot apply.
const SignUpInvited = "invited"
