package gate

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
)

// Tenant is what the gate knows of a tenant.
type Tenant struct {
	ID       id.Tenant
	Slug     string
	Kind     string
	State    string
	Settings Settings
	Version  int64
	Rules    []Rule // the tenant's own role lines
}

// Settings are those of the tenant's settings that decide who may what. The names are
// those of tenancy.Settings.
type Settings struct {
	Currency          string   `json:"currency"`
	TimeZone          string   `json:"time_zone"`
	LoginRequired     bool     `json:"login_required"`
	Verticals         []string `json:"verticals"`
	ReleaseLimitMinor int64    `json:"release_limit_minor"`
}

// tenantView is a tenant made ready for questions.
type tenantView struct {
	Tenant
	table *table
	zone  *time.Location
	input func() (*ast.Term, error) // the "tenant" of every rule's input
	said  func() string             // the settings, for the hash of an input
}

// zones keeps what reading a file costs each time.
var zones sync.Map

func zoneOf(name string) *time.Location {
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location) //nolint:forcetypeassert
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	zones.Store(name, z)
	return z
}

// newTenantView makes what the rules are told of a tenant when a rule first asks: most
// questions are for roles alone.
func newTenantView(t Tenant, table *table) *tenantView {
	v := &tenantView{Tenant: t, table: table, zone: zoneOf(t.Settings.TimeZone)}
	v.Rules = nil // the table has them
	v.input = sync.OnceValues(v.told)
	v.said = sync.OnceValue(func() string { return fmt.Sprint(v.Settings) })
	return v
}

// told has every setting even when the tenant has none: a rule that reads a missing one
// would be silently undefined.
func (t *tenantView) told() (*ast.Term, error) {
	v, err := ast.InterfaceToValue(map[string]any{
		"slug": t.Slug, "kind": t.Kind, "state": t.State,
		"settings": map[string]any{"currency": t.Settings.Currency, "release_limit_minor": t.Settings.ReleaseLimitMinor},
	})
	return ast.NewTerm(v), err
}

// The roles that follow from the kind of caller, not from anybody's grant.
const (
	roleGuest  = "guest"  // whoever it is
	rolePerson = "person" // whoever is signed in
)

// implied is the role that the kind of caller brings. Strangers keep the smallest one
// where the shop asks for sign-in.
func (t *tenantView) implied(c caller.Caller) string {
	switch {
	case c.Kind == caller.Person:
		return rolePerson
	case c.Kind == caller.System || c.Kind == caller.Plugin || c.Kind == caller.Service:
		return roleGuest
	case t.Settings.LoginRequired:
		return roleGuest
	}
	return caller.RoleVisitor
}

// claimed are the roles that somebody granted. A stranger has none, whatever the context
// says.
func claimed(c caller.Caller) []string {
	if c.Named() || c.Kind == caller.System || c.Kind == caller.Plugin {
		return c.Roles
	}
	return nil
}

// may holds the scopes of keys against the action as well: whoever asks, here or in Allow,
// a key does what both its scopes and its account's roles say.
func (t *tenantView) may(c caller.Caller, do policy.Action) bool {
	if !c.Covers(string(do)) {
		return false
	}
	if t.table.grants(t.implied(c), do) {
		return true
	}
	for _, r := range claimed(c) {
		if t.table.grants(r, do) {
			return true
		}
	}
	return false
}

// open reports whether the tenant's own state lets the action through: life cycle of
// trust.md 1.7. Signing in and out, and looking at oneself, always work.
func (t *tenantView) open(c caller.Caller, do policy.Action) bool {
	if t.State == "active" || strings.HasPrefix(string(do), "identity.session.") {
		return true
	}
	switch t.State {
	case "read_only", "closing": // people look, and fetch what is theirs
		return strings.HasSuffix(string(do), ".read") || calm[do] || has(c, caller.RolePlatform)
	case "draft", "provisioning": // being set up
		return has(c, caller.RolePlatform) || has(c, caller.RoleSystem) || has(c, caller.RoleOperator)
	}
	return has(c, caller.RolePlatform)
}

// calm are the actions beside reading that a market which can only be read or is closing
// lets through: a new password, and the market's data to take along.
var calm = map[policy.Action]bool{"identity.password.reset": true, "tenancy.export.make": true}

func has(c caller.Caller, role string) bool {
	for _, r := range claimed(c) {
		if r == role {
			return true
		}
	}
	return false
}
